/** A cluster's units of one net, a small tile each: its number, its affinity to the other net's, and top patches. */
import { patchSize } from "./arrange.js";
import { describePatch, frameCell } from "./card.js";
import { aboutAffinity } from "./clustering.js";
import { unitName } from "./context.js";
import { button, h, set, write } from "./dom.js";
import { count, decimals } from "./numbers.js";
import { drawPatch } from "./pictures.js";

/**
 * @typedef {import("./tables.js").Patch} Patch
 * @typedef {import("./pictures.js").Picture} Picture
 * @typedef {import("./lightbox.js").Shown} InLightbox
 * @typedef {{unit: number, affinity: number}} Member
 * @typedef {{
 *   net: string, other: string, layer: string, cluster: number, members: Member[],
 *   top: import("./tables.js").TopTable, unit: number | null,
 * }} Shown cluster: -1 for none; unit: the selected one, null for none of this net
 * @typedef {{
 *   select: (net: string, unit: number) => void, tip: import("./tip.js").Tip,
 *   open: (shown: InLightbox, index: number, back: (index: number) => void) => void,
 * }} Actions
 * @typedef {{
 *   unit: number, element: HTMLElement, title: HTMLButtonElement, patches: Patch[],
 *   buttons: HTMLButtonElement[],
 * }} Tile
 */

/** How many tiles are there before somebody asks for all, and how many patches each has. */
const FIRST = 12;
const PATCHES = 3;
/** The room for a tile's patches, in pixels. */
const SQUARE = 126;

export class Members {
  #role;
  #pictures;
  #actions;
  #name = h("b", { class: "cw-clip" });
  #count = h("span", { class: "cw-quiet" });
  #list = h("div", { class: "cw-members-list", role: "group" });
  #instead = h("p", { class: "cw-quiet", hidden: true });
  #more = button({ class: "cw-button cw-members-more" });
  #all = false;
  #key = "";
  /** @type {Tile[]} */
  #tiles = [];
  /** @type {Shown | null} */
  #shown = null;

  /**
   * @param {HTMLElement} parent
   * @param {string} role "A" or "B"
   * @param {import("./pictures.js").Pictures} pictures
   * @param {AbortSignal} signal
   * @param {Actions} actions
   */
  constructor(parent, role, pictures, signal, actions) {
    this.#role = role;
    this.#pictures = pictures;
    this.#actions = actions;
    const head = h("h4", {}, this.#name, h("span", { class: "cw-role", text: role }), this.#count);
    this.element = h("section", { class: "cw-members" }, head, this.#instead, this.#list, this.#more);
    parent.append(this.element);
    this.#more.addEventListener(
      "click",
      () => {
        this.#all = true;
        const first = this.#tiles.length;
        this.#fill();
        this.#focus(this.#tiles[Math.min(first, this.#tiles.length - 1)]?.title);
      },
      { signal },
    );
    const list = this.#list;
    list.addEventListener("click", (event) => this.#press(event), { signal });
    list.addEventListener("keydown", (event) => this.#walk(event), { signal });
    for (const type of ["pointerover", "focusin"])
      list.addEventListener(type, (event) => this.#tell(event), { signal });
    for (const type of ["pointerleave", "focusout"]) list.addEventListener(type, () => actions.tip.hide(), { signal });
  }

  /** @param {Shown} shown */
  show(shown) {
    const before = this.#shown;
    if (before?.top !== shown.top || before.cluster !== shown.cluster) this.#all = false;
    this.#shown = shown;
    const { net, members, cluster, top } = shown;
    const none = cluster < 0;
    set(this.element, { "data-net": net, "data-cluster": none ? null : cluster, hidden: none, "aria-label": net });
    write(this.#name, net);
    write(this.#count, count(members.length, "unit"));
    set(this.#list, { "aria-label": `units of ${net}, net ${this.#role}, in cluster ${cluster}` });
    const instead = !members.length ? `none of ${net}` : top.k ? "" : "No patches were kept.";
    write(this.#instead, instead);
    this.#instead.hidden = !instead;
    this.#fill();
  }

  /** The tiles of those that are shown: the first, the selected one, or all. */
  #fill() {
    if (!this.#shown) return;
    const { net, layer, members, unit, top } = this.#shown;
    const seen = members.filter((member, i) => this.#all || i < FIRST || member.unit === unit);
    const left = members.length - seen.length;
    this.#more.hidden = !left;
    write(this.#more, `${left} more: show all ${members.length}`);
    const key = JSON.stringify([net, layer, seen]);
    if (key !== this.#key || this.#tiles[0]?.patches[0]?.set !== (seen[0] && top.patches(seen[0].unit)[0]?.set)) {
      this.#key = key;
      this.#tiles = seen.map((member) => this.#tile(member));
      this.#list.replaceChildren(...this.#tiles.map((tile) => tile.element));
      for (const tile of this.#tiles) this.#draw(tile);
    }
    for (const tile of this.#tiles) set(tile.element, { "aria-current": tile.unit === unit ? "true" : null });
    const at = this.#tiles.find((tile) => tile.unit === unit) ?? this.#tiles[0];
    if (!this.#list.matches(":focus-within")) this.#rove(at?.title);
  }

  /**
   * @param {Member} member
   * @returns {Tile}
   */
  #tile({ unit, affinity }) {
    const { net, layer, other, top } = /** @type {Shown} */ (this.#shown);
    const patches = top.patches(unit);
    const title = button(
      {
        class: "cw-member-title",
        title: `select ${net} ${unitName(layer, unit)}\n${aboutAffinity(layer, affinity, other)}`,
      },
      h("b", { text: unitName(layer, unit) }),
      h("span", { class: "cw-quiet", text: decimals(affinity) }),
    );
    const buttons = patches
      .slice(0, PATCHES)
      .map((_, i) => button({ class: "cw-patch cw-loading", "data-patch": i }, h("canvas")));
    const name = `${net} ${unitName(layer, unit)}`;
    const element = h("article", { class: "cw-member", "data-unit": unit, "aria-label": name }, title);
    if (top.k) element.append(h("div", { class: "cw-member-patches" }, ...buttons));
    return { unit, element, title, patches, buttons };
  }

  /** @param {Tile} tile */
  #draw({ element, patches, buttons }) {
    const [top, left, bottom, right] = patches[0]?.box ?? [0, 0, 0, 0];
    const field = Math.max(bottom - top, right - left);
    const { pixels, side, gap } = patchSize([SQUARE, SQUARE], [PATCHES, PATCHES], field, devicePixelRatio || 1);
    element.style.setProperty("--cw-side", `${side}px`);
    element.style.setProperty("--cw-gap", `${gap}px`);
    buttons.forEach(async (b, i) => {
      const canvas = /** @type {HTMLCanvasElement} */ (b.firstElementChild);
      canvas.width = canvas.height = pixels;
      const patch = patches[i];
      try {
        const picture =
          this.#pictures.here(patch.set, patch.image) ?? (await this.#pictures.get(patch.set, patch.image));
        const place = drawPatch(canvas, picture, patch.box);
        if (patch.cell) frameCell(canvas, patch.cell, place);
        b.classList.remove("cw-loading");
        set(b, { "aria-label": describePatch(patch, picture) });
      } catch (error) {
        set(b, { "aria-label": error instanceof Error ? error.message : String(error) });
      }
    });
  }

  /**
   * What an event happened to.
   * @param {Event} event
   */
  #hit(event) {
    const b = /** @type {HTMLElement} */ (event.target).closest("button");
    const tile = this.#tiles.find(({ element }) => b && element.contains(b));
    return { b, tile, patch: tile?.buttons.indexOf(/** @type {HTMLButtonElement} */ (b)) ?? -1 };
  }

  /** @param {Event} event */
  #press(event) {
    const { tile, patch } = this.#hit(event);
    if (!tile || !this.#shown) return;
    const { net, layer } = this.#shown;
    if (patch < 0) return this.#actions.select(net, tile.unit);
    this.#actions.tip.hide();
    this.#actions.open({ net, layer, unit: tile.unit, patches: tile.patches }, patch, (index) =>
      this.#focus(tile.buttons[index] ?? tile.buttons[0]),
    );
  }

  /** @param {Event} event */
  #tell(event) {
    const { b, patch } = this.#hit(event);
    this.#actions.tip.show(patch < 0 ? null : b, b?.getAttribute("aria-label") ?? "");
  }

  /** @param {KeyboardEvent} event */
  #walk(event) {
    const { tile, patch } = this.#hit(event);
    if (!tile || event.ctrlKey || event.metaKey || event.altKey) return;
    const tiles = this.#tiles;
    const all = patch < 0 ? tiles.map(({ title }) => title) : tile.buttons;
    const wide = patch < 0 ? tiles.filter(({ element }) => element.offsetTop === tiles[0].element.offsetTop).length : 1;
    const ends = { Home: -Infinity, End: Infinity };
    const step = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -wide, ArrowDown: wide, ...ends }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    const at = patch < 0 ? tiles.indexOf(tile) : patch;
    const next = Number.isFinite(step) ? at + step : step < 0 ? 0 : all.length - 1;
    if (all[next]) this.#focus(all[next]);
  }

  /** @param {HTMLButtonElement | undefined} b */
  #focus(b) {
    this.#rove(b);
    b?.focus();
  }

  /**
   * One tile is what Tab comes to, and then its patches.
   * @param {HTMLButtonElement | undefined} b the tile's title, or one of its patches
   */
  #rove(b) {
    for (const { element, title, buttons } of this.#tiles) {
      const own = b !== undefined && element.contains(b);
      const at = b ? buttons.indexOf(b) : -1;
      set(title, { tabindex: own ? 0 : -1 });
      buttons.forEach((each, i) => set(each, { tabindex: own && i === Math.max(at, 0) ? 0 : -1 }));
    }
  }
}
