/** Numbers as people read them: .49, −.12, 1.00. */

const MINUS = "\u2212";
const NONE = "\u2013";

/**
 * Two decimals without the leading zero, a proper minus sign, a dash where there is no number.
 * @param {number | null | undefined} value
 * @param {number} [places] how many decimals instead of two
 */
export function decimals(value, places = 2) {
  if (value === null || value === undefined || !Number.isFinite(value)) return NONE;
  const text = Math.abs(value).toFixed(places).replace(/^0\./, ".");
  return value < 0 && /[1-9]/.test(text) ? MINUS + text : text;
}

/**
 * How many decimals numbers shown together need: three where two that differ would read alike with two.
 * @param {number[]} values
 */
export function places(values) {
  const differ = (/** @type {number} */ n) => new Set(values.map((value) => decimals(value, n))).size;
  return differ(3) > differ(2) ? 3 : 2;
}

/**
 * An activation, whose size may be anything.
 * @param {number | null | undefined} value
 */
export function amount(value) {
  if (value === null || value === undefined || !Number.isFinite(value)) return NONE;
  const size = Math.abs(value);
  if (size >= 1e5 || (size > 0 && size < 0.005))
    return value.toExponential(1).replaceAll("-", MINUS).replace("e+", "e");
  return size >= 100 ? value.toFixed(size >= 1000 ? 0 : 1).replace("-", MINUS) : decimals(value);
}

/**
 * "61 %"
 * @param {number | null | undefined} share from 0 to 1
 */
export function percent(share) {
  return share === null || share === undefined || !Number.isFinite(share) ? NONE : `${Math.round(100 * share)}\u00a0%`;
}

/**
 * "1 unit", "2 units".
 * @param {number} count
 * @param {string} noun
 */
export function count(count, noun) {
  return `${whole(count)} ${noun}${count === 1 ? "" : "s"}`;
}

/**
 * A whole number with thin spaces between thousands.
 * @param {number} value
 */
export function whole(value) {
  return Math.round(value)
    .toString()
    .replace(/\B(?=(\d{3})+$)/g, value >= 10000 ? "\u202f" : "");
}

/**
 * "1st", "2nd", "7th".
 * @param {number} value from 1 to 20
 */
export function ordinal(value) {
  return `${value}${["st", "nd", "rd"][value - 1] ?? "th"}`;
}
