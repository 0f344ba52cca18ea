/** Mean activations: what is said of them, their scale, the marked units, to be selected, and the curves if need be. */
import { Curve } from "./curve.js";
import { button, h, set, write } from "./dom.js";
import { meanCurves } from "./mean_curves.js";
import { placeWords, places } from "./mean_places.js";
import { Newest } from "./newest.js";
import { netColour } from "./palette.js";
import { closeButton } from "./panels.js";
import { listen } from "./store.js";
import { choiceSwitch } from "./switch.js";

/**
 * @typedef {import("./settle.js").State} State
 * @typedef {import("./mean_places.js").Means} Means
 * @typedef {import("./mean_places.js").Place} Place
 */

/** @param {import("./context.js").Context} context */
export function means(context) {
  const { el, selection, source, model, status, signal, inline } = context;
  const heading = h("p", { class: "cw-quiet cw-means-heading" });
  const summary = h("p", { class: "cw-sentence" });
  const list = h("div", { class: "cw-means-legend", role: "group", "aria-label": "marked units" });
  const scale = choiceSwitch({ label: "scale of the mean activation", trait: "scale", choose: chooseScale, signal });
  const curve = inline ? new Curve(signal) : null;
  const root = h(
    "section",
    { class: "cw-means-head", "aria-label": "mean activations" },
    h(
      "header",
      { class: "cw-prediction-head" },
      h("h3", { text: "Mean activation of all units" }),
      heading,
      scale.element,
      closeButton(context, "means"),
    ),
    summary,
    list,
  );
  if (curve) root.append(curve.element);
  el.append(root);
  const newest = new Newest(root, signal, status);
  /** @type {{state: State, loaded: Means, marked: Place[]} | null} */
  let shown = null;
  /** The scale of one layer, where no model keeps it. */
  let chosen = { layer: "", scale: "" };
  /** @type {HTMLButtonElement[]} */
  let buttons = [];

  /** @param {string} value */
  function chooseScale(value) {
    if (inline) {
      if (shown) chosen = { layer: shown.state.layer, scale: value };
      return show();
    }
    model.set("scale", value);
    model.save_changes?.();
  }

  function show() {
    if (!shown) return;
    const { state, loaded, marked } = shown;
    if (chosen.layer !== state.layer) chosen = { layer: state.layer, scale: loaded.scale };
    const scaled = inline ? chosen.scale : model.get("scale");
    const leftOut = scaled === "log" && loaded.left_out ? ` ${loaded.left_out}` : "";
    write(heading, `${state.layer}.${leftOut}`);
    write(summary, loaded.summary);
    summary.hidden = !loaded.summary;
    scale.show(
      loaded.scales.map((name) => [name, name]),
      scaled,
    );
    // the same buttons stay, so that the focus does
    while (buttons.length < marked.length) {
      const b = button({ class: "cw-means-entry" });
      const at = buttons.length;
      b.addEventListener("click", () => choose(at), { signal });
      buttons.push(b);
      list.append(b);
    }
    for (const b of buttons.splice(marked.length)) b.remove();
    buttons.forEach((b, i) => {
      const { net, unit, role } = marked[i];
      const line = h("span", { class: "cw-means-line", "aria-hidden": "true" });
      line.style.color = netColour(i);
      const name = unit === null ? net : `${net} / ${unit}`;
      b.replaceChildren(line, h("b", { text: name }), ` ${placeWords(state, marked[i])}`);
      const selected = role === "selected" && unit !== null;
      set(b, { "data-net": net, "aria-current": selected ? "true" : null, disabled: unit === null });
    });
    curve?.show(meanCurves(state, loaded, marked, scaled === "log", (net, unit) => selection.choose({ net, unit })));
  }

  /** @param {number} at */
  function choose(at) {
    const { net, unit } = /** @type {{marked: Place[]}} */ (shown).marked[at];
    if (unit !== null) selection.choose({ net, unit });
  }

  selection.watch(() => {
    const { state } = selection;
    const { facts } = source;
    if (!state || !facts) return;
    const others = state.unit === null ? [] : facts.nets.filter((net) => net !== state.net);
    void newest.run(
      () => Promise.all([source.means(state.layer), ...others.map((net) => source.pair(state.layer, state.net, net))]),
      ([loaded, ...tables]) => {
        const known = Object.fromEntries(others.map((net, i) => [net, tables[i]]));
        shown = { state, loaded, marked: places(state, loaded, known) };
        show();
      },
    );
  }, signal);
  if (!inline) listen(model, "change:scale", show, signal);
}
