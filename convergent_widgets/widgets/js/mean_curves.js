/** Every unit of every net by its mean activation, the most active first, as a chart. */
import { unitName } from "./context.js";
import { ends } from "./curve.js";
import { meanWords, mostActiveFirst } from "./mean_places.js";
import { netColour } from "./palette.js";
import { linearTicks, logTicks } from "./ticks.js";

/**
 * @typedef {import("./mean_places.js").Means} Means
 * @typedef {import("./mean_places.js").Place} Place
 */

/**
 * @param {import("./settle.js").State} state
 * @param {Means} means
 * @param {Place[]} marked
 * @param {boolean} log units below the floor are left out
 * @param {(net: string, unit: number) => void} choose
 * @returns {import("./curve.js").Chart}
 */
export function meanCurves(state, { nets, values, floor }, marked, log, choose) {
  const least = log && floor !== null ? Math.fround(floor) : -Infinity;
  const most = Math.max(...values.map((means) => means.length));
  const inPercent = values.some((means) => means.length !== most);
  const across = (/** @type {number} */ place, /** @type {number} */ units) =>
    inPercent ? (100 * (place - 0.5)) / units : place;
  const point = (/** @type {string} */ net, /** @type {number} */ unit, /** @type {number} */ mean, /** @type {number} */ place, /** @type {number} */ units) => ({
    x: across(place, units),
    y: mean,
    says: `${net} ${unitName(state.layer, unit)}: ${meanWords({ mean, place, units })}`,
    choose: () => choose(net, unit),
  });
  const lines = nets.map((net, i) => {
    const means = values[i];
    const points = mostActiveFirst(means)
      .filter((unit) => means[unit] >= least)
      .map((unit, at) => point(net, unit, means[unit], at + 1, means.length));
    return { name: net, colour: netColour(i), points };
  });
  const marks = marked.flatMap(({ net, unit, mean, place, units, role }, i) => {
    if (unit === null || mean < least) return [];
    return [{ ...point(net, unit, mean, place, units), colour: netColour(i), chosen: role === "selected" }];
  });
  // the selected unit lies on top
  marks.sort((a, b) => Number(a.chosen) - Number(b.chosen));
  const heights = lines.flatMap(({ points }) => points.map(({ y }) => y));
  const [from, to] = ends(log ? heights : [0, ...heights], log);
  const [first, last] = inPercent ? [0, 100] : most > 1 ? [1, most] : [0.5, 1.5];
  return {
    name: `mean activation of all units in ${state.layer}`,
    x: {
      label: `units, most active first${inPercent ? " (% of each net\u2019s units)" : ""}`,
      from: first,
      to: last,
      ticks: linearTicks([last]).filter((tick) => Number.isInteger(tick) && tick >= first),
    },
    y: { label: "mean activation", from, to, ticks: log ? logTicks(heights) : linearTicks(heights), log },
    lines,
    marks,
  };
}
