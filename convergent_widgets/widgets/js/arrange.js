/** How the room of a card is used: how large its patches are, and whether the facts stand beside or below them. */

/** What the facts take of a card's width where they stand beside the patches (at least, and at most), of its height where below. */
const FACTS = { wide: 108, high: 95, most: 190 };
/** Head and foot of a card, in pixels. */
const REST = 107;
/** Sides of the square that holds the patches: what is too small, what is good, and the most. */
const SQUARE = { small: 88, good: 126, most: 240 };
/** What the plots are left beyond their least height before good patches grow further. */
const SPARE = { beside: 130, below: 100 };
/** Beyond good patches, facts move below only where that makes them larger by `gain` and `fills` the width. */
const BELOW = { gain: 1.3, fills: 0.8 };

/** Another number of columns makes patches larger by this at least, and wider cards change it in steps of so many pixels. */
const [GAIN, STEP] = [1.1, 8];

/** Patches shrink by up to this share for each pixel of the picture to be equally large. */
const SLACK = 0.15;
/** Least and greatest gap between patches, in pixels. */
const GAP = [3, 6];

/**
 * The room for the patches and where the facts stand: a square, or in a card that is wider than it needs to be as high
 * as that and wider.
 * @param {number} width of a card's inside
 * @param {number} height that a card may take
 * @returns {{square: number, wide: number, below: boolean}}
 */
export function arrange(width, height) {
  const high = height - REST;
  const fill = Math.min(width, SQUARE.most);
  const beside = Math.min(
    width - FACTS.wide,
    Math.max(SQUARE.good, high - SPARE.beside),
    Math.max(SQUARE.small, high),
    SQUARE.most,
  );
  if (beside < SQUARE.small)
    return below(Math.min(fill, Math.max(SQUARE.good, high - FACTS.high)));
  const lower = Math.min(fill, high - FACTS.high - SPARE.below);
  if (lower >= BELOW.gain * beside && lower >= BELOW.fills * fill) return below(lower);
  const square = Math.floor(beside);
  return { square, wide: Math.max(square, STEP * Math.floor((width - FACTS.most) / STEP)), below: false };
}

const below = (/** @type {number} */ side) => ({ square: Math.floor(side), wide: Math.floor(side), below: true });

/**
 * The number of columns that makes `k` patches largest; as many rows as columns where nothing is gained.
 * @param {number} k
 * @param {number} wide
 * @param {number} high
 */
export function columnsFor(k, wide, high) {
  const side = (/** @type {number} */ columns) =>
    Math.min((wide + GAP[0]) / columns, (high + GAP[0]) / Math.ceil(k / columns));
  let best = Math.max(1, Math.ceil(Math.sqrt(k)));
  for (let columns = best + 1; columns <= k; columns++) if (side(columns) > GAIN * side(best)) best = columns;
  return best;
}

/**
 * The side of each of `columns` x `rows` patches in their room and the gap between them, in CSS pixels. A patch is a
 * whole multiple of the picture's pixels where that costs little.
 * @param {[wide: number, high: number]} room
 * @param {[columns: number, rows: number]} grid
 * @param {number} field the patch's side in the picture's pixels, 0 if unknown
 * @param {number} dots device pixels in a CSS pixel
 */
export function patchSize(room, grid, field, dots) {
  const sides = room.map((length, i) => (length - GAP[0] * (grid[i] - 1)) / grid[i]);
  const most = Math.floor(Math.min(...sides) * dots);
  const whole = field > 0 ? Math.floor(most / field) * field : 0;
  const pixels = Math.max(1, whole >= (1 - SLACK) * most ? whole : most);
  const side = pixels / dots;
  const gaps = room.map((length, i) => (grid[i] > 1 ? Math.floor((length - grid[i] * side) / (grid[i] - 1)) : GAP[1]));
  return { pixels, side, gap: Math.min(GAP[1], ...gaps) };
}
