/** Opens the panels beneath the views, which Python puts there, or else the Explorer itself (inline_panels.js). */
import { button, h, set } from "./dom.js";

/** Each panel's name in the selection, and on its button. */
export const PANELS = [
  ["means", "Mean activations"],
  ["prediction", "Few to one"],
  ["clusters", "Many to many"],
];

/**
 * One button for each panel; none where nobody can draw them.
 * @param {import("./context.js").Context} context
 */
export function panelButtons({ el, model, selection, signal }) {
  const inline = inlineOf(model);
  if (!selection.panels && !inline) return;
  for (const [name, label] of PANELS) {
    if (inline && !inline.includes(name)) continue;
    const b = button(
      { class: "cw-disclosure", "data-panel": name },
      h("span", { class: "cw-chevron", "aria-hidden": "true" }),
      label,
    );
    el.append(b);
    b.addEventListener("click", () => selection.toggle(name), { signal });
    selection.watch(() => set(b, { "aria-expanded": String(selection.panels?.includes(name) ?? false) }), signal);
  }
}

/**
 * The panels that the Explorer itself can open, since no Python does; null where that is left to Python.
 * @param {import("./store.js").Model} model of the Explorer
 * @returns {string[] | null}
 */
export function inlineOf(model) {
  const names = model.get("inline_panels");
  return Array.isArray(names) ? names : null;
}

/**
 * The button that closes a panel, and hands the focus back to the button that opened it; hidden where nobody opens any.
 * @param {import("./context.js").Context} context of the panel
 * @param {string} panel
 */
export function closeButton({ el, selection, signal }, panel) {
  const words = "Close this panel";
  const b = button({ class: "cw-button cw-close", "aria-label": words, title: words, text: "\u00d7" });
  b.addEventListener(
    "click",
    (event) => {
      selection.toggle(panel);
      // a pointer left nothing behind that would have to be seen again
      opener(el, panel)?.focus({ preventScroll: event.detail > 0 });
    },
    { signal },
  );
  selection.watch(() => set(b, { hidden: !selection.panels?.includes(panel) }), signal);
  return b;
}

/**
 * The nearest Explorer's button for a panel: panels are widgets of their own, somewhere beside it.
 * @param {HTMLElement} el of the panel
 * @param {string} panel
 * @returns {HTMLElement | null}
 */
function opener(el, panel) {
  for (let around = el.parentElement; around; around = around.parentElement) {
    const found = around.querySelector(`.cw-disclosure[data-panel="${panel}"]`);
    if (found) return /** @type {HTMLElement} */ (found);
  }
  return null;
}
