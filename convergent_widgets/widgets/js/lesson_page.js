/** Where a page without a kernel begins: in an HTML file of its own, or as a module in a page of somebody else's. */
import { createPage } from "./host.js";
import { stored } from "./stored.js";

/**
 * @typedef {{title: string, models: Record<string, Record<string, any>>}} Page
 * @typedef {{render: Function}} Widget
 */

/**
 * Show the page that lies in a document.
 * @param {Widget} widget
 * @param {Document} document
 */
export async function open(widget, document) {
  const element = (/** @type {string} */ id) => /** @type {HTMLElement} */ (document.getElementById(id));
  const page = /** @type {Page} */ (JSON.parse(element("page").textContent ?? ""));
  await show(widget, page, (name) => take(document, name), element("lesson"), { address: true });
}

/**
 * The text of a part, whose element is not needed any more.
 * @param {Document} document
 * @param {string} name
 */
function take(document, name) {
  const element = document.querySelector(`script[data-part="${name}"]`);
  element?.remove();
  return element?.textContent ?? undefined;
}

/**
 * What a host of anywidgets renders.
 * @param {Widget} widget
 * @param {Page} page
 * @param {(name: string) => string | undefined} read
 */
export const hosted = (widget, page, read) => ({
  /** @param {{el: HTMLElement, signal?: AbortSignal}} given */
  async render({ el, signal: given }) {
    const control = new AbortController();
    given?.addEventListener("abort", () => control.abort());
    await show(widget, page, read, el, { signal: control.signal });
    return () => control.abort();
  },
});

/**
 * @param {Widget} widget
 * @param {Page} page
 * @param {(name: string) => string | undefined} read
 * @param {HTMLElement} el
 * @param {{signal?: AbortSignal, address?: boolean}} options
 */
function show(widget, { models }, read, el, options) {
  const answer = stored(models.data.facts, read);
  return createPage({ models, answer, widget, ...options }).mount("lesson", el);
}
