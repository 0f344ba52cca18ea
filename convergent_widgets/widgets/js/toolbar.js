/** Pickers: layer, nets, matching, order, and a box to name a unit. */
import { METHODS, ORDERS } from "./context.js";
import { button, h, onResize, s, set, write } from "./dom.js";
import { count } from "./numbers.js";
import { unitsOf } from "./settle.js";

/**
 * @typedef {import("./context.js").Context} Context
 * @typedef {import("./settle.js").State} State
 * @typedef {import("./settle.js").Facts} Facts
 */

/** Below this width words are left out. */
const COMPACT = 1000;

/** @param {Context} context */
export function toolbar(context) {
  const { el, selection, source, signal } = context;
  const layers = layerPicker(context);
  const netA = picker("net_a", "net A");
  const netB = picker("net_b", "net B");
  const swap = button(
    { class: "cw-button cw-swap", "aria-label": "exchange net A and net B", title: "Exchange net A and net B" },
    swapIcon(),
  );
  const method = picker("method", "matching");
  const order = picker("order", "order of units");
  const search = searchBox(context);
  const bar = h(
    "div",
    { class: "cw-toolbar", role: "toolbar", "aria-label": "what is shown" },
    layers.element,
    h("div", { class: "cw-nets" }, netA.element, swap, netB.element),
    method.element,
    order.element,
    search,
  );
  el.append(bar);
  let compact = false;
  onResize(el, signal, (width) => {
    layers.fit(width);
    compact = width < COMPACT;
    bar.classList.toggle("cw-compact", compact);
    show();
  });

  swap.addEventListener(
    "click",
    () => {
      const state = selection.state;
      if (state) selection.choose({ net_a: state.net_b, net_b: state.net_a });
    },
    { signal },
  );
  function show() {
    const { state } = selection;
    const { facts } = source;
    if (!state || !facts) return;
    layers.show(state, facts);
    const nets = facts.nets.map((net) => /** @type {[string, string]} */ ([net, net]));
    netA.show(nets, state.net_a);
    netB.show(nets, state.net_b);
    method.show(Object.entries(METHODS), state.method);
    order.show(
      Object.entries(ORDERS).map(([key, name]) => [key, compact ? name : `order: ${name}`]),
      state.order,
    );
  }
  selection.watch(show, signal);

  /**
   * @param {keyof State} trait
   * @param {string} label
   */
  function picker(trait, label) {
    const select = h("select", {
      class: "cw-button cw-select",
      "aria-label": label,
      title: label,
      "data-trait": trait,
    });
    select.addEventListener("change", () => selection.choose({ [trait]: select.value }), { signal });
    let shown = "";
    return {
      element: select,
      /**
       * @param {[string, string][]} options
       * @param {string} value
       */
      show(options, value) {
        const key = JSON.stringify(options);
        if (key !== shown)
          select.replaceChildren(...options.map(([id, name]) => h("option", { value: id, text: name })));
        shown = key;
        select.value = value;
      },
    };
  }
}

/** @param {Context} context */
function layerPicker({ selection, signal }) {
  const group = h("div", { class: "cw-layers", role: "radiogroup", "aria-label": "layer" });
  const select = h("select", {
    class: "cw-button cw-select",
    "aria-label": "layer",
    "data-trait": "layer",
    hidden: true,
  });
  const element = h("div", { class: "cw-layer-picker" }, group, select);
  let shown = "";
  let room = Infinity;
  /** @type {HTMLButtonElement[]} */
  let buttons = [];

  select.addEventListener("change", () => selection.choose({ layer: select.value }), { signal });
  group.addEventListener(
    "click",
    (event) => {
      const layer = /** @type {Element} */ (event.target).closest("button")?.dataset.layer;
      if (layer !== undefined) selection.choose({ layer });
    },
    { signal },
  );
  group.addEventListener(
    "keydown",
    (event) => {
      const step = { ArrowLeft: -1, ArrowUp: -1, ArrowRight: 1, ArrowDown: 1 }[event.key];
      if (!step) return;
      event.preventDefault();
      const at = buttons.findIndex((b) => b.getAttribute("aria-checked") === "true");
      const next = buttons[(at + step + buttons.length) % buttons.length];
      next.focus();
      next.click();
    },
    { signal },
  );
  // measured by its text: a hidden group has no width, and a picker that changes back and forth would jump
  let wanted = 0;
  function fit(width = room) {
    room = width;
    const many = wanted > Math.max(0.45 * room, room < 640 ? room - 8 : 0);
    group.hidden = many;
    select.hidden = !many;
  }

  return {
    element,
    fit,
    /**
     * @param {State} state
     * @param {Facts} facts
     */
    show(state, facts) {
      const at = facts.nets.indexOf(state.net_a);
      const key = JSON.stringify([at, facts.layers.map((l) => [l.name, l.units])]);
      if (key !== shown) {
        buttons = facts.layers.map(({ name, units }) =>
          button(
            { class: "cw-layer", role: "radio", "data-layer": name, title: `${name}: ${count(units[at], "unit")}` },
            h("span", { text: name }),
            h("small", { text: units[at] }),
          ),
        );
        group.replaceChildren(...buttons);
        select.replaceChildren(
          ...facts.layers.map(({ name, units }) => h("option", { value: name, text: `${name}  (${units[at]})` })),
        );
        wanted = facts.layers.reduce(
          (sum, { name, units }) => sum + 7.6 * name.length + 7 * String(units[at]).length + 30,
          0,
        );
        shown = key;
        fit();
      }
      select.value = state.layer;
      for (const b of buttons)
        set(b, {
          "aria-checked": String(b.dataset.layer === state.layer),
          tabindex: b.dataset.layer === state.layer ? 0 : -1,
        });
    },
  };
}

/** @param {Context} context */
function searchBox({ selection, source, signal }) {
  const input = h("input", {
    class: "cw-button cw-search",
    type: "text",
    placeholder: "unit\u2026",
    "aria-label": "go to a unit: 17 or conv3/17, then Enter",
    title: "Go to a unit: 17 or conv3/17, then Enter",
    autocomplete: "off",
    spellcheck: "false",
  });
  const words = h("output", { class: "cw-search-words", role: "alert" });
  const say = (/** @type {string} */ text) => {
    write(words, text);
    set(input, { "aria-invalid": text ? "true" : null });
  };
  input.addEventListener("input", () => say(""), { signal });
  input.addEventListener(
    "keydown",
    (event) => {
      event.stopPropagation();
      if (event.key === "Escape") {
        input.value = "";
        say("");
      }
      if (event.key !== "Enter" || !input.value.trim()) return;
      const { state } = selection;
      const { facts } = source;
      if (!state || !facts) return;
      const found = parseUnit(input.value, state, facts);
      if (typeof found === "string") return say(found);
      selection.choose({ ...found, net: state.net });
      input.value = "";
      say("");
    },
    { signal },
  );
  return h("div", { class: "cw-search-box" }, input, words);
}

/**
 * The unit a person names, or what is wrong with it.
 * @param {string} text "17" or "conv3/17"
 * @param {State} state
 * @param {Facts} facts
 * @returns {{layer: string, unit: number} | string}
 */
export function parseUnit(text, state, facts) {
  const match = text.trim().match(/^(?:(.+?)\s*\/)?\s*(\d+)$/);
  if (!match) return `Write a unit's number, e.g. 17 or ${state.layer}/17.`;
  const layer = match[1] ?? state.layer;
  if (!facts.layers.some(({ name }) => name === layer)) return `There is no layer ${layer}.`;
  const [unit, units] = [Number(match[2]), unitsOf(facts, layer, state.net)];
  if (unit >= units) return `${layer} of ${state.net} has units 0 to ${units - 1}.`;
  return { layer, unit };
}

function swapIcon() {
  return s(
    "svg",
    { width: 16, height: 14, viewBox: "0 0 16 14", "aria-hidden": "true" },
    s("path", {
      d: "M1 4h12M10 1l3 3-3 3M15 10H3M6 7l-3 3 3 3",
      fill: "none",
      stroke: "currentColor",
      "stroke-width": 1.3,
    }),
  );
}
