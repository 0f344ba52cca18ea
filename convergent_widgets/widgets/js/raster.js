/** The matrix as pixels. */
import { Correlations } from "./tables.js";
import { STEPS } from "./palette.js";

/**
 * @typedef {import("./orders.js").Ordering} Ordering
 * @typedef {{wide: number, high: number, left: number, top: number}} View size of a cell in pixels, and the cell at
 *   the corner
 */

/**
 * Paint the part of the matrix that the view shows. Where several cells share a pixel the one with the greatest |r|
 * is shown, so that no match is lost.
 * @param {ImageData} image
 * @param {Correlations} matrix
 * @param {Ordering} order
 * @param {View} view
 * @param {Uint32Array} colours of palette.lookUp
 * @param {boolean} within grey the diagonal
 */
export function paint(image, matrix, order, view, colours, within) {
  const pixels = new Uint32Array(image.data.buffer);
  const rows = spans(image.height, view.high, view.top, matrix.rows);
  const columns = spans(image.width, view.wide, view.left, matrix.columns);
  const none = colours[colours.length - 1];
  const toStep = STEPS / Correlations.ONE;
  let at = 0;
  for (let y = 0; y < image.height; y++) {
    const [top, bottom] = [rows[2 * y], rows[2 * y + 1]];
    if (y > 0 && top === rows[2 * y - 2] && bottom === rows[2 * y - 1]) {
      pixels.copyWithin(at, at - image.width, at);
      at += image.width;
      continue;
    }
    for (let x = 0; x < image.width; x++) {
      let greatest = Correlations.NONE;
      for (let i = top; i < bottom; i++) {
        const start = order.rows[i] * matrix.columns;
        for (let j = columns[2 * x]; j < columns[2 * x + 1]; j++) {
          const value = matrix.values[start + order.columns[j]];
          if (value === Correlations.NONE || (within && order.rows[i] === order.columns[j])) continue;
          if (greatest === Correlations.NONE || Math.abs(value) > Math.abs(greatest)) greatest = value;
        }
      }
      pixels[at++] = greatest === Correlations.NONE ? none : colours[Math.round(greatest * toStep) + STEPS];
    }
  }
}

/**
 * For each pixel the first cell it shows and the one after its last.
 * @param {number} pixels
 * @param {number} scale pixels per cell
 * @param {number} start cell at pixel 0
 * @param {number} cells
 */
function spans(pixels, scale, start, cells) {
  const found = new Int32Array(2 * pixels);
  for (let p = 0; p < pixels; p++) {
    const first = scale >= 1 ? Math.floor(start + (p + 0.5) / scale) : Math.floor(start + p / scale + 1e-6);
    const last = scale >= 1 ? first + 1 : Math.floor(start + (p + 1) / scale + 1e-6);
    found[2 * p] = Math.max(0, Math.min(cells - 1, first));
    found[2 * p + 1] = Math.max(found[2 * p] + 1, Math.min(cells, last));
  }
  return found;
}
