/** What the gallery says of each net: the selected unit, or its counterpart. Pure functions on tables. */

/**
 * @typedef {import("./tables.js").PairTable} PairTable
 * @typedef {import("./settle.js").State} State
 * @typedef {{
 *   kind: "selected", net: string, unit: number, dead: boolean, mean: number, found: number, others: number,
 *   partners: number, meanR: number,
 * }} SelectedFacts
 * @typedef {{
 *   kind: "match" | "taken" | "none", net: string, unit: number | null, counterpart: number | null, r: number,
 *   baseline: number, runnerUp: number, rank: number, units: number, agrees: boolean, above: boolean,
 *   best: number | null, bestR: number, takenBy: number | null, elsewhere: number | null,
 * }} CounterpartFacts
 */

/**
 * The counterpart by the chosen method; where nothing was left for the unit, its most similar unit stands there instead,
 * as "taken". `takenBy` is the unit of the selected net that `best` went to, where that is another one; `elsewhere` is
 * the unit that the other method gives.
 * @param {State} state with a unit
 * @param {string} net another one than the selected net
 * @param {PairTable} table from the selected net to that one
 * @returns {CounterpartFacts}
 */
export function counterpart({ unit, method }, net, table) {
  const u = /** @type {number} */ (unit);
  const at = (/** @type {string} */ field) => table.at(`${method}.${field}`, u);
  const found = table.partner(method, u);
  const bestAt = table.at("best", u);
  const best = bestAt >= 0 ? bestAt : null;
  const matched = found !== null;
  return {
    kind: matched ? "match" : best !== null ? "taken" : "none",
    net,
    unit: found ?? best,
    counterpart: found,
    r: matched ? at("r") : table.at("best_r", u),
    baseline: at("greatest"),
    runnerUp: matched ? at("runner_up") : table.at("second_r", u),
    rank: matched ? at("rank") : 1,
    units: table.columns,
    agrees: at("agrees") === 1,
    above: at("above") === 1,
    best,
    bestR: table.at("best_r", u),
    takenBy: best === null || best === found ? null : owner(method, best, table),
    elsewhere: table.partner(method === "semi" ? "bipartite" : "semi", u),
  };
}

/**
 * The unit whose partner `unit` is.
 * @param {string} method
 * @param {number} unit of the table's columns
 * @param {PairTable} table
 */
function owner(method, unit, table) {
  const row = table.column(`${method}.unit`).indexOf(unit);
  return row < 0 ? null : row;
}

/**
 * @param {State} state with a unit
 * @param {boolean} dead
 * @param {number} mean
 * @param {CounterpartFacts[]} others
 * @returns {SelectedFacts}
 */
export function selected({ net, unit }, dead, mean, others) {
  const matched = others.filter((other) => other.kind === "match");
  return {
    kind: "selected",
    net,
    unit: /** @type {number} */ (unit),
    dead,
    mean,
    others: others.length,
    partners: matched.length,
    found: matched.filter((other) => other.above).length,
    meanR: matched.reduce((sum, other) => sum + other.r, 0) / matched.length,
  };
}

/**
 * Names what is drawn, for tests and other tools: "conv2|seed 0/32|seed 1/18|seed 2/-".
 * @param {State} state
 * @param {CounterpartFacts[]} others
 */
export function keyOf({ layer, net, unit }, others) {
  return [layer, `${net}/${unit ?? "-"}`, ...others.map((other) => `${other.net}/${other.counterpart ?? "-"}`)].join(
    "|",
  );
}
