/**
 * Models, whatever the host. The least that every host gives is get, set and on; everything else is tried, not
 * trusted: MyST throws on save_changes and off, marimo sets one trait at a time and fires when nothing changed.
 */
import { OVERVIEWS, PENALTIES, PENALTY } from "./context.js";
import { isLeast, isWhole, settle, unitsOfPair } from "./settle.js";

/**
 * @typedef {import("./settle.js").State} State
 * @typedef {import("./settle.js").Facts} Facts
 * @typedef {{
 *   get: (key: string) => any, set: (key: string, value: any) => void, on: (event: string, f: Function) => void,
 *   off?: (event: string, f: Function) => void, save_changes?: () => void,
 *   send?: (content: any, callbacks?: any, buffers?: any) => void, widget_manager?: any,
 * }} Model
 * @typedef {{getModel: (reference: string) => Promise<Model>}} Host
 */

/** @type {(keyof State)[]} */
const TRAITS = [
  "layer", "net_a", "net_b", "net", "unit", "order", "only", "least_r", "overview", "method", "pictured", "penalty",
  "clusters", "cluster",
];

/**
 * The model that a trait refers to, or the model itself where it refers to none; and the object that is the same for
 * all views of that model.
 * @param {Model} model
 * @param {string} key
 * @param {Host | undefined} host
 * @returns {Promise<{model: Model, identity: object}>}
 */
export async function follow(model, key, host) {
  const reference = model.get(key);
  if (!reference) return { model, identity: model };
  const id = String(reference).replace(/^(anywidget:|IPY_MODEL_)/, "");
  const own = await model.widget_manager?.get_model?.(id);
  const followed = host?.getModel ? await host.getModel(reference) : own;
  if (!followed) throw new Error(`This page has no model for "${key}".`);
  return { model: followed, identity: own ?? followed };
}

/**
 * Listen until the signal aborts; views mounted inside another one come and go before it does.
 * @param {Model} model
 * @param {string} event
 * @param {Function} listener
 * @param {AbortSignal} signal
 */
export function listen(model, event, listener, signal) {
  model.on(event, listener);
  signal.addEventListener("abort", () => {
    try {
      model.off?.(event, listener);
    } catch {
      // a host that cannot forget listeners
    }
  });
}

export class Selection {
  #model;
  #facts;
  /** @type {Set<() => void>} */
  #listeners = new Set();
  #queued = false;

  /**
   * @param {Model} model
   * @param {() => Facts | null} facts
   * @param {AbortSignal} signal
   */
  constructor(model, facts, signal) {
    this.#model = model;
    this.#facts = facts;
    for (const key of [...TRAITS, "panels", "address"]) listen(model, `change:${key}`, () => this.changed(), signal);
    signal.addEventListener("abort", () => this.#listeners.clear());
  }

  /** Redraw all views, once, after the traits that arrive together have arrived. */
  changed() {
    if (this.#queued) return;
    this.#queued = true;
    queueMicrotask(() => {
      this.#queued = false;
      // a panel that one listener closed listens no more
      for (const listener of [...this.#listeners]) if (this.#listeners.has(listener)) listener();
    });
  }

  /**
   * @param {() => void} draw called now and after each change
   * @param {AbortSignal} signal
   */
  watch(draw, signal) {
    this.#listeners.add(draw);
    signal.addEventListener("abort", () => this.#listeners.delete(draw));
    draw();
  }

  /** What is selected; null while it does not fit the data, e.g. between two traits that arrive one by one. */
  get state() {
    const facts = this.#facts();
    if (!facts) return null;
    const state = /** @type {State} */ (Object.fromEntries(TRAITS.map((key) => [key, this.#model.get(key) ?? null])));
    if (!PENALTIES.includes(state.penalty)) state.penalty = PENALTY;
    if (!Object.hasOwn(OVERVIEWS, state.overview)) state.overview = "wall";
    if (!isLeast(state.least_r)) state.least_r = null;
    const layer = facts.layers.find((l) => l.name === state.layer);
    const nets = [state.net_a, state.net_b, state.net].map((net) => facts.nets.indexOf(net));
    if (!layer || nets.includes(-1)) return null;
    if (state.unit !== null && !(state.unit >= 0 && state.unit < layer.units[nets[2]])) state.unit = null;
    const most = unitsOfPair(facts, state.layer, state.net_a, state.net_b);
    if (!isWhole(state.clusters, 1, most)) state.clusters = null;
    if (!isWhole(state.cluster, 0, (state.clusters ?? most) - 1)) state.cluster = null;
    return state;
  }

  /**
   * Change the selection; all that follows from it is written in the same step. What can't be changes nothing.
   * @param {Partial<State>} changes
   */
  choose(changes) {
    const [facts, before] = [this.#facts(), this.state];
    const after = facts && before && settle(facts, before, changes);
    if (after) this.#write(after);
  }

  /**
   * Return to a view that exists.
   * @param {{state: State, panels: string[]}} view
   */
  restore({ state, panels }) {
    const open = this.panels;
    const same = !open || JSON.stringify(open) === JSON.stringify(panels);
    this.#write(same ? state : { ...state, panels });
  }

  /** What is wrong with the address of the page, empty for nothing; null where it has none. @returns {string | null} */
  get address() {
    return this.#model.get("address") ?? null;
  }

  /** Opened panels, or null where nobody can show any. */
  get panels() {
    const panels = this.#model.get("panels");
    return Array.isArray(panels) ? panels.map(String) : null;
  }

  /** @param {string} panel */
  toggle(panel) {
    /** @type {string[]} */
    const panels = this.panels ?? [];
    this.#write({ panels: panels.includes(panel) ? panels.filter((p) => p !== panel) : [...panels, panel] });
  }

  /** @param {Record<string, any>} values */
  #write(values) {
    let any = false;
    for (const [key, value] of Object.entries(values)) {
      if ((this.#model.get(key) ?? null) === value) continue;
      this.#model.set(key, value);
      any = true;
    }
    if (!any) return;
    try {
      this.#model.save_changes?.();
    } catch {
      // a host without a kernel
    }
    this.changed();
  }
}
