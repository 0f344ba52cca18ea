/** A unit of net A and its partner, in words. */
import { unitName } from "./context.js";
import { decimals } from "./numbers.js";

/**
 * What there is to say of a unit, more where there is room, and then less and less where there is none.
 * @param {import("./settle.js").State} state
 * @param {import("./tables.js").PairTable} table
 * @param {number} unit
 * @returns {[string, string, ...string[]]}
 */
export function describe({ layer, net_a, net_b, method }, table, unit) {
  const start = `${net_a} ${unitName(layer, unit)}`;
  const best = table.at("best", unit);
  const bestR = decimals(table.at("best_r", unit));
  if (table.within) return [`${start}, most like /${best}, r ${bestR}`, "", `/${unit}, most like /${best}, r ${bestR}`, `r ${bestR}`];
  const partner = table.partner(method, unit);
  if (partner === null) return [`${start}, nothing left in ${net_b}`, `; best /${best}, r ${bestR}, taken`, `/${unit}, nothing left`];
  const [r, baseline] = ["r", "greatest"].map((field) => decimals(table.at(`${method}.${field}`, unit)));
  const numbers = `r ${r}, baseline ${baseline}`;
  return [
    `${start} \u2192 ${net_b} ${unitName(layer, partner)}, ${numbers}`,
    best !== partner && best >= 0 ? `; best /${best} (${bestR}) taken` : "",
    `${unitName(layer, unit)} \u2192 ${unitName(layer, partner)}, ${numbers}`,
    `${unit} \u2192 ${partner}, ${numbers}`,
    numbers,
    `r ${r} (${baseline})`,
  ];
}
