/** Numbers as people read them: .49, −.12, 1.00. */

const MINUS = "\u2212";
const NONE = "\u2013";

/**
 * Two decimals without the leading zero, a proper minus sign, a dash where there is no number.
 * @param {number | null | undefined} value
 */
export function decimals(value) {
  if (value === null || value === undefined || !Number.isFinite(value)) return NONE;
  const text = Math.abs(value).toFixed(2).replace(/^0\./, ".");
  return value < 0 && text !== ".00" ? MINUS + text : text;
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
