/**
 * The colours of r: diverging, distinguishable with any colour vision, 0 in the neutral of the theme. Canvases need
 * numbers, so these few colours live here; all others are CSS variables.
 */

/** @typedef {[number, number, number]} Rgb */

/** @type {(hex: string) => Rgb} */
const rgb = (hex) => [parseInt(hex.slice(1, 3), 16), parseInt(hex.slice(3, 5), 16), parseInt(hex.slice(5, 7), 16)];

// from r = -1 to 1 in equal steps
const STOPS = {
  light: [
    "#0b3c72",
    "#2166ac",
    "#4393c3",
    "#92c5de",
    "#d3e5f0",
    "#f6f6f6",
    "#fcdcc8",
    "#f3a582",
    "#d6604d",
    "#b2182b",
    "#7a0c22",
  ],
  dark: [
    "#c3e3fa",
    "#84c0ec",
    "#559bd0",
    "#376f9c",
    "#254660",
    "#1d2128",
    "#543320",
    "#8d4c22",
    "#c96d27",
    "#f2944b",
    "#ffc999",
  ],
};
/** The colours of the nets in both themes, in the order of the nets; `colors.py` has the same. */
const NETS = ["#2f86cc", "#b8811c", "#1f9c7a", "#c2609f", "#8b73e0", "#8f8f2e", "#d0595f", "#2f98ad"];
const NO_CORRELATION = { light: "#b9bec7", dark: "#4b515b" };

/**
 * @param {boolean} dark
 * @param {number} r in -1..1
 * @returns {Rgb}
 */
export function colour(dark, r) {
  const stops = STOPS[dark ? "dark" : "light"];
  const at = ((Math.max(-1, Math.min(1, r)) + 1) / 2) * (stops.length - 1);
  const low = Math.min(Math.floor(at), stops.length - 2);
  const [from, to] = [rgb(stops[low]), rgb(stops[low + 1])];
  return /** @type {Rgb} */ (from.map((v, i) => Math.round(v + (to[i] - v) * (at - low))));
}

/** @param {number} net its place among all nets */
export const netColour = (net) => NETS[net % NETS.length];

/** How many steps of |r| the look-up table tells apart. */
export const STEPS = 512;

/**
 * Colours as 32-bit pixels, for r = -1 at 0 to r = 1 at 2 * STEPS; the last entry is "no correlation".
 * @param {boolean} dark
 */
export function lookUp(dark) {
  const table = new Uint32Array(2 * STEPS + 2);
  const pixel = (/** @type {Rgb} */ [r, g, b]) => ((255 << 24) | (b << 16) | (g << 8) | r) >>> 0;
  for (let i = 0; i <= 2 * STEPS; i++) table[i] = pixel(colour(dark, i / STEPS - 1));
  table[2 * STEPS + 1] = pixel(rgb(NO_CORRELATION[dark ? "dark" : "light"]));
  return table;
}

/**
 * The scale as a CSS gradient, for the legend.
 * @param {boolean} dark
 * @param {boolean} [positive] from 0 on
 */
export function gradient(dark, positive = false) {
  const stops = STOPS[dark ? "dark" : "light"];
  return `linear-gradient(90deg, ${stops.slice(positive ? (stops.length - 1) / 2 : 0).join(", ")})`;
}

/** @param {boolean} dark */
export const noCorrelation = (dark) => NO_CORRELATION[dark ? "dark" : "light"];
