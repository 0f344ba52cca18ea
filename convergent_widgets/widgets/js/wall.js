/** The wall: all units of net A as tiles, each beside its counterpart in net B, the best match first. */
import { Hover } from "./context.js";
import { button, fitting, h, onResize, set, write } from "./dom.js";
import { aboutPassing, condition, filters, passing, wantsFound } from "./filter.js";
import { LookedAt } from "./looked_at.js";
import { Newest } from "./newest.js";
import { count, whole } from "./numbers.js";
import { onWall } from "./orders.js";
import { describe } from "./pair_words.js";
import { PairTile } from "./pair_tile.js";

/**
 * @typedef {import("./context.js").Context} Context
 * @typedef {import("./settle.js").State} State
 * @typedef {import("./tables.js").PairTable} PairTable
 * @typedef {import("./tables.js").TopTable} TopTable
 * @typedef {import("./tables.js").Found} Found
 */

const KEY_HINT = "Arrow keys walk through the units of net A.";
/** Side of a tile, between the two of a pair and between pairs, and what stands over and under them; in CSS pixels. */
const [LEAST, MOST] = [56, 84];
const BETWEEN = 8;
const GAP = 22;
const WORDS = 18 + 9 + 9;
/** A wall less wide than that has a shorter title. */
const NARROW = 450;
/** Rows that stand ready above and below what is seen. */
const MARGIN = 1;

/**
 * @param {Context} context
 * @param {...HTMLElement} more at the end of its head
 */
export function wall(context, ...more) {
  const { el, selection, source, pictures, status, theme, signal } = context;
  const title = h("h3", { text: "Units and their counterparts" });
  const head = h("span", { class: "cw-quiet cw-head cw-clip" });
  const sayHead = fitting(head, signal);
  const readout = h("output", { class: "cw-readout" });
  const sayReadout = fitting(readout, signal);
  const sides = h("span", { class: "cw-quiet cw-sides cw-clip" });
  const spacer = h("div", { class: "cw-tiles", role: "presentation" });
  const none = h("p", { class: "cw-none", hidden: true });
  const list = h("div", { class: "cw-list", role: "listbox", tabindex: 0 }, spacer);
  const clear = button({ class: "cw-button", text: "show all units", hidden: true });
  const panel = h(
    "section",
    { class: "cw-panel cw-wall", "aria-label": "Units and their counterparts" },
    h(
      "header",
      { class: "cw-panel-head" },
      title,
      head,
      filters(context),
      ...more,
    ),
    h("div", { class: "cw-wall-body" }, list, h("div", { class: "cw-empty" }, none, clear)),
    h("footer", { class: "cw-panel-foot" }, readout, sides),
  );
  el.append(panel);
  const newest = new Newest(panel, signal, status);

  /** @type {{state: State, table: PairTable, tops: [TopTable, TopTable], units: number[], key: string} | null} */
  let shown = null;
  /** @type {Map<number, PairTile>} */
  const tiles = new Map();
  /** @type {PairTile[]} */
  const spare = [];
  const name = `cw-pair-${Math.random().toString(36).slice(2)}`;
  let made = 0;
  /** The unit of net A whose counterpart was clicked: with semi-matching several may have the same. */
  let through = -1;
  let revealed = "";
  let drawn = "";
  /** @type {Hover<number>} */
  const hover = new Hover();
  let grid = { columns: 1, pitch: 0, side: 0, high: 1, height: 0 };
  let queued = false;

  const visible = () => {
    const first = Math.floor(list.scrollTop / grid.high);
    const last = Math.ceil((list.scrollTop + grid.height) / grid.high);
    return [first, last];
  };
  const looked = new LookedAt(
    pictures,
    () => {
      if (!grid.height || el.hidden) return [];
      const [first, last] = visible();
      const distance = (/** @type {PairTile} */ { index }) => {
        const row = Math.floor(index / grid.columns);
        return Math.max(0, first - row, row - last + 1);
      };
      return [...tiles.values()].sort((a, b) => distance(a) - distance(b) || a.index - b.index);
    },
    (error) => newest.fail(error),
    signal,
  );

  /** The place of the selected unit, or of the unit whose counterpart it is; -1 where it is not shown. */
  function active() {
    if (!shown) return -1;
    const { state, table, units } = shown;
    const { method, unit: selected } = state;
    if (selected === null) return -1;
    if (state.net === state.net_a) return units.indexOf(selected);
    const has = (/** @type {number} */ unit) => table.partner(method, unit) === selected;
    return has(through) && units.includes(through) ? units.indexOf(through) : units.findIndex(has);
  }

  /** Put tiles where they are seen; those that went out of sight serve again. */
  function place() {
    if (!shown || !grid.height) return;
    const { units, state } = shown;
    const [first, last] = visible();
    const from = Math.max(0, first - MARGIN) * grid.columns;
    const to = Math.min(units.length, (last + MARGIN) * grid.columns);
    const key = JSON.stringify([shown.key, grid.columns, grid.pitch, devicePixelRatio]);
    const fresh = key !== drawn;
    drawn = key;
    for (const [index, tile] of tiles) {
      if (!fresh && index >= from && index < to) continue;
      tiles.delete(index);
      spare.push(tile);
    }
    for (let index = from; index < to; index++) {
      if (tiles.has(index)) continue;
      const tile = spare.pop() ?? new PairTile(`${name}-${made++}`);
      tile.show(shown, index, units.length, units[index], grid.side);
      const [left, top] = [(index % grid.columns) * grid.pitch, Math.floor(index / grid.columns) * grid.high];
      tile.element.style.transform = `translate(${left}px, ${top}px)`;
      tile.mark(state);
      if (!tile.element.parentNode) spacer.append(tile.element);
      tiles.set(index, tile);
    }
    for (const tile of spare) tile.element.remove();
    if (fresh) looked.renew();
    looked.look();
    tellActive();
  }

  function tellActive() {
    const at = active();
    set(list, { "aria-activedescendant": tiles.get(at)?.element.id ?? null });
  }

  function measure() {
    if (!shown) return;
    const { table, units } = shown;
    const [width, height] = [list.clientWidth, list.clientHeight];
    if (!width || !height) return;
    const first = Math.floor(list.scrollTop / grid.high) * grid.columns;
    const many = table.within ? 1 : 2;
    const wide = (/** @type {number} */ side) => many * side + (many - 1) * BETWEEN;
    const columns = Math.max(1, Math.floor((width + GAP) / (wide(LEAST) + GAP)));
    const pitch = Math.floor((width + GAP) / columns);
    const side = Math.max(24, Math.min(MOST, Math.floor((pitch - GAP - (many - 1) * BETWEEN) / many)));
    const moved = columns !== grid.columns && grid.height;
    grid = { columns, pitch, side, high: side + WORDS, height };
    spacer.style.height = `${Math.ceil(units.length / columns) * grid.high}px`;
    panel.style.setProperty("--cw-pair", `${wide(side)}px`);
    if (moved) list.scrollTop = Math.floor(first / columns) * grid.high;
  }

  /** Scroll no further than it takes to see a place. */
  function reveal() {
    if (!shown || !grid.height) return;
    const at = active();
    const now = `${shown.key}|${at}`;
    if (now === revealed) return;
    const before = revealed.slice(0, revealed.lastIndexOf("|"));
    revealed = now;
    if (at < 0) {
      if (before !== shown.key) list.scrollTop = 0;
      return;
    }
    const top = Math.floor(at / grid.columns) * grid.high;
    if (top < list.scrollTop) list.scrollTop = top;
    else if (top + grid.high > list.scrollTop + grid.height) list.scrollTop = top + grid.high - grid.height;
  }

  function tell() {
    if (!shown) return;
    const { state, table, units } = shown;
    const at = hover.place ?? active();
    if (at < 0 || at >= units.length) {
      return sayReadout(...(state.unit === null ? [""] : ["the selected unit is not shown", "selected: not shown"]));
    }
    const unit = units[at];
    if (table.dead(unit)) return sayReadout(`${state.net_a} ${state.layer}/${unit}, dead`);
    const [words, rest, ...shorter] = describe(state, table, unit);
    sayReadout(`${words}${rest}`, words, ...shorter);
  }

  // also before there is anything to show, so that the first picture moves nothing
  function entitle() {
    const both = list.clientWidth < NARROW ? "Units and partners" : "Units and their counterparts";
    write(title, shown?.table.within ? "Units" : both);
  }

  function draw() {
    entitle();
    measure();
    reveal();
    place();
    tell();
  }

  list.addEventListener(
    "scroll",
    () => {
      if (queued) return;
      queued = true;
      requestAnimationFrame(() => {
        queued = false;
        place();
      });
    },
    { signal, passive: true },
  );

  /** @param {Event} event */
  const tileAt = (event) => {
    const element = /** @type {Element} */ (event.target).closest(".cw-pair");
    return [...tiles.values()].find((tile) => tile.element === element);
  };
  list.addEventListener(
    "click",
    (event) => {
      const tile = tileAt(event);
      if (!tile || !shown) return;
      const { net_a, net_b } = shown.state;
      const other = /** @type {Element} */ (event.target).closest(".cw-tile")?.nextElementSibling === null;
      through = tile.unit;
      if (!other || shown.table.within) selection.choose({ net: net_a, unit: tile.unit });
      else if (tile.partner !== null) selection.choose({ net: net_b, unit: tile.partner });
    },
    { signal },
  );
  list.addEventListener(
    "pointermove",
    (event) => {
      const before = hover.place;
      hover.move(event, (e) => tileAt(e)?.index ?? null);
      if (hover.place !== before) tell();
    },
    { signal },
  );
  list.addEventListener(
    "pointerleave",
    () => {
      hover.leave();
      tell();
    },
    { signal },
  );
  list.addEventListener(
    "keydown",
    (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey || !shown) return;
      const to = stepTo(event.key, active(), shown.units.length, grid.columns, Math.floor(grid.height / grid.high));
      if (to === null) return;
      event.preventDefault();
      event.stopPropagation();
      hover.hide();
      if (newest.stale || !shown.units.length) return;
      selection.choose({ net: shown.state.net_a, unit: shown.units[to] });
    },
    { signal },
  );
  clear.addEventListener(
    "click",
    () => {
      selection.choose({ only: null, least_r: null });
      list.focus();
    },
    { signal },
  );

  onResize(list, signal, draw);
  theme.watch(() => {
    drawn = "";
    draw();
  }, signal);
  selection.watch(() => {
    const { state } = selection;
    if (!state || el.hidden) return;
    const { layer, net_a, net_b, method, order, only, least_r } = state;
    newest.run(
      () =>
        Promise.all([
          source.pair(layer, net_a, net_b),
          wantsFound(state) ? source.found(layer, net_a, method) : null,
          source.top(layer, net_a),
          source.top(layer, net_b),
        ]),
      ([table, found, ...tops]) => {
        const passes = passing(state, table, found);
        const all = onWall(table, order, method, found ?? undefined);
        const units = passes ? all.filter(passes) : all;
        const key = [layer, net_a, net_b, method, order, only ?? "", least_r ?? ""].join("|");
        if (shown?.tops[0] !== tops[0] || shown.tops[1] !== tops[1] || shown.table !== table) drawn = "";
        if (key !== shown?.key) hover.hide();
        shown = { state, table, tops, units, key };
        const others = (source.facts?.nets.length ?? 1) - 1;
        const some = [`${whole(units.length)} of ${whole(all.length)} shown`, `${whole(units.length)} of ${whole(all.length)}`];
        if (passes) sayHead(...some);
        else sayHead(count(all.length, "unit"));
        head.title = passes ? aboutPassing(state, units.length, all.length, "unit", others)[0] : "";
        set(sides, { text: table.within ? "" : `left ${net_a}, right ${net_b}`, title: KEY_HINT });
        const why = table.within && (only === "above" || only === "below") ? " Within one net no baseline is defined." : "";
        write(none, units.length ? "" : `No unit of ${net_a} ${condition(state, others)}.${why}`);
        none.hidden = clear.hidden = units.length > 0;
        const beside = table.within ? "" : `, each beside its counterpart in ${net_b}`;
        set(list, {
          "aria-label": `${layer}: ${count(units.length, "unit")} of ${net_a}${beside}. ${KEY_HINT}`,
          "data-key": key,
          "data-shown": units.length,
        });
        for (const tile of tiles.values()) tile.mark(state);
        draw();
      },
    );
  }, signal);
}

/**
 * Where a key leads on a grid that is filled row by row; null for a key that leads nowhere.
 * @param {string} key
 * @param {number} at -1 for nowhere yet
 * @param {number} count
 * @param {number} columns
 * @param {number} page rows of a page
 */
function stepTo(key, at, count, columns, page) {
  const rows = { ArrowUp: -1, ArrowDown: 1, PageUp: -Math.max(1, page), PageDown: Math.max(1, page) }[key];
  const ends = { Home: 0, End: count - 1 }[key];
  const step = { ArrowLeft: -1, ArrowRight: 1 }[key];
  if (rows === undefined && ends === undefined && step === undefined) return null;
  if (ends !== undefined) return ends;
  if (at < 0) return 0;
  if (step !== undefined) return Math.max(0, Math.min(count - 1, at + step));
  const [row, last] = [Math.floor(at / columns), Math.floor((count - 1) / columns)];
  const to = Math.max(0, Math.min(last, row + /** @type {number} */ (rows)));
  return Math.min(count - 1, to * columns + (at % columns));
}
