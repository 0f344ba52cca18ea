/** The correlation matrix: rows are units of net A, columns units of net B. */
import { Hover, unitName, walk, walkByKeys } from "./context.js";
import { button, fitting, h, onResize, set, write } from "./dom.js";
import { passing, wantsFound } from "./filter.js";
import { Newest } from "./newest.js";
import { decimals } from "./numbers.js";
import { ordering } from "./orders.js";
import { gradient, lookUp, noCorrelation } from "./palette.js";
import { paint } from "./raster.js";
import { Correlations } from "./tables.js";
import { Zoom } from "./zoom.js";

/**
 * @typedef {import("./context.js").Context} Context
 * @typedef {import("./settle.js").State} State
 * @typedef {import("./tables.js").PairTable} PairTable
 * @typedef {import("./orders.js").Ordering} Ordering
 * @typedef {import("./tables.js").Found} Found
 * @typedef {{row: number, column: number}} Place positions in the current order, -1 where there is none
 */

const MARGIN = { left: 26, top: 17 };
const CLICK = 4;
/** How much of a row that is filtered out is covered. */
const FADE = 0.78;

/** @param {Context} context */
export function matrix(context) {
  const { el, selection, source, theme, status, signal } = context;
  const head = h("span", { class: "cw-quiet cw-head cw-clip" });
  const sayHead = fitting(head, signal);
  const canvas = h("canvas", {
    class: "cw-canvas",
    tabindex: 0,
    role: "application",
    "aria-roledescription": "correlation matrix",
  });
  const plot = h("div", { class: "cw-plot" }, canvas);
  const scale = h("span", { class: "cw-scale", "aria-hidden": "true" });
  const grey = h("span", { class: "cw-swatch", "aria-hidden": "true" });
  const greyWords = h("span", { class: "cw-quiet" });
  const readout = h("output", { class: "cw-readout" });
  const sayReadout = fitting(readout, signal);
  const zooms = [
    ["\u2212", "zoom out"],
    ["+", "zoom in"],
    ["1:1", "show all"],
  ].map(([text, title]) => button({ class: "cw-zoom", title, "aria-label": title, text }));
  const panel = h(
    "section",
    { class: "cw-panel cw-matrix", "aria-label": "Correlation of units" },
    h(
      "header",
      { class: "cw-panel-head" },
      h("h3", {}, "Correlation", h("span", { class: "cw-spare", text: " of units" })),
      head,
    ),
    plot,
    h(
      "footer",
      { class: "cw-panel-foot" },
      h(
        "span",
        { class: "cw-legend" },
        h("span", { class: "cw-legend", role: "img", "aria-label": "colours of r from \u22121 to 1" }, "\u22121", scale, "1"),
        grey,
        greyWords,
      ),
      readout,
      h("span", { class: "cw-zooms", role: "group", "aria-label": "zoom" }, ...zooms),
    ),
  );
  el.append(panel);
  const newest = new Newest(panel, signal, status);
  const zoom = new Zoom();
  const screen = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  const kept = h("canvas");

  /** @type {{state: State, table: PairTable, values: Correlations, order: Ordering, found: Found | null} | null} */
  let shown = null;
  /** @type {Hover<Place>} */
  const hover = new Hover();
  let room = [0, 0];
  let painted = "";
  let anyDead = false;

  /** What is selected, as positions. @returns {Place} */
  function selected() {
    if (!shown || shown.state.unit === null) return { row: -1, column: -1 };
    const { state, table, order } = shown;
    const { net, net_a, unit, method } = state;
    if (net === net_a) {
      const partner = table.partner(method, /** @type {number} */ (unit));
      return {
        row: order.rows.indexOf(/** @type {number} */ (unit)),
        column: partner === null ? -1 : order.columns.indexOf(partner),
      };
    }
    return {
      row: order.rows.findIndex((row) => table.partner(method, row) === unit),
      column: order.columns.indexOf(/** @type {number} */ (unit)),
    };
  }

  function draw() {
    if (!shown || !room[0]) return;
    const { state, table, values, order } = shown;
    zoom.resize(values.rows, values.columns, room[0] - MARGIN.left - 1, room[1] - MARGIN.top - 1);
    const dots = devicePixelRatio || 1;
    const [width, height] = [zoom.width, zoom.height].map((n) => Math.max(1, Math.round(n * dots)));
    const key = JSON.stringify([
      state.layer,
      state.net_a,
      state.net_b,
      state.order,
      state.method,
      theme.dark,
      width,
      height,
      zoom.factor,
      zoom.left,
      zoom.top,
    ]);
    if (key !== painted) {
      kept.width = width;
      kept.height = height;
      const brush = /** @type {CanvasRenderingContext2D} */ (kept.getContext("2d"));
      const image = brush.createImageData(width, height);
      paint(
        image,
        values,
        order,
        {
          wide: (width / zoom.columns) * zoom.factor,
          high: (height / zoom.rows) * zoom.factor,
          left: zoom.left,
          top: zoom.top,
        },
        lookUp(theme.dark),
        table.within,
      );
      brush.putImageData(image, 0, 0);
      painted = key;
      canvas.width = width + Math.round((MARGIN.left + 1) * dots);
      canvas.height = height + Math.round((MARGIN.top + 1) * dots);
      canvas.style.width = `${canvas.width / dots}px`;
      canvas.style.height = `${canvas.height / dots}px`;
      scale.style.background = gradient(theme.dark);
      grey.style.background = noCorrelation(theme.dark);
    }
    mark(dots);
  }

  /** @param {number} dots device pixels per CSS pixel */
  function mark(dots) {
    if (!shown) return;
    const style = getComputedStyle(canvas);
    const ink = (/** @type {string} */ name) => style.getPropertyValue(name).trim();
    const { state, order } = shown;
    screen.setTransform(1, 0, 0, 1, 0, 0);
    screen.clearRect(0, 0, canvas.width, canvas.height);
    screen.setTransform(dots, 0, 0, dots, 0, 0);
    screen.fillStyle = ink("--cw-track");
    screen.fillRect(0, MARGIN.top, MARGIN.left - 3, zoom.height);
    screen.fillRect(MARGIN.left, 0, zoom.width, MARGIN.top - 3);
    screen.setTransform(1, 0, 0, 1, 0, 0);
    screen.drawImage(kept, Math.round(MARGIN.left * dots), Math.round(MARGIN.top * dots));
    screen.setTransform(dots, 0, 0, dots, 0, 0);
    fade(ink("--cw-surface"));
    screen.font = `600 11px ${style.fontFamily}`;
    const place = selected();
    borders(ink("--cw-text"), ink("--cw-quiet"));
    if (hover.place) label(hover.place, ink("--cw-text"), ink("--cw-track"), false);
    label(place, ink("--cw-accent"), ink("--cw-track"), true);

    screen.save();
    screen.beginPath();
    screen.rect(MARGIN.left, MARGIN.top, zoom.width, zoom.height);
    screen.clip();
    const [wide, high] = [Math.max(zoom.wide, 1), Math.max(zoom.high, 1)];
    const x = MARGIN.left + (place.column - zoom.left) * zoom.wide;
    const y = MARGIN.top + (place.row - zoom.top) * zoom.high;
    screen.strokeStyle = screen.fillStyle = ink("--cw-accent");
    screen.lineWidth = 1;
    screen.globalAlpha = 0.75;
    if (place.row >= 0) lines(MARGIN.left, y - 0.5, zoom.width, high + 1, true);
    if (place.column >= 0) lines(x - 0.5, MARGIN.top, wide + 1, zoom.height, false);
    screen.globalAlpha = 1;
    screen.restore();
    if (
      place.row >= 0 &&
      place.column >= 0 &&
      x > MARGIN.left - wide &&
      y > MARGIN.top - high &&
      x < MARGIN.left + zoom.width &&
      y < MARGIN.top + zoom.height
    ) {
      const size = /** @type {const} */ ([Math.max(wide, 6) + 2, Math.max(high, 6) + 2]);
      const corner = /** @type {const} */ ([x + (wide - size[0]) / 2, y + (high - size[1]) / 2]);
      screen.strokeStyle = ink("--cw-surface");
      screen.lineWidth = 4;
      screen.strokeRect(...corner, ...size);
      screen.strokeStyle = ink("--cw-accent");
      screen.lineWidth = 2;
      screen.strokeRect(...corner, ...size);
    }
    set(canvas, {
      "data-key": [state.layer, state.net_a, state.net_b, state.order, state.method].join("|"),
      "data-rows": order.rows.length,
      "data-columns": order.columns.length,
      "data-row": place.row >= 0 ? order.rows[place.row] : null,
      "data-column": place.column >= 0 ? order.columns[place.column] : null,
      "data-left": MARGIN.left,
      "data-top": MARGIN.top,
      "data-cell": zoom.wide.toFixed(4),
      "data-cell-height": zoom.high.toFixed(4),
      "data-zoom": zoom.factor.toFixed(2),
    });
    tell(hover.place ?? place);
  }

  /**
   * Cover the rows of units that the filter leaves out.
   * @param {string} ground
   */
  function fade(ground) {
    const { found, order, state, table } = shown ?? {};
    const passes = state && table ? passing(state, table, found) : null;
    set(canvas, { "data-passing": passes && order ? order.rows.filter(passes).length : null });
    if (!passes || !order) return;
    screen.save();
    screen.beginPath();
    screen.rect(MARGIN.left, MARGIN.top, zoom.width, zoom.height);
    screen.clip();
    screen.fillStyle = ground;
    screen.globalAlpha = FADE;
    const y = (/** @type {number} */ row) => Math.round(MARGIN.top + (row - zoom.top) * zoom.high);
    for (let start = 0; start < order.rows.length; start++) {
      if (passes(order.rows[start])) continue;
      let end = start + 1;
      while (end < order.rows.length && !passes(order.rows[end])) end++;
      screen.fillRect(MARGIN.left, y(start), zoom.width, y(end) - y(start));
      start = end;
    }
    screen.restore();
  }

  /**
   * @param {number} x
   * @param {number} y
   * @param {number} width
   * @param {number} height
   * @param {boolean} flat lines above and below, else left and right
   */
  function lines(x, y, width, height, flat) {
    screen.beginPath();
    for (const far of [0, 1]) {
      screen.moveTo(flat ? x : x + far * width, flat ? y + far * height : y);
      screen.lineTo(flat ? x + width : x + far * width, flat ? y + far * height : y + height);
    }
    screen.stroke();
  }

  /**
   * Between rows found in more and in fewer other nets, with those numbers in the margin.
   * @param {string} line
   * @param {string} words
   */
  function borders(line, words) {
    const { found, order, state, table } = shown ?? {};
    const groups = found && order && table && state?.order === "found" ? found.groups(order.rows, table) : [];
    const named = groups.map(({ widely, start, end }) => `${widely ?? "dead"}:${end - start}`);
    set(canvas, { "data-groups": named.join(" ") || null });
    const y = (/** @type {number} */ row) => MARGIN.top + (row - zoom.top) * zoom.high;
    const inside = (/** @type {number} */ at) => Math.max(MARGIN.top, Math.min(MARGIN.top + zoom.height, at));
    for (const { widely, start, end } of groups) {
      const [top, bottom] = [inside(y(start)), inside(y(end))];
      screen.fillStyle = line;
      if (start > 0 && y(start) > MARGIN.top && y(start) < MARGIN.top + zoom.height)
        screen.fillRect(0, Math.round(y(start)) - 0.5, MARGIN.left + zoom.width, 1);
      if (bottom - top < 14 || widely === null) continue;
      screen.fillStyle = words;
      screen.textAlign = "center";
      screen.textBaseline = "middle";
      screen.fillText(`${widely}/${found?.others}`, (MARGIN.left - 3) / 2, (top + bottom) / 2);
    }
  }

  /**
   * Unit numbers in the margins.
   * @param {Place} place
   * @param {string} colour
   * @param {string} ground
   * @param {boolean} strong
   */
  function label(place, colour, ground, strong) {
    if (!shown) return;
    const text = (/** @type {number} */ unit, /** @type {number} */ x, /** @type {number} */ y) => {
      const words = String(unit);
      const half = screen.measureText(words).width / 2 + 2;
      screen.fillStyle = ground;
      screen.fillRect(x - half, y - 7, 2 * half, 14);
      screen.fillStyle = colour;
      screen.fillText(words, x, y + 0.5);
    };
    screen.textAlign = "center";
    screen.textBaseline = "middle";
    screen.globalAlpha = strong ? 1 : 0.8;
    const y = MARGIN.top + (place.row + 0.5 - zoom.top) * zoom.high;
    const x = MARGIN.left + (place.column + 0.5 - zoom.left) * zoom.wide;
    if (place.row >= 0 && y > MARGIN.top && y < MARGIN.top + zoom.height) {
      text(
        shown.order.rows[place.row],
        (MARGIN.left - 3) / 2,
        Math.max(MARGIN.top + 6, Math.min(MARGIN.top + zoom.height - 7, y)),
      );
    }
    if (place.column >= 0 && x > MARGIN.left && x < MARGIN.left + zoom.width) {
      text(
        shown.order.columns[place.column],
        Math.max(MARGIN.left + 8, Math.min(MARGIN.left + zoom.width - 8, x)),
        (MARGIN.top - 3) / 2,
      );
    }
    screen.globalAlpha = 1;
  }

  /** @param {Place} place */
  function tell(place) {
    if (!shown) return;
    const { state, order, values, table } = shown;
    const row = place.row >= 0 ? order.rows[place.row] : null;
    const column = place.column >= 0 ? order.columns[place.column] : null;
    const a = row === null ? "" : `${state.net_a} ${unitName(state.layer, row)}`;
    const b = column === null ? "" : `${state.net_b} ${unitName(state.layer, column)}`;
    if (row === null || column === null) return sayReadout(a || b);
    if (table.within && row === column) return sayReadout(`${a}: the same unit`, "the same unit", "itself");
    const r = values.at(row, column);
    const known = Number.isFinite(r);
    const [long, short] = known ? [`r ${decimals(r)}`, `r ${decimals(r)}`] : ["dead, no correlation", "dead"];
    // the nets' names stand above already, and the units' numbers in the margins
    sayReadout(`${a} \u00d7 ${b}: ${long}`, `${row} \u00d7 ${column}: ${short}`, short);
  }

  /**
   * @param {PointerEvent | WheelEvent} event
   * @returns {Place & {x: number, y: number}}
   */
  function placeAt(event) {
    const box = canvas.getBoundingClientRect();
    const [x, y] = [event.clientX - box.left - MARGIN.left, event.clientY - box.top - MARGIN.top];
    const inside = (
      /** @type {number} */ at,
      /** @type {number} */ size,
      /** @type {number} */ cell,
      /** @type {number} */ cells,
    ) => (at < 0 || at >= size ? -1 : Math.max(0, Math.min(cells - 1, Math.floor(cell))));
    return {
      x,
      y,
      row: inside(y, zoom.height, zoom.top + y / zoom.high, zoom.rows),
      column: inside(x, zoom.width, zoom.left + x / zoom.wide, zoom.columns),
    };
  }

  /** @type {{x: number, y: number, moved: boolean} | null} */
  let press = null;
  canvas.addEventListener(
    "pointerdown",
    (event) => {
      if (event.button === 0) press = { x: event.clientX, y: event.clientY, moved: false };
    },
    { signal },
  );
  canvas.addEventListener(
    "pointermove",
    (event) => {
      if (press && event.buttons & 1) {
        const [x, y] = [event.clientX - press.x, event.clientY - press.y];
        if (press.moved || Math.hypot(x, y) > CLICK) {
          if (!press.moved) canvas.setPointerCapture(event.pointerId);
          press = { x: event.clientX, y: event.clientY, moved: true };
          zoom.pan(x, y);
          return draw();
        }
      }
      const before = hover.place;
      hover.move(event, (e) => {
        const at = placeAt(e);
        return at.row < 0 && at.column < 0 ? null : at;
      });
      const { place } = hover;
      if (place?.row !== before?.row || place?.column !== before?.column) mark(devicePixelRatio || 1);
    },
    { signal },
  );
  canvas.addEventListener(
    "pointerup",
    (event) => {
      const clicked = press && !press.moved;
      press = null;
      if (!clicked || !shown) return;
      const { row, column } = placeAt(event);
      const { state, order } = shown;
      if (row >= 0) selection.choose({ net: state.net_a, unit: order.rows[row] });
      else if (column >= 0) selection.choose({ net: state.net_b, unit: order.columns[column] });
    },
    { signal },
  );
  for (const type of ["pointerleave", "pointercancel"]) {
    canvas.addEventListener(
      type,
      () => {
        hover.leave();
        if (type === "pointercancel") press = null;
        mark(devicePixelRatio || 1);
      },
      { signal },
    );
  }
  canvas.addEventListener(
    "wheel",
    (event) => {
      // a plain wheel belongs to the page
      if (!event.ctrlKey && !event.metaKey) return;
      event.preventDefault();
      const { x, y } = placeAt(event);
      zoomBy(Math.exp(-Math.max(-60, Math.min(60, event.deltaY)) / 200), x, y);
    },
    { passive: false, signal },
  );

  /**
   * @param {number} times 0 shows all
   * @param {number} [x]
   * @param {number} [y]
   */
  function zoomBy(times, x, y) {
    if (times === 0) zoom.reset();
    else if (x === undefined) {
      const place = selected();
      const centred = times > 1 && place.row >= 0 && place.column >= 0;
      if (centred)
        zoom.by(times, (place.column + 0.5 - zoom.left) * zoom.wide, (place.row + 0.5 - zoom.top) * zoom.high);
      else zoom.by(times);
      if (centred) zoom.reveal(place.row, place.column);
    } else zoom.by(times, x, y);
    canvas.style.touchAction = zoom.factor > 1 ? "none" : "";
    draw();
  }
  zooms.forEach((b, i) => b.addEventListener("click", () => zoomBy([1 / 1.6, 1.6, 0][i]), { signal }));
  canvas.addEventListener(
    "keydown",
    (event) => {
      const times = { "+": 1.6, "=": 1.6, "-": 1 / 1.6, 0: 0 }[event.key];
      if (times === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      event.stopPropagation();
      zoomBy(times);
    },
    { signal },
  );
  walkByKeys(
    canvas,
    (step) => {
      hover.hide();
      mark(devicePixelRatio || 1);
      void walk(context, step);
    },
    signal,
  );

  onResize(plot, signal, (width, height) => {
    room = [width, height];
    draw();
  });
  theme.watch(draw, signal);
  selection.watch(() => {
    const { state } = selection;
    if (!state) return;
    newest.run(
      () =>
        Promise.all([
          source.pair(state.layer, state.net_a, state.net_b),
          source.matrix(state.layer, state.net_a, state.net_b),
          wantsFound(state) ? source.found(state.layer, state.net_a, state.method) : null,
        ]),
      ([table, values, found]) => {
        if (shown?.values !== values) {
          painted = "";
          hover.hide();
          anyDead = values.values.includes(Correlations.NONE);
        }
        shown = { state, table, values, order: ordering(table, state.order, state.method, found ?? undefined), found };
        if (table.within) sayHead(`within ${state.net_a}`);
        else sayHead(`rows ${state.net_a}, columns ${state.net_b}`, `${state.net_a} \u00d7 ${state.net_b}`);
        grey.hidden = greyWords.hidden = !table.within && !anyDead;
        const some = table.deadUnits.some(Boolean);
        write(greyWords, table.within ? (some ? "itself, dead" : "itself") : "dead");
        set(canvas, {
          "aria-label":
            `Correlations of ${state.layer}, rows ${state.net_a}, columns ${state.net_b}. ` +
            `Selected: ${state.net} ${unitName(state.layer, state.unit)}. ` +
            "Arrow keys walk through the units in the order of the matrix, plus and minus zoom.",
        });
        const place = selected();
        if (zoom.factor > 1) zoom.reveal(place.row, place.column);
        draw();
      },
    );
  }, signal);
}
