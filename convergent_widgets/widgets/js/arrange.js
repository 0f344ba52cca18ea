/** How the room of a card is used: how large its patches are, and whether the facts stand beside or below them. */

/** What the facts take of a card's width where they stand beside the patches, of its height where below, in pixels. */
const FACTS = { wide: 108, high: 95 };
/** Head and foot of a card, in pixels. */
const REST = 107;
/** Sides of the square that holds the patches: what is too small, what is good, and the most. */
const SQUARE = { small: 88, good: 126, most: 240 };
/** What the plots are left beyond their least height before good patches grow further. */
const SPARE = { beside: 130, below: 100 };
/** Beyond good patches, facts move below only where that makes them larger by `gain` and `fills` the width. */
const BELOW = { gain: 1.3, fills: 0.8 };

/** Patches shrink by up to this share for each pixel of the picture to be equally large. */
const SLACK = 0.15;
/** Least and greatest gap between patches, in pixels. */
const GAP = [3, 6];

/**
 * The square for the patches and where the facts stand.
 * @param {number} width of a card's inside
 * @param {number} height that a card may take
 * @returns {{square: number, below: boolean}}
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
    return { square: Math.floor(Math.min(fill, Math.max(SQUARE.good, high - FACTS.high))), below: true };
  const below = Math.min(fill, high - FACTS.high - SPARE.below);
  const isBelow = below >= BELOW.gain * beside && below >= BELOW.fills * fill;
  return { square: Math.floor(isBelow ? below : beside), below: isBelow };
}

/**
 * The side of each of `columns` x `columns` patches in a square and the gap between them, in CSS pixels. A patch is a
 * whole multiple of the picture's pixels where that costs little.
 * @param {number} square
 * @param {number} columns
 * @param {number} field the patch's side in the picture's pixels, 0 if unknown
 * @param {number} dots device pixels in a CSS pixel
 */
export function patchSize(square, columns, field, dots) {
  const gaps = columns - 1;
  const most = Math.floor(((square - GAP[0] * gaps) / columns) * dots);
  const whole = field > 0 ? Math.floor(most / field) * field : 0;
  const pixels = Math.max(1, whole >= (1 - SLACK) * most ? whole : most);
  const side = pixels / dots;
  return { pixels, side, gap: gaps ? Math.min(GAP[1], Math.floor((square - columns * side) / gaps)) : 0 };
}
