/** Where the selected unit and its counterparts stand among the mean activations of their nets. Pure functions. */
import { counterpart } from "./counterparts.js";
import { amount } from "./numbers.js";

/**
 * @typedef {import("./settle.js").State} State
 * @typedef {{
 *   values: Float32Array[], nets: string[], summary: string, scales: string[], scale: string, floor: number | null,
 *   left_out: string, size: number,
 * }} Means of all nets of a layer
 * @typedef {{
 *   net: string, unit: number | null, mean: number, place: number, units: number,
 *   role: "selected" | "counterpart" | "taken" | "none",
 * }} Place place: from 1, the most active; 0 where there is no unit
 */

/**
 * The selected unit, and in every other net its counterpart, else its most similar unit.
 * @param {State} state
 * @param {Means} means
 * @param {Record<string, import("./tables.js").PairTable>} tables from the selected net to each other
 * @returns {Place[]}
 */
export function places(state, { nets, values }, tables) {
  return nets.map((net, i) => {
    const units = values[i].length;
    const found = net !== state.net && state.unit !== null ? counterpart(state, net, tables[net]) : null;
    const unit = net === state.net ? state.unit : (found?.unit ?? null);
    if (unit === null) return { net, unit, mean: NaN, place: 0, units, role: net === state.net ? "selected" : "none" };
    const role = !found ? "selected" : found.kind === "match" ? "counterpart" : "taken";
    return { net, unit, mean: values[i][unit], place: placeOf(values[i], unit), units, role };
  });
}

/**
 * A unit's place among the means of its net, from 1; of equal ones the first comes first.
 * @param {Float32Array} means
 * @param {number} unit
 */
function placeOf(means, unit) {
  const own = means[unit];
  return 1 + means.reduce((before, mean, i) => before + Number(mean > own || (mean === own && i < unit)), 0);
}

/**
 * The units of a net, the most active first.
 * @param {Float32Array} means
 */
export const mostActiveFirst = (means) => Array.from(means.keys()).sort((i, j) => means[j] - means[i] || i - j);

/** @param {{mean: number, place: number, units: number}} place */
export const meanWords = ({ mean, place, units }) => `mean ${amount(mean)}, no. ${place} of ${units}`;

const ROLES = {
  selected: " (selected)",
  counterpart: "",
  taken: " (most similar, taken by another)",
  none: "no counterpart",
};

/**
 * What stands behind a net's name; nothing where no unit is selected.
 * @param {State} state
 * @param {Place} place
 */
export function placeWords(state, place) {
  if (state.unit === null) return "";
  return place.unit === null ? ROLES.none : meanWords(place) + ROLES[place.role];
}
