/** One net's card: the selected unit or its counterpart, with its patches and how good the match is. */
import { unitName, walkByKeys } from "./context.js";
import { button, h, set, write } from "./dom.js";
import { amount, decimals } from "./numbers.js";
import { drawPatch } from "./pictures.js";

/**
 * @typedef {import("./counterparts.js").SelectedFacts} SelectedFacts
 * @typedef {import("./counterparts.js").CounterpartFacts} CounterpartFacts
 * @typedef {import("./tables.js").Patch} Patch
 * @typedef {import("./pictures.js").Pictures} Pictures
 * @typedef {import("./pictures.js").Picture} Picture
 * @typedef {{
 *   select: (net: string, unit: number) => void, walk: (step: number) => void,
 *   open: (card: Card, index: number) => void, tip: (patch: HTMLElement | null, text: string) => void,
 * }} Actions
 * @typedef {{
 *   layer: string, dataset: string, module: string, role: string, dead: boolean, instead: string, patches: Patch[],
 * }} Surroundings
 */

const BESIDE = { left: -1, right: 1 };

export class Card {
  /** @type {Patch[]} */
  patches = [];
  /** @type {number | null} */
  unit = null;
  layer = "";
  #dead = false;
  #title = button({ class: "cw-card-title" });
  #netName = h("b", { class: "cw-clip" });
  #role = h("span", { class: "cw-role" });
  #unitName = h("span", { class: "cw-card-unit cw-clip" });
  #dataset = h("p", { class: "cw-card-dataset cw-clip" });
  #grid = h("div", { class: "cw-patches", role: "group" });
  #instead = h("p", { class: "cw-instead", hidden: true });
  #number = h("p", { class: "cw-number" });
  #bar = h("div", { class: "cw-bar", "aria-hidden": "true" }, h("i"), h("b"));
  #facts = h("dl", { class: "cw-facts" });
  #note = h("p", { class: "cw-note" });
  #tags = h("p", { class: "cw-tags" });
  /** @type {HTMLButtonElement[]} */
  #buttons = [];
  /** @type {HTMLCanvasElement[]} */
  #canvases = [];
  #actions;
  #signal;
  #steps;

  /**
   * @param {string} net
   * @param {number} k patches
   * @param {Actions} actions
   * @param {AbortSignal} signal
   */
  constructor(net, k, actions, signal) {
    this.net = net;
    this.#actions = actions;
    this.#signal = signal;
    this.#title.append(this.#netName, this.#role, this.#unitName);
    write(this.#netName, net);
    const columns = Math.ceil(Math.sqrt(k));
    this.#grid.style.setProperty("--cw-columns", String(columns));
    for (let i = 0; i < k; i++) this.#addPatch(i, columns);
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
        h("div", { class: "cw-card-facts" }, this.#number, this.#bar, this.#facts),
        this.#note,
      ),
      this.#tags,
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
        if ((!hit || hit === this.#title) && this.unit !== null) actions.select(net, this.unit);
      },
      { signal },
    );
  }

  /**
   * @param {number} i
   * @param {number} columns
   */
  #addPatch(i, columns) {
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
        this.#actions.open(this, i);
      },
      options,
    );
    b.addEventListener(
      "keydown",
      (event) => {
        const step = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -columns, ArrowDown: columns }[event.key];
        if (!step || event.ctrlKey || event.metaKey || event.altKey) return;
        event.preventDefault();
        event.stopPropagation();
        const next = this.#buttons[i + step];
        if (!next || next.disabled) return;
        set(b, { tabindex: -1 });
        set(next, { tabindex: 0 });
        next.focus();
      },
      options,
    );
    this.#buttons.push(b);
    this.#canvases.push(canvas);
    this.#grid.append(b);
  }

  /**
   * @param {SelectedFacts | CounterpartFacts} facts
   * @param {Surroundings} more
   */
  show(facts, more) {
    const isSelected = facts.kind === "selected";
    this.layer = more.layer;
    this.unit = facts.unit;
    this.patches = more.patches;
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
      ? "dead: it never varies, so there is nothing to show"
      : facts.unit === null
        ? more.instead
        : this.patches.length
          ? ""
          : "no patches were kept";
    write(this.#instead, instead);
    this.#instead.hidden = !instead;
    set(this.#grid, { "aria-label": `images that drive ${this.net} ${name} most`, hidden: Boolean(instead) });
    if (isSelected) this.#showSelected(facts);
    else this.#showCounterpart(facts);
  }

  /** @param {SelectedFacts} facts */
  #showSelected({ mean, found, others, meanR, dead }) {
    this.#big(amount(mean), "mean activation");
    this.#bar.hidden = true;
    this.#list(
      others && !dead
        ? [
            ["found in", `${found} of ${others}`, "other nets where its partner lies above the rotation baseline"],
            ["mean r", decimals(meanR), "over its partners in the other nets"],
          ]
        : [],
    );
    write(this.#note, "");
    this.#tags.replaceChildren(tag("selected", true), this.#steps);
  }

  /** @param {CounterpartFacts} facts */
  #showCounterpart(facts) {
    const { kind, r, baseline, runnerUp, rank, units, best, bestR, counterpart, agrees, above } = facts;
    if (kind === "none") {
      this.#big("", "");
      this.#bar.hidden = true;
      this.#list([]);
      write(this.#note, "");
      this.#tags.replaceChildren(tag("no counterpart", false));
      return;
    }
    this.#big(decimals(r), kind === "taken" ? "r, taken" : "");
    const [fill, tick] = /** @type {HTMLElement[]} */ ([...this.#bar.children]);
    const percent = (/** @type {number} */ value) => `${(100 * Math.max(0, Math.min(1, value))).toFixed(1)}%`;
    fill.style.width = percent(r);
    tick.style.left = percent(baseline);
    tick.hidden = !Number.isFinite(baseline);
    this.#bar.hidden = false;
    this.#bar.classList.toggle("cw-faint", kind === "taken" || !above);
    /** @type {[string, string, string][]} */
    const rows = [];
    if (Number.isFinite(baseline))
      rows.push([
        "baseline",
        decimals(baseline),
        "the greatest r that this unit reaches in random mixes of that net's units",
      ]);
    if (kind === "match") {
      rows.push(["runner-up", decimals(runnerUp), "its greatest r to any other unit of that net"]);
      rows.push(["rank", `${rank} / ${units}`, "1 means: no unit of that net is more similar"]);
    }
    this.#list(rows);
    write(
      this.#note,
      kind === "taken"
        ? `most similar is ${unitName(this.layer, best)}, taken`
        : best !== null && best !== counterpart
          ? `best is ${unitName(this.layer, best)} (${decimals(bestR)}), taken`
          : "",
    );
    const tags = [];
    if (kind === "taken") tags.push(tag("nothing left for it", false));
    else if (agrees) tags.push(tag("both matchings agree", true));
    if (kind === "match" && (!agrees || !above)) tags.push(tag(above ? "above baseline" : "below the baseline", false));
    this.#tags.replaceChildren(...tags);
  }

  /**
   * @param {string} number
   * @param {string} unit
   */
  #big(number, unit) {
    this.#number.replaceChildren(h("strong", { text: number }), ...(unit ? [h("small", { text: unit })] : []));
  }

  /** @param {[string, string, string][]} rows */
  #list(rows) {
    this.#facts.replaceChildren(
      ...rows.map(([name, value, title]) => h("div", { title }, h("dt", { text: name }), h("dd", { text: value }))),
    );
  }

  /**
   * Draw the patches whose pictures are here, and make room for the others.
   * @param {Pictures} pictures
   * @returns {{index: number, patch: Patch}[]} the others
   */
  draw(pictures) {
    const missing = [];
    const size = this.#canvases[0]?.clientWidth || 40;
    const pixels = Math.max(16, Math.round(size * (devicePixelRatio || 1)));
    const patches = this.#dead || this.unit === null ? [] : this.patches;
    for (const [index, canvas] of this.#canvases.entries()) {
      const patch = patches[index];
      const b = this.#buttons[index];
      if (canvas.width !== pixels) canvas.width = canvas.height = pixels;
      b.disabled = !patch;
      b.classList.toggle("cw-empty", !patch);
      const picture = patch && pictures.here(patch.set, patch.image);
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

  /** @param {number} index */
  patchButton(index) {
    return this.#buttons[index];
  }
}

/**
 * "3.21, 04711.png, Sneaker"
 * @param {Patch} patch
 * @param {Picture} picture
 */
export function describePatch(patch, picture) {
  return [`activation ${amount(patch.activation)}`, picture.name, picture.label].filter(Boolean).join(" \u00b7 ");
}

/**
 * @param {HTMLCanvasElement} canvas
 * @param {import("./tables.js").Box} cell
 * @param {{scale: number, left: number, top: number}} place
 */
function frameCell(canvas, [top, left, bottom, right], place) {
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
 * @param {boolean} accent
 */
const tag = (text, accent) => h("span", { class: accent ? "cw-tag cw-tag-accent" : "cw-tag", text });
