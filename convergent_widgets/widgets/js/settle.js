/**
 * The rules of the selection: one consistent state after any change. `selection.py` holds the same rules, and both
 * are tested on tests/settle_cases.json.
 */
import { ORDERS, OVERVIEWS, PENALTIES, PICTURED } from "./context.js";
import { ONLY } from "./filter.js";

/**
 * @typedef {{name: string, units: number[], modules: string[], best: Record<string, (number | null)[][]>}} LayerFacts
 * @typedef {{
 *   dataset: string, complete: boolean, images_seen: number, few_images: boolean, k: number, pictured: Pictured[],
 *   nets: string[], layers: LayerFacts[], clusters?: "eigengap",
 * }} Facts clusters: where only the number that the eigengap gives can be had
 * @typedef {"best" | "original" | "cycles" | "found"} Order
 * @typedef {"above" | "below" | "everywhere" | "nowhere" | "unmatched" | "dead" | null} Only
 * @typedef {"wall" | "ranks"} Overview
 * @typedef {"bipartite" | "semi"} Method
 * @typedef {"strongest" | "deciles" | "attributions"} Pictured
 * @typedef {{
 *   layer: string, net_a: string, net_b: string, net: string, unit: number | null, order: Order, only: Only,
 *   least_r: number | null, overview: Overview, method: Method, pictured: Pictured, penalty: number, clusters: number | null, cluster: number | null,
 * }} State
 */

/**
 * The unit of the selected net that is matched best with the other net shown, by the current method.
 * @param {Facts} facts
 * @param {State} state
 * @returns {number | null}
 */
function bestUnit(facts, state) {
  const other = state.net === state.net_a ? state.net_b : state.net_a;
  const layer = facts.layers.find((l) => l.name === state.layer);
  return layer?.best[state.method]?.[facts.nets.indexOf(state.net)]?.[facts.nets.indexOf(other)] ?? null;
}

/**
 * How many units a net has in a layer; 0 where there is no such net or layer.
 * @param {Facts} facts
 * @param {string} layer
 * @param {string} net
 */
export function unitsOf(facts, layer, net) {
  return facts.layers.find((l) => l.name === layer)?.units[facts.nets.indexOf(net)] ?? 0;
}

/**
 * Whether there is such a state: its names and its unit exist, and its net is one of the two shown.
 * @param {Facts} facts
 * @param {State} state
 */
function exists(facts, { layer, net_a, net_b, net, unit, order, only, ...rest }) {
  const { method, least_r, overview, pictured, penalty, clusters, cluster } = rest;
  const found = facts.layers.find(({ name }) => name === layer);
  if (!found || !Object.hasOwn(found.best, method) || !Object.hasOwn(ORDERS, order)) return false;
  if (only !== null && !Object.hasOwn(ONLY, only)) return false;
  if (!isLeast(least_r) || !Object.hasOwn(OVERVIEWS, overview)) return false;
  if (!Object.hasOwn(PICTURED, pictured) || !PENALTIES.includes(penalty)) return false;
  if (![net_a, net_b].every((name) => facts.nets.includes(name)) || ![net_a, net_b].includes(net)) return false;
  const most = unitsOfPair(facts, layer, net_a, net_b);
  return (
    isWhole(unit, 0, unitsOf(facts, layer, net) - 1) &&
    isWhole(clusters, 1, most) &&
    isWhole(cluster, 0, (clusters ?? most) - 1)
  );
}

/**
 * How many units two nets have in a layer, or one where both are the same.
 * @param {Facts} facts
 * @param {string} layer
 * @param {string} a
 * @param {string} b
 */
export function unitsOfPair(facts, layer, a, b) {
  return [...new Set([a, b])].reduce((sum, net) => sum + unitsOf(facts, layer, net), 0);
}

/**
 * Whether it is null or a whole number within these bounds.
 * @param {number | null} value
 * @param {number} least
 * @param {number} most
 */
export const isWhole = (value, least, most) =>
  value === null || (Number.isInteger(value) && value >= least && value <= most);

/**
 * Whether it is null or an r.
 * @param {number | null} value
 */
export const isLeast = (value) => value === null || (typeof value === "number" && value >= -1 && value <= 1);

/**
 * The consistent state that follows when `changes` are wanted in the state `before`; null where it can't be. What is
 * named is kept, the rest follows: a net that is neither A nor B takes the place of A, or of B where A is named;
 * another layer or pair of nets has as many clusters as the eigengap says, and who names a unit means its cluster.
 * @param {Facts} facts
 * @param {State} before
 * @param {Partial<State>} changes
 * @returns {State | null}
 */
export function settle(facts, before, changes) {
  const after = { ...before, ...changes };
  const named = (/** @type {keyof State} */ trait) => trait in changes;
  const newLayer = after.layer !== before.layer;
  const isShown = () => after.net === after.net_a || after.net === after.net_b;

  if (named("net")) {
    if (!isShown() && !named("net_a")) after.net_a = after.net;
    else if (!isShown() && !named("net_b")) after.net_b = after.net;
  } else if (!isShown() || (newLayer && !named("unit"))) after.net = after.net_a;
  if (!named("unit") && (newLayer || after.net !== before.net)) after.unit = bestUnit(facts, after);
  const changed = (/** @type {(keyof State)[]} */ ...traits) => traits.some((trait) => after[trait] !== before[trait]);
  if (!named("clusters") && changed("layer", "net_a", "net_b")) after.clusters = null;
  if (!named("cluster") && (named("unit") || changed("layer", "net_a", "net_b", "net", "unit", "clusters")))
    after.cluster = null;
  if (!exists(facts, after)) return null;
  return after.least_r === null ? after : { ...after, least_r: Math.floor(after.least_r * 1000 + 0.5) / 1000 };
}
