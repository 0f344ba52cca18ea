/** The panels beneath the views, where no Python puts them there: mounted when opened, and released when closed. */
import { clusters } from "./clusters.js";
import { h } from "./dom.js";
import { means } from "./means.js";
import { inlineOf } from "./panels.js";
import { prediction } from "./prediction.js";
import { Status } from "./status.js";

/** @type {Record<string, (context: import("./context.js").Context) => void>} */
const PANELS = { means, prediction, clusters };

/** @param {import("./context.js").Context} context of the Explorer */
export function inlinePanels(context) {
  const { el, model, selection, signal } = context;
  const offered = inlineOf(model)?.filter((name) => Object.hasOwn(PANELS, name));
  if (!offered) return;
  /** @type {Map<string, {element: HTMLElement, control: AbortController}>} */
  const open = new Map();

  /** @param {string} name */
  function mount(name) {
    const control = new AbortController();
    const status = new Status();
    const element = h("div", { class: "cw-inline-panel", "data-inline": name }, status.element);
    PANELS[name]({ ...context, el: element, status, signal: control.signal, inline: true });
    const panel = { element, control };
    open.set(name, panel);
    return panel;
  }

  selection.watch(() => {
    const wanted = [...new Set(selection.panels ?? [])].filter((name) => offered.includes(name));
    for (const [name, { element, control }] of open) {
      if (wanted.includes(name)) continue;
      open.delete(name);
      control.abort();
      element.remove();
    }
    wanted.forEach((name, i) => {
      const { element } = open.get(name) ?? mount(name);
      // what stands where it should is not moved, for that would take the focus away
      if (el.children[i] !== element) el.insertBefore(element, el.children[i] ?? null);
    });
  }, signal);
  signal.addEventListener("abort", () => open.forEach(({ control }) => control.abort()));
}
