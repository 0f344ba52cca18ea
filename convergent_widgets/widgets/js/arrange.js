/** How the room of a card is used: how large its patches are, and whether the facts stand beside or below them. */

/** What the facts take of a card's width where they stand beside the patches, of its height where below, in pixels. */
const FACTS = { wide: 102, high: 82 };
/** Head and foot of a card, in pixels. */
const REST = 106;
/** Limits of the square that holds the patches; beside the facts it grows beyond `beside` only in very high pages. */
const SQUARE = { least: 92, beside: 126, below: 240 };
/** Facts stand below where that makes patches larger by this factor and fill at least this share of the width. */
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
  const beside = Math.min(width - FACTS.wide, Math.max(SQUARE.beside, high - 130), Math.max(SQUARE.least, high));
  const below = Math.min(width, high - FACTS.high, SQUARE.below);
  const isBelow = below > BELOW.gain * beside && below >= BELOW.fills * Math.min(width, SQUARE.below);
  return { square: Math.max(48, Math.floor(isBelow ? below : beside)), below: isBelow };
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
