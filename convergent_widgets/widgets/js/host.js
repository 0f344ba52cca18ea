/**
 * A page without a kernel: models by name, questions answered from the page. The same two calls that anywidget's host
 * gives, getModel and getWidget, find the page's own models.
 */
import { followAddress } from "./address.js";

/**
 * @typedef {import("./source.js").Answer} Answer
 * @typedef {(message: {ask: string, [argument: string]: any}) => Answer | Promise<Answer>} Answerer
 */

class PageModel {
  #state;
  #answer;
  /** @type {Map<string, Set<Function>>} */
  #listeners = new Map();

  /**
   * @param {Record<string, any>} state
   * @param {Answerer} [answer]
   */
  constructor(state, answer) {
    this.#state = { ...state };
    this.#answer = answer;
  }

  /** @param {string} key */
  get(key) {
    return this.#state[key];
  }

  /**
   * @param {string} key
   * @param {any} value
   */
  set(key, value) {
    if (this.#state[key] === value) return;
    this.#state[key] = value;
    this.#tell(`change:${key}`, value);
    this.#tell("change");
  }

  /**
   * @param {string} event
   * @param {Function} listener
   */
  on(event, listener) {
    this.#listeners.set(event, (this.#listeners.get(event) ?? new Set()).add(listener));
  }

  /**
   * @param {string} event
   * @param {Function} listener
   */
  off(event, listener) {
    this.#listeners.get(event)?.delete(listener);
  }

  save_changes() {}

  /** @param {any} message */
  async send({ id, ...question }) {
    try {
      if (!this.#answer) throw new Error("This page answers no questions.");
      const { meta, buffers } = await this.#answer(question);
      this.#tell("msg:custom", { id, meta }, buffers);
    } catch (error) {
      this.#tell("msg:custom", { id, error: error instanceof Error ? error.message : String(error) });
    }
  }

  /**
   * @param {string} event
   * @param {...any} values
   */
  #tell(event, ...values) {
    for (const listener of [...(this.#listeners.get(event) ?? [])]) listener(...values);
  }
}

/**
 * @param {{
 *   models: Record<string, Record<string, any>>, answer?: Answerer, widget: {render: Function}, signal?: AbortSignal,
 *   address?: boolean,
 * }} page
 *   models: traits by name, references as "anywidget:<name>"; answer: how the page answers questions; address: whether
 *   the page's address holds what the models `selection` and `data` show, see address.js
 */
export function createPage({ models: states, answer, widget, signal = new AbortController().signal, address = false }) {
  const models = Object.fromEntries(
    Object.entries(states).map(([name, state]) => [name, new PageModel(state, answer)]),
  );
  const find = (/** @type {string} */ reference) => {
    const model = models[reference.replace(/^anywidget:/, "")];
    if (!model) throw new Error(`This page has no model ${reference}.`);
    return model;
  };
  if (address) followAddress(find("selection"), find("data"), signal);
  const host = {
    getModel: async (/** @type {string} */ reference) => find(reference),
    getWidget: async (/** @type {string} */ reference) => ({
      exports: undefined,
      render: (/** @type {{el: HTMLElement, signal?: AbortSignal}} */ { el, signal: own }) =>
        widget.render({ model: find(reference), el, signal: own ?? signal, host }),
    }),
  };
  return {
    models,
    host,
    /**
     * @param {string} name
     * @param {HTMLElement} el
     */
    mount: (name, el) => widget.render({ model: find(name), el, signal, host }),
  };
}
