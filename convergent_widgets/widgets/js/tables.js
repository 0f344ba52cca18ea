/** Answers of the Data model, decoded. Numbers travel as little-endian arrays. */

/**
 * @typedef {{
 *   matched: number, mean: number | null, agree: number | null, baseline_mean: number | null,
 *   baseline_deviation: number | null, above: number, expected_by_luck: number | null, unrelated: number | null,
 * }} MethodSummary
 * @typedef {{
 *   rows: number, columns: number, within: boolean, dead: [number, number], fields: string[], methods: Record<string, MethodSummary>,
 * }} PairMeta
 */

/**
 * @template {Float32Array | Int32Array | Int16Array} T
 * @param {new (buffer: ArrayBuffer) => T} type
 * @param {DataView | ArrayBufferView | ArrayBuffer} buffer
 * @returns {T}
 */
export function decode(type, buffer) {
  return new type(/** @type {ArrayBuffer} */ (bytes(buffer).slice().buffer));
}

/**
 * The bytes of whatever the host hands over.
 * @param {DataView | ArrayBufferView | ArrayBuffer} buffer
 */
export function bytes(buffer) {
  if (buffer instanceof ArrayBuffer) return new Uint8Array(buffer);
  return new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength);
}

/** One number per unit of net A and field, for one layer and pair of nets. */
export class PairTable {
  #values;
  #fields;

  /**
   * @param {PairMeta} meta
   * @param {(DataView | ArrayBufferView)[]} buffers
   */
  constructor(meta, buffers) {
    this.rows = meta.rows;
    this.columns = meta.columns;
    this.within = meta.within;
    this.methods = meta.methods;
    this.deadUnits = meta.dead;
    this.#fields = meta.fields;
    this.#values = decode(Float32Array, buffers[0]);
    this.size = this.#values.byteLength;
  }

  /**
   * The numbers of one field; all NaN where the pair has none.
   * @param {string} field
   */
  column(field) {
    const at = this.#fields.indexOf(field);
    if (at < 0) return new Float32Array(this.rows).fill(NaN);
    return this.#values.subarray(at * this.rows, (at + 1) * this.rows);
  }

  /**
   * @param {string} field
   * @param {number} unit
   */
  at(field, unit) {
    const at = this.#fields.indexOf(field);
    return at < 0 ? NaN : this.#values[at * this.rows + unit];
  }

  /**
   * A unit's partner by a method, or its most similar unit within one net; null where it has none.
   * @param {string} method
   * @param {number} unit
   */
  partner(method, unit) {
    const partner = this.at(this.within ? "best" : `${method}.unit`, unit);
    return partner >= 0 ? partner : null;
  }

  /**
   * r with the partner.
   * @param {string} method
   */
  matched(method) {
    return this.column(this.within ? "best_r" : `${method}.r`);
  }

  /** @param {number} unit */
  dead(unit) {
    return this.at("dead", unit) === 1;
  }
}

/** All correlations of one layer and pair of nets. */
export class Correlations {
  /**
   * @param {{rows: number, columns: number}} meta
   * @param {(DataView | ArrayBufferView)[]} buffers
   */
  constructor(meta, buffers) {
    this.rows = meta.rows;
    this.columns = meta.columns;
    this.values = decode(Int16Array, buffers[0]);
    this.size = this.values.byteLength;
  }

  /**
   * r, NaN where a dead unit leaves none.
   * @param {number} row
   * @param {number} column
   */
  at(row, column) {
    const value = this.values[row * this.columns + column];
    return value === Correlations.NONE ? NaN : value / Correlations.ONE;
  }

  static NONE = -32768;
  static ONE = 32767;
}

/**
 * @typedef {[number, number, number, number]} Box top, left, bottom, right
 * @typedef {{layer: string, net: string, unit: number, place: number}} Attributed a patch by its place among the strongest
 * @typedef {{
 *   set: number, image: number, box: Box, cell: Box | null, activation: number, decile: number | null,
 *   attributed: Attributed | null,
 * }} Patch decile: 9 for the ninth; attributed: where what drives the unit is shown in it
 */

/** How many deciles a unit has. */
const DECILES = 9;

/** Images and places that drive each unit of a net: the strongest, or those at the deciles. */
export class TopTable {
  #kept;
  #images;
  #boxes;
  #cells;
  #activations;

  /**
   * @param {{units: number, k: number, pictures: number, which: string, kept?: number[]}} meta kept: the units whose
   *   patches are here, where not all are
   * @param {(DataView | ArrayBufferView)[]} buffers
   */
  constructor(meta, buffers) {
    this.#kept = meta.kept ? new Set(meta.kept) : null;
    this.k = meta.k;
    this.units = meta.units;
    this.set = meta.pictures;
    this.which = meta.which;
    this.#images = decode(Int32Array, buffers[0]);
    this.#boxes = decode(Int32Array, buffers[1]);
    this.#cells = decode(Int32Array, buffers[2]);
    this.#activations = decode(Float32Array, buffers[3]);
    this.size = this.#images.byteLength * 10;
  }

  /** @param {number} unit */
  leavesOut(unit) {
    return this.#kept !== null && !this.#kept.has(unit);
  }

  /** All images of the table, each once. */
  get images() {
    return [...new Set(this.#images)].filter((image) => image >= 0);
  }

  /**
   * A unit's patches, strongest first; fewer than k where fewer images activate it, and then none stands for a decile.
   * @param {number} unit
   * @returns {Patch[]}
   */
  patches(unit) {
    /** @type {Patch[]} */
    const patches = [];
    for (let i = unit * this.k; i < (unit + 1) * this.k; i++) {
      if (!(this.#images[i] >= 0)) continue;
      const box = (/** @type {Int32Array} */ from) => /** @type {Box} */ ([...from.subarray(4 * i, 4 * i + 4)]);
      const cell = box(this.#cells);
      patches.push({
        set: this.set,
        image: this.#images[i],
        box: box(this.#boxes),
        cell: cell[2] > cell[0] ? cell : null,
        activation: this.#activations[i],
        decile: null,
        attributed: null,
      });
    }
    if (this.which === "deciles" && patches.length === DECILES) patches.forEach((p, i) => (p.decile = DECILES - i));
    return patches;
  }
}

/** A matching made on one half of the images and read on the other. */
export class HeldOut {
  /**
   * @param {{mean: number | null, agreement: number | null, unjudged: number, sampling_error: number | null}} meta
   * @param {(DataView | ArrayBufferView)[]} buffers
   */
  constructor(meta, buffers) {
    this.mean = meta.mean;
    this.agreement = meta.agreement;
    /** How many units are dead in one half of the images, or without a partner there. */
    this.unjudged = meta.unjudged;
    /** The standard error of a correlation, for the images and positions that were drawn. */
    this.samplingError = meta.sampling_error;
    /** For each unit; NaN where it has none. */
    this.r = decode(Float32Array, buffers[0]);
    this.size = this.r.byteLength;
  }
}

/** How widely each unit of a net is found, and where the matchings through all nets and back lead it. */
export class Found {
  /**
   * @param {{others: number, ring: string[]}} meta
   * @param {(DataView | ArrayBufferView)[]} buffers
   */
  constructor(meta, buffers) {
    this.others = meta.others;
    this.ring = meta.ring;
    const both = decode(Int32Array, buffers[0]);
    /** In how many other nets each unit's partner is above the baseline. */
    this.widely = both.subarray(0, both.length / 2);
    /** The unit that each arrives at; -1 where the way breaks off. */
    this.arrived = both.subarray(both.length / 2);
    this.size = both.byteLength;
  }

  /**
   * Neighbours in an order that are found equally widely, group by group; dead ones are a group of their own.
   * @param {ArrayLike<number>} units
   * @param {PairTable} table of the net
   * @returns {{widely: number | null, start: number, end: number}[]} widely: null for dead units
   */
  groups(units, table) {
    /** @type {{widely: number | null, start: number, end: number}[]} */
    const groups = [];
    for (let i = 0; i < units.length; i++) {
      const widely = table.dead(units[i]) ? null : this.widely[units[i]];
      if (groups.at(-1)?.widely === widely) groups[groups.length - 1].end = i + 1;
      else groups.push({ widely, start: i, end: i + 1 });
    }
    return groups;
  }
}
