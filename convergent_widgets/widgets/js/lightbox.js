/** A patch in its whole image, with the field's frame. */
import { shade } from "./attributions.js";
import { amount, ordinal } from "./numbers.js";
import { unitName } from "./context.js";
import { button, h, write } from "./dom.js";

/**
 * @typedef {import("./tables.js").Patch} Patch
 * @typedef {import("./pictures.js").Pictures} Pictures
 * @typedef {import("./pictures.js").Picture} Picture
 * @typedef {{net: string, layer: string, unit: number | null, patches: Patch[]}} Shown
 */

const GREATEST = 560;
const DRIVEN = "The colours show what in it raises and lowers the activation.";

export class Lightbox {
  /** @type {Shown | null} */
  #shown = null;
  #index = 0;
  #turn = 0;
  /** @type {(index: number) => void} */
  #back = () => {};
  #title = h("h4", { class: "cw-clip" });
  #canvas = h("canvas", { role: "img" });
  #caption = h("p", { class: "cw-lightbox-name" });
  #words = h("p", { class: "cw-lightbox-words" });
  #pictures;
  #dataset;

  /**
   * @param {HTMLElement} parent
   * @param {Pictures} pictures
   * @param {() => string} dataset
   * @param {AbortSignal} signal
   */
  constructor(parent, pictures, dataset, signal) {
    this.#pictures = pictures;
    this.#dataset = dataset;
    const [before, after] = [-1, 1].map((step) => {
      const b = button({
        class: "cw-button",
        "aria-label": step < 0 ? "previous patch" : "next patch",
        text: step < 0 ? "\u2190" : "\u2192",
      });
      b.addEventListener("click", () => this.#step(step), { signal });
      return b;
    });
    const close = button({ class: "cw-button", "aria-label": "close", title: "Close (Esc)", text: "\u00d7" });
    this.dialog = h(
      "dialog",
      { class: "cw-lightbox", "aria-label": "the whole image" },
      h("header", {}, this.#title, before, after, close),
      h("div", { class: "cw-lightbox-room" }, this.#canvas),
      this.#caption,
      this.#words,
    );
    parent.append(this.dialog);
    close.addEventListener("click", () => this.dialog.close(), { signal });
    this.dialog.addEventListener(
      "click",
      (event) => {
        if (event.target === this.dialog) this.dialog.close();
      },
      { signal },
    );
    this.dialog.addEventListener(
      "keydown",
      (event) => {
        event.stopPropagation();
        const step = { ArrowLeft: -1, ArrowUp: -1, ArrowRight: 1, ArrowDown: 1 }[event.key];
        if (!step) return;
        event.preventDefault();
        this.#step(step);
      },
      { signal },
    );
    this.dialog.addEventListener(
      "close",
      () => {
        this.#turn += 1;
        this.#back(this.#index);
      },
      { signal },
    );
    signal.addEventListener("abort", () => this.dialog.remove());
  }

  /**
   * @param {Shown} shown
   * @param {number} index
   * @param {(index: number) => void} back gives the focus back when it closes
   */
  open(shown, index, back) {
    this.#shown = { ...shown };
    this.#back = back;
    this.#show(index);
    if (!this.dialog.open) this.dialog.showModal();
  }

  close() {
    if (this.dialog.open) this.dialog.close();
  }

  /** @param {number} step */
  #step(step) {
    const count = this.#shown?.patches.length ?? 0;
    if (count) this.#show((this.#index + step + count) % count);
  }

  /** @param {number} index */
  async #show(index) {
    const shown = this.#shown;
    const patch = shown?.patches[index];
    if (!shown || !patch) return;
    this.#index = index;
    const turn = ++this.#turn;
    write(this.#title, `${shown.net} ${unitName(shown.layer, shown.unit)}, ${index + 1} of ${shown.patches.length}`);
    this.dialog.dataset.patch = String(index);
    if (!this.#pictures.patchHere(patch)) this.#empty();
    try {
      const picture = await this.#pictures.patch(patch);
      if (turn !== this.#turn) return;
      this.#draw(picture, patch);
      write(this.#caption, [picture.label, picture.name].filter(Boolean).join(" \u00b7 "));
      const sees = !seesAll(picture, patch)
        ? "The frame is what the unit sees."
        : patch.cell
          ? "The unit sees the whole image; its place is marked."
          : "The unit sees the whole image.";
      const from = this.#dataset();
      const decile = patch.decile ? `, the ${ordinal(patch.decile)} decile of the images that excite it` : "";
      const driven = picture.attribution ? ` ${DRIVEN}` : "";
      write(this.#words, `Activation ${amount(patch.activation)}${decile}. ${sees}${driven}${from && ` From: ${from}.`}`);
      this.#canvas.setAttribute("aria-label", `image ${picture.name}`);
    } catch (error) {
      if (turn === this.#turn) write(this.#words, error instanceof Error ? error.message : String(error));
    }
  }

  /** Nothing of the patch before, while a picture is under way or where it can't be had. */
  #empty() {
    this.#canvas.getContext("2d")?.clearRect(0, 0, this.#canvas.width, this.#canvas.height);
    this.#canvas.setAttribute("aria-label", "the image is not here yet");
    write(this.#caption, "");
    write(this.#words, "");
  }

  /**
   * @param {Picture} picture
   * @param {Patch} patch
   */
  #draw(picture, patch) {
    const {
      box: [top, left, bottom, right],
      cell,
    } = patch;
    const region = [
      Math.min(0, top),
      Math.min(0, left),
      Math.max(picture.height, bottom),
      Math.max(picture.width, right),
    ];
    const [high, wide] = [region[2] - region[0], region[3] - region[1]];
    const room = Math.min(GREATEST, innerWidth - 56, innerHeight - 190);
    const fit = Math.max(1, room) / Math.max(high, wide);
    const scale = fit > 2 ? Math.floor(fit) : fit;
    const dots = devicePixelRatio || 1;
    const canvas = this.#canvas;
    canvas.width = Math.round(wide * scale * dots);
    canvas.height = Math.round(high * scale * dots);
    canvas.style.width = `${canvas.width / dots}px`;
    canvas.style.height = `${canvas.height / dots}px`;
    const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
    context.setTransform(scale * dots, 0, 0, scale * dots, -region[1] * scale * dots, -region[0] * scale * dots);
    context.imageSmoothingEnabled = scale < 1;
    context.drawImage(picture.bitmap, 0, 0);
    if (picture.attribution) {
      const [t, l] = [Math.max(0, top), Math.max(0, left)];
      const [b, r] = [Math.min(picture.height, bottom), Math.min(picture.width, right)];
      shade(context, picture.attribution, [left, top, right - left, bottom - top], [l, t, r - l, b - t]);
    }
    context.setTransform(dots, 0, 0, dots, 0, 0);
    const style = getComputedStyle(canvas);
    /** @type {(box: import("./tables.js").Box, dashed: boolean) => void} */
    const frame = ([t, l, b, r], dashed) => {
      const sides = /** @type {const} */ ([
        (l - region[1]) * scale,
        (t - region[0]) * scale,
        (r - l) * scale,
        (b - t) * scale,
      ]);
      const inset = /** @type {[number, number, number, number]} */ ([
        Math.max(1.5, sides[0]),
        Math.max(1.5, sides[1]),
        0,
        0,
      ]);
      inset[2] = Math.min(wide * scale - 1.5, sides[0] + sides[2]) - inset[0];
      inset[3] = Math.min(high * scale - 1.5, sides[1] + sides[3]) - inset[1];
      for (const [colour, width] of /** @type {[string, number][]} */ ([
        ["#ffffff", 5],
        [style.getPropertyValue("--cw-frame"), 2.5],
      ])) {
        context.strokeStyle = colour;
        context.lineWidth = width;
        context.setLineDash(dashed && width < 4 ? [6, 4] : []);
        context.strokeRect(...inset);
      }
    };
    if (!seesAll(picture, patch)) frame([top, left, bottom, right], false);
    if (cell) frame(cell, true);
  }
}

/**
 * Whether the field covers the whole picture.
 * @param {Picture} picture
 * @param {Patch} patch
 */
function seesAll(picture, { box: [top, left, bottom, right] }) {
  return top <= 0 && left <= 0 && bottom >= picture.height && right >= picture.width;
}
