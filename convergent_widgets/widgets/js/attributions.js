/** What in a patch drives the unit: one number from -1 to 1 for each of its pixels, drawn in colour over the patch. */
import { Bounded } from "./bounded.js";
import { colour } from "./palette.js";
import { isDark } from "./theme.js";

/**
 * @typedef {import("./source.js").Source} Source
 * @typedef {import("./tables.js").Attributed} Attributed
 * @typedef {{values: Float32Array, width: number, height: number}} Attribution
 */

const KEPT_PIXELS = 4 << 20;
/** The grey value that stands for nothing, and how far from it 1 lies. */
const [NOTHING, ONE] = [128, 127];
/** Where on the scale of r the colour of what raises the activation is taken from; what lowers it lies opposite. */
export const RAISES = 0.8;

export class Attributions {
  /** @type {Bounded<Attribution[]>} */
  #kept = new Bounded(KEPT_PIXELS);
  #source;

  /** @param {Source} source */
  constructor(source) {
    this.#source = source;
  }

  clear() {
    this.#kept.clear();
  }

  /**
   * @param {Attributed} attributed
   * @returns {Attribution | undefined}
   */
  here({ layer, net, unit, place }) {
    return this.#kept.get(JSON.stringify([layer, net, unit]))?.[place];
  }

  /**
   * @param {Attributed} attributed
   * @returns {Promise<Attribution>}
   */
  async get({ layer, net, unit, place }) {
    const { blobs } = await this.#source.attributions(layer, net, unit);
    const key = JSON.stringify([layer, net, unit]);
    let all = this.#kept.get(key);
    if (!all) {
      all = await Promise.all(blobs.map(read));
      this.#kept.set(key, all, 4 * all.reduce((sum, { values }) => sum + values.length, 0));
    }
    if (!all[place]) throw new Error("There is no attribution of this patch.");
    return all[place];
  }
}

/** @param {Blob} blob */
async function read(blob) {
  const bitmap = await createImageBitmap(blob);
  const { width, height } = bitmap;
  const pixels = /** @type {OffscreenCanvasRenderingContext2D} */ (new OffscreenCanvas(width, height).getContext("2d"));
  pixels.drawImage(bitmap, 0, 0);
  bitmap.close();
  const { data } = pixels.getImageData(0, 0, width, height);
  return { values: Float32Array.from({ length: width * height }, (_, i) => (data[4 * i] - NOTHING) / ONE), width, height };
}

/**
 * Over what is drawn in a rectangle: the picture pale and grey, the attribution in colour, the stronger the more opaque.
 * @param {CanvasRenderingContext2D} context
 * @param {Attribution} attribution
 * @param {[number, number, number, number]} rectangle of the patch: left, top, width, height
 * @param {[number, number, number, number]} inside the part of it that holds a picture
 */
export function shade(context, { values, width, height }, rectangle, inside) {
  const [raises, lowers, nothing] = [RAISES, -RAISES, 0].map((value) => colour(isDark(), value));
  context.save();
  context.globalCompositeOperation = "saturation";
  context.fillStyle = "#808080";
  context.fillRect(...inside);
  context.globalCompositeOperation = "source-over";
  context.globalAlpha = 0.6;
  context.fillStyle = `rgb(${nothing.join(" ")})`;
  context.fillRect(...inside);
  context.restore();

  const layer = new OffscreenCanvas(width, height);
  const brush = /** @type {OffscreenCanvasRenderingContext2D} */ (layer.getContext("2d"));
  const image = brush.createImageData(width, height);
  values.forEach((value, i) => {
    image.data.set([...(value > 0 ? raises : lowers), Math.round(255 * Math.min(1, Math.abs(value)))], 4 * i);
  });
  brush.putImageData(image, 0, 0);
  context.save();
  context.imageSmoothingEnabled = rectangle[2] < width;
  context.drawImage(layer, ...rectangle);
  context.restore();
}
