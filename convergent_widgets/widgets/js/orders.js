/** In which order units stand in the matrix and are walked through. Its twin is analysis/orders.py. */

/**
 * @typedef {import("./tables.js").PairTable} PairTable
 * @typedef {import("./tables.js").Found} Found
 * @typedef {{rows: Int32Array, columns: Int32Array}} Ordering
 */

/** @type {WeakMap<PairTable, Map<string, Ordering>>} */
const known = new WeakMap();

/**
 * Rows are units of net A, columns units of net B, so that matches lie on the diagonal where the order allows it.
 * @param {PairTable} table
 * @param {string} order
 * @param {string} method
 * @param {Found} [found] of net A, for the order "found"
 * @returns {Ordering}
 */
export function ordering(table, order, method, found) {
  const key = `${order}|${method}`;
  const orders = known.get(table) ?? new Map();
  known.set(table, orders);
  if (!orders.has(key)) orders.set(key, arrange(table, order, method, found));
  return orders.get(key);
}

/**
 * @param {PairTable} table
 * @param {string} order
 * @param {string} method
 * @param {Found} [found]
 * @returns {Ordering}
 */
function arrange(table, order, method, found) {
  const natural = Int32Array.from({ length: table.rows }, (_, i) => i);
  if (order === "original") return { rows: natural, columns: Int32Array.from({ length: table.columns }, (_, i) => i) };

  const values = table.matched(method);
  const byStrength = natural.slice().sort((i, j) => finite(values[j]) - finite(values[i]) || i - j);
  const widely = found?.widely;
  // a dead unit is dead, not found in none
  const dead = (/** @type {number} */ unit) => Number(table.dead(unit));
  if (order === "found" && widely) byStrength.sort((i, j) => dead(i) - dead(j) || widely[j] - widely[i]);
  if (table.within) {
    const rows = order === "cycles" ? chains(byStrength, oneToOne(table, method, byStrength)) : byStrength;
    return { rows, columns: rows };
  }
  const partner = oneToOne(table, method, byStrength);
  const paired = (order === "cycles" ? chains(byStrength, partner) : byStrength).filter((row) => partner[row] >= 0);
  const rest = byStrength.filter((row) => partner[row] < 0);
  // those without a partner here stay with the units that are found as widely
  const rows = order === "found" ? byStrength : Int32Array.from([...paired, ...rest]);
  const columns = Array.from(paired, (row) => partner[row]);
  const taken = new Set(columns);
  for (let column = 0; column < table.columns; column++) if (!taken.has(column)) columns.push(column);
  return { rows, columns: Int32Array.from(columns) };
}

/** @param {number} value */
const finite = (value) => (Number.isFinite(value) ? value : -2);

/**
 * Each unit's partner, or -1; where several units want the same one (semi-matching) the strongest has it.
 * @param {PairTable} table
 * @param {string} method
 * @param {Int32Array} byStrength
 */
function oneToOne(table, method, byStrength) {
  const partner = new Int32Array(table.rows).fill(-1);
  const taken = new Set();
  for (const row of byStrength) {
    const column = table.partner(method, row);
    if (column === null || taken.has(column)) continue;
    taken.add(column);
    partner[row] = column;
  }
  return partner;
}

/**
 * Follow the partner as if it were a permutation: i, the unit of A with the number of i's partner, and so on. What no
 * partner points to opens a chain; what is left then are cycles, the longest first.
 * @param {Int32Array} units
 * @param {Int32Array} partner
 */
function chains(units, partner) {
  const count = units.length;
  const pointedTo = new Set(Array.from(partner).filter((p) => p >= 0 && p < count));
  const placed = new Set();
  const follow = (/** @type {number} */ start) => {
    const chain = [];
    for (let unit = start; unit >= 0 && unit < count && !placed.has(unit); unit = partner[unit]) {
      placed.add(unit);
      chain.push(unit);
    }
    return chain;
  };
  const opened = Array.from(units)
    .filter((unit) => !pointedTo.has(unit))
    .map(follow);
  const cycles = Array.from(units)
    .map(follow)
    .filter((chain) => chain.length);
  const byLength = (/** @type {number[]} */ a, /** @type {number[]} */ b) => b.length - a.length;
  return Int32Array.from([...cycles.sort(byLength), ...opened.sort(byLength)].flat());
}

/**
 * The next unit of the selected net in the current order, of those that pass; the unit itself where none does.
 * @param {ArrayLike<number>} units
 * @param {number | null} unit
 * @param {number} step
 * @param {((unit: number) => boolean) | null} [passes] whether a unit is not skipped; null where none is
 */
export function stepFrom(units, unit, step, passes = null) {
  const all = Array.from(units);
  const left = passes ? all.filter(passes) : all;
  const at = unit === null ? -1 : all.indexOf(unit);
  if (!left.length) return unit;
  if (at < 0) return left[0];
  // from a unit that is skipped itself, the first step leads to the nearest on that side
  const before = passes ? all.slice(0, at).filter(passes).length : at;
  const next = before + step - (step > 0 && !left.includes(all[at]) ? 1 : 0);
  return left[Math.max(0, Math.min(left.length - 1, next))];
}

/**
 * The order of the wall: that of the matrix' rows, but where that is the best matches first, also those of semi-matching
 * by their r, then units without a partner and dead ones last.
 * @param {PairTable} table
 * @param {string} order
 * @param {string} method
 * @param {Found} [found]
 * @returns {number[]} units of net A
 */
export function onWall(table, order, method, found) {
  const units = Array.from(ordering(table, order, method, found).rows);
  if (order !== "best") return units;
  const r = table.matched(method);
  const dead = (/** @type {number} */ unit) => Number(table.dead(unit));
  return units.sort((i, j) => dead(i) - dead(j) || finite(r[j]) - finite(r[i]) || i - j);
}
