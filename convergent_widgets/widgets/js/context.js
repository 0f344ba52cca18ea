/**
 * What every view is given.
 * @typedef {{
 *   el: HTMLElement,
 *   selection: import("./store.js").Selection,
 *   source: import("./source.js").Source,
 *   pictures: import("./pictures.js").Pictures,
 *   theme: import("./theme.js").Theme,
 *   status: import("./status.js").Status,
 *   model: import("./store.js").Model,
 *   signal: AbortSignal,
 *   inline?: boolean,
 * }} Context inline: a panel mounted by the Explorer, with no Python to draw its curves
 */

import { passing, wantsFound } from "./filter.js";
import { ordering, stepFrom } from "./orders.js";

/** @type {Record<string, string>} */
export const METHODS = { bipartite: "one-to-one", semi: "best partner" };

/** @type {Record<string, string>} */
export const ORDERS = {
  best: "best matches first",
  original: "original order",
  cycles: "permutation cycles",
  found: "most widely found first",
};

/** What stands beside the matrix. @type {Record<string, string>} */
export const OVERVIEWS = { wall: "patches", ranks: "ranks" };

/** @type {Record<string, string>} */
export const PICTURED = { strongest: "strongest", deciles: "deciles", attributions: "attributions" };

/** The grid of L1 penalties of the sparse prediction, and where it starts; `analysis/prediction.py` has the same. */
export const PENALTIES = [1, 0.3, 0.1, 0.03, 0.01, 0.003, 0.001, 0];
export const PENALTY = 0.1;

/**
 * "conv2/17"
 * @param {string} layer
 * @param {number | null} unit
 */
export const unitName = (layer, unit) => `${layer}/${unit ?? "\u2013"}`;

/**
 * Select the next unit in the current order; within net B that is the order of the columns.
 * @param {Context} context
 * @param {number} step
 */
export async function walk({ selection, source }, step) {
  const before = selection.state;
  if (!before) return;
  const { layer, net_a, net_b, method } = before;
  const widely = wantsFound(before) ? await source.found(layer, net_a, method) : undefined;
  const table = source.pairHere(layer, net_a, net_b) ?? (await source.pair(layer, net_a, net_b));
  const state = selection.state;
  if (!state || state.layer !== layer || state.net_a !== net_a || state.net_b !== net_b) return;
  if (state.order !== before.order || state.only !== before.only || state.method !== method) return;
  const { rows, columns } = ordering(table, state.order, method, widely);
  const isA = state.net === state.net_a;
  const passes = isA ? passing(state, table, widely) : null;
  selection.choose({ net: state.net, unit: stepFrom(isA ? rows : columns, state.unit, step, passes) });
}

/** @type {Record<string, number>} */
const STEPS = {
  ArrowLeft: -1,
  ArrowUp: -1,
  ArrowRight: 1,
  ArrowDown: 1,
  Home: -Infinity,
  End: Infinity,
  PageUp: -10,
  PageDown: 10,
};

/**
 * What lies under the pointer, until it leaves or a key moves on: then only a pointer that moves points again.
 * @template T
 */
export class Hover {
  /** @type {T | null} */
  place = null;
  #at = "";

  /**
   * @param {PointerEvent} event
   * @param {(event: PointerEvent) => T | null} placeAt
   */
  move(event, placeAt) {
    // a browser repeats a resting pointer's event when something beneath it changes
    const at = `${event.clientX} ${event.clientY}`;
    if (at === this.#at) return;
    this.#at = at;
    this.place = placeAt(event);
  }

  /** The pointer rests, and a key moved on. */
  hide() {
    this.place = null;
  }

  leave() {
    this.place = null;
    this.#at = "";
  }
}

/**
 * Walk through units by the keys of a focused element.
 * @param {HTMLElement | SVGElement} element
 * @param {(step: number) => void} go
 * @param {AbortSignal} signal
 */
export function walkByKeys(element, go, signal) {
  element.setAttribute("data-lm-suppress-shortcuts", "true");
  element.addEventListener(
    "keydown",
    (event) => {
      const e = /** @type {KeyboardEvent} */ (event);
      const step = STEPS[e.key];
      if (step === undefined || e.ctrlKey || e.metaKey || e.altKey) return;
      e.preventDefault();
      e.stopPropagation();
      go(step);
    },
    { signal },
  );
}
