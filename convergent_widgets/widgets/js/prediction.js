/** Few to one: the selected unit, and the few units of the other net that predict it, at the chosen penalty. */
import { Card } from "./card.js";
import { PENALTIES, unitName } from "./context.js";
import { h, phrase, set, write } from "./dom.js";
import { Lightbox } from "./lightbox.js";
import { lossCurve } from "./loss_curve.js";
import { Newest } from "./newest.js";
import { count, decimals } from "./numbers.js";
import { closeButton } from "./panels.js";
import { JUDGED, aboutPrediction, penaltyText, sourceNet, whyNoUnit, whyNot, whyUnpredicted } from "./predictors.js";
import { Tip } from "./tip.js";

/**
 * @typedef {import("./context.js").Context} Context
 * @typedef {import("./settle.js").State} State
 * @typedef {import("./settle.js").Facts} Facts
 * @typedef {import("./tables.js").TopTable} TopTable
 * @typedef {import("./predictors.js").Predictors} Predictors
 * @typedef {{predictors: Predictors, own: TopTable, others: TopTable}} Loaded
 */

/** How many patches a card shows; the lightbox shows the others too. */
const FEW = 4;
/** The side of the room for a card's patches, in CSS pixels. */
const SQUARE = 86;
/** Weights are drawn from -1 to 1, or as far as the greatest reaches. */
const WIDEST = 1;

/** @param {Context} context */
export function prediction(context) {
  const { el, selection, source, pictures, theme, status, signal, inline } = context;
  const title = h("h3", { class: "cw-clip" });
  const words = h("p", { class: "cw-sentence", "aria-live": "polite" });
  const judged = h("p", { class: "cw-judged", text: JUDGED });
  const row = h("div", { class: "cw-cards cw-predictors" });
  const rest = h("p", { class: "cw-more" });
  const slider = penaltySlider(context);
  const body = h("div", { class: "cw-prediction-body" }, row, rest, judged);
  const root = h(
    "section",
    { class: "cw-prediction", "aria-label": "few to one: what predicts the selected unit" },
    h("header", { class: "cw-prediction-head" }, title, closeButton(context, "prediction")),
    slider.element,
    words,
    body,
  );
  const loss = inline ? lossCurve(context) : null;
  if (loss) {
    root.append(loss.element);
    root.classList.add("cw-with-loss");
  }
  const tip = new Tip(root);
  el.append(root);
  row.style.setProperty("--cw-square", `${SQUARE}px`);
  const newest = new Newest(root, signal, status);
  const lightbox = new Lightbox(root, pictures, () => source.facts?.dataset ?? "", signal);
  /** The predicted unit's card, then those of its predictors. @type {Card[]} */
  let cards = [];
  let made = "";
  let wanted = "";
  /** All patches of each card's unit. @type {WeakMap<Card, import("./tables.js").Patch[]>} */
  const patches = new WeakMap();

  const actions = {
    select: (/** @type {string} */ net, /** @type {number} */ unit) => selection.choose({ net, unit }),
    walk: () => {},
    open: (/** @type {Card} */ card, /** @type {number} */ index) => {
      const { net, layer, unit } = card;
      lightbox.open({ net, layer, unit, patches: patches.get(card) ?? [] }, index, (i) => card.focusPatch(i));
    },
    tip: (/** @type {HTMLElement | null} */ patch, /** @type {string} */ text) => tip.show(patch, text, patch?.parentElement),
  };

  /**
   * Enough cards for a unit and its predictors.
   * @param {State} state
   * @param {number} units how many predictors there are
   */
  function makeCards(state, units) {
    const key = JSON.stringify([state.net, sourceNet(state)]);
    if (key !== made) {
      made = key;
      cards = [new Card(state.net, actions, signal)];
      row.replaceChildren(cards[0].element);
    }
    while (cards.length <= units) {
      const card = new Card(sourceNet(state), actions, signal);
      cards.push(card);
      row.append(card.element);
    }
    cards.forEach((card, i) => set(card.element, { hidden: i > units }));
  }

  /**
   * @param {State} state
   * @param {string} why
   */
  function showNothing(state, why) {
    write(title, "Few to one");
    write(words, why);
    slider.element.hidden = body.hidden = true;
    if (loss) loss.element.hidden = true;
    wanted = "";
    set(root, { "data-key": keyOf(state) });
    report("");
  }

  /**
   * @param {State} state
   * @param {Facts} facts
   * @param {Loaded} loaded
   */
  function show(state, facts, { predictors, own, others }) {
    const why = whyUnpredicted(state, predictors);
    if (why) return showNothing(state, why);
    const { layer, net, unit, penalty } = state;
    const from = sourceNet(state);
    const strongest = predictors.strongest(penalty);
    const had = focusWithin(row);
    makeCards(state, strongest.length);
    slider.element.hidden = body.hidden = false;
    row.classList.toggle("cw-bare", !facts.k);
    write(title, `Few to one: ${net} ${unitName(layer, unit)} from the units of ${from}`);
    phrase(words, aboutPrediction(state, predictors));
    slider.show(penalty, predictors);
    loss?.show(state, facts, predictors);
    const widest = Math.max(WIDEST, ...strongest.map(({ weight }) => Math.abs(weight)));
    cards.slice(0, strongest.length + 1).forEach((card, i) => {
      const table = i ? others : own;
      const shown = i ? aboutPredictor(strongest[i - 1], widest) : aboutPredicted(state, predictors);
      const all = table.patches(shown.unit);
      patches.set(card, all);
      card.show(shown, {
        layer,
        dataset: facts.dataset,
        module: facts.layers.find(({ name }) => name === layer)?.modules[facts.nets.indexOf(card.net)] ?? "",
        role: "",
        of: net,
        dead: false,
        instead: "",
        k: Math.min(FEW, facts.k),
        none: "no patches were kept",
        shows: "strongest images",
        patches: all.slice(0, FEW),
      });
    });
    const more = predictors.at("predictors", penalty) - strongest.length;
    const bare = facts.k ? "" : "The comparison was made without pictures (patches=0).";
    write(rest, [more ? `and ${more} more with |w| > .1.` : "", bare].filter(Boolean).join(" "));
    if (had && !focusWithin(row)) /** @type {HTMLElement} */ (cards[0].element.querySelector("button")).focus();
    lightbox.close();
    tip.hide();
    wanted = keyOf(state);
    report(JSON.stringify([layer, from, net]));
    void drawPatches(wanted);
  }

  /** @param {string} key */
  async function drawPatches(key) {
    const shown = cards.filter((card) => !card.element.hidden);
    const missing = shown.flatMap((card) => card.draw(pictures, SQUARE).map((each) => ({ card, ...each })));
    const got = await Promise.allSettled(
      missing.map(async ({ card, index, patch }) => {
        const picture = await pictures.get(patch.set, patch.image);
        if (key === wanted && !signal.aborted) card.put(index, picture);
      }),
    );
    if (key !== wanted || signal.aborted) return;
    const failed = got.find((each) => each.status === "rejected");
    if (failed?.status === "rejected") return newest.fail(failed.reason);
    set(root, { "data-key": key });
  }

  /**
   * Tell Python which layer, source and net are predicted by now, so that it can draw the curve without waiting.
   * @param {string} predicted
   */
  function report(predicted) {
    if (inline || context.model.get("predicted") === predicted) return;
    try {
      context.model.set("predicted", predicted);
      context.model.save_changes?.();
    } catch {
      // a host without a kernel
    }
  }

  theme.watch(() => {
    if (wanted) void drawPatches(wanted);
  }, signal);
  selection.watch(() => {
    const { state } = selection;
    const { facts } = source;
    if (!state || !facts) return;
    const why = whyNot(state, facts);
    const { layer, net, unit } = state;
    const from = sourceNet(state);
    if (!why && unit !== null && !wanted) {
      write(title, "Few to one");
      write(words, `Predicting all units of ${net} in ${layer} from those of ${from}\u2026`);
      slider.element.hidden = body.hidden = true;
      if (loss) loss.element.hidden = true;
    }
    void newest.run(
      async () => {
        if (why) return why;
        if (unit === null) return whyNoUnit(state, await source.pair(layer, net, from));
        const [predictors, own, others] = await Promise.all([
          source.prediction(layer, from, net, unit),
          source.top(layer, net),
          source.top(layer, from),
        ]);
        return { predictors, own, others };
      },
      (loaded) => (typeof loaded === "string" ? showNothing(state, loaded) : show(state, facts, loaded)),
    );
  }, signal);
}

/** @param {Context} context */
function penaltySlider({ selection, signal }) {
  // from left to right the penalty grows, and fewer units are left
  const grid = [...PENALTIES].reverse();
  const words = "L1 penalty";
  const input = h("input", {
    type: "range",
    min: 0,
    max: grid.length - 1,
    step: 1,
    "aria-label": words,
    "data-trait": "penalty",
  });
  const value = h("span", { class: "cw-penalty-value", "aria-hidden": "true" });
  const predicted = h("span", { class: "cw-quiet cw-penalty-count" });
  const range = h("span", { class: "cw-range" }, input, ticks(grid));
  const label = h("label", { class: "cw-penalty" }, h("span", { text: words }), value, range);
  input.addEventListener("input", () => selection.choose({ penalty: grid[Number(input.value)] }), { signal });
  return {
    element: h("div", { class: "cw-penalty-line" }, label, predicted),
    /**
     * @param {number} penalty
     * @param {Predictors} predictors
     */
    show(penalty, predictors) {
      const units = count(predictors.at("predictors", penalty), "predictor");
      const at = String(grid.indexOf(penalty));
      if (input.value !== at) input.value = at;
      write(value, penaltyText(penalty));
      write(predicted, units);
      set(input, { "aria-valuetext": `${penaltyText(penalty)}: ${units}` });
    },
  };
}

/** @param {number[]} grid */
const ticks = (grid) =>
  h(
    "span",
    { class: "cw-range-ticks", "aria-hidden": "true" },
    ...grid.map((penalty) => h("span", { text: penaltyText(penalty) })),
  );

/**
 * @param {State} state
 * @param {Predictors} predictors
 * @returns {import("./card.js").PredictionFacts}
 */
function aboutPredicted({ unit, penalty }, predictors) {
  const held = predictors.at("held_out_loss", penalty);
  return {
    kind: "predicted",
    unit: /** @type {number} */ (unit),
    symbol: "R\u00b2",
    number: decimals(1 - 2 * held),
    measure: "held out",
    bar: null,
    rows: [
      ["loss", decimals(held), "half the mean squared error on the images of odd index; .5 for a map of zeros"],
      ["fitted", decimals(predictors.at("loss", penalty)), "the loss in sample, on the images of even index"],
    ],
  };
}

/**
 * @param {import("./predictors.js").Predictor} predictor
 * @param {number} widest the weight that fills half of the bar
 * @returns {import("./card.js").PredictionFacts}
 */
const aboutPredictor = ({ unit, weight, r }, widest) => ({
  kind: "predictor",
  unit,
  symbol: "w",
  number: decimals(weight),
  measure: "",
  bar: { from: 0.5, to: 0.5 + weight / widest / 2 },
  rows: [["r", decimals(r), "its correlation with the predicted unit, over all images"]],
});

/** Names what is drawn, for tests and other tools. @param {State} state */
const keyOf = (state) =>
  [state.layer, `${sourceNet(state)} > ${state.net}/${state.unit ?? "-"}`, penaltyText(state.penalty)].join("|");

/** @param {HTMLElement} element */
const focusWithin = (element) => element.matches(":focus-within");
