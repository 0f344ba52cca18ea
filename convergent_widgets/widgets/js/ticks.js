/** Where the ticks of an axis stand, and what is written there. The twins of the first two are in widgets/means.py. */

const MINUS = "\u2212";

/**
 * Multiples of 1, 2 or 5 times a power of ten that span the values and 0.
 * @param {number[]} values
 * @param {number} [most]
 */
export function linearTicks(values, most = 6) {
  const [least, greatest] = [Math.min(0, ...values), Math.max(0, ...values)];
  if (least === greatest) return [0];
  const power = 10 ** Math.floor(Math.log10((greatest - least) / most));
  /** @type {number[]} */
  let ticks = [];
  for (const step of [1, 2, 5, 10, 20]) {
    const size = step * power;
    const [first, last] = [Math.ceil(least / size), Math.floor(greatest / size)];
    ticks = Array.from({ length: last - first + 1 }, (_, i) => Number(((first + i) * size).toPrecision(6)));
    if (ticks.length <= most) break;
  }
  return ticks;
}

/**
 * Round numbers within the range of positive values: powers of ten, with 2 and 5 between where there is room.
 * @param {number[]} values
 * @param {number} [most]
 */
export function logTicks(values, most = 8) {
  const [least, greatest] = [Math.min(...values), Math.max(...values)];
  const [from, to] = [Math.floor(Math.log10(least)), Math.ceil(Math.log10(greatest))];
  const powers = Array.from({ length: to - from + 1 }, (_, i) => Number(`1e${from + i}`));
  /** @type {number[]} */
  let ticks = [];
  for (const steps of [[1, 2, 5], [1, 3], [1]]) {
    ticks = powers
      .flatMap((power) => steps.map((step) => Number((power * step).toPrecision(6))))
      .filter((tick) => tick >= least && tick <= greatest);
    if (ticks.length <= most) break;
  }
  return ticks.length ? ticks : [least, greatest];
}

/**
 * "0.02", "150", "3e-6".
 * @param {number} tick
 */
export function tickText(tick) {
  const number = Number(tick.toPrecision(3));
  const size = Math.abs(number);
  const text = size >= 1e6 || (size > 0 && size < 1e-4) ? number.toExponential().replace("e+", "e") : String(number);
  return text.replaceAll("-", MINUS);
}
