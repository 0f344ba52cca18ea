/** Opens the panels that Python puts beneath the views. */
import { button, h, set } from "./dom.js";

/** Each panel's name in the selection, and on its button. */
const PANELS = [
  ["means", "Mean activations"],
  ["prediction", "Few to one"],
  ["clusters", "Many to many"],
];

/**
 * One button for each panel; none where nobody can draw them.
 * @param {import("./context.js").Context} context
 */
export function panelButtons({ el, selection, signal }) {
  if (!selection.panels) return;
  for (const [name, label] of PANELS) {
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
