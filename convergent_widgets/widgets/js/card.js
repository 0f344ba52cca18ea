/** One net's card: the selected unit or its counterpart, with its patches and how good the match is. */
import { columnsFor, patchSize } from "./arrange.js";
import { unitName, walkByKeys } from "./context.js";
import { button, h, set, write } from "./dom.js";
import { amount, decimals, ordinal, places } from "./numbers.js";
import { drawPatch } from "./pictures.js";

/**
 * @typedef {import("./counterparts.js").SelectedFacts} SelectedFacts
 * @typedef {import("./counterparts.js").CounterpartFacts} CounterpartFacts
 * @typedef {{
 *   kind: "predicted" | "predictor", unit: number, symbol: string, number: string, measure: string,
 *   bar: {from: number, to: number} | null, rows: [string, string, string][],
 * }} PredictionFacts  its bar reaches from one share of the width to another, from right to left where negative
 * @typedef {import("./tables.js").Patch} Patch
 * @typedef {import("./pictures.js").Pictures} Pictures
 * @typedef {import("./pictures.js").Picture} Picture
 * @typedef {{
 *   select: (net: string, unit: number) => void, walk: (step: number) => void,
 *   open: (card: Card, index: number) => void, tip: (patch: HTMLElement | null, text: string) => void,
 * }} Actions
 * @typedef {{
 *   layer: string, dataset: string, module: string, role: string, of: string, dead: boolean, instead: string,
 *   patches: Patch[], k: number, none: string, shows: string,
 * }} Surroundings k: how many patches there could be; none: what is said where there are none; shows: what they show
 */

const BESIDE = { left: -1, right: 1 };

export class Card {
  /** @type {Patch[]} */
  patches = [];
  /** @type {number | null} */
  unit = null;
  layer = "";
  #dead = false;
  #columns = 1;
  #k = 0;
  #heldOut = h("dd");
  #exact = 2;
  #roundTrip = h("dd");
  #title = button({ class: "cw-card-title" });
  #netName = h("b", { class: "cw-clip" });
  #role = h("span", { class: "cw-role" });
  #unitName = h("span", { class: "cw-card-unit cw-clip" });
  #dataset = h("p", { class: "cw-card-dataset cw-clip" });
  #grid = h("div", { class: "cw-patches", role: "group" });
  #instead = h("p", { class: "cw-instead", hidden: true });
  #number = h("p", { class: "cw-number" });
  #measure = h("p", { class: "cw-measure" });
  #bar = h("div", { class: "cw-bar", "aria-hidden": "true" }, h("i"), h("b"));
  #facts = h("dl", { class: "cw-facts" });
  #tags = h("span", { class: "cw-tags" });
  #note = h("span", { class: "cw-note" });
  #foot = h("p", { class: "cw-foot" }, this.#tags, " ", this.#note);
  /** @type {HTMLButtonElement[]} */
  #buttons = [];
  /** @type {HTMLCanvasElement[]} */
  #canvases = [];
  #actions;
  #signal;
  #steps;

  /**
   * @param {string} net
   * @param {Actions} actions
   * @param {AbortSignal} signal
   */
  constructor(net, actions, signal) {
    this.net = net;
    this.#actions = actions;
    this.#signal = signal;
    this.#title.append(this.#netName, this.#role, this.#unitName);
    write(this.#netName, net);
    const head = h("h4", {}, this.#title);
    this.#steps = h(
      "span",
      { class: "cw-steps" },
      ...Object.entries(BESIDE).map(([side, step]) => {
        const b = button({
          class: "cw-step",
          "aria-label": step < 0 ? "previous unit in order" : "next unit in order",
          text: side === "left" ? "\u2190" : "\u2192",
        });
        b.addEventListener("click", () => actions.walk(step), { signal });
        return b;
      }),
      h("span", { text: "next in order" }),
    );
    this.element = h(
      "article",
      { class: "cw-card", "data-net": net },
      head,
      this.#dataset,
      h(
        "div",
        { class: "cw-card-body" },
        h("div", { class: "cw-patch-room" }, this.#grid, this.#instead),
        h("div", { class: "cw-card-facts" }, this.#number, this.#measure, this.#bar, this.#facts),
      ),
      this.#foot,
    );
    const walk = (/** @type {number} */ step) => {
      if (this.element.hasAttribute("aria-current")) actions.walk(step);
    };
    walkByKeys(this.#title, walk, signal);
    for (const b of this.#steps.querySelectorAll("button")) walkByKeys(b, walk, signal);
    this.element.addEventListener(
      "click",
      (event) => {
        const hit = /** @type {Element} */ (event.target).closest("button");
        if (this.#outdated) return;
        if ((!hit || hit === this.#title) && this.unit !== null) actions.select(net, this.unit);
      },
      { signal },
    );
  }

  /** The width for its content, in pixels. */
  get inside() {
    const { paddingLeft, paddingRight } = getComputedStyle(this.element);
    return this.element.clientWidth - parseFloat(paddingLeft) - parseFloat(paddingRight);
  }

  /** Whether the gallery waits for what is selected now, so that this card shows what was selected before. */
  get #outdated() {
    return this.element.closest(".cw-stale, [aria-busy='true']") !== null;
  }

  /** @param {number} k patches */
  #room(k) {
    this.#k = k;
    for (let i = this.#buttons.length; i < k; i++) this.#addPatch(i);
    this.#buttons.forEach((b, i) => (b.hidden = i >= k));
  }

  /** @param {number} i */
  #addPatch(i) {
    const canvas = h("canvas");
    const b = button({ class: "cw-patch", tabindex: i ? -1 : 0, "data-patch": i }, canvas);
    const options = { signal: this.#signal };
    const show = () => this.#actions.tip(b, b.getAttribute("aria-label") ?? "");
    const hide = () => this.#actions.tip(null, "");
    b.addEventListener("pointerenter", show, options);
    b.addEventListener("focus", show, options);
    b.addEventListener("pointerleave", hide, options);
    b.addEventListener("blur", hide, options);
    b.addEventListener(
      "click",
      () => {
        hide();
        if (!this.#outdated) this.#actions.open(this, i);
      },
      options,
    );
    b.addEventListener(
      "keydown",
      (event) => {
        const step = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -this.#columns, ArrowDown: this.#columns }[event.key];
        if (!step || event.ctrlKey || event.metaKey || event.altKey) return;
        event.preventDefault();
        event.stopPropagation();
        const next = this.#buttons[i + step];
        if (!next || next.disabled) return;
        this.focusPatch(i + step);
      },
      options,
    );
    this.#buttons.push(b);
    this.#canvases.push(canvas);
    this.#grid.append(b);
  }

  /**
   * @param {SelectedFacts | CounterpartFacts | PredictionFacts} facts
   * @param {Surroundings} more
   */
  show(facts, more) {
    const isSelected = facts.kind === "selected" || facts.kind === "predicted";
    this.layer = more.layer;
    this.unit = facts.unit;
    this.patches = more.patches;
    this.#room(more.k);
    this.#dead = more.dead;
    const name = facts.unit === null ? more.layer : unitName(more.layer, facts.unit);
    set(this.element, {
      "aria-label": `${this.net} ${name}`,
      "data-kind": facts.kind,
      "data-unit": facts.unit,
      "data-dead": more.dead,
      "aria-current": isSelected ? "true" : null,
    });
    set(this.#title, {
      title: `${this.net}, module ${more.module}${isSelected ? "" : facts.unit === null ? "" : "\nselect this unit"}`,
      disabled: facts.unit === null,
    });
    write(this.#role, more.role);
    this.#role.title = more.role ? `net ${more.role} of the matrix` : "";
    write(this.#unitName, name);
    write(this.#dataset, more.dataset);
    this.#dataset.title = more.dataset;
    const instead = more.dead
      ? "dead: it never varies"
      : facts.unit === null
        ? more.instead
        : this.patches.length
          ? ""
          : more.none;
    write(this.#instead, instead);
    this.#instead.hidden = !instead;
    set(this.#grid, { "aria-label": `${more.shows} of ${this.net} ${name}`, hidden: Boolean(instead) });
    if ("bar" in facts) this.#showPrediction(facts);
    else if (isSelected) this.#showSelected(facts);
    else this.#showCounterpart(facts, more.of);
    this.#foot.title = this.#note.textContent ?? "";
  }

  /** @param {SelectedFacts} facts */
  #showSelected({ mean, found, others, partners, meanR, dead }) {
    this.follow(undefined);
    this.#big("", amount(mean), "mean activation");
    /** @type {[string, string | HTMLElement, string][]} */
    const rows = [
      ["found in", `${found} of ${others}`, "other nets where its partner lies above the rotation baseline"],
      ["partners", `${partners} of ${others}`, "other nets where a unit was left for it"],
      ["their mean r", decimals(meanR), "over its partners; nets where nothing was left for it do not count"],
      ["round trip", this.#roundTrip, "from partner to partner through all nets and back"],
    ];
    this.#list(others && !dead ? rows.slice(0, others > 1 ? 4 : 3) : []);
    write(this.#note, dead ? "A dead unit correlates with nothing." : "");
    this.#tags.replaceChildren(tag("selected", "cw-tag-accent"), this.#steps);
  }

  /** @param {PredictionFacts} facts */
  #showPrediction({ symbol, number, measure, bar, rows }) {
    this.#big(symbol, number, measure);
    this.#list(rows);
    this.#bar.hidden = !bar;
    if (!bar) return;
    const [fill, zero] = /** @type {HTMLElement[]} */ ([...this.#bar.children]);
    fill.style.left = `${(100 * Math.min(bar.from, bar.to)).toFixed(1)}%`;
    fill.style.width = `${(100 * Math.abs(bar.to - bar.from)).toFixed(1)}%`;
    zero.style.left = `${(100 * bar.from).toFixed(1)}%`;
    this.#bar.classList.toggle("cw-negative", bar.to < bar.from);
  }

  /**
   * @param {CounterpartFacts} facts
   * @param {string} of the selected net
   */
  #showCounterpart(facts, of) {
    const { kind, r, baseline, runnerUp, rank, units, above, best, bestR, takenBy } = facts;
    this.#tags.replaceChildren();
    write(this.#note, "");
    if (kind === "none") {
      this.#big("", "", "");
      this.#list([]);
      return;
    }
    const shown = [r, baseline, runnerUp, ...(takenBy === null ? [] : [bestR])];
    const exact = places(shown.filter(Number.isFinite));
    this.#exact = exact;
    this.judge(undefined);
    if (kind === "taken") {
      this.#big("", "no partner left", "");
      this.#list([
        ["most similar", `/${best}`, `the unit of ${this.net} with the greatest r to this one; its patches are shown`],
        ["its r", decimals(r, exact), "what it would be worth if it were left"],
        ["baseline", decimals(baseline, exact), "the greatest r that this unit reaches in random mixes of that net's units"],
        ["best other", decimals(runnerUp, exact), "its greatest r to any other unit of that net"],
      ]);
      write(this.#note, this.#noteOn(facts, of, exact));
      return;
    }
    this.#big("r", decimals(r, exact), "");
    this.#drawBar(r, baseline, above);
    this.#list([
      ["held out", this.#heldOut, "r on the half of the images that did not choose the partner, both ways averaged"],
      ["baseline", decimals(baseline, exact), "the greatest r that this unit reaches in random mixes of that net's units"],
      ["best other", decimals(runnerUp, exact), "its greatest r to any other unit of that net"],
      ["rank", `${rank} of ${units}`, `1 + the number of ${this.net}'s units with a greater r to this unit`],
    ]);
    if (Number.isFinite(baseline))
      this.#tags.append(
        above ? tag("above baseline", "cw-tag-above") : tag("not above baseline", "cw-tag-below"),
      );
    write(this.#note, this.#noteOn(facts, of, exact));
  }

  /**
   * How the partner relates to the most similar unit, and to what the other method says.
   * @param {CounterpartFacts} facts
   * @param {string} of the selected net
   * @param {number} exact decimals
   */
  #noteOn({ kind, best, bestR, counterpart, agrees, takenBy, elsewhere }, of, exact) {
    const owner = takenBy === null ? "" : `${of} ${unitName(this.layer, takenBy)}`;
    const bestName = unitName(this.layer, best);
    if (kind === "taken") return `most similar: ${bestName}${owner && `, taken by ${owner}`}`;
    if (agrees) return "both matchings agree";
    if (best !== counterpart)
      return `best is ${bestName} (r\u00a0${decimals(bestR, exact)})${owner && `, taken by ${owner}`}`;
    return elsewhere === null
      ? "one-to-one leaves nothing for it"
      : `one-to-one gives it ${unitName(this.layer, elsewhere)}`;
  }

  /**
   * @param {string} symbol
   * @param {string} number
   * @param {string} measure what the number measures, in words
   */
  #big(symbol, number, measure) {
    this.#number.replaceChildren(
      ...(symbol ? [h("small", { text: symbol }), " "] : []),
      h("strong", { text: number }),
    );
    write(this.#measure, measure);
    this.#measure.hidden = !measure;
    this.#bar.hidden = true;
  }

  /**
   * @param {number} r
   * @param {number} baseline
   * @param {boolean} strong
   */
  #drawBar(r, baseline, strong) {
    const [fill, tick] = /** @type {HTMLElement[]} */ ([...this.#bar.children]);
    const percent = (/** @type {number} */ value) => `${(100 * Math.max(0, Math.min(1, value))).toFixed(1)}%`;
    fill.style.width = percent(r);
    tick.style.left = percent(baseline);
    tick.hidden = !Number.isFinite(baseline);
    this.#bar.classList.toggle("cw-faint", !strong);
    this.#bar.hidden = false;
  }

  /** @param {[string, string | HTMLElement, string][]} rows */
  #list(rows) {
    this.#facts.replaceChildren(
      ...rows.map(([name, value, title]) =>
        h("div", { title }, h("dt", { text: name }), typeof value === "string" ? h("dd", { text: value }) : value),
      ),
    );
  }

  /**
   * Where the selected unit arrives on its way through all nets and back.
   * @param {number | null | undefined} unit -1 where the way breaks off, null where nobody can tell, undefined not yet
   */
  follow(unit) {
    const words = unit === this.unit ? "to itself" : `to /${unit}`;
    write(this.#roundTrip, unit === undefined ? "\u2026" : unit === null ? "\u2013" : unit < 0 ? "broken" : words);
  }

  /**
   * What the match is worth on images that did not choose it.
   * @param {number | undefined} r undefined while nobody knows yet
   */
  judge(r) {
    write(this.#heldOut, r === undefined ? "\u2026" : decimals(r, this.#exact));
  }

  /**
   * Draw the patches whose pictures are here, and make room for the others.
   * @param {Pictures} pictures
   * @param {number} high the room for all patches, in CSS pixels
   * @param {number} wide
   * @returns {{index: number, patch: Patch}[]} the others
   */
  draw(pictures, high, wide = high) {
    const missing = [];
    const [top, left, bottom, right] = this.patches[0]?.box ?? [0, 0, 0, 0];
    const field = Math.max(bottom - top, right - left);
    this.#columns = columnsFor(this.#k, wide, high);
    const grid = /** @type {[number, number]} */ ([this.#columns, Math.max(1, Math.ceil(this.#k / this.#columns))]);
    const { pixels, side, gap } = patchSize([wide, high], grid, field, devicePixelRatio || 1);
    this.#grid.style.setProperty("--cw-columns", String(this.#columns));
    this.#grid.style.setProperty("--cw-side", `${side}px`);
    this.#grid.style.setProperty("--cw-gap", `${gap}px`);
    const patches = this.#dead || this.unit === null ? [] : this.patches;
    for (const [index, canvas] of this.#canvases.entries()) {
      const patch = patches[index];
      const b = this.#buttons[index];
      if (canvas.width !== pixels) canvas.width = canvas.height = pixels;
      b.disabled = !patch;
      b.classList.toggle("cw-empty", !patch);
      const picture = patch && pictures.patchHere(patch);
      if (picture) {
        this.put(index, picture);
        continue;
      }
      b.classList.toggle("cw-loading", Boolean(patch));
      canvas.getContext("2d")?.clearRect(0, 0, pixels, pixels);
      b.removeAttribute("aria-label");
      if (patch) missing.push({ index, patch });
    }
    return missing;
  }

  /**
   * Draw one patch.
   * @param {number} index
   * @param {Picture} picture
   */
  put(index, picture) {
    const [patch, canvas, b] = [this.patches[index], this.#canvases[index], this.#buttons[index]];
    const place = drawPatch(canvas, picture, patch.box);
    if (patch.cell) frameCell(canvas, patch.cell, place);
    b.classList.remove("cw-loading");
    set(b, { "aria-label": describePatch(patch, picture) });
  }

  /**
   * The patch that has the focus is the one that Tab comes back to.
   * @param {number} index
   */
  focusPatch(index) {
    const at = this.#buttons[index]?.disabled === false ? index : 0;
    this.#buttons.forEach((b, i) => set(b, { tabindex: i === at ? 0 : -1 }));
    this.#buttons[at]?.focus();
  }
}

/**
 * "activation 3.21 · 7th decile · 04711.png · Sneaker"
 * @param {Patch} patch
 * @param {Picture} picture
 */
export function describePatch(patch, picture) {
  const decile = patch.decile && `${ordinal(patch.decile)} decile`;
  return [`activation ${amount(patch.activation)}`, decile, picture.name, picture.label]
    .filter(Boolean)
    .join(" \u00b7 ");
}

/**
 * @param {HTMLCanvasElement} canvas
 * @param {import("./tables.js").Box} cell
 * @param {{scale: number, left: number, top: number}} place
 */
export function frameCell(canvas, [top, left, bottom, right], place) {
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  context.lineWidth = Math.max(1, devicePixelRatio || 1);
  context.strokeStyle = getComputedStyle(canvas).getPropertyValue("--cw-accent");
  context.strokeRect(
    left * place.scale + place.left,
    top * place.scale + place.top,
    (right - left) * place.scale,
    (bottom - top) * place.scale,
  );
}

/**
 * @param {string} text
 * @param {string} [kind]
 */
const tag = (text, kind = "") => h("span", { class: `cw-tag ${kind}`.trim(), text });
