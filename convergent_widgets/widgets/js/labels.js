/** Words beside the data, never on it: each label goes to the free place nearest to what it names. */

/**
 * @typedef {{left: number, top: number, width: number, height: number, cost: number}} Place of a label; its cost is the
 *   distance to what it names and what it covers, in pixels, infinite where there is no room
 */

const GRAIN = 4;
/** What covering one drawn thing of weight 1 costs, in pixels of distance. */
const PRICE = 0.3;

export class Free {
  #columns;
  #rows;
  #taken;
  #width;

  /**
   * @param {number} width
   * @param {number} height
   */
  constructor(width, height) {
    this.#width = width;
    this.#columns = Math.ceil(width / GRAIN) + 1;
    this.#rows = Math.ceil(height / GRAIN) + 1;
    this.#taken = new Uint32Array(this.#columns * this.#rows);
  }

  /**
   * Something is drawn here.
   * @param {number} x
   * @param {number} y
   * @param {number} [weight]
   */
  take(x, y, weight = 1) {
    const [column, row] = [Math.round(x / GRAIN), Math.round(y / GRAIN)];
    if (column < 0 || row < 0 || column >= this.#columns || row >= this.#rows) return;
    this.#taken[row * this.#columns + column] += weight;
  }

  /**
   * A line is drawn through these points.
   * @param {[number, number][]} points
   * @param {number} [weight]
   */
  takeLine(points, weight = 1) {
    for (let i = 1; i < points.length; i++) {
      const [[x0, y0], [x1, y1]] = [points[i - 1], points[i]];
      const steps = Math.max(1, Math.ceil(Math.hypot(x1 - x0, y1 - y0) / GRAIN));
      for (let t = 0; t < steps; t++) this.take(x0 + ((x1 - x0) * t) / steps, y0 + ((y1 - y0) * t) / steps, weight);
    }
  }

  /**
   * The best place for a label of that size.
   * @param {number} width
   * @param {number} height
   * @param {[number, number][]} near points of what it names
   * @returns {Place}
   */
  find(width, height, near) {
    const [wide, high] = [Math.ceil(width / GRAIN), Math.ceil(height / GRAIN)];
    const sums = this.#sums();
    const stride = this.#columns + 1;
    let best = Infinity;
    let found = [0, 0];
    for (let row = 0; row + high < this.#rows; row++) {
      for (let column = 0; column * GRAIN + width <= this.#width; column++) {
        const hits =
          sums[(row + high) * stride + column + wide] -
          sums[row * stride + column + wide] -
          sums[(row + high) * stride + column] +
          sums[row * stride + column];
        if (hits * PRICE >= best) continue;
        const [x, y] = [column * GRAIN, row * GRAIN];
        let distance = Infinity;
        for (const [px, py] of near) {
          const dx = Math.max(x - px, px - x - width, 0);
          const dy = Math.max(y - py, py - y - height, 0);
          distance = Math.min(distance, Math.hypot(dx, dy));
        }
        const cost = hits * PRICE + distance;
        if (cost < best) {
          best = cost;
          found = [column, row];
        }
      }
    }
    return { left: found[0] * GRAIN, top: found[1] * GRAIN, width, height, cost: best };
  }

  /**
   * A label is put there.
   * @param {Place} place
   */
  keep({ left, top, width, height }) {
    for (let y = top; y < top + height; y += GRAIN) for (let x = left; x < left + width; x += GRAIN) this.take(x, y, 500);
  }

  /** Sums over all places above and to the left. */
  #sums() {
    const stride = this.#columns + 1;
    const sums = new Uint32Array(stride * (this.#rows + 1));
    for (let row = 0; row < this.#rows; row++) {
      let line = 0;
      for (let column = 0; column < this.#columns; column++) {
        line += this.#taken[row * this.#columns + column];
        sums[(row + 1) * stride + column + 1] = sums[row * stride + column + 1] + line;
      }
    }
    return sums;
  }
}
