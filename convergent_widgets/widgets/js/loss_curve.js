/** The loss against the number of predictors: of the selected unit, held out and in sample, and of its whole layer. */
import { PENALTIES, unitName } from "./context.js";
import { Curve } from "./curve.js";
import { h, s } from "./dom.js";
import { count, decimals } from "./numbers.js";
import { netColour } from "./palette.js";
import { penaltyText } from "./predictors.js";
import { unitsOf } from "./settle.js";
import { linearTicks } from "./ticks.js";

/**
 * @typedef {import("./settle.js").State} State
 * @typedef {import("./settle.js").Facts} Facts
 * @typedef {import("./predictors.js").Predictors} Predictors
 */

const ZERO_MAP = 0.5;
const [UNIT, LAYER, ZERO] = [netColour(0), "var(--cw-grey-dot)", "var(--cw-quiet)"];
/** In sample, in the colour of the unit but fainter. */
const FAINT = `color-mix(in srgb, ${UNIT} 55%, transparent)`;

/** @param {import("./context.js").Context} context of the panel */
export function lossCurve({ selection, signal }) {
  const curve = new Curve(signal);
  const legend = h("div", { class: "cw-loss-legend" });
  const element = h("div", { class: "cw-loss", hidden: true }, curve.element, legend);

  return {
    element,
    /**
     * @param {State} state
     * @param {Facts} facts
     * @param {Predictors} predictors of a unit that lives
     */
    show({ layer, net, unit, penalty }, facts, predictors) {
      const own = (/** @type {import("./predictors.js").Field} */ field) => PENALTIES.map((one) => predictors.at(field, one));
      const [many, held, sample] = [own("predictors"), own("held_out_loss"), own("loss")];
      const whole = predictors.layer ?? { predictors: [], held_out_loss: [] };
      const greatest = Math.max(1, ...many, ...whole.predictors);
      const high = Math.max(ZERO_MAP, ...held, ...sample, ...whole.held_out_loss);
      const line = (/** @type {number[]} */ across, /** @type {number[]} */ along) => across.map((x, i) => ({ x, y: along[i] }));
      const right = 1.04 * greatest;
      const all = line(whole.predictors, whole.held_out_loss);
      const at = PENALTIES.indexOf(penalty);
      const name = `${net} ${unitName(layer, unit)}`;
      const units = count(unitsOf(facts, layer, net), "unit");
      element.hidden = false;
      curve.show({
        name: `loss of ${name} against its number of predictors`,
        x: {
          label: "predictors, units with |w| > .1",
          from: 0,
          to: right,
          ticks: linearTicks([greatest]).filter(Number.isInteger),
        },
        y: { label: "loss, \u00bd mean squared error", from: 0, to: 1.06 * high, ticks: linearTicks([high]) },
        lines: [
          { name: "zero", colour: ZERO, points: line([0, right], [ZERO_MAP, ZERO_MAP]), style: "dotted", width: 1.5 },
          { name: "layer", colour: LAYER, points: all, dots: true, width: 1.5 },
          { name: "in sample", colour: FAINT, points: line(many, sample), style: "dashed" },
          { name: "held out", colour: UNIT, points: line(many, held) },
        ],
        spots: all.slice(at, at + 1),
        marks: PENALTIES.map((one, i) => ({
          x: many[i],
          y: held[i],
          colour: UNIT,
          chosen: one === penalty,
          small: true,
          says: `penalty ${penaltyText(one)}: ${count(many[i], "predictor")}, held-out loss ${decimals(held[i])}`,
          choose: () => selection.choose({ penalty: one }),
        })),
      });
      legend.replaceChildren(
        key("held out", UNIT, { dot: 3 }, h("b", { text: name }), ", held out"),
        key("in sample", FAINT, { dash: "7 4" }, "in sample"),
        key("layer", LAYER, { dot: 2.6 }, `all ${units} of ${net}: median held-out loss, mean number`),
        key("zero", ZERO, { dash: "2 4" }, "map of zeros, .5"),
        key("penalty", "var(--cw-accent)", { dot: 5, line: false }, `penalty ${penaltyText(penalty)}`),
      );
    },
  };
}

/**
 * @param {string} name
 * @param {string} colour
 * @param {{dot?: number, dash?: string, line?: boolean}} shape
 * @param {...(Node | string)} words
 */
function key(name, colour, { dot, dash, line = true }, ...words) {
  const swatch = s("svg", { "aria-hidden": "true" });
  swatch.style.color = colour;
  const stroke = { stroke: "currentColor", "stroke-width": 2, "stroke-dasharray": dash };
  if (line) swatch.append(s("line", { x1: 0, x2: 24, y1: 4, y2: 4, ...stroke }));
  if (dot) swatch.append(s("circle", { cx: line ? 12 : 18, cy: 4, r: dot, fill: "currentColor" }));
  return h("span", { class: "cw-loss-key", "data-curve": name }, swatch, h("span", {}, ...words));
}
