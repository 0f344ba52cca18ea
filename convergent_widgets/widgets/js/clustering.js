/** Clusters of the units of two nets, decoded, and what is said of them. */
import { count, decimals } from "./numbers.js";
import { Correlations, decode } from "./tables.js";

/**
 * @typedef {import("./settle.js").State} State
 * @typedef {(string | [string])[]} Phrases
 * @typedef {{
 *   rows: number, columns: number, asked: number | null, sizes: [number, number][], order: number[],
 *   shared: number[], outside: (number | null)[],
 * }} Meta
 * @typedef {{label: number, start: number, middle: number, end: number}} Block of a cluster on the diagonal: net A's
 *   units from start on, net B's from middle to before end
 */

export class Clustering {
  #labels;
  #order;
  #affinity;

  /**
   * @param {Meta} meta
   * @param {(DataView | ArrayBufferView)[]} buffers
   */
  constructor(meta, buffers) {
    this.meta = meta;
    this.#labels = decode(Int32Array, buffers[0]);
    this.#order = decode(Int32Array, buffers[1]);
    this.#affinity = decode(Float32Array, buffers[2]);
    let start = 0;
    /** @type {Block[]} along the diagonal */
    this.blocks = meta.order.map((label) => {
      const [a, b] = meta.sizes[label];
      const block = { label, start, middle: start + a, end: start + a + b };
      start = block.end;
      return block;
    });
    this.size = 3 * this.#labels.byteLength;
  }

  /** How many clusters there are. */
  get clusters() {
    return this.blocks.length;
  }

  /** How many units are in any cluster. */
  get live() {
    return this.#order.length;
  }

  /**
   * The unit at a place of the diagonal.
   * @param {number} place
   */
  unitAt(place) {
    const [row, { rows }] = [this.#order[place], this.meta];
    return row < rows ? { isA: true, unit: row } : { isA: false, unit: row - rows };
  }

  /**
   * The place of a unit on the diagonal, -1 for a dead one.
   * @param {boolean} isA
   * @param {number} unit
   */
  placeOf(isA, unit) {
    return this.#order.indexOf(isA ? unit : this.meta.rows + unit);
  }

  /**
   * The cluster of a unit, -1 for a dead one.
   * @param {boolean} isA
   * @param {number} unit
   */
  labelOf(isA, unit) {
    return this.#labels[isA ? unit : this.meta.rows + unit];
  }

  /**
   * The block that holds a place of the diagonal.
   * @param {number} place
   */
  blockAt(place) {
    return this.blocks.find(({ start, end }) => place >= start && place < end);
  }

  /**
   * A cluster's units of one net with their mean affinity to its units of the other one, the greatest first.
   * @param {number} label
   * @param {boolean} isA
   * @returns {{unit: number, affinity: number}[]}
   */
  members(label, isA) {
    const block = this.blocks.find((each) => each.label === label);
    if (!block) return [];
    const rows = this.#order.subarray(...(isA ? [block.start, block.middle] : [block.middle, block.end]));
    return Array.from(rows, (row) => ({ unit: isA ? row : row - this.meta.rows, affinity: this.#affinity[row] }));
  }

  /**
   * The affinities of all live units of both nets in the order of the diagonal: r, negative ones as 0.
   * @param {Correlations} aa within net A
   * @param {Correlations} ab between
   * @param {Correlations} bb within net B
   */
  matrix(aa, ab, bb) {
    const [order, { rows }] = [this.#order, this.meta];
    const values = new Int16Array(order.length ** 2);
    let at = 0;
    for (const i of order) {
      for (const j of order) {
        const r =
          i < rows
            ? j < rows
              ? aa.values[i * rows + j]
              : ab.values[i * ab.columns + j - rows]
            : j < rows
              ? ab.values[j * ab.columns + i - rows]
              : bb.values[(i - rows) * bb.columns + j - rows];
        values[at++] = Math.max(0, r);
      }
    }
    return new Correlations({ rows: order.length, columns: order.length }, [values]);
  }
}

const percent = (/** @type {number} */ share) => `${Math.round(100 * share)}\u00a0%`;

/**
 * All clusters in one sentence.
 * @param {Clustering} clustering
 */
export function aboutAll({ meta, live }) {
  if (!live) return "All units of both nets are dead in this layer, so that there is nothing to cluster.";
  const { sizes, asked, rows, columns } = meta;
  const both = sizes.filter(([a, b]) => a && b).length;
  const dead = rows + columns - live;
  const deadWords = dead ? `; ${count(dead, "dead unit")} ${dead === 1 ? "is" : "are"} left out` : "";
  const why = asked === null ? "by the largest eigengap" : "as asked for";
  return `${count(sizes.length, "cluster")} ${why}; ${both} ${both === 1 ? "holds" : "hold"} units of both nets${deadWords}.`;
}

/**
 * The cluster that is shown, or why none is.
 * @param {State} state
 * @param {Clustering} clustering
 * @param {number} label -1 for none
 * @returns {Phrases}
 */
export function aboutCluster({ layer, net_a, net_b, net, unit, cluster }, { meta, clusters, live }, label) {
  if (!live) return [];
  const hint = "Click one in the matrix to see its units.";
  if (cluster !== null && label < 0)
    return [`There is no cluster ${cluster}: the units fall into ${clusters}, numbered from 0. ${hint}`];
  if (unit === null && label < 0) return [`No unit is selected, hence no cluster. ${hint}`];
  if (label < 0) return [`${net} ${layer}/${unit} is dead and in no cluster. ${hint}`];
  const [a, b] = meta.sizes[label];
  /** @type {Phrases} */
  const start = [[`Cluster ${label}`], `, one of ${clusters}: ${count(a, "unit")} of ${net_a} and ${b || "none"} of ${net_b}`];
  if (!a || !b) return [...start, "; nothing is shared."];
  const outside = meta.outside[label];
  const beside = outside === null ? "" : ` (${percent(outside)} with units outside it)`;
  return [...start, "; ", [`${percent(meta.shared[label])} shared`], `${beside}.`];
}

/** What the numbers are, and what the paper leaves open. */
export const EXPLAINED = [
  "Affinity of two units is their r, a negative one counts as 0. The paper leaves open whether to take |r| instead.",
  "All units of both nets are split in two where the normalised cut is least, then again, the weakest link first. The " +
    "paper names no stopping rule: here it is the largest gap of the Laplacian\u2019s eigenvalues, two clusters at least, " +
    "or a number of your own. Clusters are numbered by size, 0 is the largest; neighbours on the diagonal were split last.",
  "Shared is linear CKA of the cluster\u2019s units of both nets, standardised: for one unit each r\u00b2, 100 % where they " +
    "are the same up to a rotation. Beside it stands what its units reach with those of the other net outside the cluster.",
  "In Python, comparison.clusters has other choices: sign=\"absolute\", method=\"flat\".",
];

/**
 * @param {string} layer
 * @param {number} affinity
 * @param {string} other net
 */
export const aboutAffinity = (layer, affinity, other) =>
  Number.isFinite(affinity)
    ? `mean affinity ${decimals(affinity)} to this cluster\u2019s units of ${other}, ${layer}`
    : `this cluster holds no units of ${other}`;
