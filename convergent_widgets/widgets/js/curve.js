/**
 * A line chart as SVG, as wide as its place: several lines over one pair of axes, and marks on them, which are buttons.
 * One of them is reached by Tab, the others by the arrow keys.
 */
import { Hover } from "./context.js";
import { h, onResize, s, set } from "./dom.js";
import { tickText } from "./ticks.js";
import { Tip } from "./tip.js";

/**
 * @typedef {{x: number, y: number, says: string, choose: () => void}} Point in the units of the axes
 * @typedef {{
 *   name: string, colour: string, points: Point[] | {x: number, y: number}[], style?: "dashed" | "dotted",
 *   dots?: boolean, width?: number,
 * }} Line
 * @typedef {Point & {colour: string, chosen: boolean, small?: boolean}} Mark
 * @typedef {{label: string, from: number, to: number, ticks: number[], log?: boolean}} Axis
 * @typedef {{
 *   name: string, x: Axis, y: Axis, lines: Line[], marks: Mark[], spots?: {x: number, y: number}[],
 * }} Chart spots: seen, but no buttons
 */

const PAD = { left: 56, right: 16, top: 10, bottom: 44 };
/** How far, in pixels, a pointer may be from the point that it means. */
const NEAR = 14;
const RADIUS = { chosen: 7, mark: 4.7, small: 3, dot: 2.6 };
const DASHES = { dashed: "7 4", dotted: "2 4" };
/** @type {Record<string, number>} */
const STEPS = { ArrowLeft: -1, ArrowUp: -1, ArrowRight: 1, ArrowDown: 1 };

export class Curve {
  #svg = s("svg", { class: "cw-chart-svg", role: "group" });
  #drawing = s("g", { "aria-hidden": "true" });
  #marks = s("g");
  /** What is pointed at, if it is no mark. */
  #ring = s("circle", { class: "cw-chart-ring", r: 5, visibility: "hidden" });
  /** @type {SVGCircleElement[]} */
  #circles = [];
  /** @type {Chart | null} */
  #chart = null;
  #size = [0, 0];
  #tip;
  #signal;
  /** @type {Hover<{point: Point, x: number, y: number}>} */
  #hover = new Hover();

  /** @param {AbortSignal} signal */
  constructor(signal) {
    this.#signal = signal;
    this.#svg.append(this.#drawing, this.#ring, this.#marks);
    this.element = h("div", { class: "cw-chart" });
    this.element.append(this.#svg);
    this.#tip = new Tip(this.element);
    onResize(this.element, signal, (width, height) => {
      this.#size = [width, height];
      this.#draw();
    });
    this.#listen();
  }

  /** @param {Chart} chart */
  show(chart) {
    this.#chart = chart;
    this.#hover.leave();
    this.#point();
    this.#draw();
  }

  #listen() {
    const svg = this.#svg;
    /** @type {(type: string, listener: (event: any) => void) => void} */
    const on = (type, listener) => svg.addEventListener(type, listener, { signal: this.#signal });
    on("pointermove", (event) => {
      this.#hover.move(event, () => this.#near(event));
      this.#point();
    });
    on("pointerleave", () => {
      this.#hover.leave();
      this.#point();
    });
    on("click", (event) => {
      this.#near(event)?.point.choose();
    });
    on("keydown", (event) => {
      const at = this.#circles.indexOf(event.target);
      if (at < 0 || event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
      const step = STEPS[event.key];
      if (step) this.#circles[(at + step + this.#circles.length) % this.#circles.length].focus();
      else if (event.key === "Enter" || event.key === " ") this.#chart?.marks[at].choose();
      else return;
      event.preventDefault();
      event.stopPropagation();
    });
    on("focusin", (event) => {
      const at = this.#circles.indexOf(event.target);
      if (at < 0) return;
      this.#circles.forEach((circle, i) => set(circle, { tabindex: i === at ? 0 : -1 }));
      if (event.target.matches(":focus-visible")) this.#tip.show(event.target, this.#chart?.marks[at].says ?? "");
    });
    on("focusout", () => this.#tip.hide());
  }

  /**
   * The mark or point of a line that an event of the pointer means.
   * @param {MouseEvent} event
   */
  #near(event) {
    if (!this.#chart) return null;
    const box = this.#svg.getBoundingClientRect();
    const [x, y] = [event.clientX - box.left, event.clientY - box.top];
    const at = this.#circles.indexOf(/** @type {SVGCircleElement} */ (event.target));
    const { marks, lines } = this.#chart;
    let best = at >= 0 ? Infinity : NEAR;
    /** @type {{point: Point, x: number, y: number} | null} */
    let found = null;
    for (const point of at >= 0 ? marks : [...marks, ...lines.flatMap((line) => line.points)]) {
      if (!("choose" in point)) continue;
      const [px, py] = this.#at(point);
      const distance = Math.hypot(px - x, py - y);
      if (distance < best) [best, found] = [distance, { point: /** @type {Point} */ (point), x: px, y: py }];
    }
    return found;
  }

  /** Show what is under the pointer. */
  #point() {
    const { place } = this.#hover;
    const mark = place && this.#chart ? this.#chart.marks.findIndex((one) => one === place.point) : -1;
    set(this.#ring, { visibility: place && mark < 0 ? "visible" : "hidden", cx: place?.x, cy: place?.y });
    this.#svg.style.cursor = place ? "pointer" : "";
    this.#tip.show(place && (this.#circles[mark] ?? this.#ring), place?.point.says ?? "");
  }

  /** @param {{x: number, y: number}} point */
  #at({ x, y }) {
    const { x: across, y: along } = /** @type {Chart} */ (this.#chart);
    const [width, height] = this.#size;
    return [
      PAD.left + share(across, x) * (width - PAD.left - PAD.right),
      height - PAD.bottom - share(along, y) * (height - PAD.top - PAD.bottom),
    ];
  }

  #draw() {
    if (!this.#chart || !this.#size[0]) return;
    const { name, x, y, lines, marks, spots } = this.#chart;
    const [width, height] = this.#size;
    const [left, right, top, bottom] = [PAD.left, width - PAD.right, PAD.top, height - PAD.bottom];
    set(this.#svg, { "aria-label": name, width, height });
    const text = (/** @type {number} */ at, /** @type {number} */ down, /** @type {string} */ words, /** @type {any} */ more) =>
      s("text", { x: at, y: down, text: words, ...more });
    const ticks = [
      ...y.ticks.flatMap((tick) => {
        const [, at] = this.#at({ x: x.from, y: tick });
        return [
          s("line", { class: "cw-grid", x1: left, x2: right, y1: at, y2: at }),
          text(left - 7, at + 4, tickText(tick), { class: "cw-tick", "text-anchor": "end", "data-tick": tick, "data-at": at }),
        ];
      }),
      ...x.ticks.flatMap((tick) => {
        const [at] = this.#at({ x: tick, y: y.from });
        return [
          s("line", { class: "cw-chart-axis", x1: at, x2: at, y1: bottom, y2: bottom + 4 }),
          text(at, bottom + 16, tickText(tick), { class: "cw-tick", "text-anchor": "middle", "data-tick": tick, "data-at": at }),
        ];
      }),
      s("line", { class: "cw-chart-axis", x1: left, x2: right, y1: bottom, y2: bottom }),
      s("line", { class: "cw-chart-axis", x1: left, x2: left, y1: top, y2: bottom }),
      text((left + right) / 2, height - 8, x.label, { class: "cw-chart-label", "text-anchor": "middle" }),
      text(0, 0, y.label, {
        class: "cw-chart-label",
        "text-anchor": "middle",
        transform: `translate(13 ${(top + bottom) / 2}) rotate(-90)`,
      }),
    ];
    const drawn = lines.flatMap((line) => this.#line(line));
    const seen = (spots ?? []).map((spot) => {
      const [cx, cy] = this.#at(spot);
      return s("circle", { class: "cw-chart-spot", cx, cy, r: RADIUS.chosen });
    });
    this.#drawing.replaceChildren(...ticks, ...drawn, ...seen);
    // the same circles stay, so that the focus does
    while (this.#circles.length < marks.length) {
      const circle = s("circle", { class: "cw-chart-mark", role: "button" });
      this.#circles.push(circle);
      this.#marks.append(circle);
    }
    for (const circle of this.#circles.splice(marks.length)) circle.remove();
    const focused = this.#circles.findIndex((circle) => circle.matches(":focus"));
    const first = focused >= 0 ? focused : Math.max(0, marks.findIndex((mark) => mark.chosen));
    marks.forEach((mark, i) => {
      const [cx, cy] = this.#at(mark);
      const r = mark.chosen ? RADIUS.chosen : mark.small ? RADIUS.small : RADIUS.mark;
      const current = mark.chosen ? "true" : null;
      const attributes = { cx, cy, r, tabindex: i === first ? 0 : -1, "aria-label": mark.says, "aria-current": current };
      set(this.#circles[i], attributes);
      this.#circles[i].style.fill = mark.chosen ? "" : mark.colour;
    });
    if (focused >= 0 && !this.#tip.hidden) this.#tip.show(this.#circles[focused], marks[focused].says);
  }

  /** @param {Line} line */
  #line({ name, colour, points, style, dots, width = 2 }) {
    const at = points.map((point) => this.#at(point));
    const path = s("path", {
      class: "cw-chart-line",
      d: at.map(([px, py], i) => `${i ? "L" : "M"}${px.toFixed(2)} ${py.toFixed(2)}`).join(""),
      "stroke-width": width,
      "stroke-dasharray": style && DASHES[style],
      "data-line": name,
    });
    path.style.stroke = colour;
    // a single point has no line
    if (!dots && at.length !== 1) return [path];
    const circles = at.map(([cx, cy]) => {
      const circle = s("circle", { cx, cy, r: RADIUS.dot });
      circle.style.fill = colour;
      return circle;
    });
    return [path, ...circles];
  }
}

/**
 * Where a value stands between the ends of its axis, from 0 to 1.
 * @param {Axis} axis
 * @param {number} value
 */
function share({ from, to, log }, value) {
  const of = log ? Math.log : (/** @type {number} */ v) => v;
  return (of(value) - of(from)) / (of(to) - of(from));
}

/**
 * The ends of an axis with some room around the values.
 * @param {number[]} values
 * @param {boolean} log
 * @param {number} [room] as a share of the whole
 * @returns {[number, number]}
 */
export function ends(values, log, room = 0.04) {
  const of = log ? Math.log : (/** @type {number} */ v) => v;
  const back = log ? Math.exp : (/** @type {number} */ v) => v;
  const [least, greatest] = [of(Math.min(...values)), of(Math.max(...values))];
  const more = room * (greatest - least) || 0.5;
  return [back(least - more), back(greatest + more)];
}
