/**
 * Pictures: each travels once, encoded; decoded ones are kept up to a limit; patches are cut from them here.
 */
import { Attributions, shade } from "./attributions.js";
import { Bounded } from "./bounded.js";
import { bytes } from "./tables.js";

/**
 * @typedef {import("./source.js").Source} Source
 * @typedef {import("./tables.js").Patch} Patch
 * @typedef {import("./tables.js").Box} Box
 * @typedef {{blob: Blob, name: string, label: string | null, height: number, width: number}} Encoded
 * @typedef {{
 *   bitmap: ImageBitmap, name: string, label: string | null, height: number, width: number,
 *   attribution?: import("./attributions.js").Attribution,
 * }} Picture
 */

const ENCODED_BYTES = 96 << 20;
const DECODED_PIXELS = 24 << 20;
const CHUNK = 64;

export class Pictures {
  /** @type {Bounded<Encoded>} */
  #encoded = new Bounded(ENCODED_BYTES);
  /** @type {Bounded<Picture>} */
  #decoded = new Bounded(DECODED_PIXELS, ({ bitmap }) => bitmap.close());
  /** @type {Map<string, Promise<Encoded>>} */
  #fetching = new Map();
  /** @type {Map<string, Promise<Picture>>} */
  #decoding = new Map();
  /** @type {Map<number, Map<number, {resolve: (e: Encoded) => void, reject: (e: Error) => void}>>} */
  #wanted = new Map();
  /** @type {Set<number>} */
  #known = new Set();
  #source;
  #attributions;

  /** @param {Source} source */
  constructor(source) {
    this.#source = source;
    this.#attributions = new Attributions(source);
  }

  /**
   * The pictures of a Data model, shared by all its views.
   * @param {Source} source
   * @returns {Pictures}
   */
  static of(source) {
    if (!source.extras.has("pictures")) source.extras.set("pictures", new Pictures(source));
    return source.extras.get("pictures");
  }

  clear() {
    this.#encoded.clear();
    this.#known.clear();
    this.#decoded.clear();
    this.#fetching.clear();
    this.#decoding.clear();
    this.#attributions.clear();
  }

  /**
   * What a patch is drawn from, if all of it is here.
   * @param {Patch} patch
   * @returns {Picture | undefined}
   */
  patchHere({ set, image, attributed }) {
    const picture = this.here(set, image);
    if (!picture || !attributed) return picture;
    const attribution = this.#attributions.here(attributed);
    return attribution && { ...picture, attribution };
  }

  /**
   * What a patch is drawn from: its picture, and what in it drives the unit where that is shown.
   * @param {Patch} patch
   * @returns {Promise<Picture>}
   */
  async patch({ set, image, attributed }) {
    const [picture, attribution] = await Promise.all([
      this.get(set, image),
      attributed ? this.#attributions.get(attributed) : undefined,
    ]);
    return attribution ? { ...picture, attribution } : picture;
  }

  /**
   * A picture that can be drawn at once, if it is here.
   * @param {number} set
   * @param {number} image
   */
  here(set, image) {
    return this.#decoded.get(`${set}|${image}`);
  }

  /**
   * @param {number} set
   * @param {number} image
   * @returns {Promise<Picture>}
   */
  async get(set, image) {
    const key = `${set}|${image}`;
    const here = this.#decoded.get(key);
    if (here) return here;
    let decoding = this.#decoding.get(key);
    if (!decoding) {
      decoding = this.#fetch(set, image)
        .then(async ({ blob, ...rest }) => {
          const picture = { bitmap: await createImageBitmap(blob), ...rest };
          this.#decoded.set(key, picture, picture.bitmap.width * picture.bitmap.height);
          return picture;
        })
        .finally(() => this.#decoding.delete(key));
      this.#decoding.set(key, decoding);
    }
    return decoding;
  }

  /**
   * @param {number} set
   * @param {number} image
   * @returns {Promise<Encoded>}
   */
  #fetch(set, image) {
    const key = `${set}|${image}`;
    const here = this.#encoded.get(key);
    if (here) return Promise.resolve(here);
    let fetching = this.#fetching.get(key);
    if (!fetching) {
      fetching = /** @type {Promise<Encoded>} */ (
        new Promise((resolve, reject) => this.#want(set, image, { resolve, reject }))
      ).finally(() => this.#fetching.delete(key));
      this.#fetching.set(key, fetching);
    }
    return fetching;
  }

  /**
   * All that is wanted at one moment is asked for together.
   * @param {number} set
   * @param {number} image
   * @param {{resolve: (e: Encoded) => void, reject: (e: Error) => void}} settle
   */
  #want(set, image, settle) {
    const wanted = this.#wanted;
    if (!wanted.size) {
      queueMicrotask(() => {
        this.#wanted = new Map();
        for (const [set, images] of wanted) this.#ask(set, images);
      });
    }
    if (!wanted.has(set)) wanted.set(set, new Map());
    wanted.get(set)?.set(image, settle);
  }

  /**
   * @param {number} set
   * @param {Map<number, {resolve: (e: Encoded) => void, reject: (e: Error) => void}>} wanted
   */
  async #ask(set, wanted) {
    this.#takeKnown(set);
    for (const [image, { resolve }] of [...wanted]) {
      const here = this.#encoded.get(`${set}|${image}`);
      if (here) resolve(here);
      if (here) wanted.delete(image);
    }
    const all = [...wanted.keys()];
    for (let i = 0; i < all.length; i += CHUNK) {
      const images = all.slice(i, i + CHUNK);
      try {
        const { meta, buffers } = await this.#source.send("pictures", { pictures: set, images });
        this.#take(set, images, meta, buffers[0], (image, encoded) => wanted.get(image)?.resolve(encoded));
      } catch (error) {
        for (const image of images) wanted.get(image)?.reject(/** @type {Error} */ (error));
      }
    }
  }

  /**
   * The pictures that came along unasked, once per set.
   * @param {number} set
   */
  #takeKnown(set) {
    if (this.#known.has(set)) return;
    this.#known.add(set);
    const known = this.#source.known("pictures", { pictures: set });
    if (known) this.#take(set, known.meta.images, known.meta, known.buffers[0]);
  }

  /**
   * @param {number} set
   * @param {number[]} images
   * @param {any} meta
   * @param {DataView} buffer all pictures one after the other
   * @param {(image: number, encoded: Encoded) => void} [tell]
   */
  #take(set, images, meta, buffer, tell) {
    const data = bytes(buffer);
    let start = 0;
    images.forEach((image, j) => {
      const blob = new Blob([data.slice(start, (start += meta.sizes[j]))]);
      const encoded = {
        blob,
        name: String(meta.names[j]),
        label: meta.labels[j] ?? null,
        height: meta.heights[j],
        width: meta.widths[j],
      };
      this.#encoded.set(`${set}|${image}`, encoded, blob.size);
      tell?.(image, encoded);
    });
  }

  /**
   * Bring pictures here before anybody asks for them, decoded where they are small.
   * @param {number} set
   * @param {number[]} images
   * @returns {Promise<{bytes: number, pixels: number}>} what they took
   */
  async prefetch(set, images) {
    const got = await Promise.all(images.map((image) => this.#fetch(set, image)));
    const pixels = got.reduce((sum, e) => sum + e.height * e.width, 0);
    if (pixels / Math.max(1, got.length) <= 64 * 64) await Promise.all(images.map((image) => this.get(set, image)));
    return { bytes: got.reduce((sum, e) => sum + e.blob.size, 0), pixels };
  }
}

/**
 * Draw one patch on the whole of a canvas.
 * @param {HTMLCanvasElement} canvas
 * @param {Picture} picture
 * @param {Box} box
 */
export function drawPatch(canvas, picture, box) {
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  return drawPatchAt(context, picture, box, [0, 0, canvas.width, canvas.height]);
}

/**
 * Draw one patch: what the box covers of its picture, and nothing (the canvas' background) outside it.
 * @param {CanvasRenderingContext2D} context
 * @param {Picture} picture
 * @param {Box} box
 * @param {[number, number, number, number]} place left, top, width and height on the canvas
 * @returns {{scale: number, left: number, top: number}} where picture pixels lie: x * scale + left
 */
export function drawPatchAt(context, picture, [top, left, bottom, right], [from, down, width, height]) {
  const scale = Math.min(width / (right - left), height / (bottom - top));
  const x = from + (width - (right - left) * scale) / 2 - left * scale;
  const y = down + (height - (bottom - top) * scale) / 2 - top * scale;
  const [t, l] = [Math.max(0, top), Math.max(0, left)];
  const [b, r] = [Math.min(picture.height, bottom), Math.min(picture.width, right)];
  context.clearRect(from, down, width, height);
  context.imageSmoothingEnabled = scale < 1;
  context.imageSmoothingQuality = "high";
  if (b > t && r > l) {
    context.drawImage(
      picture.bitmap,
      l,
      t,
      r - l,
      b - t,
      l * scale + x,
      t * scale + y,
      (r - l) * scale,
      (b - t) * scale,
    );
    if (picture.attribution) {
      shade(
        context,
        picture.attribution,
        [left * scale + x, top * scale + y, (right - left) * scale, (bottom - top) * scale],
        [l * scale + x, t * scale + y, (r - l) * scale, (b - t) * scale],
      );
    }
  }
  return { scale, left: x, top: y };
}
