/**
 * The rules of the selection: one consistent state after any change. `selection.py` holds the same rules, and both
 * are tested on tests/settle_cases.json.
 */
import { ORDERS, PICTURED } from "./context.js";

/**
 * @typedef {{name: string, units: number[], modules: string[], best: Record<string, (number | null)[][]>}} LayerFacts
 * @typedef {{
 *   dataset: string, complete: boolean, images_seen: number, few_images: boolean, k: number, pictured: Pictured[],
 *   nets: string[], layers: LayerFacts[],
 * }} Facts
 * @typedef {"best" | "original" | "cycles" | "found"} Order
 * @typedef {"bipartite" | "semi"} Method
 * @typedef {"strongest" | "deciles" | "attributions"} Pictured
 * @typedef {{
 *   layer: string, net_a: string, net_b: string, net: string, unit: number | null, order: Order, method: Method,
 *   pictured: Pictured,
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
function exists(facts, { layer, net_a, net_b, net, unit, order, method, pictured }) {
  const found = facts.layers.find(({ name }) => name === layer);
  if (!found || !Object.hasOwn(found.best, method) || !Object.hasOwn(ORDERS, order)) return false;
  if (!Object.hasOwn(PICTURED, pictured)) return false;
  if (![net_a, net_b].every((name) => facts.nets.includes(name)) || ![net_a, net_b].includes(net)) return false;
  return unit === null || (Number.isInteger(unit) && unit >= 0 && unit < unitsOf(facts, layer, net));
}

/**
 * The consistent state that follows when `changes` are wanted in the state `before`; null where it can't be. What is
 * named is kept, the rest follows: a net that is neither A nor B takes the place of A, or of B where A is named.
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
  return exists(facts, after) ? after : null;
}
