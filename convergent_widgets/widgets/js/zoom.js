/** Zoom and pan over a grid of cells that fits its frame at zoom 1. */

const GREATEST_CELL = 36;

export class Zoom {
  rows = 1;
  columns = 1;
  /** Width and height of the frame, in pixels. */
  width = 1;
  height = 1;
  factor = 1;
  left = 0;
  top = 0;

  /** Width of a cell in pixels. */
  get wide() {
    return (this.width / this.columns) * this.factor;
  }

  /** Height of a cell in pixels. */
  get high() {
    return (this.height / this.rows) * this.factor;
  }

  /**
   * Fit the grid into that room: square cells for a square grid, else cells that fill it.
   * @param {number} rows
   * @param {number} columns
   * @param {number} width
   * @param {number} height
   */
  resize(rows, columns, width, height) {
    if (rows !== this.rows || columns !== this.columns) this.reset();
    this.rows = rows;
    this.columns = columns;
    this.width = Math.max(1, rows === columns ? Math.min(width, height) : width);
    this.height = Math.max(1, rows === columns ? Math.min(width, height) : height);
    this.by(1);
  }

  reset() {
    this.factor = 1;
    this.left = this.top = 0;
  }

  /**
   * Multiply the zoom; the cell under (x, y) of the frame stays where it is.
   * @param {number} times
   * @param {number} [x]
   * @param {number} [y]
   */
  by(times, x = this.width / 2, y = this.height / 2) {
    const [column, row] = [this.left + x / this.wide, this.top + y / this.high];
    const greatest = Math.max(1, (GREATEST_CELL * Math.max(this.columns, this.rows)) / this.width);
    this.factor = Math.max(1, Math.min(greatest, this.factor * times));
    this.#move(column - x / this.wide, row - y / this.high);
  }

  /**
   * @param {number} x pixels
   * @param {number} y
   */
  pan(x, y) {
    this.#move(this.left - x / this.wide, this.top - y / this.high);
  }

  /**
   * Bring a cell into the frame if it lies outside.
   * @param {number} row position, or -1
   * @param {number} column
   */
  reveal(row, column) {
    const [wide, high] = [this.columns / this.factor, this.rows / this.factor];
    const outside = (/** @type {number} */ at, /** @type {number} */ start, /** @type {number} */ size) =>
      at >= 0 && (at < start || at + 1 > start + size);
    this.#move(
      outside(column, this.left, wide) ? column + 0.5 - wide / 2 : this.left,
      outside(row, this.top, high) ? row + 0.5 - high / 2 : this.top,
    );
  }

  /**
   * @param {number} left
   * @param {number} top
   */
  #move(left, top) {
    this.left = Math.max(0, Math.min(this.columns - this.columns / this.factor, left));
    this.top = Math.max(0, Math.min(this.rows - this.rows / this.factor, top));
  }
}
