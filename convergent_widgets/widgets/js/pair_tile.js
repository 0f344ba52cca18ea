/** One place on the wall: a unit of net A by its strongest patches, beside those of its counterpart in net B. */
import { unitName } from "./context.js";
import { h, set, write } from "./dom.js";
import { decimals } from "./numbers.js";
import { drawPatchAt } from "./pictures.js";

/**
 * @typedef {import("./settle.js").State} State
 * @typedef {import("./tables.js").PairTable} PairTable
 * @typedef {import("./tables.js").TopTable} TopTable
 * @typedef {import("./tables.js").Patch} Patch
 * @typedef {import("./pictures.js").Picture} Picture
 * @typedef {{state: State, table: PairTable, tops: [TopTable, TopTable]}} Shown
 * @typedef {{patch: Patch, side: number, place: number, grid: number}} Missing a patch that is not drawn yet
 */

/** Patches in a row and in a column of a tile. */
const GRID = 2;
/** Between patches, in pixels of the screen. */
const GAP = 2;

export class PairTile {
  #tiles = [0, 1].map(() => {
    const canvas = h("canvas");
    const words = h("span", { class: "cw-tile-words" });
    return { element: h("div", { class: "cw-tile" }, canvas, words), canvas, words };
  });
  #numbers = [h("span"), h("span", { class: "cw-pair-r" }), h("span")];
  #bar = h("i");
  #track = h("div", { class: "cw-bar" }, this.#bar);
  /** @type {Missing[]} */
  missing = [];
  /** Which place of the wall it stands at. */
  index = -1;
  unit = -1;
  /** @type {number | null} */
  partner = null;

  /** @param {string} id */
  constructor(id) {
    this.element = h(
      "div",
      { class: "cw-pair", role: "option", id },
      h("div", { class: "cw-pair-numbers", "aria-hidden": "true" }, ...this.#numbers),
      h("div", { class: "cw-pair-tiles" }, ...this.#tiles.map(({ element }) => element)),
      this.#track,
    );
  }

  /**
   * @param {Shown} shown
   * @param {number} index
   * @param {number} count how many stand on the wall
   * @param {number} unit
   * @param {number} side of a tile, in CSS pixels
   */
  show({ state, table, tops }, index, count, unit, side) {
    const { net_a, net_b, method } = state;
    const partner = table.partner(method, unit);
    const beside = table.within ? null : partner;
    const [dead, r] = [table.dead(unit), table.matched(method)[unit]];
    const leftOut = [!dead && tops[0].leavesOut(unit), beside !== null && tops[1].leavesOut(beside)];
    const above = table.at(`${method}.above`, unit) === 1;
    [this.index, this.unit, this.partner] = [index, unit, beside];
    set(this.element, {
      "aria-label": name(state, table, unit) + without(state, leftOut),
      "aria-posinset": index + 1,
      "aria-setsize": count,
      "data-unit": unit,
      "data-partner": beside,
      "data-kind": dead ? "dead" : partner === null ? "unmatched" : above ? "above" : "below",
    });
    const [left, middle, right] = this.#numbers;
    write(left, String(unit));
    write(middle, partner === null ? "" : decimals(r));
    write(right, beside === null ? "" : String(beside));
    this.#track.hidden = partner === null;
    this.#track.classList.toggle("cw-faint", !above && !table.within);
    this.#bar.style.width = `${100 * Math.max(0, Math.min(1, r || 0))}%`;
    this.missing = [];
    const units = [dead ? null : unit, beside];
    this.#tiles.forEach(({ element, canvas, words }, i) => {
      element.hidden = i === 1 && table.within;
      if (element.hidden) return;
      set(element, { "data-net": i ? net_b : net_a, "data-unit": i ? beside : unit });
      element.style.width = element.style.height = `${side}px`;
      const pixels = Math.round(side * devicePixelRatio);
      if (canvas.width !== pixels) canvas.width = canvas.height = pixels;
      else canvas.getContext("2d")?.clearRect(0, 0, pixels, pixels);
      const own = units[i];
      element.classList.toggle("cw-tile-none", own === null);
      element.classList.toggle("cw-tile-left-out", leftOut[i]);
      write(words, leftOut[i] ? "left out" : own !== null ? "" : i === 0 ? "dead" : dead ? "" : "none left");
      if (own === null) return;
      const grid = tops[i].k < GRID ? 1 : GRID;
      const patches = tops[i].patches(own).slice(0, grid * grid);
      patches.forEach((patch, place) => this.missing.push({ patch, side: i, place, grid }));
    });
    this.#told();
  }

  #told() {
    set(this.element, { "data-painted": !this.missing.length });
  }

  /**
   * @param {State} state
   * @returns {boolean} whether the selected unit is one of the two
   */
  mark({ net, net_a, unit }) {
    const selected = [net === net_a && unit === this.unit, net !== net_a && unit !== null && unit === this.partner];
    this.#tiles.forEach(({ element }, i) => element.classList.toggle("cw-selected", selected[i]));
    set(this.element, { "aria-selected": String(selected.some(Boolean)) });
    return selected.some(Boolean);
  }

  /**
   * Draw those missing patches whose picture is here.
   * @param {(patch: Patch) => Picture | undefined} pictureOf
   */
  paint(pictureOf) {
    if (!this.missing.length) return;
    // what lies outside the image, as in the gallery
    const outside = getComputedStyle(this.element).getPropertyValue("--cw-outside");
    this.missing = this.missing.filter(({ patch, side, place, grid }) => {
      const picture = pictureOf(patch);
      if (!picture) return true;
      const { canvas } = this.#tiles[side];
      const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
      const gap = Math.round(GAP * devicePixelRatio) * (grid - 1);
      const size = (canvas.width - gap) / grid;
      const at = (/** @type {number} */ step) => Math.round(step * (size + gap));
      const square = /** @type {[number, number, number, number]} */ ([
        at(place % grid),
        at(Math.floor(place / grid)),
        Math.floor(size),
        Math.floor(size),
      ]);
      drawPatchAt(context, picture, patch.box, square);
      context.globalCompositeOperation = "destination-over";
      context.fillStyle = outside;
      context.fillRect(...square);
      context.globalCompositeOperation = "source-over";
      return false;
    });
    this.#told();
  }
}

/**
 * Which of a pair's patches this page leaves out, after its name.
 * @param {State} state
 * @param {boolean[]} leftOut
 */
function without({ net_a, net_b }, [left, right]) {
  if (!left && !right) return "";
  return `, patches ${left && right ? "" : `of ${left ? net_a : net_b} `}left out of this page`;
}

/**
 * What a place is called: "seed 0 conv2/19 and seed 1 conv2/5, r .78, above baseline"
 * @param {State} state
 * @param {PairTable} table
 * @param {number} unit
 */
function name({ layer, net_a, net_b, method }, table, unit) {
  const start = `${net_a} ${unitName(layer, unit)}`;
  if (table.dead(unit)) return `${start}, dead`;
  const partner = table.partner(method, unit);
  const r = decimals(table.matched(method)[unit]);
  if (partner === null) return `${start}, ${table.within ? "no other live unit" : `nothing left in ${net_b}`}`;
  if (table.within) return `${start}, most like ${unitName(layer, partner)}, r ${r}`;
  const where = table.at(`${method}.above`, unit) === 1 ? "above baseline" : "not above baseline";
  return `${start} and ${net_b} ${unitName(layer, partner)}, r ${r}, ${where}`;
}
