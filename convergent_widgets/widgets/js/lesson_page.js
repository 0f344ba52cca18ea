/** Where a page without a kernel begins: in an HTML file of its own, or as a module in a page of somebody else's. */
import { closable } from "./closable.js";
import { h } from "./dom.js";
import { createPage } from "./host.js";
import { parseState } from "./state_text.js";
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
  const read = (/** @type {string} */ name) => document.querySelector(`script[data-part="${name}"]`)?.textContent ?? undefined;
  await show(widget, page, stored(page.models.data.facts, read), element("lesson"), { address: true });
}

/**
 * What a host of anywidgets renders, as often as it is asked to. Such a host's model may give `state`, the text of a view
 * to open on; nothing else of it is used, and the address of the host's page is none of ours.
 * @param {Widget} widget
 * @param {Page} page
 * @param {(name: string) => string | undefined} read
 */
export function hosted(widget, page, read) {
  const answer = stored(page.models.data.facts, read);
  return {
    /** @param {{model?: {get: (name: string) => any}, el: HTMLElement, signal?: AbortSignal}} given */
    render({ model, el, signal: given }) {
      const asked = model?.get("state");
      const state = typeof asked === "string" ? asked : "";
      return closable(given, (signal) => show(widget, page, answer, el, { signal, state }));
    },
  };
}

/**
 * @param {Widget} widget
 * @param {Page} page
 * @param {import("./host.js").Answerer} answer
 * @param {HTMLElement} el
 * @param {{signal?: AbortSignal, address?: boolean, state?: string}} options state: text of a view to open on
 */
function show(widget, { models }, answer, el, { state = "", ...options }) {
  const { facts } = models.data;
  const asked = state ? parseState(state, facts) : null;
  if (typeof asked === "string") el.append(h("p", { role: "alert", text: `The given state is no view of this page. ${asked}` }));
  const view = asked && typeof asked !== "string" ? { ...asked.state, panels: asked.panels } : null;
  // the first question opens its view, unless another one is asked for, here or in the address
  const selection = { ...models.selection, ...(view ?? models.lesson.questions[0]?.start) };
  return createPage({ models: { ...models, selection }, answer, widget, ...options }).mount("lesson", el);
}
