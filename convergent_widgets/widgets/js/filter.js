/** Which units of net A stand out, are walked through and are shown on the wall. */
import { h, set } from "./dom.js";
import { count, decimals, whole } from "./numbers.js";

/**
 * @typedef {import("./context.js").Context} Context
 * @typedef {import("./settle.js").State} State
 * @typedef {import("./tables.js").PairTable} PairTable
 * @typedef {import("./tables.js").Found} Found
 */

/** @type {Record<string, string>} */
export const ONLY = {
  above: "above baseline",
  below: "not above baseline",
  everywhere: "found in all",
  nowhere: "found in none",
  unmatched: "unmatched",
  dead: "dead",
};

/** @type {Record<string, string>} */
const SHORT = {
  above: "above",
  below: "not above",
  everywhere: "in all",
  nowhere: "in none",
  unmatched: "unmatched",
  dead: "dead",
};

/** The slider's left end, where every r passes, also none. */
const ANY = -1;

/**
 * Whether a view needs to know how widely net A's units are found.
 * @param {State} state
 */
export const wantsFound = ({ order, only }) => order === "found" || only === "everywhere" || only === "nowhere";

/**
 * Whether a unit of net A passes; null where all do. A unit without a partner has no r, so it is below any least r.
 * @param {State} state
 * @param {PairTable} table from net A to net B
 * @param {Found | null | undefined} found of net A, where `wantsFound`
 * @returns {((unit: number) => boolean) | null}
 */
export function passing({ only, least_r, method }, table, found) {
  if (only === null && least_r === null) return null;
  const [r, above] = [table.matched(method), table.column(`${method}.above`)];
  const matched = (/** @type {number} */ unit) => table.partner(method, unit) !== null;
  /** @type {Record<string, (unit: number) => boolean>} */
  const kinds = {
    above: (unit) => above[unit] === 1,
    // within one net no baseline is defined
    below: (unit) => !table.within && matched(unit) && above[unit] !== 1,
    everywhere: (unit) => !table.dead(unit) && !!found && found.widely[unit] === found.others,
    nowhere: (unit) => !table.dead(unit) && found?.widely[unit] === 0,
    unmatched: (unit) => !table.dead(unit) && !matched(unit),
    dead: (unit) => table.dead(unit),
  };
  const wanted = only === null ? () => true : kinds[only];
  return (unit) => wanted(unit) && (least_r === null || r[unit] >= least_r);
}

/**
 * What a unit has to be to pass, in words that follow "is" or "are"; empty where every kind does.
 * @param {State} state
 * @param {number} others how many other nets there are
 */
function kind({ only }, others) {
  const all = others === 1 ? "found in the other net" : "found in all other nets";
  const words = {
    above: "above the baseline",
    below: "matched, but not above the baseline",
    everywhere: all,
    nowhere: "found in no other net",
    unmatched: "without a partner",
    dead: "dead",
  };
  return only === null ? "" : words[only];
}

/**
 * What a unit has to be to pass, in words.
 * @param {State} state
 * @param {number} others
 */
export function condition(state, others) {
  const least = state.least_r === null ? "" : `r of at least ${decimals(state.least_r)}`;
  const is = kind(state, others);
  return [is && `is ${is}`, least && `has an ${least}`].filter(Boolean).join(" and ");
}

/**
 * How many units pass the filter, in words; the longest first.
 * @param {State} state
 * @param {number} passed
 * @param {number} all
 * @param {string} noun "unit", "live unit"
 * @param {number} others
 */
export function aboutPassing(state, passed, all, noun, others) {
  const some = `${whole(passed)} of ${count(all, noun)}`;
  const is = kind(state, others);
  const least = state.least_r === null ? "" : `r \u2265 ${decimals(state.least_r)}`;
  const verb = is ? (passed === 1 ? "is" : "are") : passed === 1 ? "has" : "have";
  const words = [verb, is, is && least ? "with" : "", least].filter(Boolean).join(" ");
  const short = [state.only === null ? "" : SHORT[state.only], least].filter(Boolean).join(", ");
  return [
    `${some} of ${state.net_a} ${words}`,
    `${some} ${words}`,
    `${whole(passed)} of ${whole(all)} ${short}`,
    `${whole(passed)} of ${whole(all)}`,
  ];
}

/**
 * What chooses the units of net A that stand out.
 * @param {Context} context
 */
export function filters(context) {
  return h("div", { class: "cw-filters" }, onlyPicker(context), leastSlider(context));
}

/**
 * Which kinds of units there can be.
 * @param {number} nets
 * @param {State["only"]} [chosen] is offered in any case
 */
const kindsOf = (nets, chosen) => Object.keys(ONLY).filter((value) => nets > 1 || value === "dead" || value === chosen);

/**
 * @param {Context} context
 */
function onlyPicker({ selection, source, signal }) {
  const select = h("select", { class: "cw-select cw-filter", "data-trait": "only" });
  let made = "";
  select.addEventListener(
    "change",
    () => selection.choose({ only: /** @type {State["only"]} */ (select.value || null) }),
    { signal },
  );
  selection.watch(() => {
    const { state } = selection;
    const { facts } = source;
    if (!state || !facts) return;
    const offered = kindsOf(facts.nets.length, state.only);
    if (String(offered) !== made) {
      made = String(offered);
      const all = h("option", { value: "", text: "all units" });
      select.replaceChildren(all, ...offered.map((value) => h("option", { value, text: ONLY[value] })));
      const meant =
        facts.nets.length > 1
          ? "above their baseline or not, found (above the baseline) in all other nets or in none, without a partner, dead"
          : "dead";
      const label = `units of net A that stand out: ${meant}`;
      set(select, { "aria-label": label, title: label });
    }
    select.value = state.only ?? "";
  }, signal);
  return select;
}

/**
 * The least r to the partner.
 * @param {Context} context
 */
function leastSlider({ selection, signal }) {
  const label = "least r to the partner";
  const input = h("input", { type: "range", min: ANY, max: 1, step: 0.05, "aria-label": label, "data-trait": "least_r" });
  const output = h("output");
  input.addEventListener(
    "input",
    () => selection.choose({ least_r: Number(input.value) === ANY ? null : Number(input.value) }),
    { signal },
  );
  selection.watch(() => {
    const least = selection.state?.least_r ?? null;
    const words = least === null ? "any" : decimals(least);
    if (Number(input.value) !== (least ?? ANY)) input.value = String(least ?? ANY);
    set(input, { "aria-valuetext": words });
    set(output, { text: words });
  }, signal);
  return h("label", { class: "cw-least", title: label }, "r \u2265", input, output);
}
