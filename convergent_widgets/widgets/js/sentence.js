/** In words: how well the two nets match, what is selected and how good its match is. */
import { unitName } from "./context.js";
import { h, phrase, write } from "./dom.js";
import { Newest } from "./newest.js";
import { count, decimals, percent, whole } from "./numbers.js";
import { calm } from "./prefetch.js";

/**
 * @typedef {import("./context.js").Context} Context
 * @typedef {import("./settle.js").State} State
 * @typedef {import("./settle.js").Facts} Facts
 * @typedef {import("./tables.js").PairTable} PairTable
 * @typedef {import("./tables.js").HeldOut} HeldOut
 * @typedef {(string | [string] | Element)[]} Phrases
 */

/** @param {Context} context */
export function sentence({ el, selection, source, status, signal }) {
  const pair = h("p", { class: "cw-sentence" });
  const unit = h("p", { class: "cw-sentence cw-quiet cw-one-line", "aria-live": "polite" });
  const warning = h("span", { class: "cw-warning" });
  const root = h("div", { class: "cw-sentences" }, pair, unit, status.element);
  el.append(root);
  const newest = new Newest(root, signal, status);
  /** @type {unknown} */
  let latest = null;

  /**
   * @param {State} state
   * @param {(heldOut: HeldOut | null) => void} fill
   * @param {() => boolean} shown whether that is still shown
   */
  async function judge({ layer, net_a, net_b, method }, fill, shown) {
    const here = source.heldOutHere(layer, net_a, net_b, method);
    if (here) return fill(here);
    if ((await calm(source, signal)) && shown()) await source.heldOut(layer, net_a, net_b, method).then(fill, () => fill(null));
  }

  selection.watch(() => {
    const { state } = selection;
    const { facts } = source;
    if (!state || !facts) return;
    const warnings = [
      !facts.complete && `Partial result: the run was stopped after ${count(facts.images_seen, "image")}.`,
      facts.few_images && `Few images: ${count(facts.images_seen, "image")} are too few to trust a correlation.`,
    ].filter(Boolean);
    write(warning, warnings.join(" "));
    root.classList.toggle("cw-warned", warnings.length > 0);
    if (!pair.contains(warning)) pair.append(warning);
    const other = state.net === state.net_a ? state.net_b : state.net_a;
    newest.run(
      () =>
        Promise.all([source.pair(state.layer, state.net_a, state.net_b), source.pair(state.layer, state.net, other)]),
      ([shown, own]) => {
        const heldOut = heldOutWords();
        phrase(pair, [...aboutPair(state, shown, heldOut.element), " ", warning]);
        latest = heldOut;
        if (!shown.within) void judge(state, heldOut.fill, () => latest === heldOut);
        phrase(unit, aboutUnit(state, own, other));
        unit.title = unit.textContent ?? "";
      },
    );
  }, signal);
}

const SAME = " the same in both halves";
const HELD_OUT = "matched on one half of the images, r read on the other, both ways averaged";
const SAMPLING_ERROR = "standard error of a correlation, from its difference between the two halves of the images";

/** What is known later, with its room kept from the start so that nothing moves when it comes. */
function heldOutWords() {
  const [mean, agreement, error] = [0, 0, 0].map(() => h("span", { text: "\u2026" }));
  const later = (/** @type {string} */ before, /** @type {HTMLElement} */ words, /** @type {string} */ room) => [
    before,
    h("span", { class: "cw-later", "data-room": room }, words),
  ];
  const judged = h("span", { title: HELD_OUT }, ...later("held out ", mean, decimals(0)), ...later(", ", agreement, percent(1)), SAME);
  return {
    element: h(
      "span",
      {},
      judged,
      h("span", { title: SAMPLING_ERROR }, ...later(", each r \u00b1 ", error, decimals(0, 3))),
    ),
    /** @param {HeldOut | null} heldOut */
    fill(heldOut) {
      const left = heldOut?.unjudged ?? 0;
      const why = "could not be judged: dead in one half, or without a partner";
      judged.title = left ? `${HELD_OUT}; ${count(left, "unit")} ${why}` : HELD_OUT;
      write(mean, decimals(heldOut?.mean));
      write(agreement, percent(heldOut?.agreement));
      write(error, decimals(heldOut?.samplingError, 3));
    },
  };
}

/**
 * @param {State} state
 * @param {PairTable} table
 * @param {Element} heldOut
 * @returns {Phrases}
 */
export function aboutPair({ net_a, net_b, method }, table, heldOut) {
  const deadWords = aboutDead(net_a, net_b, table);
  if (table.within) {
    const values = [...table.column("best_r")].filter(Number.isFinite);
    if (!values.length)
      return [table.deadUnits[0] === table.rows ? `All units of ${net_a} are dead.` : `${net_a} has only one live unit.${deadWords}`];
    const mean = values.reduce((sum, r) => sum + r, 0) / values.length;
    return [
      `Within ${net_a}, a unit\u2019s most similar other unit reaches a mean r of `,
      [decimals(mean)],
      `. No baseline is defined within one net.${deadWords}`,
    ];
  }
  const m = table.methods[method];
  if (!m) return [`${net_a} and ${net_b} were not matched.`];
  const silent = [net_a, net_b].filter((_, i) => table.deadUnits[i] === [table.rows, table.columns][i]);
  if (silent.length)
    return [`No unit of ${net_a} has a partner in ${net_b}: all units of ${silent.join(" and of ")} are dead.`];
  const luck = m.expected_by_luck;
  return [
    [`${m.above} of ${table.rows}`],
    ` units of ${net_a} have a partner in ${net_b} above the rotation baseline (mean r `,
    [decimals(m.mean)],
    ", ",
    heldOut,
    `; baseline ${decimals(m.baseline_mean)}`,
    luck === null ? ")." : `; about ${whole(luck)} by luck).`,
    deadWords,
  ];
}

/**
 * How many units of which net are dead, in words; nothing where none is.
 * @param {string} a
 * @param {string} b
 * @param {PairTable} table
 */
function aboutDead(a, b, { deadUnits, within }) {
  const of = [[deadUnits[0], a], [within ? 0 : deadUnits[1], b]].filter(([some]) => some);
  return of.length ? ` Dead: ${of.map(([some, net]) => `${some} of ${net}`).join(", ")}.` : "";
}

/**
 * @param {State} state
 * @param {PairTable} table from the selected net to the other one shown
 * @param {string} other
 * @returns {Phrases}
 */
export function aboutUnit({ layer, net, unit, method }, table, other) {
  if (unit === null) return ["No unit is selected."];
  /** @type {Phrases} */
  const start = ["Selected: ", [`${net} ${unitName(layer, unit)}`]];
  if (table.dead(unit)) return [...start, ", a dead unit: it never varies, so it correlates with nothing."];
  const best = table.at("best", unit);
  const bestWords = best >= 0 ? `${unitName(layer, best)} (r ${decimals(table.at("best_r", unit))})` : "";
  if (table.within)
    return [...start, bestWords ? `; most like ${bestWords} of the same net.` : "; the net has no other live unit."];
  const partner = table.partner(method, unit);
  if (partner === null)
    return [...start, `; nothing was left for it in ${other}`, bestWords ? `; its best, ${bestWords}, is taken.` : "."];
  const baseline = table.at(`${method}.greatest`, unit);
  /** @type {Phrases} */
  const words = [
    ...start,
    `; its partner in ${other} is ${unitName(layer, partner)} at r `,
    [decimals(table.at(`${method}.r`, unit))],
  ];
  if (Number.isFinite(baseline)) {
    words.push(
      table.at(`${method}.above`, unit) === 1
        ? `, above its baseline of ${decimals(baseline)}`
        : `, not above its baseline of ${decimals(baseline)}`,
    );
  }
  if (best >= 0 && best !== partner) words.push(`; its best, ${bestWords}, is taken`);
  return [...words, "."];
}
