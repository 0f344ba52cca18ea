/** Pickers: layer, nets, matching, order, a box to name a unit or paste a view, and a button to copy one. */
import { METHODS, ORDERS } from "./context.js";
import { copyButton } from "./copy_view.js";
import { button, h, onResize, s, set } from "./dom.js";
import { walkRadios } from "./keys.js";
import { count } from "./numbers.js";
import { unitsOf } from "./settle.js";
import { isStateText, parseState } from "./state_text.js";

/**
 * @typedef {import("./context.js").Context} Context
 * @typedef {import("./settle.js").State} State
 * @typedef {import("./settle.js").Facts} Facts
 */

/** Below this width words are left out. */
const COMPACT = 1000;
/** Counts of more characters than this go beneath the layer's name, unless the toolbar is as wide as that. */
const LONG = 3;
const WIDE = 1500;

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
  const order = picker("order", "order of units in the matrix, and of the arrow keys there");
  const search = searchBox(context);
  const bar = h(
    "div",
    { class: "cw-toolbar", role: "toolbar", "aria-label": "what is shown" },
    layers.element,
    h("div", { class: "cw-nets" }, netA.element, swap, netB.element),
    method.element,
    order.element,
    h("div", { class: "cw-going" }, search.element, copyButton(context)),
  );
  el.append(bar);
  let compact = false;
  onResize(el, signal, (width) => {
    compact = width < COMPACT;
    bar.classList.toggle("cw-compact", compact);
    layers.fit(width, compact);
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
    search.show(state, facts, compact);
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
  group.addEventListener("keydown", (event) => void walkRadios(buttons, event), { signal });
  // measured by its text: a hidden group has no width, and a picker that changes back and forth would jump
  /** The longest that a layer's count of units gets, whichever nets are chosen. @type {{name: string, most: number}[]} */
  let texts = [];
  let compact = false;
  function fit(width = room, narrow = compact) {
    [room, compact] = [width, narrow];
    const stacked = compact || (room < WIDE && texts.some(({ most }) => most > LONG));
    group.classList.toggle("cw-stacked", stacked);
    const wanted = texts.reduce((sum, { name, most }) => {
      const [wide, small] = [7.6 * name.length, 7 * most];
      return sum + (stacked ? Math.max(wide, small) + 18 : wide + small + 30);
    }, 0);
    const many = wanted > (room < 640 ? room - 8 : (room < 760 ? 0.3 : 0.45) * room);
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
      const { net_a, net_b } = state;
      const key = JSON.stringify([net_a, net_b, facts.layers.map((l) => [l.name, l.units])]);
      if (key !== shown) {
        const all = facts.layers.map(({ name }) => {
          const [a, b] = [unitsOf(facts, name, net_a), unitsOf(facts, name, net_b)];
          if (a === b) return { name, counts: `${a}`, option: count(a, "unit"), words: count(a, "unit") };
          const both = `${a}\u00d7${b}`;
          return { name, counts: both, option: both, words: `${count(a, "unit")} of ${net_a}, ${b} of ${net_b}` };
        });
        buttons = all.map(({ name, counts, words }) =>
          button(
            { class: "cw-layer", role: "radio", "data-layer": name, title: `${name}: ${words}` },
            h("span", { text: name }),
            h("small", { text: counts }),
          ),
        );
        group.replaceChildren(...buttons);
        select.replaceChildren(
          ...all.map(({ name, option }) => h("option", { value: name, text: `${name} \u2013 ${option}` })),
        );
        texts = facts.layers.map(({ name, units }) => {
          const wide = Math.max(...units);
          return { name, most: units.every((n) => n === wide) ? `${wide}`.length : 2 * `${wide}`.length + 1 };
        });
        buttons.forEach((b, i) => (b.style.minWidth = `${6.2 * texts[i].most + 18}px`));
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
function searchBox({ selection, source, status, signal }) {
  const element = h("input", {
    class: "cw-button cw-search",
    type: "text",
    autocomplete: "off",
    spellcheck: "false",
  });
  const say = (/** @type {string} */ text) => {
    status.say(element, text, true);
    set(element, { "aria-invalid": text ? "true" : null });
  };
  element.addEventListener("input", () => say(""), { signal });
  element.addEventListener(
    "keydown",
    (event) => {
      event.stopPropagation();
      if (event.key === "Escape") {
        element.value = "";
        say("");
      }
      if (event.key !== "Enter" || !element.value.trim()) return;
      const { state } = selection;
      const { facts } = source;
      if (!state || !facts) return;
      const unit = parseUnit(element.value, state, facts);
      const isView = typeof unit === "string" && isStateText(element.value);
      const found = isView ? parseState(element.value, facts) : unit;
      if (typeof found === "string") return say(found);
      if ("state" in found) selection.restore(found);
      else selection.choose(found);
      element.value = "";
      say("");
    },
    { signal },
  );
  return {
    element,
    /**
     * @param {State} state
     * @param {Facts} facts
     * @param {boolean} compact
     */
    show(state, facts, compact) {
      const { layer, net } = state;
      const unit = Math.max(0, Math.min(17, unitsOf(facts, layer, net) - 1));
      const how = `Go to a unit: ${unit}, ${layer}/${unit}, ${net}/${unit} or ${net} ${layer}/${unit}, then Enter; or paste a copied view`;
      const example = `${layer}/${unit}`;
      set(element, { "aria-label": how, title: how, placeholder: compact ? example : `unit, e.g. ${example}` });
    },
  };
}

/** Names as people type them: whatever the case and the spaces. */
const plain = (/** @type {string} */ name) => name.toLowerCase().replace(/\s+/g, "");

/**
 * The unit a person names, or what is wrong with it.
 * @param {string} text "17", "conv3/17", "seed 2/17" or "seed 2 conv3/17"
 * @param {State} state what is meant where no layer or net is named
 * @param {Facts} facts
 * @returns {{layer: string, net: string, unit: number} | string}
 */
export function parseUnit(text, state, facts) {
  const match = text.trim().match(/^(?:(.*\S)\s*\/)?\s*(\d+)$/);
  if (!match) return `Write a unit\u2019s number, e.g. 17 or ${state.layer}/17.`;
  const place = match[1] === undefined ? state : placeNamed(match[1], state, facts);
  if (!place) return `There is no layer or net ${match[1]}.`;
  const { layer, net } = place;
  const [unit, units] = [Number(match[2]), unitsOf(facts, layer, net)];
  if (unit >= units) return `${layer} of ${net} has units 0 to ${units - 1}.`;
  return { layer, net, unit };
}

/**
 * @param {string} name of a layer, a net, or both
 * @param {State} state
 * @param {Facts} facts
 * @returns {{layer: string, net: string} | undefined}
 */
function placeNamed(name, { layer, net }, { layers, nets }) {
  const names = layers.map((l) => l.name);
  const places = [
    ...names.map((l) => ({ text: l, layer: l, net })),
    ...nets.map((n) => ({ text: n, layer, net: n })),
    ...nets.flatMap((n) => names.flatMap((l) => [`${n} ${l}`, `${n}/${l}`].map((text) => ({ text, layer: l, net: n })))),
  ];
  return places.find(({ text }) => text === name) ?? places.find(({ text }) => plain(text) === plain(name));
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
