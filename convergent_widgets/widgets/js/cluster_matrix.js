/** The block matrix of two nets' units in the order of their clusters: net A's units before net B's in each. */
import { Hover, walkByKeys } from "./context.js";
import { fitting, h, onResize, set, write } from "./dom.js";
import { decimals } from "./numbers.js";
import { gradient, lookUp, noCorrelation } from "./palette.js";
import { paint } from "./raster.js";

/**
 * @typedef {import("./clustering.js").Clustering} Clustering
 * @typedef {{
 *   layer: string, nets: [string, string], clustering: Clustering, values: import("./tables.js").Correlations,
 *   label: number, place: number,
 * }} Shown label: the chosen cluster, -1 for none; place: that of the selected unit on the diagonal, -1 for none
 */

/** Room for the clusters' numbers and the strip that tells the nets apart. */
const MARGIN = { left: 28, top: 24 };
const STRIP = 5;
/** A lower block has no number unless it is chosen, and faint borders; below `line` they would hide it, and there are none. */
const LEAST = { number: 12, line: 3 };

/**
 * @param {HTMLElement} el
 * @param {import("./theme.js").Theme} theme
 * @param {AbortSignal} signal
 * @param {(label: number) => void} choose
 * @param {(by: number) => void} step
 */
export function clusterMatrix(el, theme, signal, choose, step) {
  const canvas = h("canvas", {
    class: "cw-canvas",
    tabindex: 0,
    role: "application",
    "aria-roledescription": "block matrix",
  });
  const plot = h("div", { class: "cw-plot" }, canvas);
  const scale = h("span", { class: "cw-scale", "aria-hidden": "true" });
  const itself = h("span", { class: "cw-swatch", "aria-hidden": "true" });
  const nets = ["cw-net-a", "cw-net-b"].map((name) => ({
    swatch: h("span", { class: `cw-swatch ${name}`, "aria-hidden": "true" }),
    words: h("span", { class: "cw-clip" }),
  }));
  const readout = h("output", { class: "cw-readout" });
  const sayReadout = fitting(readout, signal);
  el.append(
    plot,
    h(
      "footer",
      { class: "cw-panel-foot" },
      h(
        "span",
        { class: "cw-legend" },
        h("span", { class: "cw-legend", role: "img", "aria-label": "colours of r from 0 to 1" }, "0", scale, "1"),
        itself,
        "itself",
      ),
      h("span", { class: "cw-legend cw-legend-nets" }, ...nets.flatMap(({ swatch, words }) => [swatch, words])),
    ),
    h("div", { class: "cw-panel-foot" }, readout),
  );
  const screen = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  const kept = h("canvas");
  /** @type {Hover<{row: number, column: number}>} */
  const hover = new Hover();
  /** @type {Shown | null} */
  let shown = null;
  let room = 0;
  let side = 1;
  let painted = { values: /** @type {unknown} */ (null), key: "" };

  function draw() {
    if (!shown || !room) return;
    const { values } = shown;
    const dots = devicePixelRatio || 1;
    side = Math.max(1, room);
    const pixels = Math.max(1, Math.round(side * dots));
    const key = `${theme.dark} ${pixels}`;
    if (painted.values !== values || painted.key !== key) {
      kept.width = kept.height = pixels;
      const brush = /** @type {CanvasRenderingContext2D} */ (kept.getContext("2d"));
      const image = brush.createImageData(pixels, pixels);
      const order = Int32Array.from({ length: values.rows }, (_, i) => i);
      const view = { wide: pixels / values.rows, high: pixels / values.rows, left: 0, top: 0 };
      paint(image, values, { rows: order, columns: order }, view, lookUp(theme.dark), true);
      brush.putImageData(image, 0, 0);
      painted = { values, key };
      canvas.width = pixels + Math.round((MARGIN.left + 2) * dots);
      canvas.height = pixels + Math.round((MARGIN.top + 2) * dots);
      canvas.style.width = `${canvas.width / dots}px`;
      canvas.style.height = `${canvas.height / dots}px`;
      scale.style.background = gradient(theme.dark, true);
      itself.style.background = noCorrelation(theme.dark);
    }
    mark();
  }

  function mark() {
    if (!shown) return;
    const dots = devicePixelRatio || 1;
    const { clustering, label, place, layer, nets: names } = shown;
    const style = getComputedStyle(canvas);
    const ink = (/** @type {string} */ name) => style.getPropertyValue(name).trim();
    const cell = side / clustering.live;
    screen.setTransform(1, 0, 0, 1, 0, 0);
    screen.clearRect(0, 0, canvas.width, canvas.height);
    screen.drawImage(kept, Math.round(MARGIN.left * dots), Math.round(MARGIN.top * dots));
    screen.setTransform(dots, 0, 0, dots, MARGIN.left * dots, MARGIN.top * dots);

    for (const { start, middle, end } of clustering.blocks) {
      for (const [from, to, colour] of /** @type {[number, number, string][]} */ ([
        [start, middle, ink("--cw-net-a")],
        [middle, end, ink("--cw-net-b")],
      ])) {
        screen.fillStyle = colour;
        screen.fillRect(-STRIP - 2, from * cell, STRIP, (to - from) * cell);
        screen.fillRect(from * cell, -STRIP - 2, (to - from) * cell, STRIP);
      }
    }
    borders(cell, ink("--cw-surface"), ink("--cw-text"));
    const chosen = clustering.blocks.find((block) => block.label === label);
    const under = hover.place && clustering.blockAt(hover.place.row >= 0 ? hover.place.row : hover.place.column);
    if (chosen) frame(chosen, cell, ink("--cw-surface"), ink("--cw-accent"));
    numbers(cell, chosen, under || undefined, ink);
    if (place >= 0) {
      const [at, size] = [place * cell, Math.max(3, Math.min(cell, 8))];
      screen.fillStyle = ink("--cw-accent");
      screen.fillRect(-STRIP - 4, at + (cell - size) / 2, STRIP + 4, size);
      screen.fillRect(at + (cell - size) / 2, -STRIP - 4, size, STRIP + 4);
    }
    set(canvas, {
      "data-key": [layer, ...names].join("|"),
      "data-clusters": clustering.clusters,
      "data-cluster": label < 0 ? null : label,
      "data-units": clustering.live,
      "data-left": MARGIN.left,
      "data-top": MARGIN.top,
      "data-cell": cell.toFixed(4),
    });
    tell();
  }

  /**
   * Lines between the clusters, and in each between the nets.
   * @param {number} cell
   * @param {string} ground
   * @param {string} colour
   */
  function borders(cell, ground, colour) {
    const { blocks } = /** @type {Shown} */ (shown).clustering;
    const least = Math.min(...blocks.map(({ start, end }) => (end - start) * cell));
    if (least < LEAST.line) return;
    for (const [stroke, width, alpha] of /** @type {[string, number, number][]} */ ([
      [ground, 3, least < LEAST.number ? 0 : 0.8],
      [colour, 1, least < LEAST.number ? 0.4 : 1],
    ])) {
      screen.strokeStyle = stroke;
      screen.lineWidth = width;
      screen.globalAlpha = alpha;
      screen.beginPath();
      for (const { start } of blocks.slice(1)) {
        const at = Math.round(start * cell) + 0.5;
        screen.moveTo(-STRIP - 2, at);
        screen.lineTo(side, at);
        screen.moveTo(at, -STRIP - 2);
        screen.lineTo(at, side);
      }
      screen.stroke();
    }
    screen.setLineDash([2, 2]);
    screen.beginPath();
    for (const { start, middle, end } of blocks) {
      if (middle === start || middle === end || (end - start) * cell < 4 * LEAST.line) continue;
      const at = Math.round(middle * cell) + 0.5;
      screen.moveTo(start * cell, at);
      screen.lineTo(end * cell, at);
      screen.moveTo(at, start * cell);
      screen.lineTo(at, end * cell);
    }
    screen.stroke();
    screen.setLineDash([]);
    screen.globalAlpha = 1;
  }

  /**
   * @param {import("./clustering.js").Block} block
   * @param {number} cell
   * @param {string} ground
   * @param {string} colour
   */
  function frame({ start, end }, cell, ground, colour) {
    const [at, size] = [start * cell, (end - start) * cell];
    screen.strokeStyle = colour;
    screen.globalAlpha = 0.75;
    screen.lineWidth = 1;
    screen.strokeRect(0, at, side, size);
    screen.strokeRect(at, 0, size, side);
    screen.globalAlpha = 1;
    for (const [stroke, width] of /** @type {[string, number][]} */ ([
      [ground, 5],
      [colour, 2.5],
    ])) {
      screen.strokeStyle = stroke;
      screen.lineWidth = width;
      screen.strokeRect(at, at, size, size);
    }
  }

  /**
   * The clusters' numbers, as far as there is room; the chosen one's always.
   * @param {number} cell
   * @param {import("./clustering.js").Block | undefined} chosen
   * @param {import("./clustering.js").Block | undefined} under the pointer
   * @param {(name: string) => string} ink
   */
  function numbers(cell, chosen, under, ink) {
    const { blocks } = /** @type {Shown} */ (shown).clustering;
    const { fontFamily } = getComputedStyle(canvas);
    screen.textAlign = "center";
    screen.textBaseline = "middle";
    const others = blocks.filter((b) => b !== chosen && b !== under && (b.end - b.start) * cell >= LEAST.number);
    const strong = [under, chosen].filter((b) => b !== undefined);
    for (const block of [...others, ...strong]) {
      const at = Math.max(6, Math.min(side - 6, ((block.start + block.end) / 2) * cell));
      const text = String(block.label);
      screen.font = `${block === chosen ? 600 : 400} 11px ${fontFamily}`;
      const [x, y] = [-STRIP - 11, -STRIP - 10];
      if (strong.includes(block)) {
        const half = screen.measureText(text).width / 2 + 2;
        screen.fillStyle = ink("--cw-surface");
        screen.fillRect(x - half, at - 7, 2 * half, 14);
        screen.fillRect(at - half, y - 6, 2 * half, 12);
      }
      screen.fillStyle = ink(block === chosen ? "--cw-accent-text" : block === under ? "--cw-text" : "--cw-quiet");
      screen.fillText(text, x, at);
      const wide = screen.measureText(text).width + 4 <= (block.end - block.start) * cell;
      if (wide || strong.includes(block)) screen.fillText(text, at, y);
    }
  }

  function tell() {
    if (!shown || !hover.place)
      return sayReadout("Click a cluster to see its units; arrow keys step.", "Click a cluster.");
    const { clustering, values, nets: names } = shown;
    const { row, column } = hover.place;
    const [a, b] = [row, column].map((place) => clustering.blockAt(place));
    const name = (/** @type {number} */ place) => {
      const { isA, unit } = clustering.unitAt(place);
      return `${names[isA ? 0 : 1]}/${unit}`;
    };
    if (!a || !b) return sayReadout(`cluster ${(a ?? b)?.label}`);
    const where = a === b ? `cluster ${a.label}` : `clusters ${a.label} \u00d7 ${b.label}`;
    if (row === column) return sayReadout(`${where}: ${name(row)} itself`);
    const [i, j] = [clustering.unitAt(row).unit, clustering.unitAt(column).unit];
    const r = decimals(values.at(row, column));
    sayReadout(`${where}: ${name(row)} \u00d7 ${name(column)}, ${r}`, `${where}: ${i} \u00d7 ${j}, ${r}`);
  }

  /** @param {MouseEvent} event */
  function placeAt(event) {
    const box = canvas.getBoundingClientRect();
    const live = shown?.clustering.live ?? 0;
    const inside = (/** @type {number} */ at) =>
      at < 0 || at >= side ? -1 : Math.min(live - 1, Math.floor((at / side) * live));
    return {
      row: inside(event.clientY - box.top - MARGIN.top),
      column: inside(event.clientX - box.left - MARGIN.left),
    };
  }

  canvas.addEventListener(
    "pointermove",
    (event) => {
      hover.move(event, (e) => {
        const at = placeAt(e);
        return at.row < 0 && at.column < 0 ? null : at;
      });
      mark();
    },
    { signal },
  );
  canvas.addEventListener(
    "pointerleave",
    () => {
      hover.leave();
      mark();
    },
    { signal },
  );
  canvas.addEventListener(
    "click",
    (event) => {
      const { row, column } = placeAt(event);
      const block = shown?.clustering.blockAt(row >= 0 ? row : column);
      if (block) choose(block.label);
    },
    { signal },
  );
  walkByKeys(
    canvas,
    (by) => {
      hover.hide();
      step(by);
    },
    signal,
  );
  onResize(plot, signal, (width, height) => {
    room = Math.min(width - MARGIN.left, height - MARGIN.top) - 2;
    draw();
  });
  theme.watch(draw, signal);

  return {
    /** @param {Shown} what */
    show(what) {
      if (shown?.values !== what.values) hover.hide();
      shown = what;
      const { layer, nets: names, clustering, label } = what;
      nets.forEach(({ words }, i) => write(words, names[i]));
      set(canvas, {
        "aria-label":
          `Affinities of all units of ${names.join(" and ")} in ${layer}, in ${clustering.clusters} clusters. ` +
          `${label < 0 ? "None is shown" : `Cluster ${label} is shown`}. Arrow keys step through them.`,
      });
      draw();
    },
  };
}
