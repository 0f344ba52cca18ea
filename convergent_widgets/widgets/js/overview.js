/** What stands beside the matrix in the Explorer: the wall of all units, or the rank plot. */
import { OVERVIEWS } from "./context.js";
import { h } from "./dom.js";
import { rank } from "./rank.js";
import { choiceSwitch } from "./switch.js";
import { wall } from "./wall.js";

/** @typedef {import("./settle.js").Overview} Overview */

/** @param {import("./context.js").Context} context */
export function overview(context) {
  const { el, selection, signal } = context;
  const places = Object.entries({ wall, ranks: rank }).map(([name, view]) => ({
    name,
    view,
    place: h("div", { class: "cw-overview" }),
    choice: choiceSwitch({
      label: "what stands beside the matrix",
      trait: "overview",
      choose: (value) => selection.choose({ overview: /** @type {Overview} */ (value) }),
      signal,
    }),
  }));
  // before the views' own listeners, so that these draw when they can be seen
  selection.watch(() => {
    const chosen = selection.state?.overview;
    if (!chosen) return;
    const root = /** @type {Document | ShadowRoot} */ (el.getRootNode());
    const left = places.some(({ choice }) => choice.element.contains(root.activeElement));
    for (const { name, place, choice } of places) {
      choice.show(Object.entries(OVERVIEWS), chosen);
      place.hidden = name !== chosen;
      // the switch that was pressed is gone, with the focus
      const radio = left && name === chosen && choice.element.querySelector("[aria-checked=true]");
      if (radio) /** @type {HTMLElement} */ (radio).focus();
    }
  }, signal);
  for (const { view, place, choice } of places) {
    el.append(place);
    view({ ...context, el: place }, choice.element);
  }
}
