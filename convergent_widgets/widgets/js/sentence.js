/** In words: how well the two nets match, what is selected and how good its match is. */
import { unitName } from "./context.js";
import { h, phrase } from "./dom.js";
import { Newest } from "./newest.js";
import { count, decimals, whole } from "./numbers.js";

/**
 * @typedef {import("./context.js").Context} Context
 * @typedef {import("./settle.js").State} State
 * @typedef {import("./settle.js").Facts} Facts
 * @typedef {import("./tables.js").PairTable} PairTable
 * @typedef {(string | [string])[]} Phrases
 */

/** @param {Context} context */
export function sentence({ el, selection, source, status, signal }) {
  const pair = h("p", { class: "cw-sentence" });
  const unit = h("p", { class: "cw-sentence cw-quiet cw-one-line", "aria-live": "polite" });
  const partial = h("p", { class: "cw-partial", hidden: true });
  const root = h("div", { class: "cw-sentences" }, pair, unit, partial, status.element);
  el.append(root);
  const newest = new Newest(root, signal, status);

  selection.watch(() => {
    const { state } = selection;
    const { facts } = source;
    if (!state || !facts) return;
    partial.hidden = facts.complete;
    partial.textContent = `Partial result: the run was stopped after ${count(facts.images_seen, "image")}.`;
    const other = state.net === state.net_a ? state.net_b : state.net_a;
    newest.run(
      () =>
        Promise.all([source.pair(state.layer, state.net_a, state.net_b), source.pair(state.layer, state.net, other)]),
      ([shown, own]) => {
        phrase(pair, aboutPair(state, shown));
        phrase(unit, aboutUnit(state, own, other));
        unit.title = unit.textContent ?? "";
      },
    );
  }, signal);
}

/**
 * @param {State} state
 * @param {PairTable} table
 * @returns {Phrases}
 */
export function aboutPair({ net_a, net_b, method }, table) {
  const dead = table.column("dead").reduce((sum, d) => sum + d, 0);
  const deadWords = dead ? ` ${count(dead, "unit")} ${dead === 1 ? "is" : "are"} dead.` : "";
  if (table.within) {
    const values = [...table.column("best_r")].filter(Number.isFinite);
    const mean = values.reduce((sum, r) => sum + r, 0) / values.length;
    return [
      `Within ${net_a}, a unit\u2019s most similar other unit reaches a mean r of `,
      [decimals(mean)],
      `. No baseline is defined within one net.${deadWords}`,
    ];
  }
  const m = table.methods[method];
  if (!m) return [`${net_a} and ${net_b} were not matched.`];
  const luck = m.expected_by_luck;
  return [
    [`${m.above} of ${table.rows}`],
    ` units of ${net_a} have a partner in ${net_b} above the rotation baseline (mean r `,
    [decimals(m.mean)],
    `, baseline ${decimals(m.baseline_mean)}`,
    luck === null ? ")." : `; about ${whole(luck)} by luck).`,
    deadWords,
  ];
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
