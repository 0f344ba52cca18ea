/** A page's own answers: parts that lie in it as texts, unpacked when a question needs them and kept up to a limit. */
import { Bounded } from "./bounded.js";
import { bytes } from "./tables.js";

/**
 * @typedef {import("./source.js").Answer} Answer
 * @typedef {import("./host.js").Answerer} Answerer
 * @typedef {{index: any, data: Uint8Array, size: number}} Part size: bytes of both
 * @typedef {[set: number, image: number, size: number, height: number, width: number, name: string, label: string | null]} Caption
 * @typedef {{encoded: Uint8Array, height: number, width: number, name: string, label: string | null}} Stored
 */

/** Which part of a layer answers which question; export/parts.py puts them there. @type {Record<string, string>} */
const GROUPS = {
  pair: "tables",
  top: "tables",
  held_out: "tables",
  found: "tables",
  means: "tables",
  matrix: "matrices",
  prediction: "predictions",
  clusters: "clusters",
  attributions: "attributions",
};

/** How much of the unpacked parts is kept. */
const TABLE_BYTES = 32 << 20;
const PICTURE_BYTES = 48 << 20;

/** What is said where a page has no answer. @type {Record<string, string>} */
const MISSING = {
  prediction: "This page leaves out what predicts this unit.",
  clusters: "This page holds the clusters that the eigengap gives, and no other number of them.",
  attributions: "This page leaves out the attributions of this unit.",
};

/**
 * @param {import("./settle.js").Facts} facts
 * @param {(name: string) => string | undefined} read the text of a part
 * @returns {Answerer}
 */
export function stored(facts, read) {
  /** @type {Map<string, Promise<Part>>} */
  const unpacking = new Map();
  /** @type {Bounded<Part>} */
  const tables = new Bounded(TABLE_BYTES);
  /** @type {Bounded<Part>} */
  const pictures = new Bounded(PICTURE_BYTES);

  /**
   * @param {string} name
   * @param {Bounded<Part>} [kept]
   * @returns {Promise<Part>}
   */
  function part(name, kept = tables) {
    const here = kept.get(name);
    if (here) return Promise.resolve(here);
    let found = unpacking.get(name);
    if (!found) {
      const text = read(name);
      found = (text === undefined ? Promise.resolve({ index: {}, data: new Uint8Array(), size: 0 }) : unpack(text))
        .then((part) => {
          kept.set(name, part, part.size);
          return part;
        })
        .finally(() => unpacking.delete(name));
      unpacking.set(name, found);
    }
    return found;
  }

  /**
   * @param {string} ask
   * @param {Record<string, any>} args
   * @returns {Promise<Answer | undefined>}
   */
  async function look(ask, args) {
    const layer = facts.layers.findIndex(({ name }) => name === args.layer);
    const { index, data } = await part(`${layer}/${GROUPS[ask]}`);
    const name = JSON.stringify([ask, ...Object.values(args)]);
    if (!Object.hasOwn(index, name)) return undefined;
    const [meta, lengths, start] = index[name];
    let at = start;
    return { meta, buffers: lengths.map((/** @type {number} */ length) => view(data, at, (at += length))) };
  }

  /**
   * @param {number} set
   * @param {number[]} images
   * @returns {Promise<Answer>}
   */
  async function together(set, images) {
    const { index } = await part("pictures");
    const wanted = new Set(images.map((image) => index[set]?.[image]));
    if (wanted.has(undefined)) throw new Error("This page leaves out some of the pictures.");
    /** @type {Map<number, Stored>} */
    const here = new Map();
    for (const number of wanted) await pick(number, set, new Set(images), here);
    const found = images.map((image) => /** @type {Stored} */ (here.get(image)));
    const all = new Uint8Array(found.reduce((sum, { encoded }) => sum + encoded.length, 0));
    let at = 0;
    for (const { encoded } of found) {
      all.set(encoded, at);
      at += encoded.length;
    }
    return {
      meta: {
        sizes: found.map(({ encoded }) => encoded.length),
        names: found.map(({ name }) => name),
        labels: found.map(({ label }) => label),
        heights: found.map(({ height }) => height),
        widths: found.map(({ width }) => width),
      },
      buffers: [view(all, 0, all.length)],
    };
  }

  /**
   * Copy pictures from a part, which may be forgotten then.
   * @param {number} number
   * @param {number} set
   * @param {Set<number>} images
   * @param {Map<number, Stored>} here where they are put
   */
  async function pick(number, set, images, here) {
    const { index, data } = await part(`pictures/${number}`, pictures);
    let at = 0;
    for (const [its, image, size, height, width, name, label] of /** @type {Caption[]} */ (index)) {
      const encoded = data.subarray(at, (at += size));
      if (its === set && images.has(image)) here.set(image, { encoded: encoded.slice(), height, width, name, label });
    }
  }

  return async ({ ask, ...args }) => {
    if (ask === "pictures") return together(args.pictures, args.images);
    const answer = await look(ask, args);
    if (answer) return answer;
    const turned = ask === "matrix" ? await look(ask, { layer: args.layer, a: args.b, b: args.a }) : undefined;
    if (turned) return transposed(turned);
    if (ask === "clusters" && args.a === args.b) throw new Error("Clusters are of the units of two nets.");
    throw new Error(MISSING[ask] ?? `This page does not hold ${ask} of ${Object.values(args).join(", ")}.`);
  };
}

/**
 * @param {string} text
 * @returns {Promise<Part>} `index` with the place of each answer's buffers beside their lengths
 */
async function unpack(text) {
  const packed = Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  const plain = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
  const all = new Uint8Array(await new Response(plain).arrayBuffer());
  const length = new DataView(all.buffer).getUint32(0, true);
  const index = JSON.parse(new TextDecoder().decode(all.subarray(4, 4 + length)));
  const data = all.subarray(4 + length);
  const size = all.length;
  if (Array.isArray(index)) return { index, data, size };
  let start = 0;
  for (const entry of Object.values(index)) {
    if (!Array.isArray(entry)) break;
    entry.push(start);
    for (const length of entry[1]) start += length;
  }
  return { index, data, size };
}

/**
 * @param {Uint8Array} data
 * @param {number} from
 * @param {number} to
 */
const view = (data, from, to) => new DataView(data.buffer, data.byteOffset + from, to - from);

/**
 * The same correlations with rows and columns exchanged.
 * @param {Answer} answer
 * @returns {Answer}
 */
function transposed({ meta: { rows, columns }, buffers }) {
  const from = new Int16Array(bytes(buffers[0]).slice().buffer);
  const to = new Int16Array(from.length);
  for (let i = 0; i < rows; i++) for (let j = 0; j < columns; j++) to[j * rows + i] = from[i * columns + j];
  return { meta: { rows: columns, columns: rows }, buffers: [new DataView(to.buffer)] };
}
