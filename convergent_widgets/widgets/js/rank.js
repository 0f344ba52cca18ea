/** The rank plot: units of net A, greatest r first, with both matchings' r to net B and the rotation baseline. */
import { Hover, walkByKeys } from "./context.js";
import { fitting, h, onResize, s, set, write } from "./dom.js";
import { aboutPassing, filters, passing, wantsFound } from "./filter.js";
import { Free } from "./labels.js";
import { Newest } from "./newest.js";
import { decimals } from "./numbers.js";
import { stepFrom } from "./orders.js";
import { describe } from "./pair_words.js";

/**
 * @typedef {import("./context.js").Context} Context
 * @typedef {import("./settle.js").State} State
 * @typedef {import("./tables.js").PairTable} PairTable
 * @typedef {import("./tables.js").Found} Found
 * @typedef {[number, number]} Point
 */

const KEY_HINT = "Left and right walk through the units in the order of this plot.";
const PAD = { left: 38, right: 12, top: 8, bottom: 8 };
const AXIS = 26;
/** A plot less wide than that has a shorter title. */
const NARROW = 450;
/** A label this far, in pixels, from what it names still belongs to it; covering data counts as distance. */
const NEAR = 60;

/**
 * What stands before a label to show which marks it names, and how wide that is.
 * @type {Record<string, {width: number, draw: (x: number, y: number) => SVGElement}>}
 */
const KEYS = {
  above: { width: 12, draw: (x, y) => s("circle", { class: "cw-dots cw-above", cx: x + 5, cy: y, r: 4 }) },
  below: { width: 12, draw: (x, y) => s("circle", { class: "cw-dots cw-below", cx: x + 5, cy: y, r: 4 }) },
  hollow: { width: 12, draw: (x, y) => s("circle", { class: "cw-dots cw-hollow", cx: x + 5, cy: y, r: 3 }) },
  band: {
    width: 24,
    draw: (x, y) => s("path", { class: "cw-band-key", d: `M${x} ${y - 3}l7 -3l7 4l7 -2v8l-7 1l-7 -3l-7 2Z` }),
  },
  unrelated: { width: 15, draw: (x, y) => s("path", { class: "cw-unrelated", d: `M${x} ${y}h12` }) },
};

/**
 * @param {Context} context
 * @param {...HTMLElement} more at the end of its head
 */
export function rank(context, ...more) {
  const { el, selection, source, status, signal } = context;
  const head = h("span", { class: "cw-quiet cw-head cw-clip" });
  const sayHead = fitting(head, signal);
  const svg = s("svg", {
    class: "cw-rank-plot",
    tabindex: 0,
    role: "application",
    "aria-roledescription": "rank plot",
  });
  const drawing = s("g", { "aria-hidden": "true" });
  const hair = s("line", { class: "cw-hair", visibility: "hidden" });
  const ring = s("circle", { class: "cw-ring", r: 7.5, visibility: "hidden" });
  const core = s("circle", { class: "cw-core", r: 4, visibility: "hidden" });
  svg.append(drawing, hair, ring, core);
  const plot = h("div", { class: "cw-plot" }, svg);
  const readout = h("output", { class: "cw-readout" });
  const sayReadout = fitting(readout, signal);
  const title = h("h3", { text: "How well each unit is matched" });
  const panel = h(
    "section",
    { class: "cw-panel cw-rank", "aria-label": "How well each unit is matched" },
    h("header", { class: "cw-panel-head" }, title, head, filters(context), ...more),
    plot,
    h(
      "footer",
      { class: "cw-panel-foot" },
      readout,
      h("span", { class: "cw-quiet", title: KEY_HINT, text: "\u2190 \u2192 in this order" }),
    ),
  );
  el.append(panel);
  const newest = new Newest(panel, signal, status);

  /** @type {{state: State, table: PairTable, units: number[], found: Found | null} | null} */
  let shown = null;
  /** @type {Hover<number>} */
  const hover = new Hover();
  let size = [0, 0];
  let drawn = "";
  let lowest = 0;

  const x = (/** @type {number} */ at) =>
    PAD.left +
    (size[0] - PAD.left - PAD.right) * (shown && shown.units.length > 1 ? at / (shown.units.length - 1) : 0.5);
  const y = (/** @type {number} */ r) => PAD.top + (size[1] - PAD.top - PAD.bottom) * (1 - (r - lowest) / (1 - lowest));

  function draw() {
    // also before there is anything to show, so that the first picture moves nothing
    const matched = size[0] < NARROW ? "Match of each unit" : "How well each unit is matched";
    write(title, shown?.table.within ? "How alike its units are" : matched);
    // labels have no length while it is hidden
    if (!shown || !size[0] || !plot.clientWidth) return;
    const { state, table, units, found } = shown;
    const key = JSON.stringify([state.layer, state.net_a, state.net_b, state.method, state.order === "found", state.only, state.least_r, ...size]);
    if (key !== drawn) {
      drawn = key;
      redraw(state, table, units, state.order === "found" ? (found?.groups(units, table) ?? []) : []);
    }
    mark();
  }

  /**
   * @param {State} state
   * @param {PairTable} table
   * @param {number[]} units
   * @param {{widely: number | null, start: number, end: number}[]} groups of units found equally widely
   */
  function redraw(state, table, units, groups) {
    const field = (/** @type {string} */ name) => {
      const values = table.column(name);
      return units.map((unit) => values[unit]);
    };
    const [semi, pairs] = table.within ? [field("best_r"), []] : [field("semi.r"), field("bipartite.r")];
    const [least, greatest] = table.within
      ? [[], []]
      : [field(`${state.method}.least`), field(`${state.method}.greatest`)];
    const unrelated = table.methods[state.method]?.unrelated ?? null;
    const smallest = Math.min(0, ...[...semi, ...pairs, ...least, unrelated ?? 0].filter(Number.isFinite));
    lowest = smallest < -0.02 ? Math.max(-1, smallest - 0.02) : 0;

    const points = (/** @type {number[]} */ values) =>
      /** @type {Point[]} */ (values.map((r, i) => [x(i), y(r)])).filter(([, r]) => Number.isFinite(r));
    const path = (/** @type {Point[]} */ line) =>
      line.map(([px, py], i) => `${i ? "L" : "M"}${px.toFixed(1)} ${py.toFixed(1)}`).join("");
    const [curve, low, high] = [points(semi), points(least), points(greatest)];
    const free = new Free(.../** @type {Point} */ (size));
    free.takeLine(curve, 400);
    free.takeLine(low, 200);
    free.takeLine(high, 200);
    if (high.length) for (const end of [0, high.length - 1]) free.takeLine([high[end], low[end]], 200);
    for (let edge = 0; edge < size[1]; edge += 4) for (let left = 0; left < AXIS; left += 4) free.take(left, edge, 500);

    const parts = [];
    for (let tick = Math.ceil(lowest * 5); tick <= 5; tick++) {
      const at = y(tick / 5);
      free.takeLine(
        [
          [AXIS, at],
          [size[0], at],
        ],
        5,
      );
      parts.push(
        s("line", { class: tick ? "cw-grid" : "cw-grid cw-zero", x1: AXIS, x2: size[0], y1: at, y2: at }),
        s("text", {
          class: "cw-tick",
          x: AXIS - 6,
          y: at + 4,
          "text-anchor": "end",
          text: tick ? (tick === 5 ? "1" : decimals(tick / 5).replace(/0$/, "")) : "0",
        }),
      );
    }
    const band = runs(units.length, (i) => Number.isFinite(least[i]) && Number.isFinite(greatest[i])).map((run) => {
      const edge = (/** @type {number[]} */ values) => run.map((i) => /** @type {Point} */ ([x(i), y(values[i])]));
      return `${path([...edge(greatest), ...edge(least).reverse()])}Z`;
    });
    if (band.length) parts.push(s("path", { class: "cw-band", d: band.join("") }));
    if (unrelated !== null) {
      free.takeLine(
        [
          [AXIS, y(unrelated)],
          [size[0], y(unrelated)],
        ],
        200,
      );
      parts.push(
        s("path", {
          class: "cw-unrelated",
          d: path([
            [AXIS, y(unrelated)],
            [size[0], y(unrelated)],
          ]),
        }),
      );
    }
    const starts = new Set(groups.map(({ start }) => start));
    const pieces = runs(units.length, (i) => Number.isFinite(semi[i]), starts);
    const line = pieces.map((piece) => path(piece.map((i) => /** @type {Point} */ ([x(i), y(semi[i])])))).join("");
    parts.push(s("path", { class: "cw-curve", d: line }));
    for (const { start } of groups.slice(1)) {
      const at = (x(start - 1) + x(start)) / 2;
      parts.push(s("line", { class: "cw-border", x1: at, x2: at, y1: PAD.top, y2: size[1] - PAD.bottom }));
      free.takeLine(
        [
          [at, PAD.top],
          [at, size[1]],
        ],
        400,
      );
    }

    const passes = filtered();
    const main = table.within ? [] : state.method === "semi" ? semi : pairs;
    const above = table.within ? [] : field(`${state.method}.above`);
    const radius = units.length > 400 ? 2 : units.length > 150 ? 2.8 : 4;
    const dots = (
      /** @type {number[]} */ values,
      /** @type {string} */ look,
      /** @type {number} */ r,
      /** @type {(i: number) => boolean} */ wanted,
    ) => {
      const ds = ["", ""];
      values.forEach((value, i) => {
        if (!Number.isFinite(value) || !wanted(i)) return;
        const [px, py] = [x(i), y(value)];
        free.take(px, py, 500);
        for (const side of [-4, 4]) {
          free.take(px + side, py, 400);
          free.take(px, py + side, 400);
        }
        ds[passes && !passes(units[i]) ? 1 : 0] += `M${(px - r).toFixed(1)} ${py.toFixed(1)}a${r} ${r} 0 1 0 ${2 * r} 0a${r} ${r} 0 1 0 ${-2 * r} 0`;
      });
      ds.forEach((d, faint) => {
        if (d) parts.push(s("path", { class: faint ? `${look} cw-faint` : look, d }));
      });
    };
    if (state.method === "semi") dots(pairs, "cw-dots cw-hollow", Math.max(1.5, radius - 1.5), () => true);
    dots(main, "cw-dots cw-below", radius, (i) => above[i] !== 1);
    dots(main, "cw-dots cw-above", radius, (i) => above[i] === 1);

    drawing.replaceChildren(...parts);
    const words = (
      /** @type {string[]} */ wordings,
      /** @type {string} */ look,
      /** @type {Point[]} */ near,
      /** @type {string[]} */ keys = [],
    ) => {
      const label = s("text", { class: `cw-label ${look}` });
      drawing.append(label);
      const before = keys.reduce((sum, key) => sum + KEYS[key].width, 3);
      const places = wordings.map((text) => {
        set(label, { text });
        return { text, ...free.find(before + label.getComputedTextLength() + 4, 16, near) };
      });
      const best = Math.min(...places.map(({ cost }) => cost));
      const place = places.find(({ cost }) => cost < NEAR || cost === best);
      if (!place || !Number.isFinite(place.cost)) return label.remove();
      free.keep(place);
      let at = place.left + 2;
      for (const key of keys) {
        drawing.append(KEYS[key].draw(at, place.top + 8));
        at += KEYS[key].width;
      }
      set(label, { text: place.text, x: at + 1, y: place.top + 12 });
    };
    const others = shown?.found?.others;
    const step = units.length > 1 ? x(1) - x(0) : 0;
    for (const { widely, start, end } of groups) {
      const [from, to] = [x(start), x(end - 1)];
      const short = `${widely} of ${others}`;
      const label = s("text", { class: "cw-label cw-group", "text-anchor": "middle" });
      drawing.append(label);
      const fits = [`found in ${short}`, short, `${widely}/${others}`, `${widely}`].some((text) => {
        set(label, { text });
        return label.getComputedTextLength() <= to - from + Math.max(8, step);
      });
      if (!fits) label.remove();
      set(label, { x: (from + to) / 2, y: size[1] - 1 });
      free.keep({ left: from, top: size[1] - 14, width: to - from, height: 14, cost: 0 });
    }
    if (!units.length) {
      const silent = table.deadUnits[0] === table.rows ? state.net_a : state.net_b;
      const why = table.within && table.deadUnits[0] < table.rows ? "The net has one live unit" : `All units of ${silent} are dead`;
      words([`${why}: there is no r to show.`, why], "cw-label-band", [[size[0] / 2, size[1] / 2]]);
    } else if (table.within) {
      words(["most similar other unit"], "cw-label-curve", curve.slice(Math.floor(curve.length / 8)));
      words(["No baseline is defined within one net."], "cw-label-band", [[size[0] / 2, size[1] * 0.8]]);
    } else {
      if (unrelated !== null) {
        const along = high.map(([px]) => /** @type {Point} */ ([px, y(unrelated)])).reverse();
        words([`unrelated images ${decimals(unrelated)}`], "cw-label-band", along, ["unrelated"]);
      }
      if (high.length) {
        const middle = high.map(([px, py], i) => /** @type {Point} */ ([px, (py + low[i][1]) / 2]));
        const [long, short] = [`range over random mixes of ${state.net_b}`, "rotation baseline"];
        words([`${short}: ${long}`, `${short} of ${state.net_b}`, short], "cw-label-band", middle, ["band"]);
      }
      words(["best partner (semi-matching)", "best partner"], "cw-label-curve", curve.slice(0, Math.ceil(curve.length / 2)));
      /** @type {Point[]} */
      const corner = [[size[0], PAD.top + 6]];
      const [grey, pairing] = ["grey: not above its baseline", "one-to-one (bipartite)"];
      if (state.method === "semi") {
        words([grey], "cw-label-dots", corner, ["above", "below"]);
        words([pairing], "cw-label-band", corner, ["hollow"]);
      } else words([`${pairing}; ${grey}`, pairing, "one-to-one"], "cw-label-dots", corner, ["above", "below"]);
    }
    set(svg, {
      "data-groups": groups.map(({ widely, start, end }) => `${widely}:${end - start}`).join(" ") || null,
      "data-key": [state.layer, state.net_a, state.net_b, state.method].join("|"),
      "data-units": units.length,
      "data-left": x(0).toFixed(2),
      "data-right": x(units.length - 1).toFixed(2),
    });
  }

  /** Whether a unit passes the filter; null where there is none. */
  function filtered() {
    return shown && passing(shown.state, shown.table, shown.found);
  }

  /** The unit of net A that the selection means: itself, or the partner of net B's unit. */
  function unitOfA() {
    if (!shown || shown.state.unit === null) return null;
    const { state, table, units } = shown;
    if (state.net === state.net_a) return state.unit;
    return units.find((unit) => table.partner(state.method, unit) === state.unit) ?? null;
  }

  function mark() {
    if (!shown) return;
    const { state, table, units } = shown;
    const unit = unitOfA();
    const at = unit === null ? -1 : units.indexOf(unit);
    const matched = at < 0 ? NaN : table.matched(state.method)[/** @type {number} */ (unit)];
    const r = Number.isFinite(matched) || at < 0 ? matched : table.at("best_r", /** @type {number} */ (unit));
    const visible = Number.isFinite(r);
    set(ring, { visibility: visible ? "visible" : "hidden", cx: visible ? x(at) : 0, cy: visible ? y(r) : 0 });
    set(core, {
      // a hollow ring where nothing was left for the unit: the place is that of its most similar one
      visibility: visible && state.net === state.net_a && (table.within || Number.isFinite(matched)) ? "visible" : "hidden",
      cx: visible ? x(at) : 0,
      cy: visible ? y(r) : 0,
    });
    const { place } = hover;
    set(hair, { visibility: place === null ? "hidden" : "visible" });
    if (place !== null) set(hair, { x1: x(place), x2: x(place), y1: PAD.top, y2: size[1] - PAD.bottom });
    set(svg, { "data-selected": unit });
    const told = place ?? (at < 0 ? null : at);
    if (told === null) return sayReadout("");
    const { found } = shown;
    const [words, rest, ...shorter] = describe(shown.state, table, units[told]);
    const more = `${rest}${found ? `; found in ${found.widely[units[told]]} of ${found.others}` : ""}`;
    sayReadout(`${told + 1} of ${units.length}: ${words}${more}`, `${words}${more}`, words, ...shorter);
  }

  /**
   * @param {number} clientX
   * @returns {number | null}
   */
  function nearest(clientX) {
    if (!shown?.units.length) return null;
    const count = shown.units.length;
    const share = (clientX - svg.getBoundingClientRect().left - x(0)) / Math.max(1, x(count - 1) - x(0));
    return Math.max(0, Math.min(count - 1, Math.round(share * (count - 1))));
  }

  svg.addEventListener(
    "pointermove",
    (event) => {
      const before = hover.place;
      hover.move(event, (e) => nearest(e.clientX));
      if (hover.place !== before) mark();
    },
    { signal },
  );
  svg.addEventListener(
    "pointerleave",
    () => {
      hover.leave();
      mark();
    },
    { signal },
  );
  svg.addEventListener(
    "click",
    (event) => {
      const at = nearest(event.clientX);
      if (at !== null && shown) selection.choose({ net: shown.state.net_a, unit: shown.units[at] });
    },
    { signal },
  );
  walkByKeys(
    svg,
    (step) => {
      hover.hide();
      mark();
      if (!shown || newest.stale) return;
      selection.choose({ net: shown.state.net_a, unit: stepFrom(shown.units, unitOfA(), step, filtered()) });
    },
    signal,
  );

  onResize(plot, signal, (width, height) => {
    size = [width, height];
    set(svg, { width, height, viewBox: `0 0 ${width} ${height}` });
    draw();
  });
  selection.watch(() => {
    const { state } = selection;
    if (!state || el.hidden) return;
    newest.run(
      () =>
        Promise.all([
          source.pair(state.layer, state.net_a, state.net_b),
          wantsFound(state) ? source.found(state.layer, state.net_a, state.method) : null,
        ]),
      ([table, found]) => {
        const widest = state.order === "found" ? found : null;
        const same = shown?.table === table && shown.found === found && shown.state.order === state.order;
        if (!same) {
          drawn = "";
          hover.hide();
        }
        shown = { state, table, units: same && shown ? shown.units : ranked(table, widest), found };
        const dead = table.rows - shown.units.length;
        const first = widest ? "most widely found first" : "greatest r first";
        const order = `units of ${state.net_a}, ${first}`;
        const passes = filtered();
        if (passes) {
          const all = state.only === "dead" ? Array.from({ length: table.rows }, (_, unit) => unit) : shown.units;
          const noun = dead && all === shown.units ? "live unit" : "unit";
          const others = (source.facts?.nets.length ?? 1) - 1;
          sayHead(...aboutPassing(state, all.filter(passes).length, all.length, noun, others));
        }
        else
          sayHead(
            ...(dead ? [`${order}; ${dead} dead not shown`] : []),
            order,
            first,
            ...(widest ? ["most found first", "widest first"] : []),
          );
        set(svg, {
          "aria-label":
            `${state.layer}: ${shown.units.length} units of ${state.net_a}, sorted by their greatest r ` +
            `to ${table.within ? "another unit of the net" : `any unit of ${state.net_b}`}. ${KEY_HINT}`,
        });
        draw();
      },
    );
  }, signal);
}

/**
 * Live units, the best first; those found in most nets before all others where that is known.
 * @param {PairTable} table
 * @param {Found | null} found
 */
function ranked(table, found) {
  const r = table.column("best_r");
  return Array.from(r, (_, unit) => unit)
    .filter((unit) => Number.isFinite(r[unit]))
    .sort((i, j) => (found ? found.widely[j] - found.widely[i] : 0) || r[j] - r[i] || i - j);
}

/**
 * Neighbouring numbers below `count` that are wanted, run by run.
 * @param {number} count
 * @param {(i: number) => boolean} wanted
 * @param {Set<number>} [starts] where a run begins in any case
 */
function runs(count, wanted, starts) {
  /** @type {number[][]} */
  const found = [];
  for (let i = 0; i < count; i++) {
    if (!wanted(i)) continue;
    if (i && wanted(i - 1) && !starts?.has(i)) found[found.length - 1].push(i);
    else found.push([i]);
  }
  return found;
}
