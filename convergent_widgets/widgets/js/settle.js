/**
 * The rules of the selection: one consistent state after any change. `selection.py` holds the same rules, and both
 * are tested on tests/settle_cases.json.
 */

/**
 * @typedef {{name: string, units: number[], modules: string[], best: Record<string, (number | null)[][]>}} LayerFacts
 * @typedef {{
 *   dataset: string, complete: boolean, images_seen: number, k: number, nets: string[], layers: LayerFacts[],
 * }} Facts
 * @typedef {"best" | "original" | "cycles"} Order
 * @typedef {"bipartite" | "semi"} Method
 * @typedef {{
 *   layer: string, net_a: string, net_b: string, net: string, unit: number | null, order: Order, method: Method,
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
 * The consistent state that follows when `changes` are wanted in the state `before`.
 * @param {Facts} facts
 * @param {State} before
 * @param {Partial<State>} changes
 * @returns {State}
 */
export function settle(facts, before, changes) {
  const after = { ...before, ...changes };
  const unitGiven = "unit" in changes;
  const newLayer = after.layer !== before.layer;
  const isOneOf = (/** @type {string[]} */ ...nets) => nets.includes(after.net);

  if ("net" in changes) {
    if (!isOneOf(before.net_a, before.net_b, after.net_a) && after.net === after.net_b) {
      [after.net_a, after.net_b] = [after.net, after.net_a];
    } else if (!isOneOf(after.net_a, after.net_b)) after.net_a = after.net;
  } else if (!isOneOf(after.net_a, after.net_b) || (newLayer && !unitGiven)) after.net = after.net_a;

  const unitLost = !unitGiven && (newLayer || after.net !== before.net);
  const outOfRange = after.unit !== null && !(after.unit >= 0 && after.unit < unitsOf(facts, after.layer, after.net));
  if (unitLost || outOfRange) after.unit = bestUnit(facts, after);
  return after;
}
