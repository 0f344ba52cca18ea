/** The sparse prediction of one unit, and what is said of it. Pure functions and a table, no element. */
import { unitName } from "./context.js";
import { count, decimals } from "./numbers.js";
import { unitsOf } from "./settle.js";
import { decode } from "./tables.js";

/**
 * @typedef {import("./settle.js").State} State
 * @typedef {import("./settle.js").Facts} Facts
 * @typedef {(string | [string])[]} Phrases
 * @typedef {{unit: number, r: number | null, r2: number}} Single the best single unit, judged like the prediction
 * @typedef {{
 *   penalties: number[], fields: string[], k: number, inputs: number, dead: "always" | "in training" | null,
 *   single: Single | null, layer: LayerCurve | null,
 * }} PredictionMeta
 * @typedef {{held_out_loss: number[], predictors: number[]}} LayerCurve the median and the mean of all live units
 * @typedef {{unit: number, weight: number, r: number}} Predictor
 * @typedef {"loss" | "held_out_loss" | "predictors" | "weights"} Field
 */

export class Predictors {
  #fields;
  #k;
  #numbers;
  #units;
  #weights;
  #r;

  /**
   * @param {PredictionMeta} meta
   * @param {(DataView | ArrayBufferView)[]} buffers
   */
  constructor(meta, buffers) {
    this.penalties = meta.penalties;
    this.inputs = meta.inputs;
    this.dead = meta.dead;
    this.single = meta.single;
    /** Of the whole layer, at each penalty; null for a dead unit. */
    this.layer = meta.layer;
    this.#fields = meta.fields;
    this.#k = meta.k;
    this.#numbers = decode(Float32Array, buffers[0]);
    this.#units = decode(Int32Array, buffers[1]);
    this.#weights = decode(Float32Array, buffers[2]);
    this.#r = decode(Float32Array, buffers[3]);
    this.size = this.#numbers.byteLength + 3 * this.#units.byteLength;
  }

  /**
   * @param {Field} field
   * @param {number} penalty one of `penalties`
   */
  at(field, penalty) {
    const at = this.penalties.indexOf(penalty);
    return at < 0 ? NaN : this.#numbers[this.#fields.indexOf(field) * this.penalties.length + at];
  }

  /**
   * The units with the greatest |w| above .1, greatest first; of many only the first dozen.
   * @param {number} penalty
   * @returns {Predictor[]}
   */
  strongest(penalty) {
    const start = this.penalties.indexOf(penalty) * this.#k;
    const found = [];
    for (let i = start; i >= 0 && i < start + this.#k && this.#units[i] >= 0; i++)
      found.push({ unit: this.#units[i], weight: this.#weights[i], r: this.#r[i] });
    return found;
  }
}

/** The net that the selected unit is predicted from: the other one of the two shown. @param {State} state */
export const sourceNet = ({ net, net_a, net_b }) => (net === net_a ? net_b : net_a);

/**
 * ".003", as the slider and the sentence write penalties.
 * @param {number} penalty
 */
export const penaltyText = (penalty) => String(penalty).replace(/^0\./, ".");

/**
 * Why there is nothing to predict, before anything is asked; empty where there is.
 * @param {State} state
 * @param {Facts} facts
 */
export function whyNot(state, facts) {
  const { layer, net } = state;
  const source = sourceNet(state);
  if (source === net) return `Choose two different nets: every unit of ${net} would be predicted by itself.`;
  if (unitsOf(facts, layer, source) === 1)
    return `${source} has only one unit in ${layer}, so there are no few units to choose from: r says it all.`;
  return "";
}

/**
 * Why no unit is selected.
 * @param {State} state
 * @param {import("./tables.js").PairTable} table from the selected net
 */
export function whyNoUnit({ net, layer }, { rows, deadUnits }) {
  if (deadUnits[0] === rows) return `All units of ${net} in ${layer} are dead, so there is nothing to predict.`;
  return "No unit is selected. Select one to see which units of the other net predict it.";
}

/**
 * Why a unit cannot be predicted; empty where it can.
 * @param {State} state
 * @param {Predictors} predictors
 */
export function whyUnpredicted(state, { dead, inputs }) {
  const name = `${state.net} ${unitName(state.layer, state.unit)}`;
  if (dead === "always") return `${name} is dead: it never varies, so there is nothing to predict.`;
  if (dead) return `${name} never varies on the images of even index, so no map can be fitted to it.`;
  if (!inputs) return `All units of ${sourceNet(state)} in ${state.layer} are dead, so they predict nothing.`;
  return "";
}

/**
 * @param {State} state
 * @param {Predictors} predictors
 * @returns {Phrases}
 */
export function aboutPrediction(state, predictors) {
  const { layer, net, unit, penalty } = state;
  const source = sourceNet(state);
  const many = predictors.at("predictors", penalty);
  const held = predictors.at("held_out_loss", penalty);
  const weak = predictors.at("weights", penalty) - many;
  /** @type {Phrases} */
  const words = [[`${net} ${unitName(layer, unit)}`]];
  if (many + weak === 0) words.push(" is predicted by ", [`no unit of ${source}`]);
  else {
    words.push(" is predicted by ", [`${many} of ${count(predictors.inputs, "live unit")}`], ` of ${source} (|w| > .1)`);
    if (weak) words.push(` and ${weak} with less weight`);
  }
  words.push(` at penalty ${penaltyText(penalty)}: held-out loss `, [decimals(held)]);
  words.push(" (R\u00b2\u00a0", [decimals(1 - 2 * held)], ").");
  const { single } = predictors;
  if (single) {
    const r = single.r === null ? "" : ` (r\u00a0${decimals(single.r)})`;
    words.push(
      ` The best single unit, ${unitName(layer, single.unit)}${r}, alone reaches R\u00b2\u00a0`,
      [decimals(single.r2)],
      ".",
    );
  }
  return words;
}

/** How it was judged, the same for every unit. */
export const JUDGED =
  "Fitted to the images of even index, judged on those of odd index (held out). Choose a penalty by how few units you " +
  "want or by the loss in sample, not by the held-out loss.";
