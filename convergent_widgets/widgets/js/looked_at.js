/** Brings the pictures of what is looked at, and of nothing that was scrolled past. */

/**
 * @typedef {import("./pictures.js").Pictures} Pictures
 * @typedef {import("./tables.js").Patch} Patch
 * @typedef {import("./pair_tile.js").PairTile} PairTile
 */

/** How long a place has to be looked at, in ms. */
const REST = 60;
/** Pictures that are asked for at once. */
const BATCH = 64;

const keyOf = (/** @type {Patch} */ { set, image }) => `${set}|${image}`;

export class LookedAt {
  #pictures;
  #tiles;
  #fail;
  #asking = false;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  /** @type {Set<string>} */
  #failed = new Set();

  /**
   * @param {Pictures} pictures
   * @param {() => PairTile[]} tiles those looked at now, the most wanted first
   * @param {(error: unknown) => void} fail
   * @param {AbortSignal} signal
   */
  constructor(pictures, tiles, fail, signal) {
    this.#pictures = pictures;
    this.#tiles = tiles;
    this.#fail = fail;
    signal.addEventListener("abort", () => {
      clearTimeout(this.#timer);
      this.#tiles = () => [];
    });
  }

  /** Draw what can be drawn, and bring the rest once nothing has moved for a while. */
  look() {
    this.#paint();
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#ask(), REST);
  }

  /** Other tiles than before: what could not be had is asked for again. */
  renew() {
    this.#failed.clear();
  }

  /** @param {(patch: Patch) => import("./pictures.js").Picture | undefined} [pictureOf] */
  #paint(pictureOf = ({ set, image }) => this.#pictures.here(set, image)) {
    for (const tile of this.#tiles()) if (tile.missing.length) tile.paint(pictureOf);
  }

  /** One batch after the other, each of what is looked at then. */
  async #ask() {
    if (this.#asking) return;
    this.#asking = true;
    try {
      for (let batch = this.#batch(); batch.size; batch = this.#batch()) {
        await Promise.all(
          [...batch].map(async ([key, { set, image }]) => {
            try {
              const picture = await this.#pictures.get(set, image);
              this.#paint((patch) => (keyOf(patch) === key ? picture : undefined));
            } catch (error) {
              this.#failed.add(key);
              if (this.#tiles().some(({ missing }) => missing.some(({ patch }) => keyOf(patch) === key))) this.#fail(error);
            }
          }),
        );
      }
    } finally {
      this.#asking = false;
    }
  }

  #batch() {
    /** @type {Map<string, Patch>} */
    const batch = new Map();
    for (const tile of this.#tiles())
      for (const { patch } of tile.missing) {
        if (batch.size === BATCH) return batch;
        if (!this.#failed.has(keyOf(patch))) batch.set(keyOf(patch), patch);
      }
    return batch;
  }
}
