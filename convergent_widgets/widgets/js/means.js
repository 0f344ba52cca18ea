/** What stands above the curves of mean activations: their scale, what they say, and the marked units, to be selected. */
import { button, h, set, write } from "./dom.js";
import { closeButton } from "./panels.js";
import { listen } from "./store.js";
import { choiceSwitch } from "./switch.js";

/**
 * @typedef {{
 *   net: string, unit: number | null, name: string, words: string, color: string, selected: boolean,
 * }} Entry one net, as Python puts it
 */

const TRAITS = ["heading", "summary", "entries", "scale", "scales"];

/** @param {import("./context.js").Context} context */
export function means(context) {
  const { el, selection, model, signal } = context;
  const heading = h("p", { class: "cw-quiet cw-means-heading" });
  const summary = h("p", { class: "cw-sentence" });
  const list = h("div", { class: "cw-means-legend", role: "group", "aria-label": "marked units" });
  const scale = choiceSwitch({
    label: "scale of the mean activation",
    trait: "scale",
    choose: (value) => {
      model.set("scale", value);
      model.save_changes?.();
    },
    signal,
  });
  el.append(
    h(
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
    ),
  );

  /** @type {HTMLButtonElement[]} */
  let buttons = [];
  function show() {
    write(heading, model.get("heading"));
    write(summary, model.get("summary"));
    summary.hidden = !summary.textContent;
    scale.show(
      model.get("scales").map((/** @type {string} */ name) => [name, name]),
      model.get("scale"),
    );
    /** @type {Entry[]} */
    const entries = model.get("entries");
    // the same buttons stay, so that the focus does
    while (buttons.length < entries.length) {
      const b = button({ class: "cw-means-entry" });
      const at = buttons.length;
      b.addEventListener("click", () => choose(at), { signal });
      buttons.push(b);
      list.append(b);
    }
    for (const b of buttons.splice(entries.length)) b.remove();
    buttons.forEach((b, i) => {
      const { net, unit, name, words, color, selected } = entries[i];
      const line = h("span", { class: "cw-means-line", "aria-hidden": "true" });
      line.style.color = color;
      b.replaceChildren(line, h("b", { text: name }), ` ${words}`);
      set(b, { "data-net": net, "aria-current": selected && unit !== null ? "true" : null, disabled: unit === null });
    });
  }

  /** @param {number} at */
  function choose(at) {
    const { net, unit } = /** @type {Entry[]} */ (model.get("entries"))[at];
    if (unit !== null) selection.choose({ net, unit });
  }

  for (const trait of TRAITS) listen(model, `change:${trait}`, show, signal);
  show();
}
