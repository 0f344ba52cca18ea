/**
 * The selection as one line of text, as in a URL's query: pasted, it returns to the same view. `state_text.py` is its
 * twin, and both are tested on tests/state_text_cases.json.
 */
import { PENALTY } from "./context.js";
import { PANELS } from "./panels.js";
import { settle, unitsOf } from "./settle.js";

/**
 * @typedef {import("./settle.js").State} State
 * @typedef {import("./settle.js").Facts} Facts
 * @typedef {"name" | "whole" | "decimal"} Kind
 */

/**
 * Each trait's kind, and its default, which is left out; those without one are always said.
 * @type {[keyof State, Kind, any?][]}
 */
export const TRAITS = [
  ["layer", "name"],
  ["net_a", "name"],
  ["net_b", "name"],
  ["net", "name"],
  ["unit", "whole"],
  ["order", "name", "best"],
  ["only", "name", null],
  ["least_r", "decimal", null],
  ["overview", "name", "wall"],
  ["method", "name", "bipartite"],
  ["pictured", "name", "strongest"],
  ["penalty", "decimal", PENALTY],
  ["clusters", "whole", null],
  ["cluster", "whole", null],
];
const LONGEST = 20000;
const BESIDE_NAMES = 1000;
const NUMBERS = {
  whole: /^-?[0-9]{1,15}$/,
  decimal: /^-?(?:[0-9]{1,15}\.?[0-9]{0,20}|\.[0-9]{1,20})(?:[eE][+-]?[0-9]{1,2})?$/,
};

const encode = (/** @type {string} */ text) =>
  encodeURIComponent(text)
    .replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`)
    .replace(/%20/g, "+");

/**
 * How many characters the text of a view may have: at least as many as one that is written.
 * @param {Facts} facts
 */
function longest({ layers, nets }) {
  const most = (/** @type {string[]} */ names) => Math.max(...names.map((name) => encode(name).length));
  return Math.max(LONGEST, most(layers.map(({ name }) => name)) + 3 * most(nets) + BESIDE_NAMES);
}

/**
 * @param {State} state
 * @param {string[] | null} panels
 */
export function textOf(state, panels) {
  const parts = TRAITS.filter(([name, , usual]) => usual === undefined || state[name] !== usual).map(
    ([name]) => `${name}=${encode(String(state[name] ?? ""))}`,
  );
  if (panels?.length) parts.push(`panels=${panels.map(encode).join(",")}`);
  return parts.join("&");
}

/**
 * Whether a person who pasted this means a view; whether there is such a view is another question.
 * @param {string} text
 */
export const isStateText = (text) => /(^|[#?&\s])(layer|net_a|net_b|net|unit)=/.test(text);

/**
 * The state and the panels that a text names, or what is wrong with it.
 * @param {string} text a leading "?" or "#" is left out, and of a whole address all up to its "#"
 * @param {Facts} facts
 * @returns {{state: State, panels: string[]} | string}
 */
export function parseState(text, facts) {
  const given = parts(text, longest(facts));
  if (typeof given === "string") return given;
  const known = [...TRAITS.map(([name]) => String(name)), "panels"];
  const strange = [...given.keys()].find((name) => !known.includes(name));
  if (strange !== undefined) return `A view has no \u201c${short(strange)}\u201d.`;
  const missing = TRAITS.find(([name, , usual]) => usual === undefined && !given.has(name));
  if (missing) return `The text does not say which ${missing[0]}.`;
  /** @type {Record<string, any>} */
  const state = {};
  for (const [name, kind, usual] of TRAITS) {
    const value = given.get(name);
    state[name] = value === undefined ? usual : valueOf(value, kind, usual === null || name === "unit");
    if (state[name] === undefined) return `${name} must be a ${kind} number, not \u201c${short(value ?? "")}\u201d.`;
  }
  const panels = (given.get("panels") ?? "").split(",").filter(Boolean);
  const found = viewOf(/** @type {State} */ (state), facts);
  if (typeof found === "string") return found;
  return wrongPanel(panels) ?? { state: found, panels: [...new Set(panels)] };
}

/**
 * @param {string} text
 * @param {number} most
 * @returns {Map<string, string> | string}
 */
function parts(text, most) {
  if (text.length > most) return `A view has at most ${most} characters of text.`;
  const trimmed = text.trim();
  const query = trimmed.slice(trimmed.indexOf("#") + 1).replace(/^\?/, "");
  /** @type {Map<string, string>} */
  const given = new Map();
  for (const part of query.split("&")) {
    const at = part.indexOf("=");
    if (at < 0) return `A view is written layer=\u2026&net_a=\u2026 and so on, not \u201c${short(part)}\u201d.`;
    try {
      const [name, value] = [part.slice(0, at), part.slice(at + 1)].map((p) =>
        decodeURIComponent(p.replace(/\+/g, " ")),
      );
      if (given.has(name)) return `The text says ${short(name)} twice.`;
      given.set(name, value);
    } catch {
      return `\u201c${short(part)}\u201d is not encoded as in a URL.`;
    }
  }
  return given;
}

/**
 * @param {string} text
 * @param {Kind} kind
 * @param {boolean} none whether the empty text is none
 */
function valueOf(text, kind, none) {
  if (text === "" && none) return null;
  if (kind === "name") return text;
  return NUMBERS[kind].test(text) ? Number(text) + 0 : undefined;
}

/**
 * The view with this state, or what does not exist in this comparison, in words.
 * @param {State} state
 * @param {Facts} facts
 * @returns {State | string}
 */
function viewOf(state, facts) {
  const { layer, net, unit } = state;
  if (!facts.layers.some(({ name }) => name === layer)) return `There is no layer ${short(layer)}.`;
  const strange = [state.net_a, state.net_b, net].find((name) => !facts.nets.includes(name));
  if (strange !== undefined) return `There is no net ${short(strange)}.`;
  if (net !== state.net_a && net !== state.net_b) return `net must be one of the two nets shown, not ${short(net)}.`;
  const units = unitsOf(facts, layer, net);
  if (unit !== null && !(unit >= 0 && unit < units)) return `${layer} of ${net} has units 0 to ${units - 1}.`;
  // the others are put into a view that exists, one by one
  let view = { ...state };
  for (const [name, , usual] of TRAITS) if (usual !== undefined) view = { ...view, [name]: usual };
  for (const [name] of TRAITS) {
    const next = settle(facts, { ...view, [name]: state[name] }, {});
    if (!next) return `There is no ${name} \u201c${short(String(state[name]))}\u201d here.`;
    view = next;
  }
  return view;
}

/** @param {string[]} panels */
function wrongPanel(panels) {
  const strange = panels.find((panel) => !PANELS.some(([name]) => name === panel));
  return strange === undefined ? null : `There are no panels named ${short(strange)}.`;
}

const short = (/** @type {string} */ text) => (text.length > 60 ? `${text.slice(0, 59)}\u2026` : text);
