var __defProp = Object.defineProperty;
var __export = (target, all) => {
  for (var name2 in all)
    __defProp(target, name2, { get: all[name2], enumerable: true });
};

// convergent_widgets/widgets/js/closable.js
async function closable(given, show2) {
  if (given?.aborted) return () => {
  };
  const control = new AbortController();
  const close = () => control.abort();
  given?.addEventListener("abort", close, { signal: control.signal });
  try {
    await show2(control.signal);
  } catch (error) {
    close();
    throw error;
  }
  return close;
}

// convergent_widgets/widgets/js/dom.js
var SVG = "http://www.w3.org/2000/svg";
function set(element, attributes) {
  for (const [name2, value] of Object.entries(attributes)) {
    if (name2 === "text") write(element, String(value ?? ""));
    else if (value === null || value === void 0 || value === false) element.removeAttribute(name2);
    else {
      const text = value === true ? "" : String(value);
      if (element.getAttribute(name2) !== text) element.setAttribute(name2, text);
    }
  }
}
function h(tag2, attributes = {}, ...children) {
  const element = document.createElement(tag2);
  set(element, attributes);
  element.append(...children);
  return element;
}
function s(tag2, attributes = {}, ...children) {
  const element = document.createElementNS(SVG, tag2);
  set(element, attributes);
  element.append(...children);
  return element;
}
function button(attributes, ...children) {
  return h("button", { type: "button", ...attributes }, ...children);
}
function write(element, text) {
  if (element.textContent !== text) element.textContent = text;
}
function phrase(element, phrases) {
  element.replaceChildren(...phrases.map((p) => Array.isArray(p) ? h("b", { text: p[0] }) : p));
}
function fitting(element, signal) {
  const words = h("span", { class: "cw-fitted" });
  element.append(words);
  const text = document.createRange();
  let wordings = [];
  const fit = () => {
    for (const wording of wordings) {
      write(words, wording);
      text.selectNodeContents(words);
      if (text.getBoundingClientRect().width <= words.getBoundingClientRect().width + 0.01) return;
    }
  };
  const later = () => requestAnimationFrame(fit);
  onResize(element, signal, later);
  onResize(words, signal, later);
  return (...given) => {
    wordings = given;
    element.title = given[0];
    fit();
  };
}
function onResize(element, signal, draw) {
  let [width, height] = [0, 0];
  const observer = new ResizeObserver((entries) => {
    const box = entries[entries.length - 1].contentRect;
    if (Math.abs(box.width - width) < 0.5 && Math.abs(box.height - height) < 0.5) return;
    [width, height] = [box.width, box.height];
    if (width > 0 && height > 0) draw(width, height);
  });
  observer.observe(element);
  signal.addEventListener("abort", () => observer.disconnect());
  onPixelRatio(signal, () => {
    if (width > 0 && height > 0) draw(width, height);
  });
}
function onPixelRatio(signal, then) {
  if (signal.aborted) return;
  matchMedia(`(resolution: ${devicePixelRatio}dppx)`).addEventListener(
    "change",
    () => {
      onPixelRatio(signal, then);
      then();
    },
    { once: true, signal }
  );
}

// convergent_widgets/widgets/js/numbers.js
var MINUS = "−";
var NONE = "–";
function decimals(value, places3 = 2) {
  if (value === null || value === void 0 || !Number.isFinite(value)) return NONE;
  const text = Math.abs(value).toFixed(places3).replace(/^0\./, ".");
  return value < 0 && /[1-9]/.test(text) ? MINUS + text : text;
}
function places(values) {
  const differ = (n) => new Set(values.map((value) => decimals(value, n))).size;
  return differ(3) > differ(2) ? 3 : 2;
}
function amount(value) {
  if (value === null || value === void 0 || !Number.isFinite(value)) return NONE;
  const size = Math.abs(value);
  if (size >= 1e5 || size > 0 && size < 5e-3)
    return value.toExponential(1).replaceAll("-", MINUS).replace("e+", "e");
  return size >= 100 ? value.toFixed(size >= 1e3 ? 0 : 1).replace("-", MINUS) : decimals(value);
}
function percent(share2) {
  return share2 === null || share2 === void 0 || !Number.isFinite(share2) ? NONE : `${Math.round(100 * share2)} %`;
}
function count(count2, noun) {
  return `${whole(count2)} ${noun}${count2 === 1 ? "" : "s"}`;
}
function whole(value) {
  return Math.round(value).toString().replace(/\B(?=(\d{3})+$)/g, value >= 1e4 ? " " : "");
}
function ordinal(value) {
  return `${value}${["st", "nd", "rd"][value - 1] ?? "th"}`;
}

// convergent_widgets/widgets/js/filter.js
var ONLY = {
  above: "above baseline",
  below: "not above baseline",
  everywhere: "found in all",
  nowhere: "found in none",
  unmatched: "unmatched",
  dead: "dead"
};
var SHORT = {
  above: "above",
  below: "not above",
  everywhere: "in all",
  nowhere: "in none",
  unmatched: "unmatched",
  dead: "dead"
};
var ANY = -1;
var wantsFound = ({ order, only }) => order === "found" || only === "everywhere" || only === "nowhere";
function passing({ only, least_r, method }, table, found) {
  if (only === null && least_r === null) return null;
  const [r, above] = [table.matched(method), table.column(`${method}.above`)];
  const matched = (unit) => table.partner(method, unit) !== null;
  const kinds = {
    above: (unit) => above[unit] === 1,
    // within one net no baseline is defined
    below: (unit) => !table.within && matched(unit) && above[unit] !== 1,
    everywhere: (unit) => !table.dead(unit) && !!found && found.widely[unit] === found.others,
    nowhere: (unit) => !table.dead(unit) && found?.widely[unit] === 0,
    unmatched: (unit) => !table.dead(unit) && !matched(unit),
    dead: (unit) => table.dead(unit)
  };
  const wanted = only === null ? () => true : kinds[only];
  return (unit) => wanted(unit) && (least_r === null || r[unit] >= least_r);
}
function kind({ only }, others) {
  const all = others === 1 ? "found in the other net" : "found in all other nets";
  const words = {
    above: "above the baseline",
    below: "matched, but not above the baseline",
    everywhere: all,
    nowhere: "found in no other net",
    unmatched: "without a partner",
    dead: "dead"
  };
  return only === null ? "" : words[only];
}
function condition(state, others) {
  const least = state.least_r === null ? "" : `r of at least ${decimals(state.least_r)}`;
  const is = kind(state, others);
  return [is && `is ${is}`, least && `has an ${least}`].filter(Boolean).join(" and ");
}
function aboutPassing(state, passed, all, noun, others) {
  const some = `${whole(passed)} of ${count(all, noun)}`;
  const is = kind(state, others);
  const least = state.least_r === null ? "" : `r ≥ ${decimals(state.least_r)}`;
  const verb = is ? passed === 1 ? "is" : "are" : passed === 1 ? "has" : "have";
  const words = [verb, is, is && least ? "with" : "", least].filter(Boolean).join(" ");
  const short2 = [state.only === null ? "" : SHORT[state.only], least].filter(Boolean).join(", ");
  return [
    `${some} of ${state.net_a} ${words}`,
    `${some} ${words}`,
    `${whole(passed)} of ${whole(all)} ${short2}`,
    `${whole(passed)} of ${whole(all)}`
  ];
}
function filters(context) {
  return h("div", { class: "cw-filters" }, onlyPicker(context), leastSlider(context));
}
var kindsOf = (nets, chosen) => Object.keys(ONLY).filter((value) => nets > 1 || value === "dead" || value === chosen);
function onlyPicker({ selection, source, signal }) {
  const select = h("select", { class: "cw-select cw-filter", "data-trait": "only" });
  let made = "";
  select.addEventListener(
    "change",
    () => selection.choose({ only: (
      /** @type {State["only"]} */
      select.value || null
    ) }),
    { signal }
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
      const meant = facts.nets.length > 1 ? "above their baseline or not, found (above the baseline) in all other nets or in none, without a partner, dead" : "dead";
      const label = `units of net A that stand out: ${meant}`;
      set(select, { "aria-label": label, title: label });
    }
    select.value = state.only ?? "";
  }, signal);
  return select;
}
function leastSlider({ selection, signal }) {
  const label = "least r to the partner";
  const input = h("input", { type: "range", min: ANY, max: 1, step: 0.05, "aria-label": label, "data-trait": "least_r" });
  const output = h("output");
  input.addEventListener(
    "input",
    () => selection.choose({ least_r: Number(input.value) === ANY ? null : Number(input.value) }),
    { signal }
  );
  selection.watch(() => {
    const least = selection.state?.least_r ?? null;
    const words = least === null ? "any" : decimals(least);
    if (Number(input.value) !== (least ?? ANY)) input.value = String(least ?? ANY);
    set(input, { "aria-valuetext": words });
    set(output, { text: words });
  }, signal);
  return h("label", { class: "cw-least", title: label }, "r ≥", input, output);
}

// convergent_widgets/widgets/js/orders.js
var known = /* @__PURE__ */ new WeakMap();
function ordering(table, order, method, found) {
  const key2 = `${order}|${method}`;
  const orders = known.get(table) ?? /* @__PURE__ */ new Map();
  known.set(table, orders);
  if (!orders.has(key2)) orders.set(key2, arrange(table, order, method, found));
  return orders.get(key2);
}
function arrange(table, order, method, found) {
  const natural = Int32Array.from({ length: table.rows }, (_, i) => i);
  if (order === "original") return { rows: natural, columns: Int32Array.from({ length: table.columns }, (_, i) => i) };
  const values = table.matched(method);
  const byStrength = natural.slice().sort((i, j) => finite(values[j]) - finite(values[i]) || i - j);
  const widely = found?.widely;
  const dead = (unit) => Number(table.dead(unit));
  if (order === "found" && widely) byStrength.sort((i, j) => dead(i) - dead(j) || widely[j] - widely[i]);
  if (table.within) {
    const rows2 = order === "cycles" ? chains(byStrength, oneToOne(table, method, byStrength)) : byStrength;
    return { rows: rows2, columns: rows2 };
  }
  const partner = oneToOne(table, method, byStrength);
  const paired = (order === "cycles" ? chains(byStrength, partner) : byStrength).filter((row) => partner[row] >= 0);
  const rest = byStrength.filter((row) => partner[row] < 0);
  const rows = order === "found" ? byStrength : Int32Array.from([...paired, ...rest]);
  const columns = Array.from(paired, (row) => partner[row]);
  const taken = new Set(columns);
  for (let column = 0; column < table.columns; column++) if (!taken.has(column)) columns.push(column);
  return { rows, columns: Int32Array.from(columns) };
}
var finite = (value) => Number.isFinite(value) ? value : -2;
function oneToOne(table, method, byStrength) {
  const partner = new Int32Array(table.rows).fill(-1);
  const taken = /* @__PURE__ */ new Set();
  for (const row of byStrength) {
    const column = table.partner(method, row);
    if (column === null || taken.has(column)) continue;
    taken.add(column);
    partner[row] = column;
  }
  return partner;
}
function chains(units, partner) {
  const count2 = units.length;
  const pointedTo = new Set(Array.from(partner).filter((p) => p >= 0 && p < count2));
  const placed = /* @__PURE__ */ new Set();
  const follow2 = (start) => {
    const chain = [];
    for (let unit = start; unit >= 0 && unit < count2 && !placed.has(unit); unit = partner[unit]) {
      placed.add(unit);
      chain.push(unit);
    }
    return chain;
  };
  const opened = Array.from(units).filter((unit) => !pointedTo.has(unit)).map(follow2);
  const cycles = Array.from(units).map(follow2).filter((chain) => chain.length);
  const byLength = (a, b) => b.length - a.length;
  return Int32Array.from([...cycles.sort(byLength), ...opened.sort(byLength)].flat());
}
function stepFrom(units, unit, step, passes = null) {
  const all = Array.from(units);
  const left = passes ? all.filter(passes) : all;
  const at = unit === null ? -1 : all.indexOf(unit);
  if (!left.length) return unit;
  if (at < 0) return left[0];
  const before = passes ? all.slice(0, at).filter(passes).length : at;
  const next = before + step - (step > 0 && !left.includes(all[at]) ? 1 : 0);
  return left[Math.max(0, Math.min(left.length - 1, next))];
}
function onWall(table, order, method, found) {
  const units = Array.from(ordering(table, order, method, found).rows);
  if (order !== "best") return units;
  const r = table.matched(method);
  const dead = (unit) => Number(table.dead(unit));
  return units.sort((i, j) => dead(i) - dead(j) || finite(r[j]) - finite(r[i]) || i - j);
}

// convergent_widgets/widgets/js/context.js
var METHODS = { bipartite: "one-to-one", semi: "best partner" };
var ORDERS = {
  best: "best matches first",
  original: "original order",
  cycles: "permutation cycles",
  found: "most widely found first"
};
var OVERVIEWS = { wall: "patches", ranks: "ranks" };
var PICTURED = { strongest: "strongest", deciles: "deciles", attributions: "attributions" };
var PENALTIES = [1, 0.3, 0.1, 0.03, 0.01, 3e-3, 1e-3, 0];
var PENALTY = 0.1;
var unitName = (layer, unit) => `${layer}/${unit ?? "–"}`;
async function walk({ selection, source }, step) {
  const before = selection.state;
  if (!before) return;
  const { layer, net_a, net_b, method } = before;
  const widely = wantsFound(before) ? await source.found(layer, net_a, method) : void 0;
  const table = source.pairHere(layer, net_a, net_b) ?? await source.pair(layer, net_a, net_b);
  const state = selection.state;
  if (!state || state.layer !== layer || state.net_a !== net_a || state.net_b !== net_b) return;
  if (state.order !== before.order || state.only !== before.only || state.method !== method) return;
  const { rows, columns } = ordering(table, state.order, method, widely);
  const isA = state.net === state.net_a;
  const passes = isA ? passing(state, table, widely) : null;
  selection.choose({ net: state.net, unit: stepFrom(isA ? rows : columns, state.unit, step, passes) });
}
var STEPS = {
  ArrowLeft: -1,
  ArrowUp: -1,
  ArrowRight: 1,
  ArrowDown: 1,
  Home: -Infinity,
  End: Infinity,
  PageUp: -10,
  PageDown: 10
};
var Hover = class {
  /** @type {T | null} */
  place = null;
  #at = "";
  /**
   * @param {PointerEvent} event
   * @param {(event: PointerEvent) => T | null} placeAt
   */
  move(event, placeAt) {
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
};
function walkByKeys(element, go, signal) {
  element.setAttribute("data-lm-suppress-shortcuts", "true");
  element.addEventListener(
    "keydown",
    (event) => {
      const e = (
        /** @type {KeyboardEvent} */
        event
      );
      const step = STEPS[e.key];
      if (step === void 0 || e.ctrlKey || e.metaKey || e.altKey) return;
      e.preventDefault();
      e.stopPropagation();
      go(step);
    },
    { signal }
  );
}

// convergent_widgets/widgets/js/settle.js
function bestUnit(facts, state) {
  const other = state.net === state.net_a ? state.net_b : state.net_a;
  const layer = facts.layers.find((l) => l.name === state.layer);
  return layer?.best[state.method]?.[facts.nets.indexOf(state.net)]?.[facts.nets.indexOf(other)] ?? null;
}
function unitsOf(facts, layer, net) {
  return facts.layers.find((l) => l.name === layer)?.units[facts.nets.indexOf(net)] ?? 0;
}
function exists(facts, { layer, net_a, net_b, net, unit, order, only, ...rest }) {
  const { method, least_r, overview: overview2, pictured, penalty, clusters: clusters2, cluster } = rest;
  const found = facts.layers.find(({ name: name2 }) => name2 === layer);
  if (!found || !Object.hasOwn(found.best, method) || !Object.hasOwn(ORDERS, order)) return false;
  if (only !== null && !Object.hasOwn(ONLY, only)) return false;
  if (!isLeast(least_r) || !Object.hasOwn(OVERVIEWS, overview2)) return false;
  if (!Object.hasOwn(PICTURED, pictured) || !PENALTIES.includes(penalty)) return false;
  if (![net_a, net_b].every((name2) => facts.nets.includes(name2)) || ![net_a, net_b].includes(net)) return false;
  const most = unitsOfPair(facts, layer, net_a, net_b);
  return isWhole(unit, 0, unitsOf(facts, layer, net) - 1) && isWhole(clusters2, 1, most) && isWhole(cluster, 0, (clusters2 ?? most) - 1);
}
function unitsOfPair(facts, layer, a, b) {
  return [.../* @__PURE__ */ new Set([a, b])].reduce((sum, net) => sum + unitsOf(facts, layer, net), 0);
}
var isWhole = (value, least, most) => value === null || Number.isInteger(value) && value >= least && value <= most;
var isLeast = (value) => value === null || typeof value === "number" && value >= -1 && value <= 1;
function settle(facts, before, changes) {
  const after = { ...before, ...changes };
  const named = (trait) => trait in changes;
  const newLayer = after.layer !== before.layer;
  const isShown = () => after.net === after.net_a || after.net === after.net_b;
  if (named("net")) {
    if (!isShown() && !named("net_a")) after.net_a = after.net;
    else if (!isShown() && !named("net_b")) after.net_b = after.net;
  } else if (!isShown() || newLayer && !named("unit")) after.net = after.net_a;
  if (!named("unit") && (newLayer || after.net !== before.net)) after.unit = bestUnit(facts, after);
  const changed = (...traits) => traits.some((trait) => after[trait] !== before[trait]);
  if (!named("clusters") && changed("layer", "net_a", "net_b")) after.clusters = null;
  if (!named("cluster") && (named("unit") || changed("layer", "net_a", "net_b", "net", "unit", "clusters")))
    after.cluster = null;
  if (!exists(facts, after)) return null;
  return after.least_r === null ? after : { ...after, least_r: Math.floor(after.least_r * 1e3 + 0.5) / 1e3 };
}

// convergent_widgets/widgets/js/store.js
var TRAITS = [
  "layer",
  "net_a",
  "net_b",
  "net",
  "unit",
  "order",
  "only",
  "least_r",
  "overview",
  "method",
  "pictured",
  "penalty",
  "clusters",
  "cluster"
];
async function follow(model, key2, host) {
  const reference = model.get(key2);
  if (!reference) return { model, identity: model };
  const id = String(reference).replace(/^(anywidget:|IPY_MODEL_)/, "");
  const own = await model.widget_manager?.get_model?.(id);
  const followed = host?.getModel ? await host.getModel(reference) : own;
  if (!followed) throw new Error(`This page has no model for "${key2}".`);
  return { model: followed, identity: own ?? followed };
}
function listen(model, event, listener, signal) {
  model.on(event, listener);
  signal.addEventListener("abort", () => {
    try {
      model.off?.(event, listener);
    } catch {
    }
  });
}
var Selection = class {
  #model;
  #facts;
  /** @type {Set<() => void>} */
  #listeners = /* @__PURE__ */ new Set();
  #queued = false;
  /**
   * @param {Model} model
   * @param {() => Facts | null} facts
   * @param {AbortSignal} signal
   */
  constructor(model, facts, signal) {
    this.#model = model;
    this.#facts = facts;
    for (const key2 of [...TRAITS, "panels", "address"]) listen(model, `change:${key2}`, () => this.changed(), signal);
    signal.addEventListener("abort", () => this.#listeners.clear());
  }
  /** Redraw all views, once, after the traits that arrive together have arrived. */
  changed() {
    if (this.#queued) return;
    this.#queued = true;
    queueMicrotask(() => {
      this.#queued = false;
      for (const listener of [...this.#listeners]) if (this.#listeners.has(listener)) listener();
    });
  }
  /**
   * @param {() => void} draw called now and after each change
   * @param {AbortSignal} signal
   */
  watch(draw, signal) {
    this.#listeners.add(draw);
    signal.addEventListener("abort", () => this.#listeners.delete(draw));
    draw();
  }
  /** What is selected; null while it does not fit the data, e.g. between two traits that arrive one by one. */
  get state() {
    const facts = this.#facts();
    if (!facts) return null;
    const state = (
      /** @type {State} */
      Object.fromEntries(TRAITS.map((key2) => [key2, this.#model.get(key2) ?? null]))
    );
    if (!PENALTIES.includes(state.penalty)) state.penalty = PENALTY;
    if (!Object.hasOwn(OVERVIEWS, state.overview)) state.overview = "wall";
    if (!isLeast(state.least_r)) state.least_r = null;
    const layer = facts.layers.find((l) => l.name === state.layer);
    const nets = [state.net_a, state.net_b, state.net].map((net) => facts.nets.indexOf(net));
    if (!layer || nets.includes(-1)) return null;
    if (state.unit !== null && !(state.unit >= 0 && state.unit < layer.units[nets[2]])) state.unit = null;
    const most = unitsOfPair(facts, state.layer, state.net_a, state.net_b);
    if (!isWhole(state.clusters, 1, most)) state.clusters = null;
    if (!isWhole(state.cluster, 0, (state.clusters ?? most) - 1)) state.cluster = null;
    return state;
  }
  /**
   * Change the selection; all that follows from it is written in the same step. What can't be changes nothing.
   * @param {Partial<State>} changes
   */
  choose(changes) {
    const [facts, before] = [this.#facts(), this.state];
    const after = facts && before && settle(facts, before, changes);
    if (after) this.#write(after);
  }
  /**
   * Return to a view that exists.
   * @param {{state: State, panels: string[]}} view
   */
  restore({ state, panels }) {
    const open2 = this.panels;
    const same = !open2 || JSON.stringify(open2) === JSON.stringify(panels);
    this.#write(same ? state : { ...state, panels });
  }
  /** What is wrong with the address of the page, empty for nothing; null where it has none. @returns {string | null} */
  get address() {
    return this.#model.get("address") ?? null;
  }
  /** Opened panels, or null where nobody can show any. */
  get panels() {
    const panels = this.#model.get("panels");
    return Array.isArray(panels) ? panels.map(String) : null;
  }
  /** @param {string} panel */
  toggle(panel) {
    const panels = this.panels ?? [];
    this.#write({ panels: panels.includes(panel) ? panels.filter((p) => p !== panel) : [...panels, panel] });
  }
  /** @param {Record<string, any>} values */
  #write(values) {
    let any = false;
    for (const [key2, value] of Object.entries(values)) {
      if ((this.#model.get(key2) ?? null) === value) continue;
      this.#model.set(key2, value);
      any = true;
    }
    if (!any) return;
    try {
      this.#model.save_changes?.();
    } catch {
    }
    this.changed();
  }
};

// convergent_widgets/widgets/js/state_text.js
var state_text_exports = {};
__export(state_text_exports, {
  TRAITS: () => TRAITS2,
  isStateText: () => isStateText,
  parseState: () => parseState,
  textOf: () => textOf
});

// convergent_widgets/widgets/js/panels.js
var PANELS = [
  ["means", "Mean activations"],
  ["prediction", "Few to one"],
  ["clusters", "Many to many"]
];
function panelButtons({ el, model, selection, signal }) {
  const inline = inlineOf(model);
  if (!selection.panels && !inline) return;
  for (const [name2, label] of PANELS) {
    if (inline && !inline.includes(name2)) continue;
    const b = button(
      { class: "cw-disclosure", "data-panel": name2 },
      h("span", { class: "cw-chevron", "aria-hidden": "true" }),
      label
    );
    el.append(b);
    b.addEventListener("click", () => selection.toggle(name2), { signal });
    selection.watch(() => set(b, { "aria-expanded": String(selection.panels?.includes(name2) ?? false) }), signal);
  }
}
function inlineOf(model) {
  const names = model.get("inline_panels");
  return Array.isArray(names) ? names : null;
}
function closeButton({ el, selection, signal }, panel) {
  const words = "Close this panel";
  const b = button({ class: "cw-button cw-close", "aria-label": words, title: words, text: "×" });
  b.addEventListener(
    "click",
    (event) => {
      selection.toggle(panel);
      opener(el, panel)?.focus({ preventScroll: event.detail > 0 });
    },
    { signal }
  );
  selection.watch(() => set(b, { hidden: !selection.panels?.includes(panel) }), signal);
  return b;
}
function opener(el, panel) {
  for (let around = el.parentElement; around; around = around.parentElement) {
    const found = around.querySelector(`.cw-disclosure[data-panel="${panel}"]`);
    if (found) return (
      /** @type {HTMLElement} */
      found
    );
  }
  return null;
}

// convergent_widgets/widgets/js/state_text.js
var TRAITS2 = [
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
  ["cluster", "whole", null]
];
var LONGEST = 2e4;
var BESIDE_NAMES = 1e3;
var NUMBERS = {
  whole: /^-?[0-9]{1,15}$/,
  decimal: /^-?(?:[0-9]{1,15}\.?[0-9]{0,20}|\.[0-9]{1,20})(?:[eE][+-]?[0-9]{1,2})?$/
};
var encode = (text) => encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`).replace(/%20/g, "+");
function longest({ layers, nets }) {
  const most = (names) => Math.max(...names.map((name2) => encode(name2).length));
  return Math.max(LONGEST, most(layers.map(({ name: name2 }) => name2)) + 3 * most(nets) + BESIDE_NAMES);
}
function textOf(state, panels) {
  const parts2 = TRAITS2.filter(([name2, , usual]) => usual === void 0 || state[name2] !== usual).map(
    ([name2]) => `${name2}=${encode(String(state[name2] ?? ""))}`
  );
  if (panels?.length) parts2.push(`panels=${panels.map(encode).join(",")}`);
  return parts2.join("&");
}
var isStateText = (text) => /(^|[#?&\s])(layer|net_a|net_b|net|unit)=/.test(text);
function parseState(text, facts) {
  const given = parts(text, longest(facts));
  if (typeof given === "string") return given;
  const known2 = [...TRAITS2.map(([name2]) => String(name2)), "panels"];
  const strange = [...given.keys()].find((name2) => !known2.includes(name2));
  if (strange !== void 0) return `A view has no “${short(strange)}”.`;
  const missing = TRAITS2.find(([name2, , usual]) => usual === void 0 && !given.has(name2));
  if (missing) return `The text does not say which ${missing[0]}.`;
  const state = {};
  for (const [name2, kind2, usual] of TRAITS2) {
    const value = given.get(name2);
    state[name2] = value === void 0 ? usual : valueOf(value, kind2, usual === null || name2 === "unit");
    if (state[name2] === void 0) return `${name2} must be a ${kind2} number, not “${short(value ?? "")}”.`;
  }
  const panels = (given.get("panels") ?? "").split(",").filter(Boolean);
  const found = viewOf(
    /** @type {State} */
    state,
    facts
  );
  if (typeof found === "string") return found;
  return wrongPanel(panels) ?? { state: found, panels: [...new Set(panels)] };
}
function parts(text, most) {
  if (text.length > most) return `A view has at most ${most} characters of text.`;
  const trimmed = text.trim();
  const query = trimmed.slice(trimmed.indexOf("#") + 1).replace(/^\?/, "");
  const given = /* @__PURE__ */ new Map();
  for (const part of query.split("&")) {
    const at = part.indexOf("=");
    if (at < 0) return `A view is written layer=…&net_a=… and so on, not “${short(part)}”.`;
    try {
      const [name2, value] = [part.slice(0, at), part.slice(at + 1)].map(
        (p) => decodeURIComponent(p.replace(/\+/g, " "))
      );
      if (given.has(name2)) return `The text says ${short(name2)} twice.`;
      given.set(name2, value);
    } catch {
      return `“${short(part)}” is not encoded as in a URL.`;
    }
  }
  return given;
}
function valueOf(text, kind2, none) {
  if (text === "" && none) return null;
  if (kind2 === "name") return text;
  return NUMBERS[kind2].test(text) ? Number(text) + 0 : void 0;
}
function viewOf(state, facts) {
  const { layer, net, unit } = state;
  if (!facts.layers.some(({ name: name2 }) => name2 === layer)) return `There is no layer ${short(layer)}.`;
  const strange = [state.net_a, state.net_b, net].find((name2) => !facts.nets.includes(name2));
  if (strange !== void 0) return `There is no net ${short(strange)}.`;
  if (net !== state.net_a && net !== state.net_b) return `net must be one of the two nets shown, not ${short(net)}.`;
  const units = unitsOf(facts, layer, net);
  if (unit !== null && !(unit >= 0 && unit < units)) return `${layer} of ${net} has units 0 to ${units - 1}.`;
  let view2 = { ...state };
  for (const [name2, , usual] of TRAITS2) if (usual !== void 0) view2 = { ...view2, [name2]: usual };
  for (const [name2] of TRAITS2) {
    const next = settle(facts, { ...view2, [name2]: state[name2] }, {});
    if (!next) return `There is no ${name2} “${short(String(state[name2]))}” here.`;
    view2 = next;
  }
  return view2;
}
function wrongPanel(panels) {
  const strange = panels.find((panel) => !PANELS.some(([name2]) => name2 === panel));
  return strange === void 0 ? null : `There are no panels named ${short(strange)}.`;
}
var short = (text) => text.length > 60 ? `${text.slice(0, 59)}…` : text;

// convergent_widgets/widgets/js/address.js
var REST = 150;
function followAddress(model, data, signal) {
  if (!/^(https?|file):$/.test(location.protocol)) return;
  const facts = () => data.get("facts") ?? null;
  const selection = new Selection(model, facts, signal);
  const shown = () => selection.state ? textOf(selection.state, selection.panels) : "";
  let [written, later] = ["", 0];
  const open2 = () => {
    clearTimeout(later);
    const text = location.hash.slice(1);
    const found = text.includes("=") && facts() ? parseState(text, facts()) : null;
    if (found && typeof found !== "string") selection.restore(found);
    written = shown();
    model.set("address", typeof found === "string" ? found : "");
  };
  const write2 = () => {
    const text = shown();
    if (!text || text === written) return;
    written = text;
    model.set("address", "");
    try {
      history.replaceState(history.state, "", `#${text}`);
    } catch {
    }
  };
  open2();
  addEventListener("hashchange", open2, { signal });
  selection.watch(() => {
    clearTimeout(later);
    later = setTimeout(write2, REST);
  }, signal);
  signal.addEventListener("abort", () => clearTimeout(later));
}
var addressOf = (text) => `${location.href.split("#")[0]}#${text}`;

// convergent_widgets/widgets/js/host.js
var PageModel = class {
  #state;
  #answer;
  /** @type {Map<string, Set<Function>>} */
  #listeners = /* @__PURE__ */ new Map();
  /**
   * @param {Record<string, any>} state
   * @param {Answerer} [answer]
   */
  constructor(state, answer) {
    this.#state = { ...state };
    this.#answer = answer;
  }
  /** @param {string} key */
  get(key2) {
    return this.#state[key2];
  }
  /**
   * @param {string} key
   * @param {any} value
   */
  set(key2, value) {
    if (this.#state[key2] === value) return;
    this.#state[key2] = value;
    this.#tell(`change:${key2}`, value);
    this.#tell("change");
  }
  /**
   * @param {string} event
   * @param {Function} listener
   */
  on(event, listener) {
    this.#listeners.set(event, (this.#listeners.get(event) ?? /* @__PURE__ */ new Set()).add(listener));
  }
  /**
   * @param {string} event
   * @param {Function} listener
   */
  off(event, listener) {
    this.#listeners.get(event)?.delete(listener);
  }
  save_changes() {
  }
  /** @param {any} message */
  async send({ id, ...question }) {
    try {
      if (!this.#answer) throw new Error("This page answers no questions.");
      const { meta, buffers } = await this.#answer(question);
      this.#tell("msg:custom", { id, meta }, buffers);
    } catch (error) {
      this.#tell("msg:custom", { id, error: error instanceof Error ? error.message : String(error) });
    }
  }
  /**
   * @param {string} event
   * @param {...any} values
   */
  #tell(event, ...values) {
    for (const listener of [...this.#listeners.get(event) ?? []]) listener(...values);
  }
};
function createPage({ models: states, answer, widget: widget2, signal = new AbortController().signal, address = false }) {
  const models = Object.fromEntries(
    Object.entries(states).map(([name2, state]) => [name2, new PageModel(state, answer)])
  );
  const find = (reference) => {
    const model = models[reference.replace(/^anywidget:/, "")];
    if (!model) throw new Error(`This page has no model ${reference}.`);
    return model;
  };
  if (address) followAddress(find("selection"), find("data"), signal);
  const host = {
    getModel: async (reference) => find(reference),
    getWidget: async (reference) => ({
      exports: void 0,
      render: ({ el, signal: own }) => widget2.render({ model: find(reference), el, signal: own ?? signal, host })
    })
  };
  return {
    models,
    host,
    /**
     * @param {string} name
     * @param {HTMLElement} el
     */
    mount: (name2, el) => widget2.render({ model: find(name2), el, signal, host })
  };
}

// convergent_widgets/widgets/js/palette.js
var rgb = (hex) => [parseInt(hex.slice(1, 3), 16), parseInt(hex.slice(3, 5), 16), parseInt(hex.slice(5, 7), 16)];
var STOPS = {
  light: [
    "#0b3c72",
    "#2166ac",
    "#4393c3",
    "#92c5de",
    "#d3e5f0",
    "#f6f6f6",
    "#fcdcc8",
    "#f3a582",
    "#d6604d",
    "#b2182b",
    "#7a0c22"
  ],
  dark: [
    "#c3e3fa",
    "#84c0ec",
    "#559bd0",
    "#376f9c",
    "#254660",
    "#1d2128",
    "#543320",
    "#8d4c22",
    "#c96d27",
    "#f2944b",
    "#ffc999"
  ]
};
var NETS = ["#2f86cc", "#b8811c", "#1f9c7a", "#c2609f", "#8b73e0", "#8f8f2e", "#d0595f", "#2f98ad"];
var NO_CORRELATION = { light: "#b9bec7", dark: "#4b515b" };
function colour(dark, r) {
  const stops = STOPS[dark ? "dark" : "light"];
  const at = (Math.max(-1, Math.min(1, r)) + 1) / 2 * (stops.length - 1);
  const low = Math.min(Math.floor(at), stops.length - 2);
  const [from, to] = [rgb(stops[low]), rgb(stops[low + 1])];
  return (
    /** @type {Rgb} */
    from.map((v, i) => Math.round(v + (to[i] - v) * (at - low)))
  );
}
var netColour = (net) => NETS[net % NETS.length];
var STEPS2 = 512;
function lookUp(dark) {
  const table = new Uint32Array(2 * STEPS2 + 2);
  const pixel = ([r, g, b]) => (255 << 24 | b << 16 | g << 8 | r) >>> 0;
  for (let i = 0; i <= 2 * STEPS2; i++) table[i] = pixel(colour(dark, i / STEPS2 - 1));
  table[2 * STEPS2 + 1] = pixel(rgb(NO_CORRELATION[dark ? "dark" : "light"]));
  return table;
}
function gradient(dark, positive = false) {
  const stops = STOPS[dark ? "dark" : "light"];
  return `linear-gradient(90deg, ${stops.slice(positive ? (stops.length - 1) / 2 : 0).join(", ")})`;
}
var noCorrelation = (dark) => NO_CORRELATION[dark ? "dark" : "light"];

// convergent_widgets/widgets/js/tables.js
function decode(type, buffer) {
  return new type(
    /** @type {ArrayBuffer} */
    bytes(buffer).slice().buffer
  );
}
function bytes(buffer) {
  if (buffer instanceof ArrayBuffer) return new Uint8Array(buffer);
  return new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength);
}
var PairTable = class {
  #values;
  #fields;
  /**
   * @param {PairMeta} meta
   * @param {(DataView | ArrayBufferView)[]} buffers
   */
  constructor(meta, buffers) {
    this.rows = meta.rows;
    this.columns = meta.columns;
    this.within = meta.within;
    this.methods = meta.methods;
    this.deadUnits = meta.dead;
    this.#fields = meta.fields;
    this.#values = decode(Float32Array, buffers[0]);
    this.size = this.#values.byteLength;
  }
  /**
   * The numbers of one field; all NaN where the pair has none.
   * @param {string} field
   */
  column(field) {
    const at = this.#fields.indexOf(field);
    if (at < 0) return new Float32Array(this.rows).fill(NaN);
    return this.#values.subarray(at * this.rows, (at + 1) * this.rows);
  }
  /**
   * @param {string} field
   * @param {number} unit
   */
  at(field, unit) {
    const at = this.#fields.indexOf(field);
    return at < 0 ? NaN : this.#values[at * this.rows + unit];
  }
  /**
   * A unit's partner by a method, or its most similar unit within one net; null where it has none.
   * @param {string} method
   * @param {number} unit
   */
  partner(method, unit) {
    const partner = this.at(this.within ? "best" : `${method}.unit`, unit);
    return partner >= 0 ? partner : null;
  }
  /**
   * r with the partner.
   * @param {string} method
   */
  matched(method) {
    return this.column(this.within ? "best_r" : `${method}.r`);
  }
  /** @param {number} unit */
  dead(unit) {
    return this.at("dead", unit) === 1;
  }
};
var Correlations = class _Correlations {
  /**
   * @param {{rows: number, columns: number}} meta
   * @param {(DataView | ArrayBufferView)[]} buffers
   */
  constructor(meta, buffers) {
    this.rows = meta.rows;
    this.columns = meta.columns;
    this.values = decode(Int16Array, buffers[0]);
    this.size = this.values.byteLength;
  }
  /**
   * r, NaN where a dead unit leaves none.
   * @param {number} row
   * @param {number} column
   */
  at(row, column) {
    const value = this.values[row * this.columns + column];
    return value === _Correlations.NONE ? NaN : value / _Correlations.ONE;
  }
  static NONE = -32768;
  static ONE = 32767;
};
var DECILES = 9;
var TopTable = class {
  #kept;
  #images;
  #boxes;
  #cells;
  #activations;
  /**
   * @param {{units: number, k: number, pictures: number, which: string, kept?: number[]}} meta kept: the units whose
   *   patches are here, where not all are
   * @param {(DataView | ArrayBufferView)[]} buffers
   */
  constructor(meta, buffers) {
    this.#kept = meta.kept ? new Set(meta.kept) : null;
    this.k = meta.k;
    this.units = meta.units;
    this.set = meta.pictures;
    this.which = meta.which;
    this.#images = decode(Int32Array, buffers[0]);
    this.#boxes = decode(Int32Array, buffers[1]);
    this.#cells = decode(Int32Array, buffers[2]);
    this.#activations = decode(Float32Array, buffers[3]);
    this.size = this.#images.byteLength * 10;
  }
  /** @param {number} unit */
  leavesOut(unit) {
    return this.#kept !== null && !this.#kept.has(unit);
  }
  /** All images of the table, each once. */
  get images() {
    return [...new Set(this.#images)].filter((image) => image >= 0);
  }
  /**
   * A unit's patches, strongest first; fewer than k where fewer images activate it, and then none stands for a decile.
   * @param {number} unit
   * @returns {Patch[]}
   */
  patches(unit) {
    const patches = [];
    for (let i = unit * this.k; i < (unit + 1) * this.k; i++) {
      if (!(this.#images[i] >= 0)) continue;
      const box = (from) => (
        /** @type {Box} */
        [...from.subarray(4 * i, 4 * i + 4)]
      );
      const cell = box(this.#cells);
      patches.push({
        set: this.set,
        image: this.#images[i],
        box: box(this.#boxes),
        cell: cell[2] > cell[0] ? cell : null,
        activation: this.#activations[i],
        decile: null,
        attributed: null
      });
    }
    if (this.which === "deciles" && patches.length === DECILES) patches.forEach((p, i) => p.decile = DECILES - i);
    return patches;
  }
};
var HeldOut = class {
  /**
   * @param {{mean: number | null, agreement: number | null, unjudged: number, sampling_error: number | null}} meta
   * @param {(DataView | ArrayBufferView)[]} buffers
   */
  constructor(meta, buffers) {
    this.mean = meta.mean;
    this.agreement = meta.agreement;
    this.unjudged = meta.unjudged;
    this.samplingError = meta.sampling_error;
    this.r = decode(Float32Array, buffers[0]);
    this.size = this.r.byteLength;
  }
};
var Found = class {
  /**
   * @param {{others: number, ring: string[]}} meta
   * @param {(DataView | ArrayBufferView)[]} buffers
   */
  constructor(meta, buffers) {
    this.others = meta.others;
    this.ring = meta.ring;
    const both = decode(Int32Array, buffers[0]);
    this.widely = both.subarray(0, both.length / 2);
    this.arrived = both.subarray(both.length / 2);
    this.size = both.byteLength;
  }
  /**
   * Neighbours in an order that are found equally widely, group by group; dead ones are a group of their own.
   * @param {ArrayLike<number>} units
   * @param {PairTable} table of the net
   * @returns {{widely: number | null, start: number, end: number}[]} widely: null for dead units
   */
  groups(units, table) {
    const groups = [];
    for (let i = 0; i < units.length; i++) {
      const widely = table.dead(units[i]) ? null : this.widely[units[i]];
      if (groups.at(-1)?.widely === widely) groups[groups.length - 1].end = i + 1;
      else groups.push({ widely, start: i, end: i + 1 });
    }
    return groups;
  }
};

// convergent_widgets/widgets/js/raster.js
function paint(image, matrix2, order, view2, colours, within) {
  const pixels = new Uint32Array(image.data.buffer);
  const rows = spans(image.height, view2.high, view2.top, matrix2.rows);
  const columns = spans(image.width, view2.wide, view2.left, matrix2.columns);
  const none = colours[colours.length - 1];
  const toStep = STEPS2 / Correlations.ONE;
  let at = 0;
  for (let y = 0; y < image.height; y++) {
    const [top, bottom] = [rows[2 * y], rows[2 * y + 1]];
    if (y > 0 && top === rows[2 * y - 2] && bottom === rows[2 * y - 1]) {
      pixels.copyWithin(at, at - image.width, at);
      at += image.width;
      continue;
    }
    for (let x = 0; x < image.width; x++) {
      let greatest = Correlations.NONE;
      for (let i = top; i < bottom; i++) {
        const start = order.rows[i] * matrix2.columns;
        for (let j = columns[2 * x]; j < columns[2 * x + 1]; j++) {
          const value = matrix2.values[start + order.columns[j]];
          if (value === Correlations.NONE || within && order.rows[i] === order.columns[j]) continue;
          if (greatest === Correlations.NONE || Math.abs(value) > Math.abs(greatest)) greatest = value;
        }
      }
      pixels[at++] = greatest === Correlations.NONE ? none : colours[Math.round(greatest * toStep) + STEPS2];
    }
  }
}
function spans(pixels, scale, start, cells) {
  const found = new Int32Array(2 * pixels);
  for (let p = 0; p < pixels; p++) {
    const first = scale >= 1 ? Math.floor(start + (p + 0.5) / scale) : Math.floor(start + p / scale + 1e-6);
    const last = scale >= 1 ? first + 1 : Math.floor(start + (p + 1) / scale + 1e-6);
    found[2 * p] = Math.max(0, Math.min(cells - 1, first));
    found[2 * p + 1] = Math.max(found[2 * p] + 1, Math.min(cells, last));
  }
  return found;
}

// convergent_widgets/widgets/js/cluster_matrix.js
var MARGIN = { left: 28, top: 24 };
var STRIP = 5;
var LEAST = { number: 12, line: 3 };
function clusterMatrix(el, theme, signal, choose, step) {
  const canvas = h("canvas", {
    class: "cw-canvas",
    tabindex: 0,
    role: "application",
    "aria-roledescription": "block matrix"
  });
  const plot = h("div", { class: "cw-plot" }, canvas);
  const scale = h("span", { class: "cw-scale", "aria-hidden": "true" });
  const itself = h("span", { class: "cw-swatch", "aria-hidden": "true" });
  const nets = ["cw-net-a", "cw-net-b"].map((name2) => ({
    swatch: h("span", { class: `cw-swatch ${name2}`, "aria-hidden": "true" }),
    words: h("span", { class: "cw-clip" })
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
        "itself"
      ),
      h("span", { class: "cw-legend cw-legend-nets" }, ...nets.flatMap(({ swatch, words }) => [swatch, words]))
    ),
    h("div", { class: "cw-panel-foot" }, readout)
  );
  const screen = (
    /** @type {CanvasRenderingContext2D} */
    canvas.getContext("2d")
  );
  const kept = h("canvas");
  const hover = new Hover();
  let shown = null;
  let room = 0;
  let side = 1;
  let painted = { values: (
    /** @type {unknown} */
    null
  ), key: "" };
  function draw() {
    if (!shown || !room) return;
    const { values } = shown;
    const dots = devicePixelRatio || 1;
    side = Math.max(1, room);
    const pixels = Math.max(1, Math.round(side * dots));
    const key2 = `${theme.dark} ${pixels}`;
    if (painted.values !== values || painted.key !== key2) {
      kept.width = kept.height = pixels;
      const brush = (
        /** @type {CanvasRenderingContext2D} */
        kept.getContext("2d")
      );
      const image = brush.createImageData(pixels, pixels);
      const order = Int32Array.from({ length: values.rows }, (_, i) => i);
      const view2 = { wide: pixels / values.rows, high: pixels / values.rows, left: 0, top: 0 };
      paint(image, values, { rows: order, columns: order }, view2, lookUp(theme.dark), true);
      brush.putImageData(image, 0, 0);
      painted = { values, key: key2 };
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
    const ink = (name2) => style.getPropertyValue(name2).trim();
    const cell = side / clustering.live;
    screen.setTransform(1, 0, 0, 1, 0, 0);
    screen.clearRect(0, 0, canvas.width, canvas.height);
    screen.drawImage(kept, Math.round(MARGIN.left * dots), Math.round(MARGIN.top * dots));
    screen.setTransform(dots, 0, 0, dots, MARGIN.left * dots, MARGIN.top * dots);
    for (const { start, middle, end } of clustering.blocks) {
      for (
        const [from, to, colour2] of
        /** @type {[number, number, string][]} */
        [
          [start, middle, ink("--cw-net-a")],
          [middle, end, ink("--cw-net-b")]
        ]
      ) {
        screen.fillStyle = colour2;
        screen.fillRect(-STRIP - 2, from * cell, STRIP, (to - from) * cell);
        screen.fillRect(from * cell, -STRIP - 2, (to - from) * cell, STRIP);
      }
    }
    borders(cell, ink("--cw-surface"), ink("--cw-text"));
    const chosen = clustering.blocks.find((block) => block.label === label);
    const under = hover.place && clustering.blockAt(hover.place.row >= 0 ? hover.place.row : hover.place.column);
    if (chosen) frame(chosen, cell, ink("--cw-surface"), ink("--cw-accent"));
    numbers(cell, chosen, under || void 0, ink);
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
      "data-cell": cell.toFixed(4)
    });
    tell();
  }
  function borders(cell, ground, colour2) {
    const { blocks } = (
      /** @type {Shown} */
      shown.clustering
    );
    const least = Math.min(...blocks.map(({ start, end }) => (end - start) * cell));
    if (least < LEAST.line) return;
    for (
      const [stroke, width, alpha] of
      /** @type {[string, number, number][]} */
      [
        [ground, 3, least < LEAST.number ? 0 : 0.8],
        [colour2, 1, least < LEAST.number ? 0.4 : 1]
      ]
    ) {
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
  function frame({ start, end }, cell, ground, colour2) {
    const [at, size] = [start * cell, (end - start) * cell];
    screen.strokeStyle = colour2;
    screen.globalAlpha = 0.75;
    screen.lineWidth = 1;
    screen.strokeRect(0, at, side, size);
    screen.strokeRect(at, 0, size, side);
    screen.globalAlpha = 1;
    for (
      const [stroke, width] of
      /** @type {[string, number][]} */
      [
        [ground, 5],
        [colour2, 2.5]
      ]
    ) {
      screen.strokeStyle = stroke;
      screen.lineWidth = width;
      screen.strokeRect(at, at, size, size);
    }
  }
  function numbers(cell, chosen, under, ink) {
    const { blocks } = (
      /** @type {Shown} */
      shown.clustering
    );
    const { fontFamily } = getComputedStyle(canvas);
    screen.textAlign = "center";
    screen.textBaseline = "middle";
    const others = blocks.filter((b) => b !== chosen && b !== under && (b.end - b.start) * cell >= LEAST.number);
    const strong = [under, chosen].filter((b) => b !== void 0);
    for (const block of [...others, ...strong]) {
      const at = Math.max(6, Math.min(side - 6, (block.start + block.end) / 2 * cell));
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
    const name2 = (place) => {
      const { isA, unit } = clustering.unitAt(place);
      return `${names[isA ? 0 : 1]}/${unit}`;
    };
    if (!a || !b) return sayReadout(`cluster ${(a ?? b)?.label}`);
    const where = a === b ? `cluster ${a.label}` : `clusters ${a.label} × ${b.label}`;
    if (row === column) return sayReadout(`${where}: ${name2(row)} itself`);
    const [i, j] = [clustering.unitAt(row).unit, clustering.unitAt(column).unit];
    const r = decimals(values.at(row, column));
    sayReadout(`${where}: ${name2(row)} × ${name2(column)}, ${r}`, `${where}: ${i} × ${j}, ${r}`);
  }
  function placeAt(event) {
    const box = canvas.getBoundingClientRect();
    const live = shown?.clustering.live ?? 0;
    const inside = (at) => at < 0 || at >= side ? -1 : Math.min(live - 1, Math.floor(at / side * live));
    return {
      row: inside(event.clientY - box.top - MARGIN.top),
      column: inside(event.clientX - box.left - MARGIN.left)
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
    { signal }
  );
  canvas.addEventListener(
    "pointerleave",
    () => {
      hover.leave();
      mark();
    },
    { signal }
  );
  canvas.addEventListener(
    "click",
    (event) => {
      const { row, column } = placeAt(event);
      const block = shown?.clustering.blockAt(row >= 0 ? row : column);
      if (block) choose(block.label);
    },
    { signal }
  );
  walkByKeys(
    canvas,
    (by) => {
      hover.hide();
      step(by);
    },
    signal
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
        "aria-label": `Affinities of all units of ${names.join(" and ")} in ${layer}, in ${clustering.clusters} clusters. ${label < 0 ? "None is shown" : `Cluster ${label} is shown`}. Arrow keys step through them.`
      });
      draw();
    }
  };
}

// convergent_widgets/widgets/js/clustering.js
var Clustering = class {
  #labels;
  #order;
  #affinity;
  /**
   * @param {Meta} meta
   * @param {(DataView | ArrayBufferView)[]} buffers
   */
  constructor(meta, buffers) {
    this.meta = meta;
    this.#labels = decode(Int32Array, buffers[0]);
    this.#order = decode(Int32Array, buffers[1]);
    this.#affinity = decode(Float32Array, buffers[2]);
    let start = 0;
    this.blocks = meta.order.map((label) => {
      const [a, b] = meta.sizes[label];
      const block = { label, start, middle: start + a, end: start + a + b };
      start = block.end;
      return block;
    });
    this.size = 3 * this.#labels.byteLength;
  }
  /** How many clusters there are. */
  get clusters() {
    return this.blocks.length;
  }
  /** How many units are in any cluster. */
  get live() {
    return this.#order.length;
  }
  /**
   * The unit at a place of the diagonal.
   * @param {number} place
   */
  unitAt(place) {
    const [row, { rows }] = [this.#order[place], this.meta];
    return row < rows ? { isA: true, unit: row } : { isA: false, unit: row - rows };
  }
  /**
   * The place of a unit on the diagonal, -1 for a dead one.
   * @param {boolean} isA
   * @param {number} unit
   */
  placeOf(isA, unit) {
    return this.#order.indexOf(isA ? unit : this.meta.rows + unit);
  }
  /**
   * The cluster of a unit, -1 for a dead one.
   * @param {boolean} isA
   * @param {number} unit
   */
  labelOf(isA, unit) {
    return this.#labels[isA ? unit : this.meta.rows + unit];
  }
  /**
   * The block that holds a place of the diagonal.
   * @param {number} place
   */
  blockAt(place) {
    return this.blocks.find(({ start, end }) => place >= start && place < end);
  }
  /**
   * A cluster's units of one net with their mean affinity to its units of the other one, the greatest first.
   * @param {number} label
   * @param {boolean} isA
   * @returns {{unit: number, affinity: number}[]}
   */
  members(label, isA) {
    const block = this.blocks.find((each) => each.label === label);
    if (!block) return [];
    const rows = this.#order.subarray(...isA ? [block.start, block.middle] : [block.middle, block.end]);
    return Array.from(rows, (row) => ({ unit: isA ? row : row - this.meta.rows, affinity: this.#affinity[row] }));
  }
  /**
   * The affinities of all live units of both nets in the order of the diagonal: r, negative ones as 0.
   * @param {Correlations} aa within net A
   * @param {Correlations} ab between
   * @param {Correlations} bb within net B
   */
  matrix(aa, ab, bb) {
    const [order, { rows }] = [this.#order, this.meta];
    const values = new Int16Array(order.length ** 2);
    let at = 0;
    for (const i of order) {
      for (const j of order) {
        const r = i < rows ? j < rows ? aa.values[i * rows + j] : ab.values[i * ab.columns + j - rows] : j < rows ? ab.values[j * ab.columns + i - rows] : bb.values[(i - rows) * bb.columns + j - rows];
        values[at++] = Math.max(0, r);
      }
    }
    return new Correlations({ rows: order.length, columns: order.length }, [values]);
  }
};
var percent2 = (share2) => `${Math.round(100 * share2)} %`;
function aboutAll({ meta, live }) {
  if (!live) return "All units of both nets are dead in this layer, so that there is nothing to cluster.";
  const { sizes, asked, rows, columns } = meta;
  const both = sizes.filter(([a, b]) => a && b).length;
  const dead = rows + columns - live;
  const deadWords = dead ? `; ${count(dead, "dead unit")} ${dead === 1 ? "is" : "are"} left out` : "";
  const why = asked === null ? "by the largest eigengap" : "as asked for";
  return `${count(sizes.length, "cluster")} ${why}; ${both} ${both === 1 ? "holds" : "hold"} units of both nets${deadWords}.`;
}
function aboutCluster({ layer, net_a, net_b, net, unit, cluster }, { meta, clusters: clusters2, live }, label) {
  if (!live) return [];
  const hint = "Click one in the matrix to see its units.";
  if (cluster !== null && label < 0)
    return [`There is no cluster ${cluster}: the units fall into ${clusters2}, numbered from 0. ${hint}`];
  if (unit === null && label < 0) return [`No unit is selected, hence no cluster. ${hint}`];
  if (label < 0) return [`${net} ${layer}/${unit} is dead and in no cluster. ${hint}`];
  const [a, b] = meta.sizes[label];
  const start = [[`Cluster ${label}`], `, one of ${clusters2}: ${count(a, "unit")} of ${net_a} and ${b || "none"} of ${net_b}`];
  if (!a || !b) return [...start, "; nothing is shared."];
  const outside = meta.outside[label];
  const beside = outside === null ? "" : ` (${percent2(outside)} with units outside it)`;
  return [...start, "; ", [`${percent2(meta.shared[label])} shared`], `${beside}.`];
}
var EXPLAINED = [
  "Affinity of two units is their r, a negative one counts as 0. The paper leaves open whether to take |r| instead.",
  "All units of both nets are split in two where the normalised cut is least, then again, the weakest link first. The paper names no stopping rule: here it is the largest gap of the Laplacian’s eigenvalues, two clusters at least, or a number of your own. Clusters are numbered by size, 0 is the largest; neighbours on the diagonal were split last.",
  "Shared is linear CKA of the cluster’s units of both nets, standardised: for one unit each r², 100 % where they are the same up to a rotation. Beside it stands what its units reach with those of the other net outside the cluster.",
  'In Python, comparison.clusters has other choices: sign="absolute", method="flat".'
];
var aboutAffinity = (layer, affinity, other) => Number.isFinite(affinity) ? `mean affinity ${decimals(affinity)} to this cluster’s units of ${other}, ${layer}` : `this cluster holds no units of ${other}`;

// convergent_widgets/widgets/js/arrange.js
var FACTS = { wide: 108, high: 95, most: 190 };
var REST2 = 107;
var SQUARE = { small: 88, good: 126, most: 240 };
var SPARE = { beside: 130, below: 100 };
var BELOW = { gain: 1.3, fills: 0.8 };
var [GAIN, STEP] = [1.1, 8];
var SLACK = 0.15;
var GAP = [3, 6];
function arrange2(width, height) {
  const high = height - REST2;
  const fill = Math.min(width, SQUARE.most);
  const beside = Math.min(
    width - FACTS.wide,
    Math.max(SQUARE.good, high - SPARE.beside),
    Math.max(SQUARE.small, high),
    SQUARE.most
  );
  if (beside < SQUARE.small)
    return below(Math.min(fill, Math.max(SQUARE.good, high - FACTS.high)));
  const lower = Math.min(fill, high - FACTS.high - SPARE.below);
  if (lower >= BELOW.gain * beside && lower >= BELOW.fills * fill) return below(lower);
  const square = Math.floor(beside);
  return { square, wide: Math.max(square, STEP * Math.floor((width - FACTS.most) / STEP)), below: false };
}
var below = (side) => ({ square: Math.floor(side), wide: Math.floor(side), below: true });
function columnsFor(k, wide, high) {
  const side = (columns) => Math.min((wide + GAP[0]) / columns, (high + GAP[0]) / Math.ceil(k / columns));
  let best = Math.max(1, Math.ceil(Math.sqrt(k)));
  for (let columns = best + 1; columns <= k; columns++) if (side(columns) > GAIN * side(best)) best = columns;
  return best;
}
function patchSize(room, grid, field, dots) {
  const sides = room.map((length, i) => (length - GAP[0] * (grid[i] - 1)) / grid[i]);
  const most = Math.floor(Math.min(...sides) * dots);
  const whole2 = field > 0 ? Math.floor(most / field) * field : 0;
  const pixels = Math.max(1, whole2 >= (1 - SLACK) * most ? whole2 : most);
  const side = pixels / dots;
  const gaps = room.map((length, i) => grid[i] > 1 ? Math.floor((length - grid[i] * side) / (grid[i] - 1)) : GAP[1]);
  return { pixels, side, gap: Math.min(GAP[1], ...gaps) };
}

// convergent_widgets/widgets/js/bounded.js
var Bounded = class {
  /** @type {Map<string, {value: V, size: number}>} */
  #entries = /* @__PURE__ */ new Map();
  #total = 0;
  #limit;
  #forget;
  /**
   * @param {number} limit greatest sum of sizes
   * @param {(value: V) => void} [forget] called with each value that is dropped
   */
  constructor(limit, forget = () => {
  }) {
    this.#limit = limit;
    this.#forget = forget;
  }
  /** @param {string} key */
  get(key2) {
    const entry = this.#entries.get(key2);
    if (!entry) return void 0;
    this.#entries.delete(key2);
    this.#entries.set(key2, entry);
    return entry.value;
  }
  /** @param {string} key */
  has(key2) {
    return this.#entries.has(key2);
  }
  /**
   * @param {string} key
   * @param {V} value
   * @param {number} size
   */
  set(key2, value, size) {
    this.delete(key2);
    this.#entries.set(key2, { value, size });
    this.#total += size;
    for (const oldest of this.#entries.keys()) {
      if (this.#total <= this.#limit || this.#entries.size === 1) break;
      this.delete(oldest);
    }
  }
  /** @param {string} key */
  delete(key2) {
    const entry = this.#entries.get(key2);
    if (!entry) return;
    this.#entries.delete(key2);
    this.#total -= entry.size;
    this.#forget(entry.value);
  }
  clear() {
    for (const key2 of [...this.#entries.keys()]) this.delete(key2);
  }
};

// convergent_widgets/widgets/js/theme.js
var DARK = ["dark", "vscode-dark", "vscode-high-contrast"];
var LIGHT = ["light", "vscode-light"];
function isDark() {
  for (const element of [document.body, document.documentElement]) {
    const lab = element.dataset.jpThemeLight;
    if (lab) return lab === "false";
    const said = [element.dataset.theme, element.getAttribute("theme"), ...element.classList];
    if (said.some((word) => word && DARK.includes(word))) return true;
    if (said.some((word) => word && LIGHT.includes(word))) return false;
  }
  return globalThis.matchMedia?.("(prefers-color-scheme: dark)").matches ?? false;
}
var Theme = class {
  /** @type {Set<() => void>} */
  #listeners = /* @__PURE__ */ new Set();
  dark = isDark();
  /**
   * Keeps `data-theme` of an element up to date.
   * @param {HTMLElement} root
   * @param {AbortSignal} signal
   */
  constructor(root, signal) {
    const update = () => {
      const dark = isDark();
      if (dark === this.dark && root.dataset.theme) return;
      this.dark = dark;
      root.dataset.theme = dark ? "dark" : "light";
      for (const listener of this.#listeners) listener();
    };
    update();
    globalThis.matchMedia?.("(prefers-color-scheme: dark)").addEventListener("change", update, { signal });
    const observer = new MutationObserver(update);
    for (const element of [document.body, document.documentElement]) {
      observer.observe(element, {
        attributes: true,
        attributeFilter: ["class", "theme", "data-theme", "data-jp-theme-light"]
      });
    }
    signal.addEventListener("abort", () => observer.disconnect());
  }
  /**
   * @param {() => void} listener
   * @param {AbortSignal} signal
   */
  watch(listener, signal) {
    this.#listeners.add(listener);
    signal.addEventListener("abort", () => this.#listeners.delete(listener));
  }
};

// convergent_widgets/widgets/js/attributions.js
var KEPT_PIXELS = 4 << 20;
var [NOTHING, ONE] = [128, 127];
var RAISES = 0.8;
var Attributions = class {
  /** @type {Bounded<Attribution[]>} */
  #kept = new Bounded(KEPT_PIXELS);
  #source;
  /** @param {Source} source */
  constructor(source) {
    this.#source = source;
  }
  clear() {
    this.#kept.clear();
  }
  /**
   * @param {Attributed} attributed
   * @returns {Attribution | undefined}
   */
  here({ layer, net, unit, place }) {
    return this.#kept.get(JSON.stringify([layer, net, unit]))?.[place];
  }
  /**
   * @param {Attributed} attributed
   * @returns {Promise<Attribution>}
   */
  async get({ layer, net, unit, place }) {
    const { blobs } = await this.#source.attributions(layer, net, unit);
    const key2 = JSON.stringify([layer, net, unit]);
    let all = this.#kept.get(key2);
    if (!all) {
      all = await Promise.all(blobs.map(read));
      this.#kept.set(key2, all, 4 * all.reduce((sum, { values }) => sum + values.length, 0));
    }
    if (!all[place]) throw new Error("There is no attribution of this patch.");
    return all[place];
  }
};
async function read(blob) {
  const bitmap = await createImageBitmap(blob);
  const { width, height } = bitmap;
  const pixels = (
    /** @type {OffscreenCanvasRenderingContext2D} */
    new OffscreenCanvas(width, height).getContext("2d")
  );
  pixels.drawImage(bitmap, 0, 0);
  bitmap.close();
  const { data } = pixels.getImageData(0, 0, width, height);
  return { values: Float32Array.from({ length: width * height }, (_, i) => (data[4 * i] - NOTHING) / ONE), width, height };
}
function shade(context, { values, width, height }, rectangle, inside) {
  const [raises, lowers, nothing] = [RAISES, -RAISES, 0].map((value) => colour(isDark(), value));
  context.save();
  context.globalCompositeOperation = "saturation";
  context.fillStyle = "#808080";
  context.fillRect(...inside);
  context.globalCompositeOperation = "source-over";
  context.globalAlpha = 0.6;
  context.fillStyle = `rgb(${nothing.join(" ")})`;
  context.fillRect(...inside);
  context.restore();
  const layer = new OffscreenCanvas(width, height);
  const brush = (
    /** @type {OffscreenCanvasRenderingContext2D} */
    layer.getContext("2d")
  );
  const image = brush.createImageData(width, height);
  values.forEach((value, i) => {
    image.data.set([...value > 0 ? raises : lowers, Math.round(255 * Math.min(1, Math.abs(value)))], 4 * i);
  });
  brush.putImageData(image, 0, 0);
  context.save();
  context.imageSmoothingEnabled = rectangle[2] < width;
  context.drawImage(layer, ...rectangle);
  context.restore();
}

// convergent_widgets/widgets/js/pictures.js
var ENCODED_BYTES = 96 << 20;
var DECODED_PIXELS = 24 << 20;
var CHUNK = 64;
var Pictures = class _Pictures {
  /** @type {Bounded<Encoded>} */
  #encoded = new Bounded(ENCODED_BYTES);
  /** @type {Bounded<Picture>} */
  #decoded = new Bounded(DECODED_PIXELS, ({ bitmap }) => bitmap.close());
  /** @type {Map<string, Promise<Encoded>>} */
  #fetching = /* @__PURE__ */ new Map();
  /** @type {Map<string, Promise<Picture>>} */
  #decoding = /* @__PURE__ */ new Map();
  /** @type {Map<number, Map<number, {resolve: (e: Encoded) => void, reject: (e: Error) => void}>>} */
  #wanted = /* @__PURE__ */ new Map();
  /** @type {Set<number>} */
  #known = /* @__PURE__ */ new Set();
  #source;
  #attributions;
  /** @param {Source} source */
  constructor(source) {
    this.#source = source;
    this.#attributions = new Attributions(source);
  }
  /**
   * The pictures of a Data model, shared by all its views.
   * @param {Source} source
   * @returns {Pictures}
   */
  static of(source) {
    if (!source.extras.has("pictures")) source.extras.set("pictures", new _Pictures(source));
    return source.extras.get("pictures");
  }
  clear() {
    this.#encoded.clear();
    this.#known.clear();
    this.#decoded.clear();
    this.#fetching.clear();
    this.#decoding.clear();
    this.#attributions.clear();
  }
  /**
   * What a patch is drawn from, if all of it is here.
   * @param {Patch} patch
   * @returns {Picture | undefined}
   */
  patchHere({ set: set2, image, attributed }) {
    const picture = this.here(set2, image);
    if (!picture || !attributed) return picture;
    const attribution = this.#attributions.here(attributed);
    return attribution && { ...picture, attribution };
  }
  /**
   * What a patch is drawn from: its picture, and what in it drives the unit where that is shown.
   * @param {Patch} patch
   * @returns {Promise<Picture>}
   */
  async patch({ set: set2, image, attributed }) {
    const [picture, attribution] = await Promise.all([
      this.get(set2, image),
      attributed ? this.#attributions.get(attributed) : void 0
    ]);
    return attribution ? { ...picture, attribution } : picture;
  }
  /**
   * A picture that can be drawn at once, if it is here.
   * @param {number} set
   * @param {number} image
   */
  here(set2, image) {
    return this.#decoded.get(`${set2}|${image}`);
  }
  /**
   * @param {number} set
   * @param {number} image
   * @returns {Promise<Picture>}
   */
  async get(set2, image) {
    const key2 = `${set2}|${image}`;
    const here = this.#decoded.get(key2);
    if (here) return here;
    let decoding = this.#decoding.get(key2);
    if (!decoding) {
      decoding = this.#fetch(set2, image).then(async ({ blob, ...rest }) => {
        const picture = { bitmap: await createImageBitmap(blob), ...rest };
        this.#decoded.set(key2, picture, picture.bitmap.width * picture.bitmap.height);
        return picture;
      }).finally(() => this.#decoding.delete(key2));
      this.#decoding.set(key2, decoding);
    }
    return decoding;
  }
  /**
   * @param {number} set
   * @param {number} image
   * @returns {Promise<Encoded>}
   */
  #fetch(set2, image) {
    const key2 = `${set2}|${image}`;
    const here = this.#encoded.get(key2);
    if (here) return Promise.resolve(here);
    let fetching = this.#fetching.get(key2);
    if (!fetching) {
      fetching = /** @type {Promise<Encoded>} */
      new Promise((resolve, reject) => this.#want(set2, image, { resolve, reject })).finally(() => this.#fetching.delete(key2));
      this.#fetching.set(key2, fetching);
    }
    return fetching;
  }
  /**
   * All that is wanted at one moment is asked for together.
   * @param {number} set
   * @param {number} image
   * @param {{resolve: (e: Encoded) => void, reject: (e: Error) => void}} settle
   */
  #want(set2, image, settle2) {
    const wanted = this.#wanted;
    if (!wanted.size) {
      queueMicrotask(() => {
        this.#wanted = /* @__PURE__ */ new Map();
        for (const [set3, images] of wanted) this.#ask(set3, images);
      });
    }
    if (!wanted.has(set2)) wanted.set(set2, /* @__PURE__ */ new Map());
    wanted.get(set2)?.set(image, settle2);
  }
  /**
   * @param {number} set
   * @param {Map<number, {resolve: (e: Encoded) => void, reject: (e: Error) => void}>} wanted
   */
  async #ask(set2, wanted) {
    this.#takeKnown(set2);
    for (const [image, { resolve }] of [...wanted]) {
      const here = this.#encoded.get(`${set2}|${image}`);
      if (here) resolve(here);
      if (here) wanted.delete(image);
    }
    const all = [...wanted.keys()];
    for (let i = 0; i < all.length; i += CHUNK) {
      const images = all.slice(i, i + CHUNK);
      try {
        const { meta, buffers } = await this.#source.send("pictures", { pictures: set2, images });
        this.#take(set2, images, meta, buffers[0], (image, encoded) => wanted.get(image)?.resolve(encoded));
      } catch (error) {
        for (const image of images) wanted.get(image)?.reject(
          /** @type {Error} */
          error
        );
      }
    }
  }
  /**
   * The pictures that came along unasked, once per set.
   * @param {number} set
   */
  #takeKnown(set2) {
    if (this.#known.has(set2)) return;
    this.#known.add(set2);
    const known2 = this.#source.known("pictures", { pictures: set2 });
    if (known2) this.#take(set2, known2.meta.images, known2.meta, known2.buffers[0]);
  }
  /**
   * @param {number} set
   * @param {number[]} images
   * @param {any} meta
   * @param {DataView} buffer all pictures one after the other
   * @param {(image: number, encoded: Encoded) => void} [tell]
   */
  #take(set2, images, meta, buffer, tell) {
    const data = bytes(buffer);
    let start = 0;
    images.forEach((image, j) => {
      const blob = new Blob([data.slice(start, start += meta.sizes[j])]);
      const encoded = {
        blob,
        name: String(meta.names[j]),
        label: meta.labels[j] ?? null,
        height: meta.heights[j],
        width: meta.widths[j]
      };
      this.#encoded.set(`${set2}|${image}`, encoded, blob.size);
      tell?.(image, encoded);
    });
  }
  /**
   * Bring pictures here before anybody asks for them, decoded where they are small.
   * @param {number} set
   * @param {number[]} images
   * @returns {Promise<{bytes: number, pixels: number}>} what they took
   */
  async prefetch(set2, images) {
    const got = await Promise.all(images.map((image) => this.#fetch(set2, image)));
    const pixels = got.reduce((sum, e) => sum + e.height * e.width, 0);
    if (pixels / Math.max(1, got.length) <= 64 * 64) await Promise.all(images.map((image) => this.get(set2, image)));
    return { bytes: got.reduce((sum, e) => sum + e.blob.size, 0), pixels };
  }
};
function drawPatch(canvas, picture, box) {
  const context = (
    /** @type {CanvasRenderingContext2D} */
    canvas.getContext("2d")
  );
  return drawPatchAt(context, picture, box, [0, 0, canvas.width, canvas.height]);
}
function drawPatchAt(context, picture, [top, left, bottom, right], [from, down, width, height]) {
  const scale = Math.min(width / (right - left), height / (bottom - top));
  const x = from + (width - (right - left) * scale) / 2 - left * scale;
  const y = down + (height - (bottom - top) * scale) / 2 - top * scale;
  const [t, l] = [Math.max(0, top), Math.max(0, left)];
  const [b, r] = [Math.min(picture.height, bottom), Math.min(picture.width, right)];
  context.clearRect(from, down, width, height);
  context.imageSmoothingEnabled = scale < 1;
  context.imageSmoothingQuality = "high";
  if (b > t && r > l) {
    context.drawImage(
      picture.bitmap,
      l,
      t,
      r - l,
      b - t,
      l * scale + x,
      t * scale + y,
      (r - l) * scale,
      (b - t) * scale
    );
    if (picture.attribution) {
      shade(
        context,
        picture.attribution,
        [left * scale + x, top * scale + y, (right - left) * scale, (bottom - top) * scale],
        [l * scale + x, t * scale + y, (r - l) * scale, (b - t) * scale]
      );
    }
  }
  return { scale, left: x, top: y };
}

// convergent_widgets/widgets/js/card.js
var BESIDE = { left: -1, right: 1 };
var Card = class {
  /** @type {Patch[]} */
  patches = [];
  /** @type {number | null} */
  unit = null;
  layer = "";
  #dead = false;
  #columns = 1;
  #k = 0;
  #heldOut = h("dd");
  #exact = 2;
  #roundTrip = h("dd");
  #title = button({ class: "cw-card-title" });
  #netName = h("b", { class: "cw-clip" });
  #role = h("span", { class: "cw-role" });
  #unitName = h("span", { class: "cw-card-unit cw-clip" });
  #dataset = h("p", { class: "cw-card-dataset cw-clip" });
  #grid = h("div", { class: "cw-patches", role: "group" });
  #instead = h("p", { class: "cw-instead", hidden: true });
  #number = h("p", { class: "cw-number" });
  #measure = h("p", { class: "cw-measure" });
  #bar = h("div", { class: "cw-bar", "aria-hidden": "true" }, h("i"), h("b"));
  #facts = h("dl", { class: "cw-facts" });
  #tags = h("span", { class: "cw-tags" });
  #note = h("span", { class: "cw-note" });
  #foot = h("p", { class: "cw-foot" }, this.#tags, " ", this.#note);
  /** @type {HTMLButtonElement[]} */
  #buttons = [];
  /** @type {HTMLCanvasElement[]} */
  #canvases = [];
  #actions;
  #signal;
  #steps;
  /**
   * @param {string} net
   * @param {Actions} actions
   * @param {AbortSignal} signal
   */
  constructor(net, actions, signal) {
    this.net = net;
    this.#actions = actions;
    this.#signal = signal;
    this.#title.append(this.#netName, this.#role, this.#unitName);
    write(this.#netName, net);
    const head = h("h4", {}, this.#title);
    this.#steps = h(
      "span",
      { class: "cw-steps" },
      ...Object.entries(BESIDE).map(([side, step]) => {
        const b = button({
          class: "cw-step",
          "aria-label": step < 0 ? "previous unit in order" : "next unit in order",
          text: side === "left" ? "←" : "→"
        });
        b.addEventListener("click", () => actions.walk(step), { signal });
        return b;
      }),
      h("span", { text: "next in order" })
    );
    this.element = h(
      "article",
      { class: "cw-card", "data-net": net },
      head,
      this.#dataset,
      h(
        "div",
        { class: "cw-card-body" },
        h("div", { class: "cw-patch-room" }, this.#grid, this.#instead),
        h("div", { class: "cw-card-facts" }, this.#number, this.#measure, this.#bar, this.#facts)
      ),
      this.#foot
    );
    const walk2 = (step) => {
      if (this.element.hasAttribute("aria-current")) actions.walk(step);
    };
    walkByKeys(this.#title, walk2, signal);
    for (const b of this.#steps.querySelectorAll("button")) walkByKeys(b, walk2, signal);
    this.element.addEventListener(
      "click",
      (event) => {
        const hit = (
          /** @type {Element} */
          event.target.closest("button")
        );
        if (this.#outdated) return;
        if ((!hit || hit === this.#title) && this.unit !== null) actions.select(net, this.unit);
      },
      { signal }
    );
  }
  /** The width for its content, in pixels. */
  get inside() {
    const { paddingLeft, paddingRight } = getComputedStyle(this.element);
    return this.element.clientWidth - parseFloat(paddingLeft) - parseFloat(paddingRight);
  }
  /** Whether the gallery waits for what is selected now, so that this card shows what was selected before. */
  get #outdated() {
    return this.element.closest(".cw-stale, [aria-busy='true']") !== null;
  }
  /** @param {number} k patches */
  #room(k) {
    this.#k = k;
    for (let i = this.#buttons.length; i < k; i++) this.#addPatch(i);
    this.#buttons.forEach((b, i) => b.hidden = i >= k);
  }
  /** @param {number} i */
  #addPatch(i) {
    const canvas = h("canvas");
    const b = button({ class: "cw-patch", tabindex: i ? -1 : 0, "data-patch": i }, canvas);
    const options = { signal: this.#signal };
    const show2 = () => this.#actions.tip(b, b.getAttribute("aria-label") ?? "");
    const hide = () => this.#actions.tip(null, "");
    b.addEventListener("pointerenter", show2, options);
    b.addEventListener("focus", show2, options);
    b.addEventListener("pointerleave", hide, options);
    b.addEventListener("blur", hide, options);
    b.addEventListener(
      "click",
      () => {
        hide();
        if (!this.#outdated) this.#actions.open(this, i);
      },
      options
    );
    b.addEventListener(
      "keydown",
      (event) => {
        const step = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -this.#columns, ArrowDown: this.#columns }[event.key];
        if (!step || event.ctrlKey || event.metaKey || event.altKey) return;
        event.preventDefault();
        event.stopPropagation();
        const next = this.#buttons[i + step];
        if (!next || next.disabled) return;
        this.focusPatch(i + step);
      },
      options
    );
    this.#buttons.push(b);
    this.#canvases.push(canvas);
    this.#grid.append(b);
  }
  /**
   * @param {SelectedFacts | CounterpartFacts | PredictionFacts} facts
   * @param {Surroundings} more
   */
  show(facts, more) {
    const isSelected = facts.kind === "selected" || facts.kind === "predicted";
    this.layer = more.layer;
    this.unit = facts.unit;
    this.patches = more.patches;
    this.#room(more.k);
    this.#dead = more.dead;
    const name2 = facts.unit === null ? more.layer : unitName(more.layer, facts.unit);
    set(this.element, {
      "aria-label": `${this.net} ${name2}`,
      "data-kind": facts.kind,
      "data-unit": facts.unit,
      "data-dead": more.dead,
      "aria-current": isSelected ? "true" : null
    });
    set(this.#title, {
      title: `${this.net}, module ${more.module}${isSelected ? "" : facts.unit === null ? "" : "\nselect this unit"}`,
      disabled: facts.unit === null
    });
    write(this.#role, more.role);
    this.#role.title = more.role ? `net ${more.role} of the matrix` : "";
    write(this.#unitName, name2);
    write(this.#dataset, more.dataset);
    this.#dataset.title = more.dataset;
    const instead = more.dead ? "dead: it never varies" : facts.unit === null ? more.instead : this.patches.length ? "" : more.none;
    write(this.#instead, instead);
    this.#instead.hidden = !instead;
    set(this.#grid, { "aria-label": `${more.shows} of ${this.net} ${name2}`, hidden: Boolean(instead) });
    if ("bar" in facts) this.#showPrediction(facts);
    else if (isSelected) this.#showSelected(facts);
    else this.#showCounterpart(facts, more.of);
    this.#foot.title = this.#note.textContent ?? "";
  }
  /** @param {SelectedFacts} facts */
  #showSelected({ mean, found, others, partners, meanR, dead }) {
    this.follow(void 0);
    this.#big("", amount(mean), "mean activation");
    const rows = [
      ["found in", `${found} of ${others}`, "other nets where its partner lies above the rotation baseline"],
      ["partners", `${partners} of ${others}`, "other nets where a unit was left for it"],
      ["their mean r", decimals(meanR), "over its partners; nets where nothing was left for it do not count"],
      ["round trip", this.#roundTrip, "from partner to partner through all nets and back"]
    ];
    this.#list(others && !dead ? rows.slice(0, others > 1 ? 4 : 3) : []);
    write(this.#note, dead ? "A dead unit correlates with nothing." : "");
    this.#tags.replaceChildren(tag("selected", "cw-tag-accent"), this.#steps);
  }
  /** @param {PredictionFacts} facts */
  #showPrediction({ symbol, number, measure, bar, rows }) {
    this.#big(symbol, number, measure);
    this.#list(rows);
    this.#bar.hidden = !bar;
    if (!bar) return;
    const [fill, zero] = (
      /** @type {HTMLElement[]} */
      [...this.#bar.children]
    );
    fill.style.left = `${(100 * Math.min(bar.from, bar.to)).toFixed(1)}%`;
    fill.style.width = `${(100 * Math.abs(bar.to - bar.from)).toFixed(1)}%`;
    zero.style.left = `${(100 * bar.from).toFixed(1)}%`;
    this.#bar.classList.toggle("cw-negative", bar.to < bar.from);
  }
  /**
   * @param {CounterpartFacts} facts
   * @param {string} of the selected net
   */
  #showCounterpart(facts, of) {
    const { kind: kind2, r, baseline, runnerUp, rank: rank2, units, above, best, bestR, takenBy } = facts;
    this.#tags.replaceChildren();
    write(this.#note, "");
    if (kind2 === "none") {
      this.#big("", "", "");
      this.#list([]);
      return;
    }
    const shown = [r, baseline, runnerUp, ...takenBy === null ? [] : [bestR]];
    const exact = places(shown.filter(Number.isFinite));
    this.#exact = exact;
    this.judge(void 0);
    if (kind2 === "taken") {
      this.#big("", "no partner left", "");
      this.#list([
        ["most similar", `/${best}`, `the unit of ${this.net} with the greatest r to this one; its patches are shown`],
        ["its r", decimals(r, exact), "what it would be worth if it were left"],
        ["baseline", decimals(baseline, exact), "the greatest r that this unit reaches in random mixes of that net's units"],
        ["best other", decimals(runnerUp, exact), "its greatest r to any other unit of that net"]
      ]);
      write(this.#note, this.#noteOn(facts, of, exact));
      return;
    }
    this.#big("r", decimals(r, exact), "");
    this.#drawBar(r, baseline, above);
    this.#list([
      ["held out", this.#heldOut, "r on the half of the images that did not choose the partner, both ways averaged"],
      ["baseline", decimals(baseline, exact), "the greatest r that this unit reaches in random mixes of that net's units"],
      ["best other", decimals(runnerUp, exact), "its greatest r to any other unit of that net"],
      ["rank", `${rank2} of ${units}`, `1 + the number of ${this.net}'s units with a greater r to this unit`]
    ]);
    if (Number.isFinite(baseline))
      this.#tags.append(
        above ? tag("above baseline", "cw-tag-above") : tag("not above baseline", "cw-tag-below")
      );
    write(this.#note, this.#noteOn(facts, of, exact));
  }
  /**
   * How the partner relates to the most similar unit, and to what the other method says.
   * @param {CounterpartFacts} facts
   * @param {string} of the selected net
   * @param {number} exact decimals
   */
  #noteOn({ kind: kind2, best, bestR, counterpart: counterpart2, agrees, takenBy, elsewhere }, of, exact) {
    const owner2 = takenBy === null ? "" : `${of} ${unitName(this.layer, takenBy)}`;
    const bestName = unitName(this.layer, best);
    if (kind2 === "taken") return `most similar: ${bestName}${owner2 && `, taken by ${owner2}`}`;
    if (agrees) return "both matchings agree";
    if (best !== counterpart2)
      return `best is ${bestName} (r ${decimals(bestR, exact)})${owner2 && `, taken by ${owner2}`}`;
    return elsewhere === null ? "one-to-one leaves nothing for it" : `one-to-one gives it ${unitName(this.layer, elsewhere)}`;
  }
  /**
   * @param {string} symbol
   * @param {string} number
   * @param {string} measure what the number measures, in words
   */
  #big(symbol, number, measure) {
    this.#number.replaceChildren(
      ...symbol ? [h("small", { text: symbol }), " "] : [],
      h("strong", { text: number })
    );
    write(this.#measure, measure);
    this.#measure.hidden = !measure;
    this.#bar.hidden = true;
  }
  /**
   * @param {number} r
   * @param {number} baseline
   * @param {boolean} strong
   */
  #drawBar(r, baseline, strong) {
    const [fill, tick] = (
      /** @type {HTMLElement[]} */
      [...this.#bar.children]
    );
    const percent3 = (value) => `${(100 * Math.max(0, Math.min(1, value))).toFixed(1)}%`;
    fill.style.width = percent3(r);
    tick.style.left = percent3(baseline);
    tick.hidden = !Number.isFinite(baseline);
    this.#bar.classList.toggle("cw-faint", !strong);
    this.#bar.hidden = false;
  }
  /** @param {[string, string | HTMLElement, string][]} rows */
  #list(rows) {
    this.#facts.replaceChildren(
      ...rows.map(
        ([name2, value, title]) => h("div", { title }, h("dt", { text: name2 }), typeof value === "string" ? h("dd", { text: value }) : value)
      )
    );
  }
  /**
   * Where the selected unit arrives on its way through all nets and back.
   * @param {number | null | undefined} unit -1 where the way breaks off, null where nobody can tell, undefined not yet
   */
  follow(unit) {
    const words = unit === this.unit ? "to itself" : `to /${unit}`;
    write(this.#roundTrip, unit === void 0 ? "…" : unit === null ? "–" : unit < 0 ? "broken" : words);
  }
  /**
   * What the match is worth on images that did not choose it.
   * @param {number | undefined} r undefined while nobody knows yet
   */
  judge(r) {
    write(this.#heldOut, r === void 0 ? "…" : decimals(r, this.#exact));
  }
  /**
   * Draw the patches whose pictures are here, and make room for the others.
   * @param {Pictures} pictures
   * @param {number} high the room for all patches, in CSS pixels
   * @param {number} wide
   * @returns {{index: number, patch: Patch}[]} the others
   */
  draw(pictures, high, wide = high) {
    const missing = [];
    const [top, left, bottom, right] = this.patches[0]?.box ?? [0, 0, 0, 0];
    const field = Math.max(bottom - top, right - left);
    this.#columns = columnsFor(this.#k, wide, high);
    const grid = (
      /** @type {[number, number]} */
      [this.#columns, Math.max(1, Math.ceil(this.#k / this.#columns))]
    );
    const { pixels, side, gap } = patchSize([wide, high], grid, field, devicePixelRatio || 1);
    this.#grid.style.setProperty("--cw-columns", String(this.#columns));
    this.#grid.style.setProperty("--cw-side", `${side}px`);
    this.#grid.style.setProperty("--cw-gap", `${gap}px`);
    const patches = this.#dead || this.unit === null ? [] : this.patches;
    for (const [index, canvas] of this.#canvases.entries()) {
      const patch = patches[index];
      const b = this.#buttons[index];
      if (canvas.width !== pixels) canvas.width = canvas.height = pixels;
      b.disabled = !patch;
      b.classList.toggle("cw-empty", !patch);
      const picture = patch && pictures.patchHere(patch);
      if (picture) {
        this.put(index, picture);
        continue;
      }
      b.classList.toggle("cw-loading", Boolean(patch));
      canvas.getContext("2d")?.clearRect(0, 0, pixels, pixels);
      b.removeAttribute("aria-label");
      if (patch) missing.push({ index, patch });
    }
    return missing;
  }
  /**
   * Draw one patch.
   * @param {number} index
   * @param {Picture} picture
   */
  put(index, picture) {
    const [patch, canvas, b] = [this.patches[index], this.#canvases[index], this.#buttons[index]];
    const place = drawPatch(canvas, picture, patch.box);
    if (patch.cell) frameCell(canvas, patch.cell, place);
    b.classList.remove("cw-loading");
    set(b, { "aria-label": describePatch(patch, picture) });
  }
  /**
   * The patch that has the focus is the one that Tab comes back to.
   * @param {number} index
   */
  focusPatch(index) {
    const at = this.#buttons[index]?.disabled === false ? index : 0;
    this.#buttons.forEach((b, i) => set(b, { tabindex: i === at ? 0 : -1 }));
    this.#buttons[at]?.focus();
  }
};
function describePatch(patch, picture) {
  const decile = patch.decile && `${ordinal(patch.decile)} decile`;
  return [`activation ${amount(patch.activation)}`, decile, picture.name, picture.label].filter(Boolean).join(" · ");
}
function frameCell(canvas, [top, left, bottom, right], place) {
  const context = (
    /** @type {CanvasRenderingContext2D} */
    canvas.getContext("2d")
  );
  context.lineWidth = Math.max(1, devicePixelRatio || 1);
  context.strokeStyle = getComputedStyle(canvas).getPropertyValue("--cw-accent");
  context.strokeRect(
    left * place.scale + place.left,
    top * place.scale + place.top,
    (right - left) * place.scale,
    (bottom - top) * place.scale
  );
}
var tag = (text, kind2 = "") => h("span", { class: `cw-tag ${kind2}`.trim(), text });

// convergent_widgets/widgets/js/cluster_members.js
var FIRST = 12;
var PATCHES = 3;
var SQUARE2 = 126;
var Members = class {
  #role;
  #pictures;
  #actions;
  #name = h("b", { class: "cw-clip" });
  #count = h("span", { class: "cw-quiet" });
  #list = h("div", { class: "cw-members-list", role: "group" });
  #instead = h("p", { class: "cw-quiet", hidden: true });
  #more = button({ class: "cw-button cw-members-more" });
  #all = false;
  #key = "";
  /** @type {Tile[]} */
  #tiles = [];
  /** @type {Shown | null} */
  #shown = null;
  /**
   * @param {HTMLElement} parent
   * @param {string} role "A" or "B"
   * @param {import("./pictures.js").Pictures} pictures
   * @param {AbortSignal} signal
   * @param {Actions} actions
   */
  constructor(parent, role, pictures, signal, actions) {
    this.#role = role;
    this.#pictures = pictures;
    this.#actions = actions;
    const head = h("h4", {}, this.#name, h("span", { class: "cw-role", text: role }), this.#count);
    this.element = h("section", { class: "cw-members" }, head, this.#instead, this.#list, this.#more);
    parent.append(this.element);
    this.#more.addEventListener(
      "click",
      () => {
        this.#all = true;
        const first = this.#tiles.length;
        this.#fill();
        this.#focus(this.#tiles[Math.min(first, this.#tiles.length - 1)]?.title);
      },
      { signal }
    );
    const list = this.#list;
    list.addEventListener("click", (event) => this.#press(event), { signal });
    list.addEventListener("keydown", (event) => this.#walk(event), { signal });
    for (const type of ["pointerover", "focusin"])
      list.addEventListener(type, (event) => this.#tell(event), { signal });
    for (const type of ["pointerleave", "focusout"]) list.addEventListener(type, () => actions.tip.hide(), { signal });
  }
  /** @param {Shown} shown */
  show(shown) {
    const before = this.#shown;
    if (before?.top !== shown.top || before.cluster !== shown.cluster) this.#all = false;
    this.#shown = shown;
    const { net, members, cluster, top } = shown;
    const none = cluster < 0;
    set(this.element, { "data-net": net, "data-cluster": none ? null : cluster, hidden: none, "aria-label": net });
    write(this.#name, net);
    write(this.#count, count(members.length, "unit"));
    set(this.#list, { "aria-label": `units of ${net}, net ${this.#role}, in cluster ${cluster}` });
    const instead = !members.length ? `none of ${net}` : top.k ? "" : "No patches were kept.";
    write(this.#instead, instead);
    this.#instead.hidden = !instead;
    this.#fill();
  }
  /** The tiles of those that are shown: the first, the selected one, or all. */
  #fill() {
    if (!this.#shown) return;
    const { net, layer, members, unit, top } = this.#shown;
    const seen = members.filter((member, i) => this.#all || i < FIRST || member.unit === unit);
    const left = members.length - seen.length;
    this.#more.hidden = !left;
    write(this.#more, `${left} more: show all ${members.length}`);
    const key2 = JSON.stringify([net, layer, seen]);
    if (key2 !== this.#key || this.#tiles[0]?.patches[0]?.set !== (seen[0] && top.patches(seen[0].unit)[0]?.set)) {
      this.#key = key2;
      this.#tiles = seen.map((member) => this.#tile(member));
      this.#list.replaceChildren(...this.#tiles.map((tile) => tile.element));
      for (const tile of this.#tiles) this.#draw(tile);
    }
    for (const tile of this.#tiles) set(tile.element, { "aria-current": tile.unit === unit ? "true" : null });
    const at = this.#tiles.find((tile) => tile.unit === unit) ?? this.#tiles[0];
    if (!this.#list.matches(":focus-within")) this.#rove(at?.title);
  }
  /**
   * @param {Member} member
   * @returns {Tile}
   */
  #tile({ unit, affinity }) {
    const { net, layer, other, top } = (
      /** @type {Shown} */
      this.#shown
    );
    const patches = top.patches(unit);
    const title = button(
      {
        class: "cw-member-title",
        title: `select ${net} ${unitName(layer, unit)}
${aboutAffinity(layer, affinity, other)}`
      },
      h("b", { text: unitName(layer, unit) }),
      h("span", { class: "cw-quiet", text: decimals(affinity) })
    );
    const buttons = patches.slice(0, PATCHES).map((_, i) => button({ class: "cw-patch cw-loading", "data-patch": i }, h("canvas")));
    const name2 = `${net} ${unitName(layer, unit)}`;
    const element = h("article", { class: "cw-member", "data-unit": unit, "aria-label": name2 }, title);
    if (top.k) element.append(h("div", { class: "cw-member-patches" }, ...buttons));
    return { unit, element, title, patches, buttons };
  }
  /** @param {Tile} tile */
  #draw({ element, patches, buttons }) {
    const [top, left, bottom, right] = patches[0]?.box ?? [0, 0, 0, 0];
    const field = Math.max(bottom - top, right - left);
    const { pixels, side, gap } = patchSize([SQUARE2, SQUARE2], [PATCHES, PATCHES], field, devicePixelRatio || 1);
    element.style.setProperty("--cw-side", `${side}px`);
    element.style.setProperty("--cw-gap", `${gap}px`);
    buttons.forEach(async (b, i) => {
      const canvas = (
        /** @type {HTMLCanvasElement} */
        b.firstElementChild
      );
      canvas.width = canvas.height = pixels;
      const patch = patches[i];
      try {
        const picture = this.#pictures.here(patch.set, patch.image) ?? await this.#pictures.get(patch.set, patch.image);
        const place = drawPatch(canvas, picture, patch.box);
        if (patch.cell) frameCell(canvas, patch.cell, place);
        b.classList.remove("cw-loading");
        set(b, { "aria-label": describePatch(patch, picture) });
      } catch (error) {
        set(b, { "aria-label": error instanceof Error ? error.message : String(error) });
      }
    });
  }
  /**
   * What an event happened to.
   * @param {Event} event
   */
  #hit(event) {
    const b = (
      /** @type {HTMLElement} */
      event.target.closest("button")
    );
    const tile = this.#tiles.find(({ element }) => b && element.contains(b));
    return { b, tile, patch: tile?.buttons.indexOf(
      /** @type {HTMLButtonElement} */
      b
    ) ?? -1 };
  }
  /** @param {Event} event */
  #press(event) {
    const { tile, patch } = this.#hit(event);
    if (!tile || !this.#shown) return;
    const { net, layer } = this.#shown;
    if (patch < 0) return this.#actions.select(net, tile.unit);
    this.#actions.tip.hide();
    this.#actions.open(
      { net, layer, unit: tile.unit, patches: tile.patches },
      patch,
      (index) => this.#focus(tile.buttons[index] ?? tile.buttons[0])
    );
  }
  /** @param {Event} event */
  #tell(event) {
    const { b, patch } = this.#hit(event);
    this.#actions.tip.show(patch < 0 ? null : b, b?.getAttribute("aria-label") ?? "");
  }
  /** @param {KeyboardEvent} event */
  #walk(event) {
    const { tile, patch } = this.#hit(event);
    if (!tile || event.ctrlKey || event.metaKey || event.altKey) return;
    const tiles = this.#tiles;
    const all = patch < 0 ? tiles.map(({ title }) => title) : tile.buttons;
    const wide = patch < 0 ? tiles.filter(({ element }) => element.offsetTop === tiles[0].element.offsetTop).length : 1;
    const ends2 = { Home: -Infinity, End: Infinity };
    const step = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -wide, ArrowDown: wide, ...ends2 }[event.key];
    if (step === void 0) return;
    event.preventDefault();
    event.stopPropagation();
    const at = patch < 0 ? tiles.indexOf(tile) : patch;
    const next = Number.isFinite(step) ? at + step : step < 0 ? 0 : all.length - 1;
    if (all[next]) this.#focus(all[next]);
  }
  /** @param {HTMLButtonElement | undefined} b */
  #focus(b) {
    this.#rove(b);
    b?.focus();
  }
  /**
   * One tile is what Tab comes to, and then its patches.
   * @param {HTMLButtonElement | undefined} b the tile's title, or one of its patches
   */
  #rove(b) {
    for (const { element, title, buttons } of this.#tiles) {
      const own = b !== void 0 && element.contains(b);
      const at = b ? buttons.indexOf(b) : -1;
      set(title, { tabindex: own ? 0 : -1 });
      buttons.forEach((each, i) => set(each, { tabindex: own && i === Math.max(at, 0) ? 0 : -1 }));
    }
  }
};

// convergent_widgets/widgets/js/lightbox.js
var GREATEST = 560;
var DRIVEN = "The colours show what in it raises and lowers the activation.";
var Lightbox = class {
  /** @type {Shown | null} */
  #shown = null;
  #index = 0;
  #turn = 0;
  /** @type {(index: number) => void} */
  #back = () => {
  };
  #title = h("h4", { class: "cw-clip" });
  #canvas = h("canvas", { role: "img" });
  #caption = h("p", { class: "cw-lightbox-name" });
  #words = h("p", { class: "cw-lightbox-words" });
  #pictures;
  #dataset;
  /**
   * @param {HTMLElement} parent
   * @param {Pictures} pictures
   * @param {() => string} dataset
   * @param {AbortSignal} signal
   */
  constructor(parent, pictures, dataset, signal) {
    this.#pictures = pictures;
    this.#dataset = dataset;
    const [before, after] = [-1, 1].map((step) => {
      const b = button({
        class: "cw-button",
        "aria-label": step < 0 ? "previous patch" : "next patch",
        text: step < 0 ? "←" : "→"
      });
      b.addEventListener("click", () => this.#step(step), { signal });
      return b;
    });
    const close = button({ class: "cw-button", "aria-label": "close", title: "Close (Esc)", text: "×" });
    this.dialog = h(
      "dialog",
      { class: "cw-lightbox", "aria-label": "the whole image" },
      h("header", {}, this.#title, before, after, close),
      h("div", { class: "cw-lightbox-room" }, this.#canvas),
      this.#caption,
      this.#words
    );
    parent.append(this.dialog);
    close.addEventListener("click", () => this.dialog.close(), { signal });
    this.dialog.addEventListener(
      "click",
      (event) => {
        if (event.target === this.dialog) this.dialog.close();
      },
      { signal }
    );
    this.dialog.addEventListener(
      "keydown",
      (event) => {
        event.stopPropagation();
        const step = { ArrowLeft: -1, ArrowUp: -1, ArrowRight: 1, ArrowDown: 1 }[event.key];
        if (!step) return;
        event.preventDefault();
        this.#step(step);
      },
      { signal }
    );
    this.dialog.addEventListener(
      "close",
      () => {
        this.#turn += 1;
        this.#back(this.#index);
      },
      { signal }
    );
    signal.addEventListener("abort", () => this.dialog.remove());
  }
  /**
   * @param {Shown} shown
   * @param {number} index
   * @param {(index: number) => void} back gives the focus back when it closes
   */
  open(shown, index, back) {
    this.#shown = { ...shown };
    this.#back = back;
    this.#show(index);
    if (!this.dialog.open) this.dialog.showModal();
  }
  close() {
    if (this.dialog.open) this.dialog.close();
  }
  /** @param {number} step */
  #step(step) {
    const count2 = this.#shown?.patches.length ?? 0;
    if (count2) this.#show((this.#index + step + count2) % count2);
  }
  /** @param {number} index */
  async #show(index) {
    const shown = this.#shown;
    const patch = shown?.patches[index];
    if (!shown || !patch) return;
    this.#index = index;
    const turn = ++this.#turn;
    write(this.#title, `${shown.net} ${unitName(shown.layer, shown.unit)}, ${index + 1} of ${shown.patches.length}`);
    this.dialog.dataset.patch = String(index);
    if (!this.#pictures.patchHere(patch)) this.#empty();
    try {
      const picture = await this.#pictures.patch(patch);
      if (turn !== this.#turn) return;
      this.#draw(picture, patch);
      write(this.#caption, [picture.label, picture.name].filter(Boolean).join(" · "));
      const sees = !seesAll(picture, patch) ? "The frame is what the unit sees." : patch.cell ? "The unit sees the whole image; its place is marked." : "The unit sees the whole image.";
      const from = this.#dataset();
      const decile = patch.decile ? `, the ${ordinal(patch.decile)} decile of the images that excite it` : "";
      const driven = picture.attribution ? ` ${DRIVEN}` : "";
      write(this.#words, `Activation ${amount(patch.activation)}${decile}. ${sees}${driven}${from && ` From: ${from}.`}`);
      this.#canvas.setAttribute("aria-label", `image ${picture.name}`);
    } catch (error) {
      if (turn === this.#turn) write(this.#words, error instanceof Error ? error.message : String(error));
    }
  }
  /** Nothing of the patch before, while a picture is under way or where it can't be had. */
  #empty() {
    this.#canvas.getContext("2d")?.clearRect(0, 0, this.#canvas.width, this.#canvas.height);
    this.#canvas.setAttribute("aria-label", "the image is not here yet");
    write(this.#caption, "");
    write(this.#words, "");
  }
  /**
   * @param {Picture} picture
   * @param {Patch} patch
   */
  #draw(picture, patch) {
    const {
      box: [top, left, bottom, right],
      cell
    } = patch;
    const region = [
      Math.min(0, top),
      Math.min(0, left),
      Math.max(picture.height, bottom),
      Math.max(picture.width, right)
    ];
    const [high, wide] = [region[2] - region[0], region[3] - region[1]];
    const room = Math.min(GREATEST, innerWidth - 56, innerHeight - 190);
    const fit = Math.max(1, room) / Math.max(high, wide);
    const scale = fit > 2 ? Math.floor(fit) : fit;
    const dots = devicePixelRatio || 1;
    const canvas = this.#canvas;
    canvas.width = Math.round(wide * scale * dots);
    canvas.height = Math.round(high * scale * dots);
    canvas.style.width = `${canvas.width / dots}px`;
    canvas.style.height = `${canvas.height / dots}px`;
    const context = (
      /** @type {CanvasRenderingContext2D} */
      canvas.getContext("2d")
    );
    context.setTransform(scale * dots, 0, 0, scale * dots, -region[1] * scale * dots, -region[0] * scale * dots);
    context.imageSmoothingEnabled = scale < 1;
    context.drawImage(picture.bitmap, 0, 0);
    if (picture.attribution) {
      const [t, l] = [Math.max(0, top), Math.max(0, left)];
      const [b, r] = [Math.min(picture.height, bottom), Math.min(picture.width, right)];
      shade(context, picture.attribution, [left, top, right - left, bottom - top], [l, t, r - l, b - t]);
    }
    context.setTransform(dots, 0, 0, dots, 0, 0);
    const style = getComputedStyle(canvas);
    const frame = ([t, l, b, r], dashed) => {
      const sides = (
        /** @type {const} */
        [
          (l - region[1]) * scale,
          (t - region[0]) * scale,
          (r - l) * scale,
          (b - t) * scale
        ]
      );
      const inset = (
        /** @type {[number, number, number, number]} */
        [
          Math.max(1.5, sides[0]),
          Math.max(1.5, sides[1]),
          0,
          0
        ]
      );
      inset[2] = Math.min(wide * scale - 1.5, sides[0] + sides[2]) - inset[0];
      inset[3] = Math.min(high * scale - 1.5, sides[1] + sides[3]) - inset[1];
      for (
        const [colour2, width] of
        /** @type {[string, number][]} */
        [
          ["#ffffff", 5],
          [style.getPropertyValue("--cw-frame"), 2.5]
        ]
      ) {
        context.strokeStyle = colour2;
        context.lineWidth = width;
        context.setLineDash(dashed && width < 4 ? [6, 4] : []);
        context.strokeRect(...inset);
      }
    };
    if (!seesAll(picture, patch)) frame([top, left, bottom, right], false);
    if (cell) frame(cell, true);
  }
};
function seesAll(picture, { box: [top, left, bottom, right] }) {
  return top <= 0 && left <= 0 && bottom >= picture.height && right >= picture.width;
}

// convergent_widgets/widgets/js/newest.js
var SLOW = 500;
var LONG = 1e4;
var Newest = class {
  #turn = 0;
  #root;
  #status;
  /**
   * @param {Element} root of the view
   * @param {AbortSignal} signal
   * @param {import("./status.js").Status} status where waiting and errors are said
   */
  constructor(root, signal, status) {
    this.#root = root;
    this.#status = status;
    root.addEventListener(
      "click",
      (event) => {
        if (!this.stale || /** @type {Element} */
        event.target.closest("dialog")) return;
        event.stopPropagation();
        event.preventDefault();
      },
      { capture: true, signal }
    );
    signal.addEventListener("abort", () => {
      this.#turn = Infinity;
      status.say(this, "");
    });
  }
  /** Whether what is shown belongs to an earlier selection. */
  get stale() {
    return this.#root.getAttribute("aria-busy") === "true";
  }
  /**
   * @template T
   * @param {() => Promise<T>} load
   * @param {(loaded: T) => void} show
   */
  async run(load, show2) {
    const turn = ++this.#turn;
    const timers = [
      setTimeout(() => this.#wait(turn, "Waiting for the kernel, which is busy."), SLOW),
      setTimeout(() => this.#wait(turn, "Still waiting. If no cell is running, run this one again."), LONG)
    ];
    set(this.#root, { "aria-busy": "true" });
    try {
      const loaded = await load();
      if (turn !== this.#turn) return;
      set(this.#root, { "aria-busy": null });
      this.#root.classList.remove("cw-stale");
      this.#status.say(this, "");
      show2(loaded);
    } catch (error) {
      if (turn !== this.#turn) return;
      if (this.stale) this.#root.classList.add("cw-stale");
      this.fail(error);
    } finally {
      timers.forEach(clearTimeout);
    }
  }
  /**
   * Say what went wrong, until something else is shown.
   * @param {unknown} error
   */
  fail(error) {
    this.#status.say(this, error instanceof Error ? error.message : String(error), true);
  }
  /**
   * @param {number} turn
   * @param {string} words
   */
  #wait(turn, words) {
    if (turn !== this.#turn) return;
    this.#root.classList.add("cw-stale");
    this.#status.say(this, words);
  }
};

// convergent_widgets/widgets/js/tip.js
var Tip = class {
  #root;
  #element = h("div", { class: "cw-tip", role: "tooltip", hidden: true });
  /** @param {HTMLElement} root positioned, and as wide as the words may be */
  constructor(root) {
    this.#root = root;
    root.append(this.#element);
  }
  get hidden() {
    return this.#element.hidden;
  }
  hide() {
    this.#element.hidden = true;
  }
  /**
   * @param {Element | null} thing null for none
   * @param {string} text
   * @param {Element | null} [group] what it is part of, and what the words leave uncovered
   */
  show(thing, text, group = thing) {
    const element = this.#element;
    element.hidden = !thing || !text;
    if (!thing || !text) return;
    write(element, text);
    const [place, all] = [(group ?? thing).getBoundingClientRect(), this.#root.getBoundingClientRect()];
    const left = Math.max(0, Math.min(place.left - all.left, all.width - element.offsetWidth));
    element.style.transform = `translate(${left}px, ${place.top - all.top - element.offsetHeight - 2}px)`;
  }
};

// convergent_widgets/widgets/js/clusters.js
function clusters(context) {
  const { el, selection, source, pictures, theme, status, signal } = context;
  const summary = h("p", { class: "cw-quiet cw-clusters-summary" });
  const number = h("input", { class: "cw-button", type: "number", min: 1, step: 1, autocomplete: "off" });
  const sentence2 = h("p", { class: "cw-sentence", "aria-live": "polite", text: "Clustering the units…" });
  const steps = [-1, 1].map(
    (by) => button({
      class: "cw-zoom",
      "aria-label": by < 0 ? "previous cluster" : "next cluster",
      text: by < 0 ? "←" : "→"
    })
  );
  const matrixPlace = h("div", { class: "cw-clusters-matrix" });
  const membersPlace = h("div", {
    class: "cw-clusters-members",
    tabindex: -1,
    role: "group",
    "aria-label": "units of the cluster"
  });
  const asked = h("label", { class: "cw-clusters-number" }, "clusters", number);
  const root = h(
    "section",
    { class: "cw-clusters", "aria-label": "Clusters of the units of two nets" },
    h(
      "header",
      { class: "cw-clusters-head" },
      h("h3", { text: "Many to many: clusters" }),
      summary,
      asked,
      closeButton(context, "clusters")
    ),
    h(
      "div",
      { class: "cw-clusters-words" },
      h("span", { class: "cw-zooms", role: "group", "aria-label": "step through clusters" }, ...steps),
      sentence2,
      status.element
    ),
    h(
      "details",
      { class: "cw-clusters-how" },
      h("summary", { text: "What is this, and what does the paper leave open?" }),
      ...EXPLAINED.map((text) => h("p", { text }))
    ),
    h("div", { class: "cw-clusters-body" }, matrixPlace, membersPlace)
  );
  el.append(root);
  const newest = new Newest(root, signal, status);
  const tip = new Tip(root);
  const lightbox = new Lightbox(root, pictures, () => source.facts?.dataset ?? "", signal);
  const drawing = clusterMatrix(matrixPlace, theme, signal, choose, step);
  const members = ["A", "B"].map(
    (role) => new Members(membersPlace, role, pictures, signal, {
      select: (net, unit) => selection.choose({ net, unit }),
      open: (shown2, index, back) => lightbox.open(shown2, index, back),
      tip
    })
  );
  let shown = null;
  function choose(cluster) {
    selection.choose({ cluster });
  }
  function step(by) {
    if (!shown || newest.stale) return;
    const { blocks } = shown.loaded.clustering;
    const at = blocks.findIndex(({ label }) => label === labelOf(shown));
    const next = at < 0 ? 0 : Math.max(0, Math.min(blocks.length - 1, at + by));
    if (blocks[next]) choose(blocks[next].label);
  }
  function labelOf(what) {
    if (!what) return -1;
    const { cluster, net, net_a, unit } = what.state;
    const { clustering } = what.loaded;
    if (cluster !== null) return cluster < clustering.clusters ? cluster : -1;
    return unit === null ? -1 : clustering.labelOf(net === net_a, unit);
  }
  async function load({ layer, net_a, net_b, clusters: asked2 }) {
    const [clustering, aa, ab, bb, ...tops] = await Promise.all([
      source.clusters(layer, net_a, net_b, asked2),
      source.matrix(layer, net_a, net_a),
      source.matrix(layer, net_a, net_b),
      source.matrix(layer, net_b, net_b),
      source.top(layer, net_a),
      source.top(layer, net_b)
    ]);
    const before = shown?.loaded;
    const values = before?.clustering === clustering ? before.values : clustering.matrix(aa, ab, bb);
    return { clustering, values, tops };
  }
  function show2(state, loaded) {
    shown = { state, loaded };
    const { clustering, values, tops } = loaded;
    const { layer, net_a, net_b, net, unit } = state;
    const label = labelOf(shown);
    write(summary, aboutAll(clustering));
    phrase(sentence2, aboutCluster(state, clustering, label));
    const auto = clustering.meta.asked === null ? `auto (${clustering.clusters})` : "auto";
    const how = `How many clusters, 1 to ${clustering.live}; empty for as many as the largest eigengap says`;
    set(number, { placeholder: auto, max: clustering.live, title: how, "aria-label": how });
    if (!number.matches(":focus")) number.value = String(state.clusters ?? "");
    const nothing = !clustering.live;
    set(root, { "data-key": [layer, net_a, net_b, clustering.clusters, label < 0 ? "-" : label].join("|") });
    for (const part of [matrixPlace, membersPlace, ...steps]) part.hidden = nothing;
    tip.hide();
    lightbox.close();
    if (nothing) return;
    const isA = net === net_a;
    const place = unit === null ? -1 : clustering.placeOf(isA, unit);
    drawing.show({ layer, nets: [net_a, net_b], clustering, values, label, place });
    for (const [i, part] of members.entries()) {
      part.show({
        net: [net_a, net_b][i],
        other: [net_b, net_a][i],
        layer,
        cluster: label,
        members: label < 0 ? [] : clustering.members(label, i === 0),
        top: tops[i],
        unit: net === [net_a, net_b][i] ? unit : null
      });
    }
  }
  function sayWhyNot(words) {
    shown = null;
    write(sentence2, words);
    write(summary, "");
    number.value = "";
    set(number, { placeholder: "auto", title: null, "aria-label": null });
    set(root, { "data-key": null });
    for (const part of [matrixPlace, membersPlace, ...steps]) part.hidden = true;
  }
  steps.forEach((b, i) => b.addEventListener("click", () => step([-1, 1][i]), { signal }));
  number.addEventListener("keydown", (event) => event.stopPropagation(), { signal });
  number.addEventListener(
    "change",
    () => {
      const { state } = selection;
      const wanted = number.value === "" ? null : Number(number.value);
      const most = shown?.loaded.clustering.live ?? Infinity;
      const can = !number.validity.badInput && isWhole(wanted, 1, most);
      set(number, { "aria-invalid": can ? null : "true" });
      status.say(number, can ? "" : `Write a whole number from 1 to ${most}, or nothing.`, true);
      if (can && state) selection.choose({ clusters: wanted });
    },
    { signal }
  );
  selection.watch(() => {
    const { state } = selection;
    if (!state) return;
    const same = state.net_a === state.net_b;
    if (!same && !number.matches(":focus")) {
      number.value = String(state.clusters ?? "");
      set(number, { "aria-invalid": null });
      status.say(number, "");
    }
    number.disabled = same;
    asked.hidden = source.facts?.clusters === "eigengap" && state.clusters === null;
    void newest.run(
      async () => same ? null : load(state),
      (loaded) => loaded ? show2(state, loaded) : sayWhyNot(`Clusters are of the units of two nets; net A and net B are both ${state.net_a}.`)
    );
  }, signal);
}

// convergent_widgets/widgets/js/counterparts.js
function counterpart({ unit, method }, net, table) {
  const u = (
    /** @type {number} */
    unit
  );
  const at = (field) => table.at(`${method}.${field}`, u);
  const found = table.partner(method, u);
  const bestAt = table.at("best", u);
  const best = bestAt >= 0 ? bestAt : null;
  const matched = found !== null;
  return {
    kind: matched ? "match" : best !== null ? "taken" : "none",
    net,
    unit: found ?? best,
    counterpart: found,
    r: matched ? at("r") : table.at("best_r", u),
    baseline: at("greatest"),
    runnerUp: matched ? at("runner_up") : table.at("second_r", u),
    rank: matched ? at("rank") : 1,
    units: table.columns,
    agrees: at("agrees") === 1,
    above: at("above") === 1,
    best,
    bestR: table.at("best_r", u),
    takenBy: best === null || best === found ? null : owner(method, best, table),
    elsewhere: table.partner(method === "semi" ? "bipartite" : "semi", u)
  };
}
function owner(method, unit, table) {
  const row = table.column(`${method}.unit`).indexOf(unit);
  return row < 0 ? null : row;
}
function selected({ net, unit }, dead, mean, others) {
  const matched = others.filter((other) => other.kind === "match");
  return {
    kind: "selected",
    net,
    unit: (
      /** @type {number} */
      unit
    ),
    dead,
    mean,
    others: others.length,
    partners: matched.length,
    found: matched.filter((other) => other.above).length,
    meanR: matched.reduce((sum, other) => sum + other.r, 0) / matched.length
  };
}
function keyOf({ layer, net, unit }, others) {
  return [layer, `${net}/${unit ?? "-"}`, ...others.map((other) => `${other.net}/${other.counterpart ?? "-"}`)].join(
    "|"
  );
}

// convergent_widgets/widgets/js/prefetch.js
var FEW_NETS = 8;
var SMALL_SUM = 4 << 20;
var CHUNK2 = 64;
var idle = () => new Promise((resolve) => {
  if ("requestIdleCallback" in globalThis) requestIdleCallback(() => resolve(), { timeout: 300 });
  else setTimeout(resolve, 30);
});
async function calm(source, signal) {
  do
    await idle();
  while (source.busy && !signal.aborted);
  return !signal.aborted;
}
async function prefetch(source, pictures, state, signal) {
  const { layer } = state;
  const nets = source.facts?.nets ?? [];
  const from = nets.length <= FEW_NETS ? nets : [.../* @__PURE__ */ new Set([state.net, state.net_a, state.net_b])];
  const which = state.pictured === "deciles" ? "deciles" : "strongest";
  try {
    const tops = [];
    for (const net of nets) if (await calm(source, signal)) tops.push(await source.top(layer, net, which, true));
    const wanted = /* @__PURE__ */ new Map();
    for (const top of tops) {
      const images = wanted.get(top.set) ?? /* @__PURE__ */ new Set();
      for (const image of top.images) images.add(image);
      wanted.set(top.set, images);
    }
    for (const [set2, images] of wanted) {
      const all = [...images];
      let taken = 0;
      for (let i = 0; i < all.length && taken / Math.max(1, i) * all.length < SMALL_SUM; i += CHUNK2) {
        if (!await calm(source, signal)) return;
        taken += (await pictures.prefetch(set2, all.slice(i, i + CHUNK2))).bytes;
      }
    }
    for (const a of /* @__PURE__ */ new Set([state.net, ...from]))
      for (const b of nets) if (await calm(source, signal)) await source.pair(layer, a, b, true);
  } catch {
  }
}

// convergent_widgets/widgets/js/keys.js
function guardKeys(root, signal) {
  addEventListener(
    "keydown",
    (event) => {
      const target = event.composedPath()[0];
      if (!(target instanceof Element) || !event.composedPath().includes(root)) return;
      const forPage = event.ctrlKey || event.metaKey || event.altKey || event.shiftKey && event.key === "Enter";
      if (forPage) target.removeAttribute("data-lm-suppress-shortcuts");
      else target.setAttribute("data-lm-suppress-shortcuts", "true");
    },
    { capture: true, signal }
  );
}
function walkRadios(buttons, event) {
  const step = { ArrowLeft: -1, ArrowUp: -1, ArrowRight: 1, ArrowDown: 1 }[event.key];
  if (!step) return false;
  event.preventDefault();
  const at = buttons.findIndex((b) => b.getAttribute("aria-checked") === "true");
  const next = buttons[(at + step + buttons.length) % buttons.length];
  next.focus();
  next.click();
  return true;
}

// convergent_widgets/widgets/js/switch.js
function choiceSwitch({ label, trait, choose, signal }) {
  const element = h("div", { class: "cw-switch", role: "radiogroup", "aria-label": label, "data-trait": trait });
  let buttons = [];
  let made = "";
  element.addEventListener(
    "click",
    (event) => {
      const value = (
        /** @type {Element} */
        event.target.closest("button")?.dataset.value
      );
      if (value !== void 0) choose(value);
    },
    { signal }
  );
  element.addEventListener(
    "keydown",
    (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      if (walkRadios(buttons, event)) event.stopPropagation();
    },
    { signal }
  );
  return {
    element,
    /**
     * @param {[string, string][]} options value and name
     * @param {string} value
     */
    show(options, value) {
      const lone = options.length === 1 && options[0][0] === value;
      const key2 = JSON.stringify([options, lone]);
      if (key2 !== made) {
        buttons = lone ? [] : options.map(([id, text]) => button({ role: "radio", "data-value": id, text }));
        element.replaceChildren(...lone ? [options[0][1]] : buttons);
        set(element, lone ? { role: null, "aria-label": null } : { role: "radiogroup", "aria-label": label });
        element.classList.toggle("cw-lone", lone);
        made = key2;
      }
      const chosen = buttons.some((b) => b.dataset.value === value);
      buttons.forEach((b, i) => {
        const is = b.dataset.value === value;
        set(b, { "aria-checked": String(is), tabindex: is || !chosen && i === 0 ? 0 : -1 });
      });
    }
  };
}

// convergent_widgets/widgets/js/gallery.js
var SHOWN = {
  strongest: {
    words: ["the images that excite it most, cut to what it sees", "the images that excite it most", ""],
    shows: "strongest images",
    none: "no patches were kept"
  },
  deciles: {
    words: [
      "images at the deciles of its positive activations, from the ninth to the first",
      "at the deciles of its positive activations, ninth first",
      "ninth decile to first"
    ],
    shows: "images at the deciles of the positive activations",
    none: "no deciles: too few images excite it, or none were kept"
  },
  attributions: {
    words: ["what in the strongest patches drives it, by integrated gradients", "what in them drives it", ""],
    shows: "what drives the activation in the strongest images",
    none: "no attributions were made"
  }
};
var LEFT_OUT = "this page leaves out its patches";
var HEIGHT = 520;
var HEAD = 28;
function gallery(context) {
  const { el, selection, source, pictures, theme, signal } = context;
  const row = h("div", { class: "cw-cards" });
  const pictured = choiceSwitch({
    label: "patches shown",
    trait: "pictured",
    choose: (value) => selection.choose({ pictured: (
      /** @type {State["pictured"]} */
      value
    ) }),
    signal
  });
  const about = h("span", { class: "cw-quiet cw-about" });
  const sayAbout = fitting(about, signal);
  const signs = [RAISES, -RAISES].map((at) => ({ at, swatch: h("span", { class: "cw-swatch", "aria-hidden": "true" }) }));
  const legend = h("span", { class: "cw-quiet cw-signs" }, signs[0].swatch, "raises", signs[1].swatch, "lowers");
  const head = h("header", { class: "cw-gallery-head" }, h("h3", { text: "Patches" }), pictured.element, legend, about);
  const root = h("section", { class: "cw-gallery", "aria-label": "the unit in every net" }, head, row);
  el.append(root);
  const tip = new Tip(root);
  const newest = new Newest(root, signal, context.status);
  const lightbox = new Lightbox(root, pictures, () => source.facts?.dataset ?? "", signal);
  let cards = [];
  let made = "";
  let wanted = "";
  let turn = 0;
  let height = HEIGHT;
  let [square, wide] = [0, 0];
  let ahead = { key: "", control: new AbortController() };
  signal.addEventListener("abort", () => ahead.control.abort());
  const actions = {
    select: (net, unit) => selection.choose({ net, unit }),
    walk: (step) => void walk(context, step),
    open: (card, index) => lightbox.open(card, index, (i) => card.focusPatch(i)),
    tip: (patch, text) => tip.show(patch, text, patch?.parentElement)
  };
  function makeCards(facts) {
    const key2 = JSON.stringify(facts.nets);
    if (key2 === made) return;
    made = key2;
    cards = facts.nets.map((net) => new Card(net, actions, signal));
    row.replaceChildren(...cards.map((card) => card.element));
    fit();
  }
  function fit() {
    const inside = cards[0]?.inside;
    if (!inside) return;
    const isRow = getComputedStyle(row).gridAutoFlow === "column";
    const { below: below2, ...room } = arrange2(inside, isRow ? height : Infinity);
    row.classList.toggle("cw-below", below2);
    if (room.square === square && room.wide === wide) return;
    ({ square, wide } = room);
    row.style.setProperty("--cw-square", `${square}px`);
    redraw();
  }
  async function load({ layer, net, pictured: pictured2 }, facts) {
    const others = facts.nets.filter((other) => other !== net);
    const which = pictured2 === "deciles" ? pictured2 : "strongest";
    const held = facts.pictured.includes(pictured2);
    const [tables, tops, means2, own] = await Promise.all([
      Promise.all(others.map((other) => source.pair(layer, net, other))),
      held ? Promise.all(facts.nets.map((each) => source.top(layer, each, which))) : [],
      source.means(layer),
      others.length ? null : source.pair(layer, net, net)
    ]);
    return {
      tables,
      tops,
      means: new Map(means2.nets.map((each, i) => [each, means2.values[i]])),
      dead: (_, unit) => (tables[0] ?? own)?.dead(unit) ?? false
    };
  }
  function show2(state, facts, { tables, tops, means: means2, dead }) {
    const { layer, net, unit, net_a, net_b } = state;
    const { shows, none } = SHOWN[state.pictured];
    const layerFacts = facts.layers.find(({ name: name2 }) => name2 === layer);
    const others = facts.nets.filter((other) => other !== net);
    const found = unit === null ? [] : others.map((other, i) => counterpart(state, other, tables[i]));
    const isDead = unit !== null && dead(net, unit);
    cards.forEach((card, i) => {
      const own = card.net === net;
      const facts_ = unit === null ? null : own ? selected(state, isDead, means2.get(net)?.[unit] ?? NaN, found) : found[others.indexOf(card.net)];
      set(card.element, { "data-empty": unit === null });
      card.show(facts_ ?? { ...NOBODY, net: card.net }, {
        layer,
        dataset: facts.dataset,
        module: layerFacts?.modules[i] ?? "",
        dead: own && isDead,
        instead: unit === null ? "no unit is selected" : isDead ? "a dead unit has no counterpart" : "no live unit in this net",
        of: net,
        role: [card.net === net_a && "A", card.net === net_b && "B"].filter(Boolean).join(" "),
        patches: facts_?.unit == null ? [] : patchesOf(state, card.net, facts_.unit, tops[i]),
        k: tops[i]?.k ?? 0,
        none: facts_?.unit != null && tops[i]?.leavesOut(facts_.unit) ? LEFT_OUT : none,
        shows
      });
    });
    lightbox.close();
    tip.hide();
    for (const other of found) cardOf(other.net)?.judge(heldOutHere(state, other));
    cardOf(net)?.follow(arrivedHere(state));
    const mine = ++turn;
    void drawPatches(keyOf(state, found), state.pictured).then(() => judge(state, found, () => mine === turn));
  }
  const cardOf = (net) => cards.find((card) => card.net === net);
  function heldOutHere({ layer, net, unit, method }, { net: other, kind: kind2 }) {
    if (kind2 !== "match") return NaN;
    return source.heldOutHere(layer, net, other, method)?.r[
      /** @type {number} */
      unit
    ];
  }
  function arrivedHere({ layer, net, unit, method }) {
    return source.foundHere(layer, net, method)?.arrived[unit ?? -1];
  }
  async function judge(state, found, shown) {
    if (!shown()) return;
    for (const other of found) {
      if (heldOutHere(state, other) === void 0) {
        if (!await calm(source, signal) || !shown()) return;
        const { layer, net, method } = state;
        await source.heldOut(layer, net, other.net, method).catch(() => {
        });
      }
      if (!shown()) return;
      cardOf(other.net)?.judge(heldOutHere(state, other) ?? NaN);
    }
    if (found.length < 2) return;
    if (arrivedHere(state) === void 0) {
      if (!await calm(source, signal) || !shown()) return;
      await source.found(state.layer, state.net, state.method, true).catch(() => {
      });
    }
    if (shown()) cardOf(state.net)?.follow(arrivedHere(state) ?? null);
  }
  function showHead({ pictured: shown }, facts) {
    pictured.show(
      facts.pictured.map((which) => [which, PICTURED[which]]),
      shown
    );
    sayAbout(...facts.pictured.includes(shown) ? SHOWN[shown].words : [SHOWN[shown].none]);
    legend.hidden = shown !== "attributions";
    for (const { at, swatch } of signs) swatch.style.background = `rgb(${colour(theme.dark, at).join(" ")})`;
  }
  const drawn = () => cards.flatMap((card) => card.draw(pictures, square, wide).map((each) => ({ card, ...each })));
  async function bring(missing) {
    const key2 = wanted;
    const got = await Promise.allSettled(
      missing.map(async ({ card, index, patch }) => {
        const picture = await pictures.patch(patch);
        if (key2 === wanted && !signal.aborted) card.put(index, picture);
      })
    );
    if (key2 !== wanted || signal.aborted) return false;
    const failed = got.find((each) => each.status === "rejected");
    if (failed?.status === "rejected") newest.fail(failed.reason);
    return !failed;
  }
  function redraw() {
    if (!wanted) return;
    const missing = drawn();
    if (missing.length) void bring(missing);
  }
  async function drawPatches(shown, which) {
    wanted = `${shown}|${which}`;
    const missing = drawn();
    if (missing.length && !await bring(missing)) return;
    root.dataset.key = shown;
    root.dataset.pictured = which;
    const { state } = selection;
    if (!state) return;
    const next = JSON.stringify([state.layer, state.pictured]);
    if (next === ahead.key) return;
    ahead.control.abort();
    ahead = { key: next, control: new AbortController() };
    void prefetch(source, pictures, state, ahead.control.signal);
  }
  onResize(root, signal, fit);
  theme.watch(() => {
    redraw();
    const { state } = selection;
    if (state && source.facts) showHead(state, source.facts);
  }, signal);
  selection.watch(() => {
    const { state } = selection;
    const { facts } = source;
    if (!state || !facts) return;
    makeCards(facts);
    showHead(state, facts);
    void newest.run(
      () => load(state, facts),
      (loaded) => show2(state, facts, loaded)
    );
  }, signal);
  return (most) => {
    height = most - HEAD;
    fit();
  };
}
function patchesOf({ layer, pictured }, net, unit, top) {
  const patches = top?.patches(unit) ?? [];
  if (pictured !== "attributions") return patches;
  return patches.map((patch, place) => ({ ...patch, attributed: { layer, net, unit, place } }));
}
var NOBODY = (
  /** @type {const} */
  {
    kind: "none",
    unit: null,
    counterpart: null,
    r: NaN,
    baseline: NaN,
    runnerUp: NaN,
    rank: NaN,
    units: 0,
    agrees: false,
    above: false,
    best: null,
    bestR: NaN,
    takenBy: null,
    elsewhere: null
  }
);

// convergent_widgets/widgets/js/ticks.js
var MINUS2 = "−";
function linearTicks(values, most = 6) {
  const [least, greatest] = [Math.min(0, ...values), Math.max(0, ...values)];
  if (least === greatest) return [0];
  const power = 10 ** Math.floor(Math.log10((greatest - least) / most));
  let ticks2 = [];
  for (const step of [1, 2, 5, 10, 20]) {
    const size = step * power;
    const [first, last] = [Math.ceil(least / size), Math.floor(greatest / size)];
    ticks2 = Array.from({ length: last - first + 1 }, (_, i) => Number(((first + i) * size).toPrecision(6)));
    if (ticks2.length <= most) break;
  }
  return ticks2;
}
function logTicks(values, most = 8) {
  const [least, greatest] = [Math.min(...values), Math.max(...values)];
  const [from, to] = [Math.floor(Math.log10(least)), Math.ceil(Math.log10(greatest))];
  const powers = Array.from({ length: to - from + 1 }, (_, i) => Number(`1e${from + i}`));
  let ticks2 = [];
  for (const steps of [[1, 2, 5], [1, 3], [1]]) {
    ticks2 = powers.flatMap((power) => steps.map((step) => Number((power * step).toPrecision(6)))).filter((tick) => tick >= least && tick <= greatest);
    if (ticks2.length <= most) break;
  }
  return ticks2.length ? ticks2 : [least, greatest];
}
function tickText(tick) {
  const number = Number(tick.toPrecision(3));
  const size = Math.abs(number);
  const text = size >= 1e6 || size > 0 && size < 1e-4 ? number.toExponential().replace("e+", "e") : String(number);
  return text.replaceAll("-", MINUS2);
}

// convergent_widgets/widgets/js/curve.js
var PAD = { left: 56, right: 16, top: 10, bottom: 44 };
var NEAR = 14;
var RADIUS = { chosen: 7, mark: 4.7, small: 3, dot: 2.6 };
var DASHES = { dashed: "7 4", dotted: "2 4" };
var STEPS3 = { ArrowLeft: -1, ArrowUp: -1, ArrowRight: 1, ArrowDown: 1 };
var Curve = class {
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
      const step = STEPS3[event.key];
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
    const at = this.#circles.indexOf(
      /** @type {SVGCircleElement} */
      event.target
    );
    const { marks, lines } = this.#chart;
    let best = at >= 0 ? Infinity : NEAR;
    let found = null;
    for (const point of at >= 0 ? marks : [...marks, ...lines.flatMap((line) => line.points)]) {
      if (!("choose" in point)) continue;
      const [px, py] = this.#at(point);
      const distance = Math.hypot(px - x, py - y);
      if (distance < best) [best, found] = [distance, { point: (
        /** @type {Point} */
        point
      ), x: px, y: py }];
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
    const { x: across, y: along } = (
      /** @type {Chart} */
      this.#chart
    );
    const [width, height] = this.#size;
    return [
      PAD.left + share(across, x) * (width - PAD.left - PAD.right),
      height - PAD.bottom - share(along, y) * (height - PAD.top - PAD.bottom)
    ];
  }
  #draw() {
    if (!this.#chart || !this.#size[0]) return;
    const { name: name2, x, y, lines, marks, spots } = this.#chart;
    const [width, height] = this.#size;
    const [left, right, top, bottom] = [PAD.left, width - PAD.right, PAD.top, height - PAD.bottom];
    set(this.#svg, { "aria-label": name2, width, height });
    const text = (at, down, words, more) => s("text", { x: at, y: down, text: words, ...more });
    const ticks2 = [
      ...y.ticks.flatMap((tick) => {
        const [, at] = this.#at({ x: x.from, y: tick });
        return [
          s("line", { class: "cw-grid", x1: left, x2: right, y1: at, y2: at }),
          text(left - 7, at + 4, tickText(tick), { class: "cw-tick", "text-anchor": "end", "data-tick": tick, "data-at": at })
        ];
      }),
      ...x.ticks.flatMap((tick) => {
        const [at] = this.#at({ x: tick, y: y.from });
        return [
          s("line", { class: "cw-chart-axis", x1: at, x2: at, y1: bottom, y2: bottom + 4 }),
          text(at, bottom + 16, tickText(tick), { class: "cw-tick", "text-anchor": "middle", "data-tick": tick, "data-at": at })
        ];
      }),
      s("line", { class: "cw-chart-axis", x1: left, x2: right, y1: bottom, y2: bottom }),
      s("line", { class: "cw-chart-axis", x1: left, x2: left, y1: top, y2: bottom }),
      text((left + right) / 2, height - 8, x.label, { class: "cw-chart-label", "text-anchor": "middle" }),
      text(0, 0, y.label, {
        class: "cw-chart-label",
        "text-anchor": "middle",
        transform: `translate(13 ${(top + bottom) / 2}) rotate(-90)`
      })
    ];
    const drawn = lines.flatMap((line) => this.#line(line));
    const seen = (spots ?? []).map((spot) => {
      const [cx, cy] = this.#at(spot);
      return s("circle", { class: "cw-chart-spot", cx, cy, r: RADIUS.chosen });
    });
    this.#drawing.replaceChildren(...ticks2, ...drawn, ...seen);
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
  #line({ name: name2, colour: colour2, points, style, dots, width = 2 }) {
    const at = points.map((point) => this.#at(point));
    const path = s("path", {
      class: "cw-chart-line",
      d: at.map(([px, py], i) => `${i ? "L" : "M"}${px.toFixed(2)} ${py.toFixed(2)}`).join(""),
      "stroke-width": width,
      "stroke-dasharray": style && DASHES[style],
      "data-line": name2
    });
    path.style.stroke = colour2;
    if (!dots && at.length !== 1) return [path];
    const circles = at.map(([cx, cy]) => {
      const circle = s("circle", { cx, cy, r: RADIUS.dot });
      circle.style.fill = colour2;
      return circle;
    });
    return [path, ...circles];
  }
};
function share({ from, to, log }, value) {
  const of = log ? Math.log : (v) => v;
  return (of(value) - of(from)) / (of(to) - of(from));
}
function ends(values, log, room = 0.04) {
  const of = log ? Math.log : (v) => v;
  const back = log ? Math.exp : (v) => v;
  const [least, greatest] = [of(Math.min(...values)), of(Math.max(...values))];
  const more = room * (greatest - least) || 0.5;
  return [back(least - more), back(greatest + more)];
}

// convergent_widgets/widgets/js/mean_places.js
function places2(state, { nets, values }, tables) {
  return nets.map((net, i) => {
    const units = values[i].length;
    const found = net !== state.net && state.unit !== null ? counterpart(state, net, tables[net]) : null;
    const unit = net === state.net ? state.unit : found?.unit ?? null;
    if (unit === null) return { net, unit, mean: NaN, place: 0, units, role: net === state.net ? "selected" : "none" };
    const role = !found ? "selected" : found.kind === "match" ? "counterpart" : "taken";
    return { net, unit, mean: values[i][unit], place: placeOf(values[i], unit), units, role };
  });
}
function placeOf(means2, unit) {
  const own = means2[unit];
  return 1 + means2.reduce((before, mean, i) => before + Number(mean > own || mean === own && i < unit), 0);
}
var mostActiveFirst = (means2) => Array.from(means2.keys()).sort((i, j) => means2[j] - means2[i] || i - j);
var meanWords = ({ mean, place, units }) => `mean ${amount(mean)}, no. ${place} of ${units}`;
var ROLES = {
  selected: " (selected)",
  counterpart: "",
  taken: " (most similar, taken by another)",
  none: "no counterpart"
};
function placeWords(state, place) {
  if (state.unit === null) return "";
  return place.unit === null ? ROLES.none : meanWords(place) + ROLES[place.role];
}

// convergent_widgets/widgets/js/mean_curves.js
function meanCurves(state, { nets, values, floor }, marked, log, choose) {
  const least = log && floor !== null ? Math.fround(floor) : -Infinity;
  const most = Math.max(...values.map((means2) => means2.length));
  const inPercent = values.some((means2) => means2.length !== most);
  const across = (place, units) => inPercent ? 100 * (place - 0.5) / units : place;
  const point = (net, unit, mean, place, units) => ({
    x: across(place, units),
    y: mean,
    says: `${net} ${unitName(state.layer, unit)}: ${meanWords({ mean, place, units })}`,
    choose: () => choose(net, unit)
  });
  const lines = nets.map((net, i) => {
    const means2 = values[i];
    const points = mostActiveFirst(means2).filter((unit) => means2[unit] >= least).map((unit, at) => point(net, unit, means2[unit], at + 1, means2.length));
    return { name: net, colour: netColour(i), points };
  });
  const marks = marked.flatMap(({ net, unit, mean, place, units, role }, i) => {
    if (unit === null || mean < least) return [];
    return [{ ...point(net, unit, mean, place, units), colour: netColour(i), chosen: role === "selected" }];
  });
  marks.sort((a, b) => Number(a.chosen) - Number(b.chosen));
  const heights = lines.flatMap(({ points }) => points.map(({ y }) => y));
  const [from, to] = ends(log ? heights : [0, ...heights], log);
  const [first, last] = inPercent ? [0, 100] : most > 1 ? [1, most] : [0.5, 1.5];
  return {
    name: `mean activation of all units in ${state.layer}`,
    x: {
      label: `units, most active first${inPercent ? " (% of each net’s units)" : ""}`,
      from: first,
      to: last,
      ticks: linearTicks([last]).filter((tick) => Number.isInteger(tick) && tick >= first)
    },
    y: { label: "mean activation", from, to, ticks: log ? logTicks(heights) : linearTicks(heights), log },
    lines,
    marks
  };
}

// convergent_widgets/widgets/js/means.js
function means(context) {
  const { el, selection, source, model, status, signal, inline } = context;
  const heading = h("p", { class: "cw-quiet cw-means-heading" });
  const summary = h("p", { class: "cw-sentence" });
  const list = h("div", { class: "cw-means-legend", role: "group", "aria-label": "marked units" });
  const scale = choiceSwitch({ label: "scale of the mean activation", trait: "scale", choose: chooseScale, signal });
  const curve = inline ? new Curve(signal) : null;
  const root = h(
    "section",
    { class: "cw-means-head", "aria-label": "mean activations" },
    h(
      "header",
      { class: "cw-prediction-head" },
      h("h3", { text: "Mean activation of all units" }),
      heading,
      scale.element,
      closeButton(context, "means")
    ),
    summary,
    list
  );
  if (curve) root.append(curve.element);
  el.append(root);
  const newest = new Newest(root, signal, status);
  let shown = null;
  let chosen = { layer: "", scale: "" };
  let buttons = [];
  function chooseScale(value) {
    if (inline) {
      if (shown) chosen = { layer: shown.state.layer, scale: value };
      return show2();
    }
    model.set("scale", value);
    model.save_changes?.();
  }
  function show2() {
    if (!shown) return;
    const { state, loaded, marked } = shown;
    if (chosen.layer !== state.layer) chosen = { layer: state.layer, scale: loaded.scale };
    const scaled = inline ? chosen.scale : model.get("scale");
    const leftOut = scaled === "log" && loaded.left_out ? ` ${loaded.left_out}` : "";
    write(heading, `${state.layer}.${leftOut}`);
    write(summary, loaded.summary);
    summary.hidden = !loaded.summary;
    scale.show(
      loaded.scales.map((name2) => [name2, name2]),
      scaled
    );
    while (buttons.length < marked.length) {
      const b = button({ class: "cw-means-entry" });
      const at = buttons.length;
      b.addEventListener("click", () => choose(at), { signal });
      buttons.push(b);
      list.append(b);
    }
    for (const b of buttons.splice(marked.length)) b.remove();
    buttons.forEach((b, i) => {
      const { net, unit, role } = marked[i];
      const line = h("span", { class: "cw-means-line", "aria-hidden": "true" });
      line.style.color = netColour(i);
      const name2 = unit === null ? net : `${net} / ${unit}`;
      b.replaceChildren(line, h("b", { text: name2 }), ` ${placeWords(state, marked[i])}`);
      const selected2 = role === "selected" && unit !== null;
      set(b, { "data-net": net, "aria-current": selected2 ? "true" : null, disabled: unit === null });
    });
    curve?.show(meanCurves(state, loaded, marked, scaled === "log", (net, unit) => selection.choose({ net, unit })));
  }
  function choose(at) {
    const { net, unit } = (
      /** @type {{marked: Place[]}} */
      shown.marked[at]
    );
    if (unit !== null) selection.choose({ net, unit });
  }
  selection.watch(() => {
    const { state } = selection;
    const { facts } = source;
    if (!state || !facts) return;
    const others = state.unit === null ? [] : facts.nets.filter((net) => net !== state.net);
    void newest.run(
      () => Promise.all([source.means(state.layer), ...others.map((net) => source.pair(state.layer, state.net, net))]),
      ([loaded, ...tables]) => {
        const known2 = Object.fromEntries(others.map((net, i) => [net, tables[i]]));
        shown = { state, loaded, marked: places2(state, loaded, known2) };
        show2();
      }
    );
  }, signal);
  if (!inline) listen(model, "change:scale", show2, signal);
}

// convergent_widgets/widgets/js/predictors.js
var Predictors = class {
  #fields;
  #k;
  #numbers;
  #units;
  #weights;
  #r;
  /**
   * @param {PredictionMeta} meta
   * @param {(DataView | ArrayBufferView)[]} buffers
   */
  constructor(meta, buffers) {
    this.penalties = meta.penalties;
    this.inputs = meta.inputs;
    this.dead = meta.dead;
    this.single = meta.single;
    this.layer = meta.layer;
    this.#fields = meta.fields;
    this.#k = meta.k;
    this.#numbers = decode(Float32Array, buffers[0]);
    this.#units = decode(Int32Array, buffers[1]);
    this.#weights = decode(Float32Array, buffers[2]);
    this.#r = decode(Float32Array, buffers[3]);
    this.size = this.#numbers.byteLength + 3 * this.#units.byteLength;
  }
  /**
   * @param {Field} field
   * @param {number} penalty one of `penalties`
   */
  at(field, penalty) {
    const at = this.penalties.indexOf(penalty);
    return at < 0 ? NaN : this.#numbers[this.#fields.indexOf(field) * this.penalties.length + at];
  }
  /**
   * The units with the greatest |w| above .1, greatest first; of many only the first dozen.
   * @param {number} penalty
   * @returns {Predictor[]}
   */
  strongest(penalty) {
    const start = this.penalties.indexOf(penalty) * this.#k;
    const found = [];
    for (let i = start; i >= 0 && i < start + this.#k && this.#units[i] >= 0; i++)
      found.push({ unit: this.#units[i], weight: this.#weights[i], r: this.#r[i] });
    return found;
  }
};
var sourceNet = ({ net, net_a, net_b }) => net === net_a ? net_b : net_a;
var penaltyText = (penalty) => String(penalty).replace(/^0\./, ".");
function whyNot(state, facts) {
  const { layer, net } = state;
  const source = sourceNet(state);
  if (source === net) return `Choose two different nets: every unit of ${net} would be predicted by itself.`;
  if (unitsOf(facts, layer, source) === 1)
    return `${source} has only one unit in ${layer}, so there are no few units to choose from: r says it all.`;
  return "";
}
function whyNoUnit({ net, layer }, { rows, deadUnits }) {
  if (deadUnits[0] === rows) return `All units of ${net} in ${layer} are dead, so there is nothing to predict.`;
  return "No unit is selected. Select one to see which units of the other net predict it.";
}
function whyUnpredicted(state, { dead, inputs }) {
  const name2 = `${state.net} ${unitName(state.layer, state.unit)}`;
  if (dead === "always") return `${name2} is dead: it never varies, so there is nothing to predict.`;
  if (dead) return `${name2} never varies on the images of even index, so no map can be fitted to it.`;
  if (!inputs) return `All units of ${sourceNet(state)} in ${state.layer} are dead, so they predict nothing.`;
  return "";
}
function aboutPrediction(state, predictors) {
  const { layer, net, unit, penalty } = state;
  const source = sourceNet(state);
  const many = predictors.at("predictors", penalty);
  const held = predictors.at("held_out_loss", penalty);
  const weak = predictors.at("weights", penalty) - many;
  const words = [[`${net} ${unitName(layer, unit)}`]];
  if (many + weak === 0) words.push(" is predicted by ", [`no unit of ${source}`]);
  else {
    words.push(" is predicted by ", [`${many} of ${count(predictors.inputs, "live unit")}`], ` of ${source} (|w| > .1)`);
    if (weak) words.push(` and ${weak} with less weight`);
  }
  words.push(` at penalty ${penaltyText(penalty)}: held-out loss `, [decimals(held)]);
  words.push(" (R² ", [decimals(1 - 2 * held)], ").");
  const { single } = predictors;
  if (single) {
    const r = single.r === null ? "" : ` (r ${decimals(single.r)})`;
    words.push(
      ` The best single unit, ${unitName(layer, single.unit)}${r}, alone reaches R² `,
      [decimals(single.r2)],
      "."
    );
  }
  return words;
}
var JUDGED = "Fitted to the images of even index, judged on those of odd index (held out). Choose a penalty by how few units you want or by the loss in sample, not by the held-out loss.";

// convergent_widgets/widgets/js/loss_curve.js
var ZERO_MAP = 0.5;
var [UNIT, LAYER, ZERO] = [netColour(0), "var(--cw-grey-dot)", "var(--cw-quiet)"];
var FAINT = `color-mix(in srgb, ${UNIT} 55%, transparent)`;
function lossCurve({ selection, signal }) {
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
      const own = (field) => PENALTIES.map((one) => predictors.at(field, one));
      const [many, held, sample] = [own("predictors"), own("held_out_loss"), own("loss")];
      const whole2 = predictors.layer ?? { predictors: [], held_out_loss: [] };
      const greatest = Math.max(1, ...many, ...whole2.predictors);
      const high = Math.max(ZERO_MAP, ...held, ...sample, ...whole2.held_out_loss);
      const line = (across, along) => across.map((x, i) => ({ x, y: along[i] }));
      const right = 1.04 * greatest;
      const all = line(whole2.predictors, whole2.held_out_loss);
      const at = PENALTIES.indexOf(penalty);
      const name2 = `${net} ${unitName(layer, unit)}`;
      const units = count(unitsOf(facts, layer, net), "unit");
      element.hidden = false;
      curve.show({
        name: `loss of ${name2} against its number of predictors`,
        x: {
          label: "predictors, units with |w| > .1",
          from: 0,
          to: right,
          ticks: linearTicks([greatest]).filter(Number.isInteger)
        },
        y: { label: "loss, ½ mean squared error", from: 0, to: 1.06 * high, ticks: linearTicks([high]) },
        lines: [
          { name: "zero", colour: ZERO, points: line([0, right], [ZERO_MAP, ZERO_MAP]), style: "dotted", width: 1.5 },
          { name: "layer", colour: LAYER, points: all, dots: true, width: 1.5 },
          { name: "in sample", colour: FAINT, points: line(many, sample), style: "dashed" },
          { name: "held out", colour: UNIT, points: line(many, held) }
        ],
        spots: all.slice(at, at + 1),
        marks: PENALTIES.map((one, i) => ({
          x: many[i],
          y: held[i],
          colour: UNIT,
          chosen: one === penalty,
          small: true,
          says: `penalty ${penaltyText(one)}: ${count(many[i], "predictor")}, held-out loss ${decimals(held[i])}`,
          choose: () => selection.choose({ penalty: one })
        }))
      });
      legend.replaceChildren(
        key("held out", UNIT, { dot: 3 }, h("b", { text: name2 }), ", held out"),
        key("in sample", FAINT, { dash: "7 4" }, "in sample"),
        key("layer", LAYER, { dot: 2.6 }, `all ${units} of ${net}: median held-out loss, mean number`),
        key("zero", ZERO, { dash: "2 4" }, "map of zeros, .5"),
        key("penalty", "var(--cw-accent)", { dot: 5, line: false }, `penalty ${penaltyText(penalty)}`)
      );
    }
  };
}
function key(name2, colour2, { dot, dash, line = true }, ...words) {
  const swatch = s("svg", { "aria-hidden": "true" });
  swatch.style.color = colour2;
  const stroke = { stroke: "currentColor", "stroke-width": 2, "stroke-dasharray": dash };
  if (line) swatch.append(s("line", { x1: 0, x2: 24, y1: 4, y2: 4, ...stroke }));
  if (dot) swatch.append(s("circle", { cx: line ? 12 : 18, cy: 4, r: dot, fill: "currentColor" }));
  return h("span", { class: "cw-loss-key", "data-curve": name2 }, swatch, h("span", {}, ...words));
}

// convergent_widgets/widgets/js/prediction.js
var FEW = 4;
var SQUARE3 = 86;
var WIDEST = 1;
function prediction(context) {
  const { el, selection, source, pictures, theme, status, signal, inline } = context;
  const title = h("h3", { class: "cw-clip" });
  const words = h("p", { class: "cw-sentence", "aria-live": "polite" });
  const judged = h("p", { class: "cw-judged", text: JUDGED });
  const row = h("div", { class: "cw-cards cw-predictors" });
  const rest = h("p", { class: "cw-more" });
  const slider = penaltySlider(context);
  const body = h("div", { class: "cw-prediction-body" }, row, rest, judged);
  const root = h(
    "section",
    { class: "cw-prediction", "aria-label": "few to one: what predicts the selected unit" },
    h("header", { class: "cw-prediction-head" }, title, closeButton(context, "prediction")),
    slider.element,
    words,
    body
  );
  const loss = inline ? lossCurve(context) : null;
  if (loss) {
    root.append(loss.element);
    root.classList.add("cw-with-loss");
  }
  const tip = new Tip(root);
  el.append(root);
  row.style.setProperty("--cw-square", `${SQUARE3}px`);
  const newest = new Newest(root, signal, status);
  const lightbox = new Lightbox(root, pictures, () => source.facts?.dataset ?? "", signal);
  let cards = [];
  let made = "";
  let wanted = "";
  const patches = /* @__PURE__ */ new WeakMap();
  const actions = {
    select: (net, unit) => selection.choose({ net, unit }),
    walk: () => {
    },
    open: (card, index) => {
      const { net, layer, unit } = card;
      lightbox.open({ net, layer, unit, patches: patches.get(card) ?? [] }, index, (i) => card.focusPatch(i));
    },
    tip: (patch, text) => tip.show(patch, text, patch?.parentElement)
  };
  function makeCards(state, units) {
    const key2 = JSON.stringify([state.net, sourceNet(state)]);
    if (key2 !== made) {
      made = key2;
      cards = [new Card(state.net, actions, signal)];
      row.replaceChildren(cards[0].element);
    }
    while (cards.length <= units) {
      const card = new Card(sourceNet(state), actions, signal);
      cards.push(card);
      row.append(card.element);
    }
    cards.forEach((card, i) => set(card.element, { hidden: i > units }));
  }
  function showNothing(state, why) {
    write(title, "Few to one");
    write(words, why);
    slider.element.hidden = body.hidden = true;
    if (loss) loss.element.hidden = true;
    wanted = "";
    set(root, { "data-key": keyOf2(state) });
    report("");
  }
  function show2(state, facts, { predictors, own, others }) {
    const why = whyUnpredicted(state, predictors);
    if (why) return showNothing(state, why);
    const { layer, net, unit, penalty } = state;
    const from = sourceNet(state);
    const strongest = predictors.strongest(penalty);
    const had = focusWithin(row);
    makeCards(state, strongest.length);
    slider.element.hidden = body.hidden = false;
    row.classList.toggle("cw-bare", !facts.k);
    write(title, `Few to one: ${net} ${unitName(layer, unit)} from the units of ${from}`);
    phrase(words, aboutPrediction(state, predictors));
    slider.show(penalty, predictors);
    loss?.show(state, facts, predictors);
    const widest = Math.max(WIDEST, ...strongest.map(({ weight }) => Math.abs(weight)));
    cards.slice(0, strongest.length + 1).forEach((card, i) => {
      const table = i ? others : own;
      const shown = i ? aboutPredictor(strongest[i - 1], widest) : aboutPredicted(state, predictors);
      const all = table.patches(shown.unit);
      patches.set(card, all);
      card.show(shown, {
        layer,
        dataset: facts.dataset,
        module: facts.layers.find(({ name: name2 }) => name2 === layer)?.modules[facts.nets.indexOf(card.net)] ?? "",
        role: "",
        of: net,
        dead: false,
        instead: "",
        k: Math.min(FEW, facts.k),
        none: "no patches were kept",
        shows: "strongest images",
        patches: all.slice(0, FEW)
      });
    });
    const more = predictors.at("predictors", penalty) - strongest.length;
    const bare = facts.k ? "" : "The comparison was made without pictures (patches=0).";
    write(rest, [more ? `and ${more} more with |w| > .1.` : "", bare].filter(Boolean).join(" "));
    if (had && !focusWithin(row)) cards[0].element.querySelector("button").focus();
    lightbox.close();
    tip.hide();
    wanted = keyOf2(state);
    report(JSON.stringify([layer, from, net]));
    void drawPatches(wanted);
  }
  async function drawPatches(key2) {
    const shown = cards.filter((card) => !card.element.hidden);
    const missing = shown.flatMap((card) => card.draw(pictures, SQUARE3).map((each) => ({ card, ...each })));
    const got = await Promise.allSettled(
      missing.map(async ({ card, index, patch }) => {
        const picture = await pictures.get(patch.set, patch.image);
        if (key2 === wanted && !signal.aborted) card.put(index, picture);
      })
    );
    if (key2 !== wanted || signal.aborted) return;
    const failed = got.find((each) => each.status === "rejected");
    if (failed?.status === "rejected") return newest.fail(failed.reason);
    set(root, { "data-key": key2 });
  }
  function report(predicted) {
    if (inline || context.model.get("predicted") === predicted) return;
    try {
      context.model.set("predicted", predicted);
      context.model.save_changes?.();
    } catch {
    }
  }
  theme.watch(() => {
    if (wanted) void drawPatches(wanted);
  }, signal);
  selection.watch(() => {
    const { state } = selection;
    const { facts } = source;
    if (!state || !facts) return;
    const why = whyNot(state, facts);
    const { layer, net, unit } = state;
    const from = sourceNet(state);
    if (!why && unit !== null && !wanted) {
      write(title, "Few to one");
      write(words, `Predicting all units of ${net} in ${layer} from those of ${from}…`);
      slider.element.hidden = body.hidden = true;
      if (loss) loss.element.hidden = true;
    }
    void newest.run(
      async () => {
        if (why) return why;
        if (unit === null) return whyNoUnit(state, await source.pair(layer, net, from));
        const [predictors, own, others] = await Promise.all([
          source.prediction(layer, from, net, unit),
          source.top(layer, net),
          source.top(layer, from)
        ]);
        return { predictors, own, others };
      },
      (loaded) => typeof loaded === "string" ? showNothing(state, loaded) : show2(state, facts, loaded)
    );
  }, signal);
}
function penaltySlider({ selection, signal }) {
  const grid = [...PENALTIES].reverse();
  const words = "L1 penalty";
  const input = h("input", {
    type: "range",
    min: 0,
    max: grid.length - 1,
    step: 1,
    "aria-label": words,
    "data-trait": "penalty"
  });
  const value = h("span", { class: "cw-penalty-value", "aria-hidden": "true" });
  const predicted = h("span", { class: "cw-quiet cw-penalty-count" });
  const range = h("span", { class: "cw-range" }, input, ticks(grid));
  const label = h("label", { class: "cw-penalty" }, h("span", { text: words }), value, range);
  input.addEventListener("input", () => selection.choose({ penalty: grid[Number(input.value)] }), { signal });
  return {
    element: h("div", { class: "cw-penalty-line" }, label, predicted),
    /**
     * @param {number} penalty
     * @param {Predictors} predictors
     */
    show(penalty, predictors) {
      const units = count(predictors.at("predictors", penalty), "predictor");
      const at = String(grid.indexOf(penalty));
      if (input.value !== at) input.value = at;
      write(value, penaltyText(penalty));
      write(predicted, units);
      set(input, { "aria-valuetext": `${penaltyText(penalty)}: ${units}` });
    }
  };
}
var ticks = (grid) => h(
  "span",
  { class: "cw-range-ticks", "aria-hidden": "true" },
  ...grid.map((penalty) => h("span", { text: penaltyText(penalty) }))
);
function aboutPredicted({ unit, penalty }, predictors) {
  const held = predictors.at("held_out_loss", penalty);
  return {
    kind: "predicted",
    unit: (
      /** @type {number} */
      unit
    ),
    symbol: "R²",
    number: decimals(1 - 2 * held),
    measure: "held out",
    bar: null,
    rows: [
      ["loss", decimals(held), "half the mean squared error on the images of odd index; .5 for a map of zeros"],
      ["fitted", decimals(predictors.at("loss", penalty)), "the loss in sample, on the images of even index"]
    ]
  };
}
var aboutPredictor = ({ unit, weight, r }, widest) => ({
  kind: "predictor",
  unit,
  symbol: "w",
  number: decimals(weight),
  measure: "",
  bar: { from: 0.5, to: 0.5 + weight / widest / 2 },
  rows: [["r", decimals(r), "its correlation with the predicted unit, over all images"]]
});
var keyOf2 = (state) => [state.layer, `${sourceNet(state)} > ${state.net}/${state.unit ?? "-"}`, penaltyText(state.penalty)].join("|");
var focusWithin = (element) => element.matches(":focus-within");

// convergent_widgets/widgets/js/status.js
var Status = class {
  element = h("p", { class: "cw-notice", role: "status" });
  /** @type {Map<object, {text: string, alarm: boolean}>} */
  #said = /* @__PURE__ */ new Map();
  /**
   * @param {object} who says it; each has one thing to say at a time
   * @param {string} text empty to say nothing any more
   * @param {boolean} [alarm] comes before what is no alarm
   */
  say(who, text, alarm = false) {
    this.#said.delete(who);
    if (text) this.#said.set(who, { text, alarm });
    const all = [...this.#said.values()];
    const shown = all.filter((one) => one.alarm).at(-1) ?? all[0];
    set(this.element, { role: shown?.alarm ? "alert" : "status", title: shown?.text });
    this.element.classList.toggle("cw-alarm", shown?.alarm ?? false);
    write(this.element, shown?.text ?? "");
  }
};

// convergent_widgets/widgets/js/inline_panels.js
var PANELS2 = { means, prediction, clusters };
function inlinePanels(context) {
  const { el, model, selection, signal } = context;
  const offered = inlineOf(model)?.filter((name2) => Object.hasOwn(PANELS2, name2));
  if (!offered) return;
  const open2 = /* @__PURE__ */ new Map();
  function mount(name2) {
    const control = new AbortController();
    const status = new Status();
    const element = h("div", { class: "cw-inline-panel", "data-inline": name2 }, status.element);
    PANELS2[name2]({ ...context, el: element, status, signal: control.signal, inline: true });
    const panel = { element, control };
    open2.set(name2, panel);
    return panel;
  }
  selection.watch(() => {
    const wanted = [...new Set(selection.panels ?? [])].filter((name2) => offered.includes(name2));
    for (const [name2, { element, control }] of open2) {
      if (wanted.includes(name2)) continue;
      open2.delete(name2);
      control.abort();
      element.remove();
    }
    wanted.forEach((name2, i) => {
      const { element } = open2.get(name2) ?? mount(name2);
      if (el.children[i] !== element) el.insertBefore(element, el.children[i] ?? null);
    });
  }, signal);
  signal.addEventListener("abort", () => open2.forEach(({ control }) => control.abort()));
}

// convergent_widgets/widgets/js/zoom.js
var GREATEST_CELL = 36;
var Zoom = class {
  rows = 1;
  columns = 1;
  /** Width and height of the frame, in pixels. */
  width = 1;
  height = 1;
  factor = 1;
  left = 0;
  top = 0;
  /** Width of a cell in pixels. */
  get wide() {
    return this.width / this.columns * this.factor;
  }
  /** Height of a cell in pixels. */
  get high() {
    return this.height / this.rows * this.factor;
  }
  /**
   * Fit the grid into that room: square cells for a square grid, else cells that fill it.
   * @param {number} rows
   * @param {number} columns
   * @param {number} width
   * @param {number} height
   */
  resize(rows, columns, width, height) {
    if (rows !== this.rows || columns !== this.columns) this.reset();
    this.rows = rows;
    this.columns = columns;
    this.width = Math.max(1, rows === columns ? Math.min(width, height) : width);
    this.height = Math.max(1, rows === columns ? Math.min(width, height) : height);
    this.by(1);
  }
  reset() {
    this.factor = 1;
    this.left = this.top = 0;
  }
  /**
   * Multiply the zoom; the cell under (x, y) of the frame stays where it is.
   * @param {number} times
   * @param {number} [x]
   * @param {number} [y]
   */
  by(times, x = this.width / 2, y = this.height / 2) {
    const [column, row] = [this.left + x / this.wide, this.top + y / this.high];
    const greatest = Math.max(1, GREATEST_CELL * Math.max(this.columns, this.rows) / this.width);
    this.factor = Math.max(1, Math.min(greatest, this.factor * times));
    this.#move(column - x / this.wide, row - y / this.high);
  }
  /**
   * @param {number} x pixels
   * @param {number} y
   */
  pan(x, y) {
    this.#move(this.left - x / this.wide, this.top - y / this.high);
  }
  /**
   * Bring a cell into the frame if it lies outside.
   * @param {number} row position, or -1
   * @param {number} column
   */
  reveal(row, column) {
    const [wide, high] = [this.columns / this.factor, this.rows / this.factor];
    const outside = (at, start, size) => at >= 0 && (at < start || at + 1 > start + size);
    this.#move(
      outside(column, this.left, wide) ? column + 0.5 - wide / 2 : this.left,
      outside(row, this.top, high) ? row + 0.5 - high / 2 : this.top
    );
  }
  /**
   * @param {number} left
   * @param {number} top
   */
  #move(left, top) {
    this.left = Math.max(0, Math.min(this.columns - this.columns / this.factor, left));
    this.top = Math.max(0, Math.min(this.rows - this.rows / this.factor, top));
  }
};

// convergent_widgets/widgets/js/matrix.js
var MARGIN2 = { left: 26, top: 17 };
var CLICK = 4;
var FADE = 0.78;
function matrix(context) {
  const { el, selection, source, theme, status, signal } = context;
  const head = h("span", { class: "cw-quiet cw-head cw-clip" });
  const sayHead = fitting(head, signal);
  const canvas = h("canvas", {
    class: "cw-canvas",
    tabindex: 0,
    role: "application",
    "aria-roledescription": "correlation matrix"
  });
  const plot = h("div", { class: "cw-plot" }, canvas);
  const scale = h("span", { class: "cw-scale", "aria-hidden": "true" });
  const grey = h("span", { class: "cw-swatch", "aria-hidden": "true" });
  const greyWords = h("span", { class: "cw-quiet" });
  const readout = h("output", { class: "cw-readout" });
  const sayReadout = fitting(readout, signal);
  const zooms = [
    ["−", "zoom out"],
    ["+", "zoom in"],
    ["1:1", "show all"]
  ].map(([text, title]) => button({ class: "cw-zoom", title, "aria-label": title, text }));
  const panel = h(
    "section",
    { class: "cw-panel cw-matrix", "aria-label": "Correlation of units" },
    h(
      "header",
      { class: "cw-panel-head" },
      h("h3", {}, "Correlation", h("span", { class: "cw-spare", text: " of units" })),
      head
    ),
    plot,
    h(
      "footer",
      { class: "cw-panel-foot" },
      h(
        "span",
        { class: "cw-legend" },
        h("span", { class: "cw-legend", role: "img", "aria-label": "colours of r from −1 to 1" }, "−1", scale, "1"),
        grey,
        greyWords
      ),
      readout,
      h("span", { class: "cw-zooms", role: "group", "aria-label": "zoom" }, ...zooms)
    )
  );
  el.append(panel);
  const newest = new Newest(panel, signal, status);
  const zoom = new Zoom();
  const screen = (
    /** @type {CanvasRenderingContext2D} */
    canvas.getContext("2d")
  );
  const kept = h("canvas");
  let shown = null;
  const hover = new Hover();
  let room = [0, 0];
  let painted = "";
  let anyDead = false;
  function selected2() {
    if (!shown || shown.state.unit === null) return { row: -1, column: -1 };
    const { state, table, order } = shown;
    const { net, net_a, unit, method } = state;
    if (net === net_a) {
      const partner = table.partner(
        method,
        /** @type {number} */
        unit
      );
      return {
        row: order.rows.indexOf(
          /** @type {number} */
          unit
        ),
        column: partner === null ? -1 : order.columns.indexOf(partner)
      };
    }
    return {
      row: order.rows.findIndex((row) => table.partner(method, row) === unit),
      column: order.columns.indexOf(
        /** @type {number} */
        unit
      )
    };
  }
  function draw() {
    if (!shown || !room[0]) return;
    const { state, table, values, order } = shown;
    zoom.resize(values.rows, values.columns, room[0] - MARGIN2.left - 1, room[1] - MARGIN2.top - 1);
    const dots = devicePixelRatio || 1;
    const [width, height] = [zoom.width, zoom.height].map((n) => Math.max(1, Math.round(n * dots)));
    const key2 = JSON.stringify([
      state.layer,
      state.net_a,
      state.net_b,
      state.order,
      state.method,
      theme.dark,
      width,
      height,
      zoom.factor,
      zoom.left,
      zoom.top
    ]);
    if (key2 !== painted) {
      kept.width = width;
      kept.height = height;
      const brush = (
        /** @type {CanvasRenderingContext2D} */
        kept.getContext("2d")
      );
      const image = brush.createImageData(width, height);
      paint(
        image,
        values,
        order,
        {
          wide: width / zoom.columns * zoom.factor,
          high: height / zoom.rows * zoom.factor,
          left: zoom.left,
          top: zoom.top
        },
        lookUp(theme.dark),
        table.within
      );
      brush.putImageData(image, 0, 0);
      painted = key2;
      canvas.width = width + Math.round((MARGIN2.left + 1) * dots);
      canvas.height = height + Math.round((MARGIN2.top + 1) * dots);
      canvas.style.width = `${canvas.width / dots}px`;
      canvas.style.height = `${canvas.height / dots}px`;
      scale.style.background = gradient(theme.dark);
      grey.style.background = noCorrelation(theme.dark);
    }
    mark(dots);
  }
  function mark(dots) {
    if (!shown) return;
    const style = getComputedStyle(canvas);
    const ink = (name2) => style.getPropertyValue(name2).trim();
    const { state, order } = shown;
    screen.setTransform(1, 0, 0, 1, 0, 0);
    screen.clearRect(0, 0, canvas.width, canvas.height);
    screen.setTransform(dots, 0, 0, dots, 0, 0);
    screen.fillStyle = ink("--cw-track");
    screen.fillRect(0, MARGIN2.top, MARGIN2.left - 3, zoom.height);
    screen.fillRect(MARGIN2.left, 0, zoom.width, MARGIN2.top - 3);
    screen.setTransform(1, 0, 0, 1, 0, 0);
    screen.drawImage(kept, Math.round(MARGIN2.left * dots), Math.round(MARGIN2.top * dots));
    screen.setTransform(dots, 0, 0, dots, 0, 0);
    fade(ink("--cw-surface"));
    screen.font = `600 11px ${style.fontFamily}`;
    const place = selected2();
    borders(ink("--cw-text"), ink("--cw-quiet"));
    if (hover.place) label(hover.place, ink("--cw-text"), ink("--cw-track"), false);
    label(place, ink("--cw-accent"), ink("--cw-track"), true);
    screen.save();
    screen.beginPath();
    screen.rect(MARGIN2.left, MARGIN2.top, zoom.width, zoom.height);
    screen.clip();
    const [wide, high] = [Math.max(zoom.wide, 1), Math.max(zoom.high, 1)];
    const x = MARGIN2.left + (place.column - zoom.left) * zoom.wide;
    const y = MARGIN2.top + (place.row - zoom.top) * zoom.high;
    screen.strokeStyle = screen.fillStyle = ink("--cw-accent");
    screen.lineWidth = 1;
    screen.globalAlpha = 0.75;
    if (place.row >= 0) lines(MARGIN2.left, y - 0.5, zoom.width, high + 1, true);
    if (place.column >= 0) lines(x - 0.5, MARGIN2.top, wide + 1, zoom.height, false);
    screen.globalAlpha = 1;
    screen.restore();
    if (place.row >= 0 && place.column >= 0 && x > MARGIN2.left - wide && y > MARGIN2.top - high && x < MARGIN2.left + zoom.width && y < MARGIN2.top + zoom.height) {
      const size = (
        /** @type {const} */
        [Math.max(wide, 6) + 2, Math.max(high, 6) + 2]
      );
      const corner = (
        /** @type {const} */
        [x + (wide - size[0]) / 2, y + (high - size[1]) / 2]
      );
      screen.strokeStyle = ink("--cw-surface");
      screen.lineWidth = 4;
      screen.strokeRect(...corner, ...size);
      screen.strokeStyle = ink("--cw-accent");
      screen.lineWidth = 2;
      screen.strokeRect(...corner, ...size);
    }
    set(canvas, {
      "data-key": [state.layer, state.net_a, state.net_b, state.order, state.method].join("|"),
      "data-rows": order.rows.length,
      "data-columns": order.columns.length,
      "data-row": place.row >= 0 ? order.rows[place.row] : null,
      "data-column": place.column >= 0 ? order.columns[place.column] : null,
      "data-left": MARGIN2.left,
      "data-top": MARGIN2.top,
      "data-cell": zoom.wide.toFixed(4),
      "data-cell-height": zoom.high.toFixed(4),
      "data-zoom": zoom.factor.toFixed(2)
    });
    tell(hover.place ?? place);
  }
  function fade(ground) {
    const { found, order, state, table } = shown ?? {};
    const passes = state && table ? passing(state, table, found) : null;
    set(canvas, { "data-passing": passes && order ? order.rows.filter(passes).length : null });
    if (!passes || !order) return;
    screen.save();
    screen.beginPath();
    screen.rect(MARGIN2.left, MARGIN2.top, zoom.width, zoom.height);
    screen.clip();
    screen.fillStyle = ground;
    screen.globalAlpha = FADE;
    const y = (row) => Math.round(MARGIN2.top + (row - zoom.top) * zoom.high);
    for (let start = 0; start < order.rows.length; start++) {
      if (passes(order.rows[start])) continue;
      let end = start + 1;
      while (end < order.rows.length && !passes(order.rows[end])) end++;
      screen.fillRect(MARGIN2.left, y(start), zoom.width, y(end) - y(start));
      start = end;
    }
    screen.restore();
  }
  function lines(x, y, width, height, flat) {
    screen.beginPath();
    for (const far of [0, 1]) {
      screen.moveTo(flat ? x : x + far * width, flat ? y + far * height : y);
      screen.lineTo(flat ? x + width : x + far * width, flat ? y + far * height : y + height);
    }
    screen.stroke();
  }
  function borders(line, words) {
    const { found, order, state, table } = shown ?? {};
    const groups = found && order && table && state?.order === "found" ? found.groups(order.rows, table) : [];
    const named = groups.map(({ widely, start, end }) => `${widely ?? "dead"}:${end - start}`);
    set(canvas, { "data-groups": named.join(" ") || null });
    const y = (row) => MARGIN2.top + (row - zoom.top) * zoom.high;
    const inside = (at) => Math.max(MARGIN2.top, Math.min(MARGIN2.top + zoom.height, at));
    for (const { widely, start, end } of groups) {
      const [top, bottom] = [inside(y(start)), inside(y(end))];
      screen.fillStyle = line;
      if (start > 0 && y(start) > MARGIN2.top && y(start) < MARGIN2.top + zoom.height)
        screen.fillRect(0, Math.round(y(start)) - 0.5, MARGIN2.left + zoom.width, 1);
      if (bottom - top < 14 || widely === null) continue;
      screen.fillStyle = words;
      screen.textAlign = "center";
      screen.textBaseline = "middle";
      screen.fillText(`${widely}/${found?.others}`, (MARGIN2.left - 3) / 2, (top + bottom) / 2);
    }
  }
  function label(place, colour2, ground, strong) {
    if (!shown) return;
    const text = (unit, x2, y2) => {
      const words = String(unit);
      const half = screen.measureText(words).width / 2 + 2;
      screen.fillStyle = ground;
      screen.fillRect(x2 - half, y2 - 7, 2 * half, 14);
      screen.fillStyle = colour2;
      screen.fillText(words, x2, y2 + 0.5);
    };
    screen.textAlign = "center";
    screen.textBaseline = "middle";
    screen.globalAlpha = strong ? 1 : 0.8;
    const y = MARGIN2.top + (place.row + 0.5 - zoom.top) * zoom.high;
    const x = MARGIN2.left + (place.column + 0.5 - zoom.left) * zoom.wide;
    if (place.row >= 0 && y > MARGIN2.top && y < MARGIN2.top + zoom.height) {
      text(
        shown.order.rows[place.row],
        (MARGIN2.left - 3) / 2,
        Math.max(MARGIN2.top + 6, Math.min(MARGIN2.top + zoom.height - 7, y))
      );
    }
    if (place.column >= 0 && x > MARGIN2.left && x < MARGIN2.left + zoom.width) {
      text(
        shown.order.columns[place.column],
        Math.max(MARGIN2.left + 8, Math.min(MARGIN2.left + zoom.width - 8, x)),
        (MARGIN2.top - 3) / 2
      );
    }
    screen.globalAlpha = 1;
  }
  function tell(place) {
    if (!shown) return;
    const { state, order, values, table } = shown;
    const row = place.row >= 0 ? order.rows[place.row] : null;
    const column = place.column >= 0 ? order.columns[place.column] : null;
    const a = row === null ? "" : `${state.net_a} ${unitName(state.layer, row)}`;
    const b = column === null ? "" : `${state.net_b} ${unitName(state.layer, column)}`;
    if (row === null || column === null) return sayReadout(a || b);
    if (table.within && row === column) return sayReadout(`${a}: the same unit`, "the same unit", "itself");
    const r = values.at(row, column);
    const known2 = Number.isFinite(r);
    const [long, short2] = known2 ? [`r ${decimals(r)}`, `r ${decimals(r)}`] : ["dead, no correlation", "dead"];
    sayReadout(`${a} × ${b}: ${long}`, `${row} × ${column}: ${short2}`, short2);
  }
  function placeAt(event) {
    const box = canvas.getBoundingClientRect();
    const [x, y] = [event.clientX - box.left - MARGIN2.left, event.clientY - box.top - MARGIN2.top];
    const inside = (at, size, cell, cells) => at < 0 || at >= size ? -1 : Math.max(0, Math.min(cells - 1, Math.floor(cell)));
    return {
      x,
      y,
      row: inside(y, zoom.height, zoom.top + y / zoom.high, zoom.rows),
      column: inside(x, zoom.width, zoom.left + x / zoom.wide, zoom.columns)
    };
  }
  let press = null;
  canvas.addEventListener(
    "pointerdown",
    (event) => {
      if (event.button === 0) press = { x: event.clientX, y: event.clientY, moved: false };
    },
    { signal }
  );
  canvas.addEventListener(
    "pointermove",
    (event) => {
      if (press && event.buttons & 1) {
        const [x, y] = [event.clientX - press.x, event.clientY - press.y];
        if (press.moved || Math.hypot(x, y) > CLICK) {
          if (!press.moved) canvas.setPointerCapture(event.pointerId);
          press = { x: event.clientX, y: event.clientY, moved: true };
          zoom.pan(x, y);
          return draw();
        }
      }
      const before = hover.place;
      hover.move(event, (e) => {
        const at = placeAt(e);
        return at.row < 0 && at.column < 0 ? null : at;
      });
      const { place } = hover;
      if (place?.row !== before?.row || place?.column !== before?.column) mark(devicePixelRatio || 1);
    },
    { signal }
  );
  canvas.addEventListener(
    "pointerup",
    (event) => {
      const clicked = press && !press.moved;
      press = null;
      if (!clicked || !shown) return;
      const { row, column } = placeAt(event);
      const { state, order } = shown;
      if (row >= 0) selection.choose({ net: state.net_a, unit: order.rows[row] });
      else if (column >= 0) selection.choose({ net: state.net_b, unit: order.columns[column] });
    },
    { signal }
  );
  for (const type of ["pointerleave", "pointercancel"]) {
    canvas.addEventListener(
      type,
      () => {
        hover.leave();
        if (type === "pointercancel") press = null;
        mark(devicePixelRatio || 1);
      },
      { signal }
    );
  }
  canvas.addEventListener(
    "wheel",
    (event) => {
      if (!event.ctrlKey && !event.metaKey) return;
      event.preventDefault();
      const { x, y } = placeAt(event);
      zoomBy(Math.exp(-Math.max(-60, Math.min(60, event.deltaY)) / 200), x, y);
    },
    { passive: false, signal }
  );
  function zoomBy(times, x, y) {
    if (times === 0) zoom.reset();
    else if (x === void 0) {
      const place = selected2();
      const centred = times > 1 && place.row >= 0 && place.column >= 0;
      if (centred)
        zoom.by(times, (place.column + 0.5 - zoom.left) * zoom.wide, (place.row + 0.5 - zoom.top) * zoom.high);
      else zoom.by(times);
      if (centred) zoom.reveal(place.row, place.column);
    } else zoom.by(times, x, y);
    canvas.style.touchAction = zoom.factor > 1 ? "none" : "";
    draw();
  }
  zooms.forEach((b, i) => b.addEventListener("click", () => zoomBy([1 / 1.6, 1.6, 0][i]), { signal }));
  canvas.addEventListener(
    "keydown",
    (event) => {
      const times = { "+": 1.6, "=": 1.6, "-": 1 / 1.6, 0: 0 }[event.key];
      if (times === void 0 || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      event.stopPropagation();
      zoomBy(times);
    },
    { signal }
  );
  walkByKeys(
    canvas,
    (step) => {
      hover.hide();
      mark(devicePixelRatio || 1);
      void walk(context, step);
    },
    signal
  );
  onResize(plot, signal, (width, height) => {
    room = [width, height];
    draw();
  });
  theme.watch(draw, signal);
  selection.watch(() => {
    const { state } = selection;
    if (!state) return;
    newest.run(
      () => Promise.all([
        source.pair(state.layer, state.net_a, state.net_b),
        source.matrix(state.layer, state.net_a, state.net_b),
        wantsFound(state) ? source.found(state.layer, state.net_a, state.method) : null
      ]),
      ([table, values, found]) => {
        if (shown?.values !== values) {
          painted = "";
          hover.hide();
          anyDead = values.values.includes(Correlations.NONE);
        }
        shown = { state, table, values, order: ordering(table, state.order, state.method, found ?? void 0), found };
        if (table.within) sayHead(`within ${state.net_a}`);
        else sayHead(`rows ${state.net_a}, columns ${state.net_b}`, `${state.net_a} × ${state.net_b}`);
        grey.hidden = greyWords.hidden = !table.within && !anyDead;
        const some = table.deadUnits.some(Boolean);
        write(greyWords, table.within ? some ? "itself, dead" : "itself" : "dead");
        set(canvas, {
          "aria-label": `Correlations of ${state.layer}, rows ${state.net_a}, columns ${state.net_b}. Selected: ${state.net} ${unitName(state.layer, state.unit)}. Arrow keys walk through the units in the order of the matrix, plus and minus zoom.`
        });
        const place = selected2();
        if (zoom.factor > 1) zoom.reveal(place.row, place.column);
        draw();
      }
    );
  }, signal);
}

// convergent_widgets/widgets/js/labels.js
var GRAIN = 4;
var PRICE = 0.3;
var Free = class {
  #columns;
  #rows;
  #taken;
  #width;
  /**
   * @param {number} width
   * @param {number} height
   */
  constructor(width, height) {
    this.#width = width;
    this.#columns = Math.ceil(width / GRAIN) + 1;
    this.#rows = Math.ceil(height / GRAIN) + 1;
    this.#taken = new Uint32Array(this.#columns * this.#rows);
  }
  /**
   * Something is drawn here.
   * @param {number} x
   * @param {number} y
   * @param {number} [weight]
   */
  take(x, y, weight = 1) {
    const [column, row] = [Math.round(x / GRAIN), Math.round(y / GRAIN)];
    if (column < 0 || row < 0 || column >= this.#columns || row >= this.#rows) return;
    this.#taken[row * this.#columns + column] += weight;
  }
  /**
   * A line is drawn through these points.
   * @param {[number, number][]} points
   * @param {number} [weight]
   */
  takeLine(points, weight = 1) {
    for (let i = 1; i < points.length; i++) {
      const [[x0, y0], [x1, y1]] = [points[i - 1], points[i]];
      const steps = Math.max(1, Math.ceil(Math.hypot(x1 - x0, y1 - y0) / GRAIN));
      for (let t = 0; t < steps; t++) this.take(x0 + (x1 - x0) * t / steps, y0 + (y1 - y0) * t / steps, weight);
    }
  }
  /**
   * The best place for a label of that size.
   * @param {number} width
   * @param {number} height
   * @param {[number, number][]} near points of what it names
   * @returns {Place}
   */
  find(width, height, near) {
    const [wide, high] = [Math.ceil(width / GRAIN), Math.ceil(height / GRAIN)];
    const sums = this.#sums();
    const stride = this.#columns + 1;
    let best = Infinity;
    let found = [0, 0];
    for (let row = 0; row + high < this.#rows; row++) {
      for (let column = 0; column * GRAIN + width <= this.#width; column++) {
        const hits = sums[(row + high) * stride + column + wide] - sums[row * stride + column + wide] - sums[(row + high) * stride + column] + sums[row * stride + column];
        if (hits * PRICE >= best) continue;
        const [x, y] = [column * GRAIN, row * GRAIN];
        let distance = Infinity;
        for (const [px, py] of near) {
          const dx = Math.max(x - px, px - x - width, 0);
          const dy = Math.max(y - py, py - y - height, 0);
          distance = Math.min(distance, Math.hypot(dx, dy));
        }
        const cost = hits * PRICE + distance;
        if (cost < best) {
          best = cost;
          found = [column, row];
        }
      }
    }
    return { left: found[0] * GRAIN, top: found[1] * GRAIN, width, height, cost: best };
  }
  /**
   * A label is put there.
   * @param {Place} place
   */
  keep({ left, top, width, height }) {
    for (let y = top; y < top + height; y += GRAIN) for (let x = left; x < left + width; x += GRAIN) this.take(x, y, 500);
  }
  /** Sums over all places above and to the left. */
  #sums() {
    const stride = this.#columns + 1;
    const sums = new Uint32Array(stride * (this.#rows + 1));
    for (let row = 0; row < this.#rows; row++) {
      let line = 0;
      for (let column = 0; column < this.#columns; column++) {
        line += this.#taken[row * this.#columns + column];
        sums[(row + 1) * stride + column + 1] = sums[row * stride + column + 1] + line;
      }
    }
    return sums;
  }
};

// convergent_widgets/widgets/js/pair_words.js
function describe({ layer, net_a, net_b, method }, table, unit) {
  const start = `${net_a} ${unitName(layer, unit)}`;
  const best = table.at("best", unit);
  const bestR = decimals(table.at("best_r", unit));
  if (table.within) return [`${start}, most like /${best}, r ${bestR}`, "", `/${unit}, most like /${best}, r ${bestR}`, `r ${bestR}`];
  const partner = table.partner(method, unit);
  if (partner === null) return [`${start}, nothing left in ${net_b}`, `; best /${best}, r ${bestR}, taken`, `/${unit}, nothing left`];
  const [r, baseline] = ["r", "greatest"].map((field) => decimals(table.at(`${method}.${field}`, unit)));
  const numbers = `r ${r}, baseline ${baseline}`;
  return [
    `${start} → ${net_b} ${unitName(layer, partner)}, ${numbers}`,
    best !== partner && best >= 0 ? `; best /${best} (${bestR}) taken` : "",
    `${unitName(layer, unit)} → ${unitName(layer, partner)}, ${numbers}`,
    `${unit} → ${partner}, ${numbers}`,
    numbers,
    `r ${r} (${baseline})`
  ];
}

// convergent_widgets/widgets/js/rank.js
var KEY_HINT = "Left and right walk through the units in the order of this plot.";
var PAD2 = { left: 38, right: 12, top: 8, bottom: 8 };
var AXIS = 26;
var NARROW = 450;
var NEAR2 = 60;
var KEYS = {
  above: { width: 12, draw: (x, y) => s("circle", { class: "cw-dots cw-above", cx: x + 5, cy: y, r: 4 }) },
  below: { width: 12, draw: (x, y) => s("circle", { class: "cw-dots cw-below", cx: x + 5, cy: y, r: 4 }) },
  hollow: { width: 12, draw: (x, y) => s("circle", { class: "cw-dots cw-hollow", cx: x + 5, cy: y, r: 3 }) },
  band: {
    width: 24,
    draw: (x, y) => s("path", { class: "cw-band-key", d: `M${x} ${y - 3}l7 -3l7 4l7 -2v8l-7 1l-7 -3l-7 2Z` })
  },
  unrelated: { width: 15, draw: (x, y) => s("path", { class: "cw-unrelated", d: `M${x} ${y}h12` }) }
};
function rank(context, ...more) {
  const { el, selection, source, status, signal } = context;
  const head = h("span", { class: "cw-quiet cw-head cw-clip" });
  const sayHead = fitting(head, signal);
  const svg = s("svg", {
    class: "cw-rank-plot",
    tabindex: 0,
    role: "application",
    "aria-roledescription": "rank plot"
  });
  const drawing = s("g", { "aria-hidden": "true" });
  const hair = s("line", { class: "cw-hair", visibility: "hidden" });
  const ring = s("circle", { class: "cw-ring", r: 7.5, visibility: "hidden" });
  const core = s("circle", { class: "cw-core", r: 4, visibility: "hidden" });
  svg.append(drawing, hair, ring, core);
  const plot = h("div", { class: "cw-plot" }, svg);
  const readout = h("output", { class: "cw-readout" });
  const sayReadout = fitting(readout, signal);
  const title = h("h3", { text: "How well each unit is matched" });
  const panel = h(
    "section",
    { class: "cw-panel cw-rank", "aria-label": "How well each unit is matched" },
    h("header", { class: "cw-panel-head" }, title, head, filters(context), ...more),
    plot,
    h(
      "footer",
      { class: "cw-panel-foot" },
      readout,
      h("span", { class: "cw-quiet", title: KEY_HINT, text: "← → in this order" })
    )
  );
  el.append(panel);
  const newest = new Newest(panel, signal, status);
  let shown = null;
  const hover = new Hover();
  let size = [0, 0];
  let drawn = "";
  let lowest = 0;
  const x = (at) => PAD2.left + (size[0] - PAD2.left - PAD2.right) * (shown && shown.units.length > 1 ? at / (shown.units.length - 1) : 0.5);
  const y = (r) => PAD2.top + (size[1] - PAD2.top - PAD2.bottom) * (1 - (r - lowest) / (1 - lowest));
  function draw() {
    const matched = size[0] < NARROW ? "Match of each unit" : "How well each unit is matched";
    write(title, shown?.table.within ? "How alike its units are" : matched);
    if (!shown || !size[0] || !plot.clientWidth) return;
    const { state, table, units, found } = shown;
    const key2 = JSON.stringify([state.layer, state.net_a, state.net_b, state.method, state.order === "found", state.only, state.least_r, ...size]);
    if (key2 !== drawn) {
      drawn = key2;
      redraw(state, table, units, state.order === "found" ? found?.groups(units, table) ?? [] : []);
    }
    mark();
  }
  function redraw(state, table, units, groups) {
    const field = (name2) => {
      const values = table.column(name2);
      return units.map((unit) => values[unit]);
    };
    const [semi, pairs] = table.within ? [field("best_r"), []] : [field("semi.r"), field("bipartite.r")];
    const [least, greatest] = table.within ? [[], []] : [field(`${state.method}.least`), field(`${state.method}.greatest`)];
    const unrelated = table.methods[state.method]?.unrelated ?? null;
    const smallest = Math.min(0, ...[...semi, ...pairs, ...least, unrelated ?? 0].filter(Number.isFinite));
    lowest = smallest < -0.02 ? Math.max(-1, smallest - 0.02) : 0;
    const points = (values) => (
      /** @type {Point[]} */
      values.map((r, i) => [x(i), y(r)]).filter(([, r]) => Number.isFinite(r))
    );
    const path = (line2) => line2.map(([px, py], i) => `${i ? "L" : "M"}${px.toFixed(1)} ${py.toFixed(1)}`).join("");
    const [curve, low, high] = [points(semi), points(least), points(greatest)];
    const free = new Free(.../** @type {Point} */
    size);
    free.takeLine(curve, 400);
    free.takeLine(low, 200);
    free.takeLine(high, 200);
    if (high.length) for (const end of [0, high.length - 1]) free.takeLine([high[end], low[end]], 200);
    for (let edge = 0; edge < size[1]; edge += 4) for (let left = 0; left < AXIS; left += 4) free.take(left, edge, 500);
    const parts2 = [];
    for (let tick = Math.ceil(lowest * 5); tick <= 5; tick++) {
      const at = y(tick / 5);
      free.takeLine(
        [
          [AXIS, at],
          [size[0], at]
        ],
        5
      );
      parts2.push(
        s("line", { class: tick ? "cw-grid" : "cw-grid cw-zero", x1: AXIS, x2: size[0], y1: at, y2: at }),
        s("text", {
          class: "cw-tick",
          x: AXIS - 6,
          y: at + 4,
          "text-anchor": "end",
          text: tick ? tick === 5 ? "1" : decimals(tick / 5).replace(/0$/, "") : "0"
        })
      );
    }
    const band = runs(units.length, (i) => Number.isFinite(least[i]) && Number.isFinite(greatest[i])).map((run) => {
      const edge = (values) => run.map((i) => (
        /** @type {Point} */
        [x(i), y(values[i])]
      ));
      return `${path([...edge(greatest), ...edge(least).reverse()])}Z`;
    });
    if (band.length) parts2.push(s("path", { class: "cw-band", d: band.join("") }));
    if (unrelated !== null) {
      free.takeLine(
        [
          [AXIS, y(unrelated)],
          [size[0], y(unrelated)]
        ],
        200
      );
      parts2.push(
        s("path", {
          class: "cw-unrelated",
          d: path([
            [AXIS, y(unrelated)],
            [size[0], y(unrelated)]
          ])
        })
      );
    }
    const starts = new Set(groups.map(({ start }) => start));
    const pieces = runs(units.length, (i) => Number.isFinite(semi[i]), starts);
    const line = pieces.map((piece) => path(piece.map((i) => (
      /** @type {Point} */
      [x(i), y(semi[i])]
    )))).join("");
    parts2.push(s("path", { class: "cw-curve", d: line }));
    for (const { start } of groups.slice(1)) {
      const at = (x(start - 1) + x(start)) / 2;
      parts2.push(s("line", { class: "cw-border", x1: at, x2: at, y1: PAD2.top, y2: size[1] - PAD2.bottom }));
      free.takeLine(
        [
          [at, PAD2.top],
          [at, size[1]]
        ],
        400
      );
    }
    const passes = filtered();
    const main = table.within ? [] : state.method === "semi" ? semi : pairs;
    const above = table.within ? [] : field(`${state.method}.above`);
    const radius = units.length > 400 ? 2 : units.length > 150 ? 2.8 : 4;
    const dots = (values, look, r, wanted) => {
      const ds = ["", ""];
      values.forEach((value, i) => {
        if (!Number.isFinite(value) || !wanted(i)) return;
        const [px, py] = [x(i), y(value)];
        free.take(px, py, 500);
        for (const side of [-4, 4]) {
          free.take(px + side, py, 400);
          free.take(px, py + side, 400);
        }
        ds[passes && !passes(units[i]) ? 1 : 0] += `M${(px - r).toFixed(1)} ${py.toFixed(1)}a${r} ${r} 0 1 0 ${2 * r} 0a${r} ${r} 0 1 0 ${-2 * r} 0`;
      });
      ds.forEach((d, faint) => {
        if (d) parts2.push(s("path", { class: faint ? `${look} cw-faint` : look, d }));
      });
    };
    if (state.method === "semi") dots(pairs, "cw-dots cw-hollow", Math.max(1.5, radius - 1.5), () => true);
    dots(main, "cw-dots cw-below", radius, (i) => above[i] !== 1);
    dots(main, "cw-dots cw-above", radius, (i) => above[i] === 1);
    drawing.replaceChildren(...parts2);
    const words = (wordings, look, near, keys = []) => {
      const label = s("text", { class: `cw-label ${look}` });
      drawing.append(label);
      const before = keys.reduce((sum, key2) => sum + KEYS[key2].width, 3);
      const places3 = wordings.map((text) => {
        set(label, { text });
        return { text, ...free.find(before + label.getComputedTextLength() + 4, 16, near) };
      });
      const best = Math.min(...places3.map(({ cost }) => cost));
      const place = places3.find(({ cost }) => cost < NEAR2 || cost === best);
      if (!place || !Number.isFinite(place.cost)) return label.remove();
      free.keep(place);
      let at = place.left + 2;
      for (const key2 of keys) {
        drawing.append(KEYS[key2].draw(at, place.top + 8));
        at += KEYS[key2].width;
      }
      set(label, { text: place.text, x: at + 1, y: place.top + 12 });
    };
    const others = shown?.found?.others;
    const step = units.length > 1 ? x(1) - x(0) : 0;
    for (const { widely, start, end } of groups) {
      const [from, to] = [x(start), x(end - 1)];
      const short2 = `${widely} of ${others}`;
      const label = s("text", { class: "cw-label cw-group", "text-anchor": "middle" });
      drawing.append(label);
      const fits = [`found in ${short2}`, short2, `${widely}/${others}`, `${widely}`].some((text) => {
        set(label, { text });
        return label.getComputedTextLength() <= to - from + Math.max(8, step);
      });
      if (!fits) label.remove();
      set(label, { x: (from + to) / 2, y: size[1] - 1 });
      free.keep({ left: from, top: size[1] - 14, width: to - from, height: 14, cost: 0 });
    }
    if (!units.length) {
      const silent = table.deadUnits[0] === table.rows ? state.net_a : state.net_b;
      const why = table.within && table.deadUnits[0] < table.rows ? "The net has one live unit" : `All units of ${silent} are dead`;
      words([`${why}: there is no r to show.`, why], "cw-label-band", [[size[0] / 2, size[1] / 2]]);
    } else if (table.within) {
      words(["most similar other unit"], "cw-label-curve", curve.slice(Math.floor(curve.length / 8)));
      words(["No baseline is defined within one net."], "cw-label-band", [[size[0] / 2, size[1] * 0.8]]);
    } else {
      if (unrelated !== null) {
        const along = high.map(([px]) => (
          /** @type {Point} */
          [px, y(unrelated)]
        )).reverse();
        words([`unrelated images ${decimals(unrelated)}`], "cw-label-band", along, ["unrelated"]);
      }
      if (high.length) {
        const middle = high.map(([px, py], i) => (
          /** @type {Point} */
          [px, (py + low[i][1]) / 2]
        ));
        const [long, short2] = [`range over random mixes of ${state.net_b}`, "rotation baseline"];
        words([`${short2}: ${long}`, `${short2} of ${state.net_b}`, short2], "cw-label-band", middle, ["band"]);
      }
      words(["best partner (semi-matching)", "best partner"], "cw-label-curve", curve.slice(0, Math.ceil(curve.length / 2)));
      const corner = [[size[0], PAD2.top + 6]];
      const [grey, pairing] = ["grey: not above its baseline", "one-to-one (bipartite)"];
      if (state.method === "semi") {
        words([grey], "cw-label-dots", corner, ["above", "below"]);
        words([pairing], "cw-label-band", corner, ["hollow"]);
      } else words([`${pairing}; ${grey}`, pairing, "one-to-one"], "cw-label-dots", corner, ["above", "below"]);
    }
    set(svg, {
      "data-groups": groups.map(({ widely, start, end }) => `${widely}:${end - start}`).join(" ") || null,
      "data-key": [state.layer, state.net_a, state.net_b, state.method].join("|"),
      "data-units": units.length,
      "data-left": x(0).toFixed(2),
      "data-right": x(units.length - 1).toFixed(2)
    });
  }
  function filtered() {
    return shown && passing(shown.state, shown.table, shown.found);
  }
  function unitOfA() {
    if (!shown || shown.state.unit === null) return null;
    const { state, table, units } = shown;
    if (state.net === state.net_a) return state.unit;
    return units.find((unit) => table.partner(state.method, unit) === state.unit) ?? null;
  }
  function mark() {
    if (!shown) return;
    const { state, table, units } = shown;
    const unit = unitOfA();
    const at = unit === null ? -1 : units.indexOf(unit);
    const matched = at < 0 ? NaN : table.matched(state.method)[
      /** @type {number} */
      unit
    ];
    const r = Number.isFinite(matched) || at < 0 ? matched : table.at(
      "best_r",
      /** @type {number} */
      unit
    );
    const visible = Number.isFinite(r);
    set(ring, { visibility: visible ? "visible" : "hidden", cx: visible ? x(at) : 0, cy: visible ? y(r) : 0 });
    set(core, {
      // a hollow ring where nothing was left for the unit: the place is that of its most similar one
      visibility: visible && state.net === state.net_a && (table.within || Number.isFinite(matched)) ? "visible" : "hidden",
      cx: visible ? x(at) : 0,
      cy: visible ? y(r) : 0
    });
    const { place } = hover;
    set(hair, { visibility: place === null ? "hidden" : "visible" });
    if (place !== null) set(hair, { x1: x(place), x2: x(place), y1: PAD2.top, y2: size[1] - PAD2.bottom });
    set(svg, { "data-selected": unit });
    const told = place ?? (at < 0 ? null : at);
    if (told === null) return sayReadout("");
    const { found } = shown;
    const [words, rest, ...shorter] = describe(shown.state, table, units[told]);
    const more2 = `${rest}${found ? `; found in ${found.widely[units[told]]} of ${found.others}` : ""}`;
    sayReadout(`${told + 1} of ${units.length}: ${words}${more2}`, `${words}${more2}`, words, ...shorter);
  }
  function nearest(clientX) {
    if (!shown?.units.length) return null;
    const count2 = shown.units.length;
    const share2 = (clientX - svg.getBoundingClientRect().left - x(0)) / Math.max(1, x(count2 - 1) - x(0));
    return Math.max(0, Math.min(count2 - 1, Math.round(share2 * (count2 - 1))));
  }
  svg.addEventListener(
    "pointermove",
    (event) => {
      const before = hover.place;
      hover.move(event, (e) => nearest(e.clientX));
      if (hover.place !== before) mark();
    },
    { signal }
  );
  svg.addEventListener(
    "pointerleave",
    () => {
      hover.leave();
      mark();
    },
    { signal }
  );
  svg.addEventListener(
    "click",
    (event) => {
      const at = nearest(event.clientX);
      if (at !== null && shown) selection.choose({ net: shown.state.net_a, unit: shown.units[at] });
    },
    { signal }
  );
  walkByKeys(
    svg,
    (step) => {
      hover.hide();
      mark();
      if (!shown || newest.stale) return;
      selection.choose({ net: shown.state.net_a, unit: stepFrom(shown.units, unitOfA(), step, filtered()) });
    },
    signal
  );
  onResize(plot, signal, (width, height) => {
    size = [width, height];
    set(svg, { width, height, viewBox: `0 0 ${width} ${height}` });
    draw();
  });
  selection.watch(() => {
    const { state } = selection;
    if (!state || el.hidden) return;
    newest.run(
      () => Promise.all([
        source.pair(state.layer, state.net_a, state.net_b),
        wantsFound(state) ? source.found(state.layer, state.net_a, state.method) : null
      ]),
      ([table, found]) => {
        const widest = state.order === "found" ? found : null;
        const same = shown?.table === table && shown.found === found && shown.state.order === state.order;
        if (!same) {
          drawn = "";
          hover.hide();
        }
        shown = { state, table, units: same && shown ? shown.units : ranked(table, widest), found };
        const dead = table.rows - shown.units.length;
        const first = widest ? "most widely found first" : "greatest r first";
        const order = `units of ${state.net_a}, ${first}`;
        const passes = filtered();
        if (passes) {
          const all = state.only === "dead" ? Array.from({ length: table.rows }, (_, unit) => unit) : shown.units;
          const noun = dead && all === shown.units ? "live unit" : "unit";
          const others = (source.facts?.nets.length ?? 1) - 1;
          sayHead(...aboutPassing(state, all.filter(passes).length, all.length, noun, others));
        } else
          sayHead(
            ...dead ? [`${order}; ${dead} dead not shown`] : [],
            order,
            first,
            ...widest ? ["most found first", "widest first"] : []
          );
        set(svg, {
          "aria-label": `${state.layer}: ${shown.units.length} units of ${state.net_a}, sorted by their greatest r to ${table.within ? "another unit of the net" : `any unit of ${state.net_b}`}. ${KEY_HINT}`
        });
        draw();
      }
    );
  }, signal);
}
function ranked(table, found) {
  const r = table.column("best_r");
  return Array.from(r, (_, unit) => unit).filter((unit) => Number.isFinite(r[unit])).sort((i, j) => (found ? found.widely[j] - found.widely[i] : 0) || r[j] - r[i] || i - j);
}
function runs(count2, wanted, starts) {
  const found = [];
  for (let i = 0; i < count2; i++) {
    if (!wanted(i)) continue;
    if (i && wanted(i - 1) && !starts?.has(i)) found[found.length - 1].push(i);
    else found.push([i]);
  }
  return found;
}

// convergent_widgets/widgets/js/looked_at.js
var REST3 = 60;
var BATCH = 64;
var keyOf3 = ({ set: set2, image }) => `${set2}|${image}`;
var LookedAt = class {
  #pictures;
  #tiles;
  #fail;
  #asking = false;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  /** @type {Set<string>} */
  #failed = /* @__PURE__ */ new Set();
  /**
   * @param {Pictures} pictures
   * @param {() => PairTile[]} tiles those looked at now, the most wanted first
   * @param {(error: unknown) => void} fail
   * @param {AbortSignal} signal
   */
  constructor(pictures, tiles, fail, signal) {
    this.#pictures = pictures;
    this.#tiles = tiles;
    this.#fail = fail;
    signal.addEventListener("abort", () => {
      clearTimeout(this.#timer);
      this.#tiles = () => [];
    });
  }
  /** Draw what can be drawn, and bring the rest once nothing has moved for a while. */
  look() {
    this.#paint();
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#ask(), REST3);
  }
  /** Other tiles than before: what could not be had is asked for again. */
  renew() {
    this.#failed.clear();
  }
  /** @param {(patch: Patch) => import("./pictures.js").Picture | undefined} [pictureOf] */
  #paint(pictureOf = ({ set: set2, image }) => this.#pictures.here(set2, image)) {
    for (const tile of this.#tiles()) if (tile.missing.length) tile.paint(pictureOf);
  }
  /** One batch after the other, each of what is looked at then. */
  async #ask() {
    if (this.#asking) return;
    this.#asking = true;
    try {
      for (let batch = this.#batch(); batch.size; batch = this.#batch()) {
        await Promise.all(
          [...batch].map(async ([key2, { set: set2, image }]) => {
            try {
              const picture = await this.#pictures.get(set2, image);
              this.#paint((patch) => keyOf3(patch) === key2 ? picture : void 0);
            } catch (error) {
              this.#failed.add(key2);
              if (this.#tiles().some(({ missing }) => missing.some(({ patch }) => keyOf3(patch) === key2))) this.#fail(error);
            }
          })
        );
      }
    } finally {
      this.#asking = false;
    }
  }
  #batch() {
    const batch = /* @__PURE__ */ new Map();
    for (const tile of this.#tiles())
      for (const { patch } of tile.missing) {
        if (batch.size === BATCH) return batch;
        if (!this.#failed.has(keyOf3(patch))) batch.set(keyOf3(patch), patch);
      }
    return batch;
  }
};

// convergent_widgets/widgets/js/pair_tile.js
var GRID = 2;
var GAP2 = 2;
var PairTile = class {
  #tiles = [0, 1].map(() => {
    const canvas = h("canvas");
    const words = h("span", { class: "cw-tile-words" });
    return { element: h("div", { class: "cw-tile" }, canvas, words), canvas, words };
  });
  #numbers = [h("span"), h("span", { class: "cw-pair-r" }), h("span")];
  #bar = h("i");
  #track = h("div", { class: "cw-bar" }, this.#bar);
  /** @type {Missing[]} */
  missing = [];
  /** Which place of the wall it stands at. */
  index = -1;
  unit = -1;
  /** @type {number | null} */
  partner = null;
  /** @param {string} id */
  constructor(id) {
    this.element = h(
      "div",
      { class: "cw-pair", role: "option", id },
      h("div", { class: "cw-pair-numbers", "aria-hidden": "true" }, ...this.#numbers),
      h("div", { class: "cw-pair-tiles" }, ...this.#tiles.map(({ element }) => element)),
      this.#track
    );
  }
  /**
   * @param {Shown} shown
   * @param {number} index
   * @param {number} count how many stand on the wall
   * @param {number} unit
   * @param {number} side of a tile, in CSS pixels
   */
  show({ state, table, tops }, index, count2, unit, side) {
    const { net_a, net_b, method } = state;
    const partner = table.partner(method, unit);
    const beside = table.within ? null : partner;
    const [dead, r] = [table.dead(unit), table.matched(method)[unit]];
    const leftOut = [!dead && tops[0].leavesOut(unit), beside !== null && tops[1].leavesOut(beside)];
    const above = table.at(`${method}.above`, unit) === 1;
    [this.index, this.unit, this.partner] = [index, unit, beside];
    set(this.element, {
      "aria-label": name(state, table, unit) + without(state, leftOut),
      "aria-posinset": index + 1,
      "aria-setsize": count2,
      "data-unit": unit,
      "data-partner": beside,
      "data-kind": dead ? "dead" : partner === null ? "unmatched" : above ? "above" : "below"
    });
    const [left, middle, right] = this.#numbers;
    write(left, String(unit));
    write(middle, partner === null ? "" : decimals(r));
    write(right, beside === null ? "" : String(beside));
    this.#track.hidden = partner === null;
    this.#track.classList.toggle("cw-faint", !above && !table.within);
    this.#bar.style.width = `${100 * Math.max(0, Math.min(1, r || 0))}%`;
    this.missing = [];
    const units = [dead ? null : unit, beside];
    this.#tiles.forEach(({ element, canvas, words }, i) => {
      element.hidden = i === 1 && table.within;
      if (element.hidden) return;
      set(element, { "data-net": i ? net_b : net_a, "data-unit": i ? beside : unit });
      element.style.width = element.style.height = `${side}px`;
      const pixels = Math.round(side * devicePixelRatio);
      if (canvas.width !== pixels) canvas.width = canvas.height = pixels;
      else canvas.getContext("2d")?.clearRect(0, 0, pixels, pixels);
      const own = units[i];
      element.classList.toggle("cw-tile-none", own === null);
      element.classList.toggle("cw-tile-left-out", leftOut[i]);
      write(words, leftOut[i] ? "left out" : own !== null ? "" : i === 0 ? "dead" : dead ? "" : "none left");
      if (own === null) return;
      const grid = tops[i].k < GRID ? 1 : GRID;
      const patches = tops[i].patches(own).slice(0, grid * grid);
      patches.forEach((patch, place) => this.missing.push({ patch, side: i, place, grid }));
    });
    this.#told();
  }
  #told() {
    set(this.element, { "data-painted": !this.missing.length });
  }
  /**
   * @param {State} state
   * @returns {boolean} whether the selected unit is one of the two
   */
  mark({ net, net_a, unit }) {
    const selected2 = [net === net_a && unit === this.unit, net !== net_a && unit !== null && unit === this.partner];
    this.#tiles.forEach(({ element }, i) => element.classList.toggle("cw-selected", selected2[i]));
    set(this.element, { "aria-selected": String(selected2.some(Boolean)) });
    return selected2.some(Boolean);
  }
  /**
   * Draw those missing patches whose picture is here.
   * @param {(patch: Patch) => Picture | undefined} pictureOf
   */
  paint(pictureOf) {
    if (!this.missing.length) return;
    const outside = getComputedStyle(this.element).getPropertyValue("--cw-outside");
    this.missing = this.missing.filter(({ patch, side, place, grid }) => {
      const picture = pictureOf(patch);
      if (!picture) return true;
      const { canvas } = this.#tiles[side];
      const context = (
        /** @type {CanvasRenderingContext2D} */
        canvas.getContext("2d")
      );
      const gap = Math.round(GAP2 * devicePixelRatio) * (grid - 1);
      const size = (canvas.width - gap) / grid;
      const at = (step) => Math.round(step * (size + gap));
      const square = (
        /** @type {[number, number, number, number]} */
        [
          at(place % grid),
          at(Math.floor(place / grid)),
          Math.floor(size),
          Math.floor(size)
        ]
      );
      drawPatchAt(context, picture, patch.box, square);
      context.globalCompositeOperation = "destination-over";
      context.fillStyle = outside;
      context.fillRect(...square);
      context.globalCompositeOperation = "source-over";
      return false;
    });
    this.#told();
  }
};
function without({ net_a, net_b }, [left, right]) {
  if (!left && !right) return "";
  return `, patches ${left && right ? "" : `of ${left ? net_a : net_b} `}left out of this page`;
}
function name({ layer, net_a, net_b, method }, table, unit) {
  const start = `${net_a} ${unitName(layer, unit)}`;
  if (table.dead(unit)) return `${start}, dead`;
  const partner = table.partner(method, unit);
  const r = decimals(table.matched(method)[unit]);
  if (partner === null) return `${start}, ${table.within ? "no other live unit" : `nothing left in ${net_b}`}`;
  if (table.within) return `${start}, most like ${unitName(layer, partner)}, r ${r}`;
  const where = table.at(`${method}.above`, unit) === 1 ? "above baseline" : "not above baseline";
  return `${start} and ${net_b} ${unitName(layer, partner)}, r ${r}, ${where}`;
}

// convergent_widgets/widgets/js/wall.js
var KEY_HINT2 = "Arrow keys walk through the units of net A.";
var [LEAST2, MOST] = [56, 84];
var BETWEEN = 8;
var GAP3 = 22;
var WORDS = 18 + 9 + 9;
var NARROW2 = 450;
var MARGIN3 = 1;
function wall(context, ...more) {
  const { el, selection, source, pictures, status, theme, signal } = context;
  const title = h("h3", { text: "Units and their counterparts" });
  const head = h("span", { class: "cw-quiet cw-head cw-clip" });
  const sayHead = fitting(head, signal);
  const readout = h("output", { class: "cw-readout" });
  const sayReadout = fitting(readout, signal);
  const sides = h("span", { class: "cw-quiet cw-sides cw-clip" });
  const spacer = h("div", { class: "cw-tiles", role: "presentation" });
  const none = h("p", { class: "cw-none", hidden: true });
  const list = h("div", { class: "cw-list", role: "listbox", tabindex: 0 }, spacer);
  const clear = button({ class: "cw-button", text: "show all units", hidden: true });
  const panel = h(
    "section",
    { class: "cw-panel cw-wall", "aria-label": "Units and their counterparts" },
    h(
      "header",
      { class: "cw-panel-head" },
      title,
      head,
      filters(context),
      ...more
    ),
    h("div", { class: "cw-wall-body" }, list, h("div", { class: "cw-empty" }, none, clear)),
    h("footer", { class: "cw-panel-foot" }, readout, sides)
  );
  el.append(panel);
  const newest = new Newest(panel, signal, status);
  let shown = null;
  const tiles = /* @__PURE__ */ new Map();
  const spare = [];
  const name2 = `cw-pair-${Math.random().toString(36).slice(2)}`;
  let made = 0;
  let through = -1;
  let revealed = "";
  let drawn = "";
  const hover = new Hover();
  let grid = { columns: 1, pitch: 0, side: 0, high: 1, height: 0 };
  let queued = false;
  const visible = () => {
    const first = Math.floor(list.scrollTop / grid.high);
    const last = Math.ceil((list.scrollTop + grid.height) / grid.high);
    return [first, last];
  };
  const looked = new LookedAt(
    pictures,
    () => {
      if (!grid.height || el.hidden) return [];
      const [first, last] = visible();
      const distance = ({ index }) => {
        const row = Math.floor(index / grid.columns);
        return Math.max(0, first - row, row - last + 1);
      };
      return [...tiles.values()].sort((a, b) => distance(a) - distance(b) || a.index - b.index);
    },
    (error) => newest.fail(error),
    signal
  );
  function active() {
    if (!shown) return -1;
    const { state, table, units } = shown;
    const { method, unit: selected2 } = state;
    if (selected2 === null) return -1;
    if (state.net === state.net_a) return units.indexOf(selected2);
    const has = (unit) => table.partner(method, unit) === selected2;
    return has(through) && units.includes(through) ? units.indexOf(through) : units.findIndex(has);
  }
  function place() {
    if (!shown || !grid.height) return;
    const { units, state } = shown;
    const [first, last] = visible();
    const from = Math.max(0, first - MARGIN3) * grid.columns;
    const to = Math.min(units.length, (last + MARGIN3) * grid.columns);
    const key2 = JSON.stringify([shown.key, grid.columns, grid.pitch, devicePixelRatio]);
    const fresh = key2 !== drawn;
    drawn = key2;
    for (const [index, tile] of tiles) {
      if (!fresh && index >= from && index < to) continue;
      tiles.delete(index);
      spare.push(tile);
    }
    for (let index = from; index < to; index++) {
      if (tiles.has(index)) continue;
      const tile = spare.pop() ?? new PairTile(`${name2}-${made++}`);
      tile.show(shown, index, units.length, units[index], grid.side);
      const [left, top] = [index % grid.columns * grid.pitch, Math.floor(index / grid.columns) * grid.high];
      tile.element.style.transform = `translate(${left}px, ${top}px)`;
      tile.mark(state);
      if (!tile.element.parentNode) spacer.append(tile.element);
      tiles.set(index, tile);
    }
    for (const tile of spare) tile.element.remove();
    if (fresh) looked.renew();
    looked.look();
    tellActive();
  }
  function tellActive() {
    const at = active();
    set(list, { "aria-activedescendant": tiles.get(at)?.element.id ?? null });
  }
  function measure() {
    if (!shown) return;
    const { table, units } = shown;
    const [width, height] = [list.clientWidth, list.clientHeight];
    if (!width || !height) return;
    const first = Math.floor(list.scrollTop / grid.high) * grid.columns;
    const many = table.within ? 1 : 2;
    const wide = (side2) => many * side2 + (many - 1) * BETWEEN;
    const columns = Math.max(1, Math.floor((width + GAP3) / (wide(LEAST2) + GAP3)));
    const pitch = Math.floor((width + GAP3) / columns);
    const side = Math.max(24, Math.min(MOST, Math.floor((pitch - GAP3 - (many - 1) * BETWEEN) / many)));
    const moved = columns !== grid.columns && grid.height;
    grid = { columns, pitch, side, high: side + WORDS, height };
    spacer.style.height = `${Math.ceil(units.length / columns) * grid.high}px`;
    panel.style.setProperty("--cw-pair", `${wide(side)}px`);
    if (moved) list.scrollTop = Math.floor(first / columns) * grid.high;
  }
  function reveal() {
    if (!shown || !grid.height) return;
    const at = active();
    const now = `${shown.key}|${at}`;
    if (now === revealed) return;
    const before = revealed.slice(0, revealed.lastIndexOf("|"));
    revealed = now;
    if (at < 0) {
      if (before !== shown.key) list.scrollTop = 0;
      return;
    }
    const top = Math.floor(at / grid.columns) * grid.high;
    if (top < list.scrollTop) list.scrollTop = top;
    else if (top + grid.high > list.scrollTop + grid.height) list.scrollTop = top + grid.high - grid.height;
  }
  function tell() {
    if (!shown) return;
    const { state, table, units } = shown;
    const at = hover.place ?? active();
    if (at < 0 || at >= units.length) {
      return sayReadout(...state.unit === null ? [""] : ["the selected unit is not shown", "selected: not shown"]);
    }
    const unit = units[at];
    if (table.dead(unit)) return sayReadout(`${state.net_a} ${state.layer}/${unit}, dead`);
    const [words, rest, ...shorter] = describe(state, table, unit);
    sayReadout(`${words}${rest}`, words, ...shorter);
  }
  function entitle() {
    const both = list.clientWidth < NARROW2 ? "Units and partners" : "Units and their counterparts";
    write(title, shown?.table.within ? "Units" : both);
  }
  function draw() {
    entitle();
    measure();
    reveal();
    place();
    tell();
  }
  list.addEventListener(
    "scroll",
    () => {
      if (queued) return;
      queued = true;
      requestAnimationFrame(() => {
        queued = false;
        place();
      });
    },
    { signal, passive: true }
  );
  const tileAt = (event) => {
    const element = (
      /** @type {Element} */
      event.target.closest(".cw-pair")
    );
    return [...tiles.values()].find((tile) => tile.element === element);
  };
  list.addEventListener(
    "click",
    (event) => {
      const tile = tileAt(event);
      if (!tile || !shown) return;
      const { net_a, net_b } = shown.state;
      const other = (
        /** @type {Element} */
        event.target.closest(".cw-tile")?.nextElementSibling === null
      );
      through = tile.unit;
      if (!other || shown.table.within) selection.choose({ net: net_a, unit: tile.unit });
      else if (tile.partner !== null) selection.choose({ net: net_b, unit: tile.partner });
    },
    { signal }
  );
  list.addEventListener(
    "pointermove",
    (event) => {
      const before = hover.place;
      hover.move(event, (e) => tileAt(e)?.index ?? null);
      if (hover.place !== before) tell();
    },
    { signal }
  );
  list.addEventListener(
    "pointerleave",
    () => {
      hover.leave();
      tell();
    },
    { signal }
  );
  list.addEventListener(
    "keydown",
    (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey || !shown) return;
      const to = stepTo(event.key, active(), shown.units.length, grid.columns, Math.floor(grid.height / grid.high));
      if (to === null) return;
      event.preventDefault();
      event.stopPropagation();
      hover.hide();
      if (newest.stale || !shown.units.length) return;
      selection.choose({ net: shown.state.net_a, unit: shown.units[to] });
    },
    { signal }
  );
  clear.addEventListener(
    "click",
    () => {
      selection.choose({ only: null, least_r: null });
      list.focus();
    },
    { signal }
  );
  onResize(list, signal, draw);
  theme.watch(() => {
    drawn = "";
    draw();
  }, signal);
  selection.watch(() => {
    const { state } = selection;
    if (!state || el.hidden) return;
    const { layer, net_a, net_b, method, order, only, least_r } = state;
    newest.run(
      () => Promise.all([
        source.pair(layer, net_a, net_b),
        wantsFound(state) ? source.found(layer, net_a, method) : null,
        source.top(layer, net_a),
        source.top(layer, net_b)
      ]),
      ([table, found, ...tops]) => {
        const passes = passing(state, table, found);
        const all = onWall(table, order, method, found ?? void 0);
        const units = passes ? all.filter(passes) : all;
        const key2 = [layer, net_a, net_b, method, order, only ?? "", least_r ?? ""].join("|");
        if (shown?.tops[0] !== tops[0] || shown.tops[1] !== tops[1] || shown.table !== table) drawn = "";
        if (key2 !== shown?.key) hover.hide();
        shown = { state, table, tops, units, key: key2 };
        const others = (source.facts?.nets.length ?? 1) - 1;
        const some = [`${whole(units.length)} of ${whole(all.length)} shown`, `${whole(units.length)} of ${whole(all.length)}`];
        if (passes) sayHead(...some);
        else sayHead(count(all.length, "unit"));
        head.title = passes ? aboutPassing(state, units.length, all.length, "unit", others)[0] : "";
        set(sides, { text: table.within ? "" : `left ${net_a}, right ${net_b}`, title: KEY_HINT2 });
        const why = table.within && (only === "above" || only === "below") ? " Within one net no baseline is defined." : "";
        write(none, units.length ? "" : `No unit of ${net_a} ${condition(state, others)}.${why}`);
        none.hidden = clear.hidden = units.length > 0;
        const beside = table.within ? "" : `, each beside its counterpart in ${net_b}`;
        set(list, {
          "aria-label": `${layer}: ${count(units.length, "unit")} of ${net_a}${beside}. ${KEY_HINT2}`,
          "data-key": key2,
          "data-shown": units.length
        });
        for (const tile of tiles.values()) tile.mark(state);
        draw();
      }
    );
  }, signal);
}
function stepTo(key2, at, count2, columns, page2) {
  const rows = { ArrowUp: -1, ArrowDown: 1, PageUp: -Math.max(1, page2), PageDown: Math.max(1, page2) }[key2];
  const ends2 = { Home: 0, End: count2 - 1 }[key2];
  const step = { ArrowLeft: -1, ArrowRight: 1 }[key2];
  if (rows === void 0 && ends2 === void 0 && step === void 0) return null;
  if (ends2 !== void 0) return ends2;
  if (at < 0) return 0;
  if (step !== void 0) return Math.max(0, Math.min(count2 - 1, at + step));
  const [row, last] = [Math.floor(at / columns), Math.floor((count2 - 1) / columns)];
  const to = Math.max(0, Math.min(last, row + /** @type {number} */
  rows));
  return Math.min(count2 - 1, to * columns + at % columns);
}

// convergent_widgets/widgets/js/overview.js
function overview(context) {
  const { el, selection, signal } = context;
  const places3 = Object.entries({ wall, ranks: rank }).map(([name2, view2]) => ({
    name: name2,
    view: view2,
    place: h("div", { class: "cw-overview" }),
    choice: choiceSwitch({
      label: "what stands beside the matrix",
      trait: "overview",
      choose: (value) => selection.choose({ overview: (
        /** @type {Overview} */
        value
      ) }),
      signal
    })
  }));
  selection.watch(() => {
    const chosen = selection.state?.overview;
    if (!chosen) return;
    const root = (
      /** @type {Document | ShadowRoot} */
      el.getRootNode()
    );
    const left = places3.some(({ choice }) => choice.element.contains(root.activeElement));
    for (const { name: name2, place, choice } of places3) {
      choice.show(Object.entries(OVERVIEWS), chosen);
      place.hidden = name2 !== chosen;
      const radio = left && name2 === chosen && choice.element.querySelector("[aria-checked=true]");
      if (radio) radio.focus();
    }
  }, signal);
  for (const { view: view2, place, choice } of places3) {
    el.append(place);
    view2({ ...context, el: place }, choice.element);
  }
}

// convergent_widgets/widgets/js/sentence.js
function sentence({ el, selection, source, status, signal }) {
  const pair = h("p", { class: "cw-sentence" });
  const unit = h("p", { class: "cw-sentence cw-quiet cw-one-line", "aria-live": "polite" });
  const warning = h("span", { class: "cw-warning" });
  const root = h("div", { class: "cw-sentences" }, pair, unit, status.element);
  el.append(root);
  const newest = new Newest(root, signal, status);
  let latest = null;
  async function judge({ layer, net_a, net_b, method }, fill, shown) {
    const here = source.heldOutHere(layer, net_a, net_b, method);
    if (here) return fill(here);
    if (await calm(source, signal) && shown()) await source.heldOut(layer, net_a, net_b, method).then(fill, () => fill(null));
  }
  selection.watch(() => {
    const { state } = selection;
    const { facts } = source;
    if (!state || !facts) return;
    const warnings = [
      !facts.complete && `Partial result: the run was stopped after ${count(facts.images_seen, "image")}.`,
      facts.few_images && `Few images: ${count(facts.images_seen, "image")} are too few to trust a correlation.`
    ].filter(Boolean);
    write(warning, warnings.join(" "));
    root.classList.toggle("cw-warned", warnings.length > 0);
    if (!pair.contains(warning)) pair.append(warning);
    const other = state.net === state.net_a ? state.net_b : state.net_a;
    newest.run(
      () => Promise.all([source.pair(state.layer, state.net_a, state.net_b), source.pair(state.layer, state.net, other)]),
      ([shown, own]) => {
        const heldOut = heldOutWords();
        phrase(pair, [...aboutPair(state, shown, heldOut.element), " ", warning]);
        latest = heldOut;
        if (!shown.within) void judge(state, heldOut.fill, () => latest === heldOut);
        phrase(unit, aboutUnit(state, own, other));
        unit.title = unit.textContent ?? "";
      }
    );
  }, signal);
}
var SAME = " the same in both halves";
var HELD_OUT = "matched on one half of the images, r read on the other, both ways averaged";
var SAMPLING_ERROR = "standard error of a correlation, from its difference between the two halves of the images";
function heldOutWords() {
  const [mean, agreement, error] = [0, 0, 0].map(() => h("span", { text: "…" }));
  const later = (before, words, room) => [
    before,
    h("span", { class: "cw-later", "data-room": room }, words)
  ];
  const judged = h("span", { title: HELD_OUT }, ...later("held out ", mean, decimals(0)), ...later(", ", agreement, percent(1)), SAME);
  return {
    element: h(
      "span",
      {},
      judged,
      h("span", { title: SAMPLING_ERROR }, ...later(", each r ± ", error, decimals(0, 3)))
    ),
    /** @param {HeldOut | null} heldOut */
    fill(heldOut) {
      const left = heldOut?.unjudged ?? 0;
      const why = "could not be judged: dead in one half, or without a partner";
      judged.title = left ? `${HELD_OUT}; ${count(left, "unit")} ${why}` : HELD_OUT;
      write(mean, decimals(heldOut?.mean));
      write(agreement, percent(heldOut?.agreement));
      write(error, decimals(heldOut?.samplingError, 3));
    }
  };
}
function aboutPair({ net_a, net_b, method }, table, heldOut) {
  const deadWords = aboutDead(net_a, net_b, table);
  if (table.within) {
    const values = [...table.column("best_r")].filter(Number.isFinite);
    if (!values.length)
      return [table.deadUnits[0] === table.rows ? `All units of ${net_a} are dead.` : `${net_a} has only one live unit.${deadWords}`];
    const mean = values.reduce((sum, r) => sum + r, 0) / values.length;
    return [
      `Within ${net_a}, a unit’s most similar other unit reaches a mean r of `,
      [decimals(mean)],
      `. No baseline is defined within one net.${deadWords}`
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
    deadWords
  ];
}
function aboutDead(a, b, { deadUnits, within }) {
  const of = [[deadUnits[0], a], [within ? 0 : deadUnits[1], b]].filter(([some]) => some);
  return of.length ? ` Dead: ${of.map(([some, net]) => `${some} of ${net}`).join(", ")}.` : "";
}
function aboutUnit({ layer, net, unit, method }, table, other) {
  if (unit === null) return ["No unit is selected."];
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
  const words = [
    ...start,
    `; its partner in ${other} is ${unitName(layer, partner)} at r `,
    [decimals(table.at(`${method}.r`, unit))]
  ];
  if (Number.isFinite(baseline)) {
    words.push(
      table.at(`${method}.above`, unit) === 1 ? `, above its baseline of ${decimals(baseline)}` : `, not above its baseline of ${decimals(baseline)}`
    );
  }
  if (best >= 0 && best !== partner) words.push(`; its best, ${bestWords}, is taken`);
  return [...words, "."];
}

// convergent_widgets/widgets/js/still.js
var OUTPUT = ".jp-OutputArea-child";
var PNG = "data:image/png;base64,";
var MARK = "Software\0convergent_widgets still";
var HEAD2 = 96;
function hideStill(el, signal) {
  let hidden = null;
  let next = null;
  const show2 = () => {
    hidden?.style.removeProperty("display");
    hidden = null;
  };
  const within = new MutationObserver(look);
  const beside = new MutationObserver(look);
  const arrival = new ResizeObserver(place);
  function look() {
    const follower = el.closest(OUTPUT)?.nextElementSibling ?? null;
    if (follower !== next) {
      within.disconnect();
      if (follower) within.observe(follower, { subtree: true, childList: true, attributeFilter: ["src"] });
      next = follower;
    }
    const still = next instanceof HTMLElement && next.matches(OUTPUT) && isStill(next) ? next : null;
    if (still === hidden) return;
    show2();
    still?.style.setProperty("display", "none");
    hidden = still;
  }
  function place() {
    const area = el.closest(OUTPUT)?.parentElement;
    beside.disconnect();
    if (area) beside.observe(area, { childList: true });
    look();
  }
  arrival.observe(el);
  place();
  signal.addEventListener("abort", () => {
    for (const observer of [arrival, beside, within]) observer.disconnect();
    show2();
  });
}
function isStill(output) {
  const source = output.querySelector("img")?.getAttribute("src") ?? "";
  if (!source.startsWith(PNG)) return false;
  const text = source.slice(PNG.length, PNG.length + 2 * HEAD2).replace(/\s/g, "");
  try {
    return atob(text.slice(0, HEAD2 / 3 * 4)).includes(MARK);
  } catch {
    return false;
  }
}

// convergent_widgets/widgets/js/copy_view.js
var SAID = 2500;
function copyButton({ selection, status, signal }) {
  const words = "Copy this view";
  const how = `${words} as text: paste it into the box for units, here or elsewhere, to return`;
  const copy = button({ class: "cw-button cw-copy", "aria-label": words, title: how }, icon());
  const byHand = h("input", {
    class: "cw-button cw-copied",
    type: "text",
    readonly: true,
    "aria-label": "this view, to copy by hand",
    hidden: true
  });
  const element = h("div", { class: "cw-copying" }, byHand, copy);
  let until = 0;
  signal.addEventListener("abort", () => clearTimeout(until));
  const say = (text) => {
    clearTimeout(until);
    status.say(element, text);
    until = setTimeout(() => status.say(element, ""), SAID);
  };
  const close = () => byHand.hidden = true;
  copy.addEventListener(
    "click",
    async () => {
      const { state, panels, address } = selection;
      if (!state) return;
      const text = textOf(state, panels);
      const copied = address === null ? text : addressOf(text);
      try {
        await navigator.clipboard.writeText(copied);
        close();
        say("Copied");
      } catch {
        byHand.hidden = false;
        byHand.value = copied;
        byHand.focus();
        byHand.select();
        say("Selected, to copy by hand");
      }
    },
    { signal }
  );
  byHand.addEventListener("blur", close, { signal });
  byHand.addEventListener(
    "keydown",
    (event) => {
      event.stopPropagation();
      if (event.key === "Escape") copy.focus();
    },
    { signal }
  );
  selection.watch(() => status.say(copy, selection.address ?? "", true), signal);
  return element;
}
function icon() {
  return s(
    "svg",
    { width: 14, height: 14, viewBox: "0 0 14 14", "aria-hidden": "true" },
    s("path", {
      d: "M5.8 8.2l2.4-2.4M6.3 4l1.6-1.6a2.6 2.6 0 0 1 3.7 3.7L10 7.7M7.7 10l-1.6 1.6a2.6 2.6 0 0 1-3.7-3.7L4 6.3",
      fill: "none",
      stroke: "currentColor",
      "stroke-width": 1.3,
      "stroke-linecap": "round"
    })
  );
}

// convergent_widgets/widgets/js/toolbar.js
var COMPACT = 1e3;
var LONG2 = 3;
var WIDE = 1500;
function toolbar(context) {
  const { el, selection, source, signal } = context;
  const layers = layerPicker(context);
  const netA = picker("net_a", "net A");
  const netB = picker("net_b", "net B");
  const swap = button(
    { class: "cw-button cw-swap", "aria-label": "exchange net A and net B", title: "Exchange net A and net B" },
    swapIcon()
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
    h("div", { class: "cw-going" }, search.element, copyButton(context))
  );
  el.append(bar);
  let compact = false;
  onResize(el, signal, (width) => {
    compact = width < COMPACT;
    bar.classList.toggle("cw-compact", compact);
    layers.fit(width, compact);
    show2();
  });
  swap.addEventListener(
    "click",
    () => {
      const state = selection.state;
      if (state) selection.choose({ net_a: state.net_b, net_b: state.net_a });
    },
    { signal }
  );
  function show2() {
    const { state } = selection;
    const { facts } = source;
    if (!state || !facts) return;
    layers.show(state, facts);
    search.show(state, facts, compact);
    const nets = facts.nets.map((net) => (
      /** @type {[string, string]} */
      [net, net]
    ));
    netA.show(nets, state.net_a);
    netB.show(nets, state.net_b);
    method.show(Object.entries(METHODS), state.method);
    order.show(
      Object.entries(ORDERS).map(([key2, name2]) => [key2, compact ? name2 : `order: ${name2}`]),
      state.order
    );
  }
  selection.watch(show2, signal);
  function picker(trait, label) {
    const select = h("select", {
      class: "cw-button cw-select",
      "aria-label": label,
      title: label,
      "data-trait": trait
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
        const key2 = JSON.stringify(options);
        if (key2 !== shown)
          select.replaceChildren(...options.map(([id, name2]) => h("option", { value: id, text: name2 })));
        shown = key2;
        select.value = value;
      }
    };
  }
}
function layerPicker({ selection, signal }) {
  const group = h("div", { class: "cw-layers", role: "radiogroup", "aria-label": "layer" });
  const select = h("select", {
    class: "cw-button cw-select",
    "aria-label": "layer",
    "data-trait": "layer",
    hidden: true
  });
  const element = h("div", { class: "cw-layer-picker" }, group, select);
  let shown = "";
  let room = Infinity;
  let buttons = [];
  select.addEventListener("change", () => selection.choose({ layer: select.value }), { signal });
  group.addEventListener(
    "click",
    (event) => {
      const layer = (
        /** @type {Element} */
        event.target.closest("button")?.dataset.layer
      );
      if (layer !== void 0) selection.choose({ layer });
    },
    { signal }
  );
  group.addEventListener("keydown", (event) => void walkRadios(buttons, event), { signal });
  let texts = [];
  let compact = false;
  function fit(width = room, narrow = compact) {
    [room, compact] = [width, narrow];
    const stacked = compact || room < WIDE && texts.some(({ most }) => most > LONG2);
    group.classList.toggle("cw-stacked", stacked);
    const wanted = texts.reduce((sum, { name: name2, most }) => {
      const [wide, small] = [7.6 * name2.length, 7 * most];
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
      const key2 = JSON.stringify([net_a, net_b, facts.layers.map((l) => [l.name, l.units])]);
      if (key2 !== shown) {
        const all = facts.layers.map(({ name: name2 }) => {
          const [a, b] = [unitsOf(facts, name2, net_a), unitsOf(facts, name2, net_b)];
          if (a === b) return { name: name2, counts: `${a}`, option: count(a, "unit"), words: count(a, "unit") };
          const both = `${a}×${b}`;
          return { name: name2, counts: both, option: both, words: `${count(a, "unit")} of ${net_a}, ${b} of ${net_b}` };
        });
        buttons = all.map(
          ({ name: name2, counts, words }) => button(
            { class: "cw-layer", role: "radio", "data-layer": name2, title: `${name2}: ${words}` },
            h("span", { text: name2 }),
            h("small", { text: counts })
          )
        );
        group.replaceChildren(...buttons);
        select.replaceChildren(
          ...all.map(({ name: name2, option }) => h("option", { value: name2, text: `${name2} – ${option}` }))
        );
        texts = facts.layers.map(({ name: name2, units }) => {
          const wide = Math.max(...units);
          return { name: name2, most: units.every((n) => n === wide) ? `${wide}`.length : 2 * `${wide}`.length + 1 };
        });
        buttons.forEach((b, i) => b.style.minWidth = `${6.2 * texts[i].most + 18}px`);
        shown = key2;
        fit();
      }
      select.value = state.layer;
      for (const b of buttons)
        set(b, {
          "aria-checked": String(b.dataset.layer === state.layer),
          tabindex: b.dataset.layer === state.layer ? 0 : -1
        });
    }
  };
}
function searchBox({ selection, source, status, signal }) {
  const element = h("input", {
    class: "cw-button cw-search",
    type: "text",
    autocomplete: "off",
    spellcheck: "false"
  });
  const say = (text) => {
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
    { signal }
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
    }
  };
}
var plain = (name2) => name2.toLowerCase().replace(/\s+/g, "");
function parseUnit(text, state, facts) {
  const match = text.trim().match(/^(?:(.*\S)\s*\/)?\s*(\d+)$/);
  if (!match) return `Write a unit’s number, e.g. 17 or ${state.layer}/17.`;
  const place = match[1] === void 0 ? state : placeNamed(match[1], state, facts);
  if (!place) return `There is no layer or net ${match[1]}.`;
  const { layer, net } = place;
  const [unit, units] = [Number(match[2]), unitsOf(facts, layer, net)];
  if (unit >= units) return `${layer} of ${net} has units 0 to ${units - 1}.`;
  return { layer, net, unit };
}
function placeNamed(name2, { layer, net }, { layers, nets }) {
  const names = layers.map((l) => l.name);
  const places3 = [
    ...names.map((l) => ({ text: l, layer: l, net })),
    ...nets.map((n) => ({ text: n, layer, net: n })),
    ...nets.flatMap((n) => names.flatMap((l) => [`${n} ${l}`, `${n}/${l}`].map((text) => ({ text, layer: l, net: n }))))
  ];
  return places3.find(({ text }) => text === name2) ?? places3.find(({ text }) => plain(text) === plain(name2));
}
function swapIcon() {
  return s(
    "svg",
    { width: 16, height: 14, viewBox: "0 0 16 14", "aria-hidden": "true" },
    s("path", {
      d: "M1 4h12M10 1l3 3-3 3M15 10H3M6 7l-3 3 3 3",
      fill: "none",
      stroke: "currentColor",
      "stroke-width": 1.3
    })
  );
}

// convergent_widgets/widgets/js/explorer.js
var REST4 = 112;
var WORDS2 = 38;
var AFTER = 34;
var PLOTS = [254, 520];
function explorer(context) {
  const views2 = context.model.get("views");
  const shows = (name2) => views2?.includes(name2) ?? true;
  const inside = (view2, el) => {
    view2({ ...context, el });
    return el;
  };
  const plots = h("div", { class: "cw-plots" });
  const root = h("div", { class: "cw-explorer" });
  context.el.append(root);
  const words = inside(sentence, h("div"));
  if (shows("toolbar")) root.append(inside(toolbar, h("div")));
  root.append(words, plots);
  if (shows("matrix")) inside(matrix, plots);
  if (shows("overview")) inside(overview, plots);
  const cards = h("div");
  const fitCards = shows("gallery") ? gallery({ ...context, el: cards }) : () => {
  };
  root.append(cards, inside(panelButtons, h("div")), inside(inlinePanels, h("div", { class: "cw-inline-panels" })));
  const fit = () => {
    const room = roomFor(root) - REST4 - Math.max(0, words.offsetHeight - WORDS2);
    fitCards(room - PLOTS[0]);
    const height = Math.max(PLOTS[0], Math.min(PLOTS[1], room - AFTER - cards.offsetHeight));
    root.style.setProperty("--cw-plots", `${height}px`);
  };
  fit();
  onResize(cards, context.signal, fit);
  onResize(words, context.signal, fit);
  onResize(context.el, context.signal, fit);
  addEventListener("resize", fit, { signal: context.signal });
  hideStillWhenAnswered(context);
}
function hideStillWhenAnswered({ el, selection, source, signal }) {
  let hidden = false;
  selection.watch(() => {
    const { state } = selection;
    if (hidden || !state || !source.facts) return;
    source.pair(state.layer, state.net_a, state.net_b).then(
      () => {
        if (hidden || signal.aborted) return;
        hidden = true;
        hideStill(el, signal);
      },
      () => {
      }
    );
  }, signal);
}
function roomFor(element) {
  let room = innerHeight;
  for (let parent = element.parentElement; parent && parent !== document.body; parent = parent.parentElement) {
    if (/auto|scroll/.test(getComputedStyle(parent).overflowY) && parent.clientHeight > 300) room = parent.clientHeight;
  }
  return Math.min(room, innerHeight);
}

// convergent_widgets/widgets/js/questions.js
var MARKS = { right: "●", tried: "◐", open: "○" };
var LINES = 48;
function questions({ el, selection, signal }, all) {
  if (!all.length) return;
  const progress = all.map(() => ({ tried: "", right: null, hinted: false }));
  let at = 0;
  const many = all.length > 1;
  const heading = h("h2", { class: "cw-question-number", tabindex: -1, "aria-live": "polite" });
  const marks = h("span", { class: "cw-question-marks", role: "img", hidden: !many });
  const steps = [-1, 1].map(
    (by) => button({ class: "cw-zoom", "aria-label": by < 0 ? "previous question" : "next question", text: by < 0 ? "←" : "→" })
  );
  const words = h("p", { class: "cw-question-text", dir: "auto", "aria-live": "polite" });
  const given = h("p", { class: "cw-question-given" });
  const check = button({ class: "cw-button cw-question-check", text: "This is my answer" });
  const next = button({ class: "cw-button cw-question-check", text: "Next question" });
  const hint = button({ class: "cw-button", text: "Hint" });
  const result = h("p", { class: "cw-question-result", role: "status", dir: "auto" });
  const answering = h("div", { class: "cw-question-answer" }, given, check, next, hint);
  const stepping = h("span", { class: "cw-zooms", role: "group", "aria-label": "step through questions", hidden: !many }, ...steps);
  const root = h(
    "section",
    { class: "cw-questions", "aria-label": "questions" },
    h("header", {}, heading, marks, stepping),
    words,
    answering,
    result
  );
  el.append(root);
  const stick = () => {
    const top = Math.max(words.offsetTop, answering.offsetTop - LINES);
    root.style.setProperty("--cw-question-top", `${6 - top}px`);
  };
  onResize(root, signal, stick);
  function show2() {
    const question = all[at];
    const { tried, right, hinted } = progress[at];
    const { state } = selection;
    const wrong = !right && state !== null && tried === keyOf4(question, state);
    write(heading, many ? `Question ${at + 1} of ${all.length}` : "Question");
    const found = progress.map(markOf);
    write(marks, found.map((one) => MARKS[one]).join(""));
    set(marks, { "aria-label": found.map((one, i) => `${i + 1} ${one}`).join(", ") });
    marks.title = found.map((one, i) => `question ${i + 1}: ${one}`).join("\n");
    write(words, question.text);
    steps.forEach((b, i) => set(b, { "aria-disabled": String(at === (i ? all.length - 1 : 0)) }));
    const shown = right ?? state;
    phrase(given, shown ? [right ? "Your answer: " : "Selected: ", [answerWords(question, shown)]] : [""]);
    check.hidden = right !== null;
    next.hidden = !right || at === all.length - 1;
    hint.hidden = !question.hint || hinted || right !== null;
    const done = progress.every((one) => one.right);
    const said = [
      right ? "Right." : wrong ? "Not this one: select another." : "",
      right ? question.explanation : hinted ? `Hint: ${question.hint}` : "",
      right && done && many ? `All ${all.length} questions are answered.` : ""
    ];
    write(result, said.filter(Boolean).join(" "));
    set(root, { "data-question": at, "data-result": right ? "right" : wrong ? "wrong" : null });
  }
  function open2(number) {
    if (!all[number]) return;
    at = number;
    const view2 = progress[at].right ?? all[at].start;
    if (view2) selection.choose(view2);
    show2();
  }
  steps.forEach((b, i) => b.addEventListener("click", () => open2(at + (i ? 1 : -1)), { signal }));
  next.addEventListener(
    "click",
    () => {
      open2(at + 1);
      heading.focus({ preventScroll: true });
      root.scrollIntoView({ block: "nearest" });
    },
    { signal }
  );
  hint.addEventListener(
    "click",
    () => {
      progress[at].hinted = true;
      show2();
      check.focus();
    },
    { signal }
  );
  check.addEventListener(
    "click",
    () => {
      const { state } = selection;
      if (!state) return;
      if (matches(all[at].answer, state)) progress[at].right = state;
      else progress[at].tried = keyOf4(all[at], state);
      show2();
      if (progress[at].right) (next.hidden ? heading : next).focus({ preventScroll: true });
    },
    { signal }
  );
  selection.watch(show2, signal);
}
var markOf = ({ right, tried }) => right ? "right" : tried ? "tried" : "open";
var matches = (answer, state) => Object.entries(answer).every(([name2, values]) => values.includes(state[
  /** @type {keyof State} */
  name2
]));
var keyOf4 = ({ answer }, state) => JSON.stringify(Object.keys(answer).map((name2) => state[
  /** @type {keyof State} */
  name2
]));
var NAMED = { net_a: "net A", net_b: "net B", order: "", method: "", only: "shown units", least_r: "least r", overview: "" };
var VALUES = { order: ORDERS, method: METHODS, overview: OVERVIEWS, pictured: PICTURED };
function answerWords({ answer }, state) {
  const names = Object.keys(answer);
  const rest = names.filter((name2) => !["net", "layer", "unit"].includes(name2));
  const words = rest.map((name2) => {
    const value = state[
      /** @type {keyof State} */
      name2
    ];
    return `${NAMED[name2] ?? name2} ${VALUES[name2]?.[String(value)] ?? value ?? "any"}`.trim();
  });
  if (names.includes("unit")) return [`${state.net} ${unitName(state.layer, state.unit)}`, ...words].join(", ");
  if (names.includes("layer")) words.unshift(state.layer);
  if (names.includes("net")) words.unshift(state.net);
  return words.join(", ");
}

// convergent_widgets/widgets/js/terms.js
var TERMS = [
  ["unit", "One channel or neuron of a net. Its patches are the parts of the images that excite it most: they show what it looks for. Grey in a patch lies outside the image."],
  ["layer", "The units of one depth of the nets. Early layers see edges and spots, later ones larger parts."],
  ["r", "How alike two units are: the correlation of their activations over all images. 1 is the same, 0 no relation, −1 the opposite."],
  ["counterpart", "The unit of another net that a unit is matched with. One-to-one gives each unit away once; best partner lets every unit choose the most similar one."],
  ["baseline", "The r that this unit would reach by chance, with other units made of the same information: the tick on the bar. A blue bar passes it, a grey one does not."],
  ["matrix", "Each small square is the r of one unit of net A (row) with one of net B (column): red alike, blue opposite. With the best matches first they lie on the diagonal."],
  ["ranks", "One dot for each unit of net A, the best matched first, over the grey range of the baseline."],
  ["held out", "The match was found on one half of the images; this is its r on the other half."],
  ["rank, best other", "Whether other units of that net would have been as good: rank 1 is the most similar of all."],
  ["found in", "In how many of the other nets the counterpart passes its baseline. The round trip leads from partner to partner through all nets and, if they agree, back to the same unit."],
  ["dead", "A unit that never changes, whatever the image."]
];
var terms = () => h(
  "details",
  { class: "cw-terms" },
  h("summary", { text: "What do I see here?" }),
  h("dl", {}, ...TERMS.flatMap(([term, words]) => [h("dt", { text: term }), h("dd", { text: words })]))
);

// convergent_widgets/widgets/js/lesson.js
function lesson(context) {
  const { el, model, source } = context;
  const [title, text, leftOut] = ["title", "text", "left_out"].map((name2) => model.get(name2));
  const paragraphs = String(text ?? "").split(/\n\s*\n/).filter((words) => words.trim());
  const inside = h("div", { class: "cw-lesson-explorer" });
  if (title) el.append(h("h1", { class: "cw-lesson-title", dir: "auto", text: title }));
  el.append(...paragraphs.map((words) => h("p", { class: "cw-lesson-text", dir: "auto", text: words.trim() })));
  questions(context, model.get("questions") ?? []);
  el.append(inside);
  explorer({ ...context, el: inside });
  el.append(terms());
  const { facts } = source;
  const about = facts ? `${count(facts.nets.length, "net")} compared over ${count(facts.images_seen, "image")}: ${facts.dataset}.` : "";
  const without2 = leftOut?.length ? ` Left out of this page: ${leftOut.join("; ")}.` : "";
  el.append(h("footer", { class: "cw-lesson-footer cw-quiet", text: about + without2 }));
}

// convergent_widgets/widgets/js/stored.js
var GROUPS = {
  pair: "tables",
  top: "tables",
  held_out: "tables",
  found: "tables",
  means: "tables",
  matrix: "matrices",
  prediction: "predictions",
  clusters: "clusters",
  attributions: "attributions"
};
var TABLE_BYTES = 32 << 20;
var PICTURE_BYTES = 48 << 20;
var MISSING = {
  prediction: "This page leaves out what predicts this unit.",
  clusters: "This page holds the clusters that the eigengap gives, and no other number of them.",
  attributions: "This page leaves out the attributions of this unit."
};
function stored(facts, read2) {
  const unpacking = /* @__PURE__ */ new Map();
  const tables = new Bounded(TABLE_BYTES);
  const pictures = new Bounded(PICTURE_BYTES);
  function part(name2, kept = tables) {
    const here = kept.get(name2);
    if (here) return Promise.resolve(here);
    let found = unpacking.get(name2);
    if (!found) {
      const text = read2(name2);
      found = (text === void 0 ? Promise.resolve({ index: {}, data: new Uint8Array(), size: 0 }) : unpack(text)).then((part2) => {
        kept.set(name2, part2, part2.size);
        return part2;
      }).finally(() => unpacking.delete(name2));
      unpacking.set(name2, found);
    }
    return found;
  }
  async function look(ask, args) {
    const layer = facts.layers.findIndex(({ name: name3 }) => name3 === args.layer);
    const { index, data } = await part(`${layer}/${GROUPS[ask]}`);
    const name2 = JSON.stringify([ask, ...Object.values(args)]);
    if (!Object.hasOwn(index, name2)) return void 0;
    const [meta, lengths, start] = index[name2];
    let at = start;
    return { meta, buffers: lengths.map((length) => view(data, at, at += length)) };
  }
  async function together(set2, images) {
    const { index } = await part("pictures");
    const wanted = new Set(images.map((image) => index[set2]?.[image]));
    if (wanted.has(void 0)) throw new Error("This page leaves out some of the pictures.");
    const here = /* @__PURE__ */ new Map();
    for (const number of wanted) await pick(number, set2, new Set(images), here);
    const found = images.map((image) => (
      /** @type {Stored} */
      here.get(image)
    ));
    const all = new Uint8Array(found.reduce((sum, { encoded }) => sum + encoded.length, 0));
    let at = 0;
    for (const { encoded } of found) {
      all.set(encoded, at);
      at += encoded.length;
    }
    return {
      meta: {
        sizes: found.map(({ encoded }) => encoded.length),
        names: found.map(({ name: name2 }) => name2),
        labels: found.map(({ label }) => label),
        heights: found.map(({ height }) => height),
        widths: found.map(({ width }) => width)
      },
      buffers: [view(all, 0, all.length)]
    };
  }
  async function pick(number, set2, images, here) {
    const { index, data } = await part(`pictures/${number}`, pictures);
    let at = 0;
    for (
      const [its, image, size, height, width, name2, label] of
      /** @type {Caption[]} */
      index
    ) {
      const encoded = data.subarray(at, at += size);
      if (its === set2 && images.has(image)) here.set(image, { encoded: encoded.slice(), height, width, name: name2, label });
    }
  }
  return async ({ ask, ...args }) => {
    if (ask === "pictures") return together(args.pictures, args.images);
    const answer = await look(ask, args);
    if (answer) return answer;
    const turned = ask === "matrix" ? await look(ask, { layer: args.layer, a: args.b, b: args.a }) : void 0;
    if (turned) return transposed(turned);
    if (ask === "clusters" && args.a === args.b) throw new Error("Clusters are of the units of two nets.");
    throw new Error(MISSING[ask] ?? `This page does not hold ${ask} of ${Object.values(args).join(", ")}.`);
  };
}
async function unpack(text) {
  const packed = Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  const plain2 = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
  const all = new Uint8Array(await new Response(plain2).arrayBuffer());
  const length = new DataView(all.buffer).getUint32(0, true);
  const index = JSON.parse(new TextDecoder().decode(all.subarray(4, 4 + length)));
  const data = all.subarray(4 + length);
  const size = all.length;
  if (Array.isArray(index)) return { index, data, size };
  let start = 0;
  for (const entry of Object.values(index)) {
    if (!Array.isArray(entry)) break;
    entry.push(start);
    for (const length2 of entry[1]) start += length2;
  }
  return { index, data, size };
}
var view = (data, from, to) => new DataView(data.buffer, data.byteOffset + from, to - from);
function transposed({ meta: { rows, columns }, buffers }) {
  const from = new Int16Array(bytes(buffers[0]).slice().buffer);
  const to = new Int16Array(from.length);
  for (let i = 0; i < rows; i++) for (let j = 0; j < columns; j++) to[j * rows + i] = from[i * columns + j];
  return { meta: { rows: columns, columns: rows }, buffers: [new DataView(to.buffer)] };
}

// convergent_widgets/widgets/js/lesson_page.js
async function open(widget2, document2) {
  const element = (id) => (
    /** @type {HTMLElement} */
    document2.getElementById(id)
  );
  const page2 = (
    /** @type {Page} */
    JSON.parse(element("page").textContent ?? "")
  );
  const read2 = (name2) => document2.querySelector(`script[data-part="${name2}"]`)?.textContent ?? void 0;
  await show(widget2, page2, stored(page2.models.data.facts, read2), element("lesson"), { address: true });
}
function hosted(widget2, page2, read2) {
  const answer = stored(page2.models.data.facts, read2);
  return {
    /** @param {{model?: {get: (name: string) => any}, el: HTMLElement, signal?: AbortSignal}} given */
    render({ model, el, signal: given }) {
      const asked = model?.get("state");
      const state = typeof asked === "string" ? asked : "";
      return closable(given, (signal) => show(widget2, page2, answer, el, { signal, state }));
    }
  };
}
function show(widget2, { models }, answer, el, { state = "", ...options }) {
  const { facts } = models.data;
  const asked = state ? parseState(state, facts) : null;
  if (typeof asked === "string") el.append(h("p", { role: "alert", text: `The given state is no view of this page. ${asked}` }));
  const view2 = asked && typeof asked !== "string" ? { ...asked.state, panels: asked.panels } : null;
  const selection = { ...models.selection, ...view2 ?? models.lesson.questions[0]?.start };
  return createPage({ models: { ...models, selection }, answer, widget: widget2, ...options }).mount("lesson", el);
}

// convergent_widgets/widgets/js/source.js
var KEPT_BYTES = 64 << 20;
var LOST = 1e3;
var [PATIENCE, LONGEST2] = [2e3, 6e4];
var page = globalThis;
var sources = page[/* @__PURE__ */ Symbol.for("convergent_widgets.sources.1")] ??= /* @__PURE__ */ new WeakMap();
function sourceOf(model, identity, signal) {
  let source = sources.get(identity);
  if (!source) sources.set(identity, source = new Source());
  source.attach(model, signal);
  return source;
}
var Source = class {
  /** @type {Model[]} */
  #channels = [];
  /** By id, the oldest first. @type {Map<string, {question: Question, number: number}>} */
  #waiting = /* @__PURE__ */ new Map();
  /** @type {Map<string, Promise<any>>} */
  #asked = /* @__PURE__ */ new Map();
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  #patience = PATIENCE;
  /** @type {Bounded<any>} */
  #kept = new Bounded(KEPT_BYTES);
  #urgent = 0;
  #number = 0;
  #name = Math.random().toString(36).slice(2);
  /** What else is kept with the model, e.g. its pictures. @type {Map<string, any>} */
  extras = /* @__PURE__ */ new Map();
  /**
   * @param {Model} model
   * @param {AbortSignal} signal
   */
  attach(model, signal) {
    this.#channels.push(model);
    listen(
      model,
      "msg:custom",
      (message, buffers) => this.#receive(message, buffers),
      signal
    );
    listen(model, "change:facts", () => this.forget(), signal);
    signal.addEventListener("abort", () => {
      this.#channels = this.#channels.filter((channel) => channel !== model);
      if (this.#channels.length) return;
      for (const { question } of this.#waiting.values()) question.reject(new Error("The view was closed."));
      this.#waiting.clear();
      clearTimeout(this.#timer);
    });
  }
  /** @returns {Facts | null} */
  get facts() {
    const facts = this.#channels.at(-1)?.get("facts");
    return facts?.layers ? facts : null;
  }
  /** Forget all answers, since the data changed. */
  forget() {
    this.#asked.clear();
    this.#kept.clear();
    for (const extra of this.extras.values()) extra.clear?.();
  }
  /** Whether a person waits for an answer right now. */
  get busy() {
    return this.#urgent > 0;
  }
  /**
   * An answer that Python sent along unasked, so that the first picture needs no kernel, which may be busy.
   * @param {string} ask
   * @param {Record<string, any>} args
   * @returns {Answer | undefined}
   */
  known(ask, args) {
    const key2 = keyOf5(ask, args);
    const known2 = this.#channels.at(-1)?.get("known");
    return Array.isArray(known2) ? known2.find((one) => one.key === key2) : void 0;
  }
  /**
   * Ask without keeping the answer.
   * @param {string} ask
   * @param {Record<string, any>} args
   * @returns {Promise<Answer>}
   */
  send(ask, args) {
    const known2 = this.known(ask, args);
    if (known2) return Promise.resolve(known2);
    return new Promise((resolve, reject) => {
      const idle2 = !this.#waiting.size;
      this.#put({ message: { ask, ...args }, ids: [], last: 0, since: 0, lost: LOST, resolve, reject });
      if (idle2) this.#expect();
    });
  }
  /**
   * Ask, or ask again under a new id: the first reply counts.
   * @param {Question} question
   */
  #put(question) {
    const number = ++this.#number;
    const id = `${this.#name}-${number}`;
    question.ids.push(id);
    question.last = number;
    question.since = performance.now();
    this.#waiting.set(id, { question, number });
    try {
      const channel = this.#channels.at(-1);
      if (!channel?.send) throw new Error("no channel");
      channel.send({ id, ...question.message });
    } catch {
      this.#settled(question).reject(new Error("There is no kernel to ask. Run the cell again."));
    }
  }
  /** @param {Question} question */
  #settled(question) {
    for (const id of question.ids) this.#waiting.delete(id);
    return question;
  }
  /** Ask the oldest question again where no reply comes at all. */
  #expect() {
    clearTimeout(this.#timer);
    if (!this.#waiting.size) return;
    this.#timer = setTimeout(() => {
      this.#patience = Math.min(2 * this.#patience, LONGEST2);
      const [oldest] = this.#waiting.values();
      this.#put(oldest.question);
      this.#expect();
    }, this.#patience);
  }
  /**
   * @param {any} message
   * @param {DataView[]} buffers
   */
  #receive(message, buffers) {
    const answered = this.#waiting.get(message?.id);
    if (!answered) return;
    const { resolve, reject } = this.#settled(answered.question);
    if (message.error) reject(new Error(message.error));
    else resolve({ meta: message.meta, buffers: buffers ?? [] });
    const now = performance.now();
    for (const question of new Set([...this.#waiting.values()].map((one) => one.question))) {
      if (question.last > answered.number || now - question.since < question.lost) continue;
      question.lost *= 2;
      this.#put(question);
    }
    this.#patience = PATIENCE;
    this.#expect();
  }
  /**
   * @template {Sized} T
   * @param {string} ask
   * @param {Record<string, any>} args
   * @param {(answer: Answer) => T} read
   * @param {boolean} [quietly] nobody waits for it
   * @returns {Promise<T>}
   */
  #get(ask, args, read2, quietly = false) {
    const key2 = keyOf5(ask, args);
    const kept = this.#kept.get(key2);
    if (kept) return Promise.resolve(kept);
    const asked = this.#asked.get(key2);
    if (asked) return asked;
    if (!quietly) this.#urgent += 1;
    const promise = this.send(ask, args).then((answer) => {
      const value = read2(answer);
      if (this.#asked.get(key2) === promise) this.#kept.set(key2, value, value.size + 256);
      return value;
    }).finally(() => {
      if (!quietly) this.#urgent -= 1;
      if (this.#asked.get(key2) === promise) this.#asked.delete(key2);
    });
    this.#asked.set(key2, promise);
    return promise;
  }
  /**
   * @param {string} layer
   * @param {string} a
   * @param {string} b
   * @param {boolean} [quietly]
   * @returns {Promise<PairTable>}
   */
  pair(layer, a, b, quietly) {
    return this.#get("pair", { layer, a, b }, ({ meta, buffers }) => new PairTable(meta, buffers), quietly);
  }
  /**
   * The table if it is here already.
   * @param {string} layer
   * @param {string} a
   * @param {string} b
   * @returns {PairTable | undefined}
   */
  pairHere(layer, a, b) {
    return this.#kept.get(keyOf5("pair", { layer, a, b }));
  }
  /**
   * @param {string} layer
   * @param {string} a
   * @param {string} b
   * @returns {Promise<Correlations>}
   */
  matrix(layer, a, b) {
    return this.#get("matrix", { layer, a, b }, ({ meta, buffers }) => new Correlations(meta, buffers));
  }
  /**
   * @param {string} layer
   * @param {string} net
   * @param {"strongest" | "deciles"} [which]
   * @param {boolean} [quietly]
   * @returns {Promise<TopTable>}
   */
  top(layer, net, which = "strongest", quietly) {
    return this.#get("top", { layer, net, which }, ({ meta, buffers }) => new TopTable(meta, buffers), quietly);
  }
  /**
   * The encoded attributions of a unit's strongest patches.
   * @param {string} layer
   * @param {string} net
   * @param {number} unit
   * @returns {Promise<{blobs: Blob[], size: number}>}
   */
  attributions(layer, net, unit) {
    return this.#get("attributions", { layer, net, unit }, ({ meta, buffers }) => {
      const all = bytes(buffers[0]);
      let start = 0;
      const blobs = meta.sizes.map((size) => new Blob([all.slice(start, start += size)]));
      return { blobs, size: all.length };
    });
  }
  /**
   * Nobody waits for it: it takes longer than what a view needs to draw.
   * @param {string} layer
   * @param {string} a
   * @param {string} b
   * @param {string} method
   * @returns {Promise<HeldOut>}
   */
  heldOut(layer, a, b, method) {
    const args = { layer, a, b, method };
    return this.#get("held_out", args, ({ meta, buffers }) => new HeldOut(meta, buffers), true);
  }
  /**
   * The same if it is here already.
   * @param {string} layer
   * @param {string} a
   * @param {string} b
   * @param {string} method
   * @returns {HeldOut | undefined}
   */
  heldOutHere(layer, a, b, method) {
    return this.#kept.get(keyOf5("held_out", { layer, a, b, method }));
  }
  /**
   * @param {string} layer
   * @param {string} net
   * @param {string} method
   * @param {boolean} [quietly]
   * @returns {Promise<Found>}
   */
  found(layer, net, method, quietly) {
    const args = { layer, net, method };
    return this.#get("found", args, ({ meta, buffers }) => new Found(meta, buffers), quietly);
  }
  /**
   * The same if it is here already.
   * @param {string} layer
   * @param {string} net
   * @param {string} method
   * @returns {Found | undefined}
   */
  foundHere(layer, net, method) {
    return this.#kept.get(keyOf5("found", { layer, net, method }));
  }
  /**
   * How a unit of net b is predicted from all units of net a, at every penalty.
   * @param {string} layer
   * @param {string} a
   * @param {string} b
   * @param {number} unit
   * @returns {Promise<Predictors>}
   */
  prediction(layer, a, b, unit) {
    return this.#get("prediction", { layer, a, b, unit }, ({ meta, buffers }) => new Predictors(meta, buffers));
  }
  /**
   * Mean activation per net and unit.
   * @param {string} layer
   * @returns {Promise<import("./mean_places.js").Means>}
   */
  means(layer) {
    return this.#get("means", { layer }, ({ meta, buffers }) => {
      const values = buffers.map((buffer) => decode(Float32Array, buffer));
      return { ...meta, values, size: values.reduce((sum, v) => sum + v.byteLength, 0) };
    });
  }
  /**
   * The units of two nets in that many clusters.
   * @param {string} layer
   * @param {string} a
   * @param {string} b
   * @param {number | null} clusters null for as many as the eigengap says
   * @returns {Promise<Clustering>}
   */
  clusters(layer, a, b, clusters2) {
    const args = { layer, a, b, clusters: clusters2 };
    return this.#get("clusters", args, ({ meta, buffers }) => new Clustering(meta, buffers));
  }
};
var keyOf5 = (ask, args) => JSON.stringify([ask, ...Object.values(args)]);

// convergent_widgets/widgets/js/style.css
var style_default = '.cw-host {\n  flex: 1 1 0;\n  min-width: min(100%, 280px);\n  width: 100%;\n  overflow: visible;\n}\n\n.cw-root {\n  --cw-ground: var(--jp-layout-color0, #fff);\n  --cw-surface: var(--jp-layout-color0, #fff);\n  --cw-text: var(--jp-ui-font-color1, #1b2430);\n  --cw-quiet: #5b6573;\n  --cw-line: rgb(27 36 48 / 13%);\n  --cw-track: #f1f3f5;\n  --cw-strong: #1b2430;\n  --cw-on-strong: #fff;\n  --cw-accent: #c2410c;\n  --cw-accent-text: #b23a08;\n  --cw-accent-soft: #fdeadf;\n  --cw-data: #34598f;\n  --cw-bar: #2f6db3;\n  --cw-bar-faint: #a9b8cb;\n  --cw-grey-dot: #707a88;\n  --cw-band: #e1e6ec;\n  --cw-alarm: #a4161a;\n  --cw-frame: #c2410c;\n  --cw-outside: #b3bbc5;\n  container: cw / inline-size;\n  position: relative;\n  box-sizing: border-box;\n  min-width: 0;\n  padding: 8px;\n  background: var(--cw-ground);\n  color: var(--cw-text);\n  font-family: var(--jp-ui-font-family, system-ui, -apple-system, "Segoe UI", "Helvetica Neue", Arial, sans-serif);\n  font-size: 13px;\n  line-height: 1.4;\n  font-variant-numeric: tabular-nums;\n  text-align: left;\n}\n\n.cw-root[data-theme="dark"] {\n  color-scheme: dark;\n  --cw-ground: var(--jp-layout-color0, #101419);\n  --cw-surface: var(--jp-layout-color1, #171c23);\n  --cw-text: var(--jp-ui-font-color1, #e8ebf0);\n  --cw-quiet: #a3acb8;\n  --cw-line: rgb(255 255 255 / 14%);\n  --cw-track: rgb(255 255 255 / 7%);\n  --cw-strong: #e8ebf0;\n  --cw-on-strong: #14181e;\n  --cw-accent: #ff9547;\n  --cw-accent-text: #ffa766;\n  --cw-accent-soft: rgb(255 149 71 / 16%);\n  --cw-data: #8db4ec;\n  --cw-bar: #6fa3e0;\n  --cw-bar-faint: #5a6675;\n  --cw-grey-dot: #828c99;\n  --cw-band: #363e4a;\n  --cw-outside: #4c5561;\n  --cw-alarm: #ff9c9c;\n}\n\n.cw-root[data-theme="light"] {\n  color-scheme: light;\n}\n.cw-root *,\n.cw-root *::before {\n  box-sizing: border-box;\n}\n.cw-root [hidden] {\n  display: none !important;\n}\n.cw-root :is(h3, h4, p, dl, dd, dt) {\n  margin: 0;\n  padding: 0;\n  font: inherit;\n  color: inherit;\n  letter-spacing: normal;\n  text-transform: none;\n}\n.cw-root :is(button, select, input) {\n  font: inherit;\n  color: inherit;\n  font-variant-numeric: inherit;\n  margin: 0;\n}\n.cw-root button {\n  cursor: pointer;\n}\n.cw-root :focus {\n  outline: none;\n}\n.cw-root :focus-visible {\n  outline: 2px solid var(--cw-accent);\n  outline-offset: 1px;\n}\n.cw-root b,\n.cw-root strong {\n  font-weight: 600;\n}\n.cw-quiet {\n  color: var(--cw-quiet);\n}\n.cw-clip {\n  overflow: hidden;\n  text-overflow: ellipsis;\n  white-space: nowrap;\n  min-width: 0;\n}\n.cw-explorer {\n  display: grid;\n  grid-template-columns: minmax(0, 1fr);\n  gap: 8px;\n}\n\n.cw-toolbar {\n  display: flex;\n  flex-wrap: wrap;\n  align-items: center;\n  gap: 6px 8px;\n}\n.cw-button,\n.cw-layers {\n  height: 30px;\n  border: 1px solid var(--cw-line);\n  border-radius: 6px;\n  background: var(--cw-surface);\n}\n.cw-root .cw-button {\n  padding: 0 9px;\n}\n.cw-button:hover {\n  border-color: var(--cw-quiet);\n}\n.cw-root .cw-select {\n  appearance: none;\n  max-width: 230px;\n  padding-right: 24px;\n  text-overflow: ellipsis;\n  cursor: pointer;\n  background-image:\n    linear-gradient(45deg, transparent 50%, var(--cw-quiet) 50%),\n    linear-gradient(-45deg, transparent 50%, var(--cw-quiet) 50%);\n  background-position:\n    right 13px center,\n    right 8.5px center;\n  background-size: 5px 5px;\n  background-repeat: no-repeat;\n}\n.cw-select option {\n  background: var(--cw-surface);\n  color: var(--cw-text);\n}\n.cw-layers {\n  display: flex;\n  overflow: hidden;\n}\n.cw-layer {\n  padding: 0 9px;\n  border: 0;\n  border-left: 1px solid var(--cw-line);\n  background: none;\n  display: flex;\n  align-items: center;\n  gap: 6px;\n  white-space: nowrap;\n}\n.cw-layer:first-child {\n  border-left: 0;\n}\n.cw-layer:hover {\n  background: var(--cw-track);\n}\n.cw-layer small {\n  font-size: 11px;\n  color: var(--cw-quiet);\n}\n.cw-root .cw-layer[aria-checked="true"] {\n  background: var(--cw-strong);\n  color: var(--cw-on-strong);\n}\n.cw-layer[aria-checked="true"] small {\n  color: inherit;\n  opacity: 0.72;\n}\n.cw-root .cw-layer:focus-visible {\n  outline-offset: -3px;\n}\n.cw-stacked .cw-layer {\n  flex-direction: column;\n  justify-content: center;\n  gap: 0;\n  line-height: 14px;\n}\n.cw-stacked .cw-layer small {\n  font-size: 10px;\n  line-height: 11px;\n}\n.cw-nets {\n  display: flex;\n  align-items: center;\n  gap: 4px;\n  min-width: 0;\n}\n.cw-root .cw-swap {\n  padding: 0 7px;\n  border-color: transparent;\n  color: var(--cw-quiet);\n  display: flex;\n  align-items: center;\n}\n.cw-swap:hover {\n  color: var(--cw-text);\n}\n.cw-going,\n.cw-copying {\n  display: flex;\n  gap: 4px;\n}\n.cw-going {\n  margin-left: auto;\n}\n.cw-root .cw-search {\n  width: 148px;\n}\n.cw-copying {\n  position: relative;\n}\n.cw-root .cw-copied {\n  position: absolute;\n  top: calc(100% + 3px);\n  right: 0;\n  z-index: 7;\n  width: min(340px, 80cqw);\n}\n.cw-root .cw-copy {\n  padding: 0 7px;\n  border-color: transparent;\n  color: var(--cw-quiet);\n  display: flex;\n  align-items: center;\n}\n.cw-copy:hover {\n  color: var(--cw-text);\n}\n.cw-root .cw-compact .cw-search {\n  width: 94px;\n}\n.cw-search::placeholder {\n  color: var(--cw-quiet);\n  opacity: 1;\n}\n.cw-search[aria-invalid] {\n  border-color: var(--cw-alarm);\n}\n\n.cw-sentences {\n  display: grid;\n  grid-template-columns: minmax(0, 1fr) auto;\n  grid-auto-rows: minmax(19px, auto);\n  align-content: start;\n  column-gap: 16px;\n  min-height: 38px;\n}\n.cw-sentences.cw-warned {\n  min-height: 57px;\n}\n.cw-sentences > :first-child {\n  grid-column: 1 / -1;\n}\n.cw-sentences > .cw-one-line {\n  grid-area: 2 / 1;\n}\n.cw-sentence {\n  line-height: 19px;\n  text-wrap: pretty;\n}\n.cw-one-line {\n  overflow: hidden;\n  text-overflow: ellipsis;\n  white-space: nowrap;\n}\n.cw-warning {\n  color: var(--cw-accent-text);\n}\n.cw-later {\n  display: inline-grid;\n  justify-items: end;\n}\n.cw-later::before {\n  content: attr(data-room);\n  visibility: hidden;\n}\n.cw-later > *,\n.cw-later::before {\n  grid-area: 1 / 1;\n}\n.cw-sentence.cw-quiet b {\n  color: var(--cw-text);\n}\n.cw-sentences > .cw-notice {\n  grid-area: 2 / 2;\n}\n.cw-root .cw-notice {\n  min-width: 0;\n  overflow: hidden;\n  text-overflow: ellipsis;\n  white-space: nowrap;\n  font-size: 12px;\n  line-height: 19px;\n  color: var(--cw-quiet);\n}\n.cw-notice:not(:empty)::before {\n  content: "";\n  display: inline-block;\n  width: 7px;\n  height: 7px;\n  margin-right: 7px;\n  border-radius: 50%;\n  background: currentcolor;\n}\n.cw-root .cw-notice.cw-alarm {\n  color: var(--cw-alarm);\n}\n.cw-root > .cw-notice:not(:empty),\n.cw-inline-panel > .cw-notice:not(:empty) {\n  position: absolute;\n  top: 12px;\n  right: 14px;\n  z-index: 5;\n  max-width: calc(100% - 28px);\n  padding: 0 8px;\n  border: 1px solid var(--cw-line);\n  border-radius: 10px;\n  background: var(--cw-surface);\n}\n\n@container cw (width < 1200px) {\n  .cw-root .cw-sentences {\n    min-height: 57px;\n  }\n}\n\n@container cw (width < 760px) {\n  .cw-toolbar {\n    gap: 6px 5px;\n  }\n  .cw-root .cw-select {\n    max-width: 160px;\n    padding: 0 20px 0 7px;\n    background-position:\n      right 10px center,\n      right 5.5px center;\n  }\n  .cw-root .cw-compact .cw-search {\n    width: 76px;\n    padding: 0 6px;\n  }\n  .cw-root .cw-sentences {\n    grid-template-columns: minmax(0, 1fr);\n    grid-auto-rows: minmax(38px, auto);\n  }\n  .cw-root .cw-sentences.cw-warned {\n    min-height: 95px;\n  }\n  .cw-sentences > .cw-notice {\n    grid-area: 2 / 1;\n    place-self: end;\n    padding-left: 8px;\n    background: var(--cw-ground);\n  }\n  .cw-one-line {\n    white-space: normal;\n  }\n}\n\n@container cw (width < 600px) {\n  .cw-root .cw-sentences {\n    grid-template-rows: minmax(57px, auto) minmax(38px, auto);\n  }\n  .cw-sentences > .cw-notice:not(:empty) {\n    place-self: stretch;\n    padding: 0;\n  }\n}\n\n@container cw (width < 480px) {\n  .cw-toolbar {\n    gap: 6px;\n  }\n  .cw-going {\n    flex: 1;\n  }\n  .cw-root .cw-going .cw-search {\n    flex: 1 1 100px;\n  }\n}\n\n[aria-busy="true"] > :not(.cw-notice, dialog) {\n  pointer-events: none;\n}\n.cw-stale > :not(.cw-notice, dialog) {\n  opacity: 0.4;\n}\n\n/* where the system chooses all colours, those that mean something stay */\n@media (forced-colors: active) {\n  .cw-root :is(.cw-layer, .cw-switch button, .cw-bar, .cw-bar *, .cw-swatch, .cw-scale, canvas) {\n    forced-color-adjust: none;\n  }\n}\n';

// convergent_widgets/widgets/js/gallery.css
var gallery_default = '.cw-gallery {\n  position: relative;\n}\n.cw-gallery-head {\n  display: flex;\n  align-items: center;\n  gap: 10px;\n  min-width: 0;\n  height: 24px;\n  margin-bottom: 4px;\n}\n.cw-switch {\n  display: flex;\n  flex: none;\n  height: 24px;\n  border: 1px solid var(--cw-line);\n  border-radius: 6px;\n  background: var(--cw-surface);\n}\n.cw-switch:empty {\n  display: none;\n}\n.cw-root .cw-switch.cw-lone {\n  align-items: center;\n  border-color: transparent;\n  background: none;\n}\n.cw-root .cw-switch > button {\n  padding: 0 9px;\n  border: 0;\n  border-radius: 5px;\n  background: none;\n  color: var(--cw-quiet);\n  font-size: 12px;\n  line-height: 1;\n}\n.cw-root .cw-switch > button:hover {\n  color: var(--cw-text);\n}\n.cw-root .cw-switch > button[aria-checked="true"] {\n  background: var(--cw-strong);\n  color: var(--cw-on-strong);\n}\n.cw-about {\n  flex: 1;\n  min-width: 0;\n  font-size: 12px;\n}\n.cw-signs {\n  display: flex;\n  flex: none;\n  align-items: center;\n  gap: 5px;\n  font-size: 12px;\n}\n.cw-cards {\n  display: grid;\n  grid-auto-flow: column;\n  grid-auto-columns: minmax(170px, 1fr);\n  gap: 8px;\n  overflow-x: auto;\n  scrollbar-width: thin;\n  padding: 1px;\n  margin: -1px;\n}\n.cw-card {\n  container: cw-card / inline-size;\n  display: flex;\n  flex-direction: column;\n  min-width: 0;\n  padding: 7px 8px 8px;\n  border: 1px solid var(--cw-line);\n  border-radius: 8px;\n  background: var(--cw-surface);\n}\n.cw-card[data-kind="match"],\n.cw-card[data-kind="taken"] {\n  cursor: pointer;\n}\n.cw-card[data-kind="match"]:hover,\n.cw-card[data-kind="taken"]:hover {\n  border-color: var(--cw-quiet);\n}\n:is(.cw-stale, [aria-busy="true"]) :is(.cw-card, .cw-card button) {\n  cursor: progress;\n}\n.cw-card[data-kind="taken"] {\n  border: 1px dashed var(--cw-quiet);\n}\n.cw-card[data-kind="taken"] .cw-number strong {\n  font-size: 12px;\n  letter-spacing: normal;\n}\n.cw-card[aria-current] {\n  border-color: var(--cw-accent);\n  box-shadow: 0 0 0 1px var(--cw-accent);\n}\n.cw-root .cw-card-title {\n  display: flex;\n  align-items: baseline;\n  gap: 6px;\n  width: 100%;\n  padding: 0;\n  border: 0;\n  background: none;\n  text-align: left;\n  border-radius: 3px;\n}\n.cw-root .cw-card-title:focus-visible {\n  outline-offset: 0;\n}\n.cw-root .cw-card-title:disabled {\n  cursor: default;\n  color: inherit;\n}\n.cw-card:not([aria-current]) .cw-card-title:hover .cw-card-unit {\n  text-decoration: underline;\n  text-underline-offset: 3px;\n}\n.cw-card-title > b {\n  flex: 0 1 auto;\n}\n.cw-card-unit {\n  margin-left: auto;\n  flex: 0 0 auto;\n  max-width: 65%;\n}\n.cw-role {\n  font-size: 10px;\n  color: var(--cw-quiet);\n  flex: none;\n}\n.cw-root .cw-card-dataset {\n  font-size: 11px;\n  line-height: 14px;\n  min-height: 14px;\n  color: var(--cw-quiet);\n  margin: 2px 0 4px;\n}\n.cw-card-body {\n  display: flex;\n  gap: 10px;\n  min-width: 0;\n}\n.cw-patch-room {\n  flex: none;\n  height: var(--cw-square);\n}\n.cw-patches {\n  display: grid;\n  grid-template-columns: repeat(var(--cw-columns), var(--cw-side));\n  gap: var(--cw-gap);\n}\n.cw-below .cw-patches {\n  height: 100%;\n  align-content: center;\n}\n.cw-root .cw-patch {\n  display: block;\n  aspect-ratio: 1;\n  padding: 0;\n  border: 0;\n  border-radius: 0;\n  background: var(--cw-outside);\n  cursor: zoom-in;\n  line-height: 0;\n  position: relative;\n}\n.cw-patch::after {\n  content: "";\n  position: absolute;\n  inset: 0;\n  box-shadow: inset 0 0 0 1px var(--cw-line);\n  pointer-events: none;\n}\n.cw-patch canvas {\n  width: 100%;\n  height: 100%;\n  display: block;\n  image-rendering: pixelated;\n}\n.cw-root .cw-patch:hover {\n  outline: 2px solid var(--cw-quiet);\n  outline-offset: 0;\n}\n.cw-root .cw-patch:focus-visible {\n  outline: 2px solid var(--cw-accent);\n  outline-offset: 1px;\n  z-index: 1;\n}\n.cw-root .cw-patch.cw-empty,\n.cw-root .cw-patch.cw-loading {\n  background: var(--cw-track);\n  cursor: default;\n}\n.cw-root .cw-patch.cw-empty:hover {\n  outline: none;\n}\n.cw-root .cw-instead {\n  display: grid;\n  place-items: center;\n  width: var(--cw-square);\n  height: 100%;\n  padding: 10px;\n  overflow: hidden;\n  overflow-wrap: anywhere;\n  text-align: center;\n  text-wrap: balance;\n  font-size: 12px;\n  line-height: 16px;\n  color: var(--cw-quiet);\n  background: var(--cw-track);\n  border-radius: 4px;\n}\n.cw-card-facts {\n  flex: 1;\n  min-width: 0;\n  max-width: 180px;\n  height: 109px;\n}\n.cw-root .cw-number {\n  height: 25px;\n  line-height: 25px;\n  white-space: nowrap;\n}\n.cw-number strong {\n  font-size: 21px;\n  letter-spacing: -0.01em;\n}\n.cw-number small {\n  margin-right: 1px;\n  font-size: 13px;\n  color: var(--cw-quiet);\n}\n.cw-root .cw-measure {\n  height: 16px;\n  font-size: 11px;\n  line-height: 14px;\n  color: var(--cw-quiet);\n  white-space: nowrap;\n}\n.cw-bar {\n  position: relative;\n  height: 8px;\n  margin: 3px 0 5px;\n  border-radius: 2px;\n  background: var(--cw-track);\n}\n.cw-bar i {\n  position: absolute;\n  inset: 0 auto 0 0;\n  background: var(--cw-bar);\n  border-radius: 2px 0 0 2px;\n}\n.cw-bar.cw-faint i {\n  background: var(--cw-bar-faint);\n}\n.cw-bar b {\n  position: absolute;\n  top: -3px;\n  bottom: -3px;\n  width: 2px;\n  margin-left: -1px;\n  background: var(--cw-text);\n  box-shadow: 0 0 0 1px var(--cw-surface);\n}\n.cw-facts > div {\n  display: flex;\n  justify-content: space-between;\n  gap: 4px;\n  font-size: 12px;\n  line-height: 17px;\n  white-space: nowrap;\n}\n.cw-root .cw-facts :is(dt, dd) {\n  float: none;\n  width: auto;\n  display: block;\n}\n.cw-root .cw-facts dt {\n  color: var(--cw-quiet);\n  overflow: hidden;\n  text-overflow: ellipsis;\n}\n.cw-root .cw-foot {\n  height: 34px;\n  margin-top: 6px;\n  font-size: 11px;\n  line-height: 14px;\n  color: var(--cw-quiet);\n  display: -webkit-box;\n  -webkit-box-orient: vertical;\n  -webkit-line-clamp: 2;\n  overflow: hidden;\n  overflow-wrap: anywhere;\n}\n.cw-tags {\n  display: inline-flex;\n  align-items: center;\n  gap: 7px;\n  height: 18px;\n  margin-right: 4px;\n  vertical-align: top;\n  line-height: 14px;\n}\n.cw-tags:empty {\n  display: none;\n}\n.cw-note {\n  line-height: 15px;\n}\n.cw-card[aria-current] .cw-note {\n  display: block;\n}\n.cw-tag {\n  padding: 2px 7px;\n  border-radius: 9px;\n  background: var(--cw-track);\n  white-space: nowrap;\n}\n.cw-tag-accent {\n  background: var(--cw-accent-soft);\n  color: var(--cw-accent-text);\n}\n.cw-tag-above {\n  color: var(--cw-text);\n}\n:is(.cw-tag-above, .cw-tag-below)::before {\n  content: "";\n  display: inline-block;\n  width: 7px;\n  height: 7px;\n  margin-right: 5px;\n  border-radius: 50%;\n  background: var(--cw-grey-dot);\n}\n.cw-tag-above::before {\n  background: var(--cw-data);\n}\n.cw-steps {\n  display: inline-flex;\n  align-items: center;\n  gap: 3px;\n}\n.cw-root .cw-step {\n  padding: 0 4px;\n  height: 18px;\n  border: 0;\n  border-radius: 4px;\n  background: none;\n  color: inherit;\n  line-height: 1;\n}\n.cw-root .cw-step:hover {\n  background: var(--cw-track);\n  color: var(--cw-text);\n}\n.cw-tip {\n  position: absolute;\n  top: 0;\n  left: 0;\n  z-index: 6;\n  max-width: 100%;\n  padding: 0 8px;\n  border-radius: 4px;\n  pointer-events: none;\n  font-size: 12px;\n  line-height: 18px;\n  background: var(--cw-strong);\n  color: var(--cw-on-strong);\n  white-space: nowrap;\n  overflow: hidden;\n  text-overflow: ellipsis;\n}\n\n.cw-root .cw-disclosure {\n  display: inline-flex;\n  align-items: center;\n  gap: 7px;\n  height: 26px;\n  padding: 0 8px 0 4px;\n  border: 0;\n  border-radius: 5px;\n  background: none;\n  color: var(--cw-quiet);\n}\n.cw-root .cw-disclosure:hover {\n  background: var(--cw-track);\n  color: var(--cw-text);\n}\n.cw-chevron {\n  width: 6px;\n  height: 6px;\n  margin: 0 3px;\n  border: solid currentColor;\n  border-width: 0 1.5px 1.5px 0;\n  transform: rotate(-45deg);\n}\n[aria-expanded="true"] > .cw-chevron {\n  transform: translateY(-2px) rotate(45deg);\n}\n\n.cw-lightbox {\n  max-width: calc(100vw - 24px);\n  padding: 12px 14px;\n  border: 1px solid var(--cw-line);\n  border-radius: 10px;\n  background: var(--cw-surface);\n  color: var(--cw-text);\n  box-shadow: 0 12px 48px rgb(0 0 0 / 35%);\n}\n.cw-lightbox::backdrop {\n  background: rgb(10 14 20 / 62%);\n}\n.cw-lightbox header {\n  display: flex;\n  align-items: center;\n  gap: 6px;\n  margin-bottom: 10px;\n}\n.cw-root .cw-lightbox h4 {\n  flex: 1;\n  font-weight: 600;\n  margin-right: 12px;\n}\n.cw-lightbox-room {\n  display: grid;\n  place-items: center;\n}\n.cw-lightbox canvas {\n  background: var(--cw-outside);\n  image-rendering: pixelated;\n}\n.cw-root .cw-lightbox-words {\n  color: var(--cw-quiet);\n}\n.cw-root .cw-lightbox-name {\n  margin-top: 9px;\n  font-weight: 600;\n  overflow-wrap: anywhere;\n}\n\n.cw-below .cw-card-body {\n  flex-direction: column;\n  gap: 5px;\n}\n.cw-below .cw-patch-room {\n  align-self: center;\n}\n.cw-below .cw-card-facts {\n  display: grid;\n  grid-template: "number bar" 25px "facts facts" auto / auto minmax(0, 1fr);\n  align-items: center;\n  gap: 1px 8px;\n  flex: none;\n  align-self: stretch;\n  max-width: none;\n  height: 90px;\n}\n.cw-below .cw-bar {\n  margin: 0;\n}\n.cw-root .cw-below .cw-measure {\n  height: 25px;\n  line-height: 30px;\n}\n.cw-below .cw-facts {\n  grid-area: facts;\n  align-self: start;\n}\n.cw-below .cw-facts > div {\n  line-height: 16px;\n}\n\n@container cw-card (width < 226px) {\n  .cw-facts > div {\n    font-size: 11px;\n  }\n  .cw-root .cw-foot {\n    height: 48px;\n    -webkit-line-clamp: 3;\n  }\n  .cw-note {\n    display: block;\n  }\n}\n\n@container cw-card (width < 176px) {\n  .cw-steps > span {\n    display: none;\n  }\n}\n\n@container cw (width < 480px) {\n  .cw-gallery-head {\n    gap: 7px;\n  }\n  .cw-gallery-head > h3 {\n    display: none;\n  }\n  .cw-root .cw-switch > button {\n    padding: 0 7px;\n  }\n}\n\n@container cw (width < 760px) {\n  .cw-cards {\n    grid-auto-flow: row;\n    grid-template-columns: repeat(auto-fill, minmax(min(100%, 168px), 1fr));\n    overflow: visible;\n  }\n}\n';

// convergent_widgets/widgets/js/clusters.css
var clusters_default = '.cw-clusters {\n  --cw-net-a: #34598f;\n  --cw-net-b: #b8811c;\n  position: relative;\n  display: flex;\n  flex-direction: column;\n  gap: 6px;\n  min-width: 0;\n  padding: 8px 10px;\n  border: 1px solid var(--cw-line);\n  border-radius: 8px;\n  background: var(--cw-surface);\n}\n[data-theme="dark"] .cw-clusters {\n  --cw-net-a: #8db4ec;\n  --cw-net-b: #e0b04a;\n}\n.cw-clusters-head,\n.cw-clusters-words {\n  display: flex;\n  flex-wrap: wrap;\n  align-items: center;\n  gap: 4px 12px;\n}\n.cw-clusters-words {\n  gap: 4px 8px;\n  flex-wrap: nowrap;\n  min-height: 38px;\n}\n.cw-clusters-words > .cw-sentence {\n  flex: 1;\n  min-width: 0;\n}\n.cw-clusters-words > .cw-zooms {\n  flex: none;\n}\n.cw-clusters-summary {\n  flex: 1 1 300px;\n  font-size: 12px;\n}\n.cw-clusters-number {\n  display: flex;\n  align-items: center;\n  gap: 6px;\n  font-size: 12px;\n  color: var(--cw-quiet);\n}\n.cw-root .cw-clusters-number input {\n  width: 104px;\n  color: var(--cw-text);\n}\n.cw-clusters-number input::placeholder {\n  color: var(--cw-quiet);\n  opacity: 1;\n}\n.cw-clusters-number input[aria-invalid] {\n  border-color: var(--cw-alarm);\n}\n.cw-clusters-how {\n  font-size: 12px;\n  color: var(--cw-quiet);\n}\n.cw-clusters-how > summary {\n  width: fit-content;\n  cursor: pointer;\n  border-radius: 3px;\n}\n.cw-root .cw-clusters-how > p {\n  max-width: 110ch;\n  margin: 4px 0;\n}\n.cw-clusters-body {\n  display: grid;\n  grid-template-columns: 372px minmax(0, 1fr);\n  gap: 14px;\n}\n.cw-clusters-matrix {\n  display: flex;\n  flex-direction: column;\n  gap: 4px;\n  height: 420px;\n  min-width: 0;\n}\n.cw-clusters .cw-panel-foot {\n  height: auto;\n  min-height: 20px;\n  flex-wrap: wrap;\n  row-gap: 2px;\n}\n.cw-legend-nets {\n  flex: 0 1 auto;\n  max-width: 100%;\n}\n.cw-legend-nets > .cw-clip {\n  flex: 0 1 auto;\n}\n.cw-net-a {\n  background: var(--cw-net-a);\n}\n.cw-net-b {\n  background: var(--cw-net-b);\n}\n.cw-clusters-members {\n  display: grid;\n  grid-template-columns: repeat(2, minmax(0, 1fr));\n  gap: 14px;\n  align-content: start;\n  height: 420px;\n  overflow-y: auto;\n  scrollbar-width: thin;\n}\n.cw-root .cw-members h4 {\n  position: sticky;\n  top: 0;\n  z-index: 2;\n  display: flex;\n  align-items: baseline;\n  gap: 6px;\n  padding-bottom: 5px;\n  border-bottom: 2px solid var(--cw-net-a);\n  background: var(--cw-surface);\n}\n.cw-root .cw-members + .cw-members h4 {\n  border-color: var(--cw-net-b);\n}\n.cw-members h4 > .cw-quiet {\n  margin-left: auto;\n  font-size: 12px;\n  white-space: nowrap;\n}\n.cw-root .cw-members > p {\n  padding-top: 7px;\n  font-size: 12px;\n}\n.cw-members-list {\n  display: grid;\n  grid-template-columns: repeat(auto-fill, minmax(140px, 1fr));\n  gap: 6px;\n  padding: 7px 1px 1px;\n}\n.cw-member {\n  padding: 4px 6px 6px;\n  border: 1px solid var(--cw-line);\n  border-radius: 6px;\n  min-width: 0;\n}\n.cw-member[aria-current] {\n  border-color: var(--cw-accent);\n  box-shadow: 0 0 0 1px var(--cw-accent);\n}\n.cw-root .cw-member-title {\n  display: flex;\n  justify-content: space-between;\n  gap: 6px;\n  width: 100%;\n  padding: 0;\n  border: 0;\n  border-radius: 3px;\n  background: none;\n  font-size: 12px;\n  text-align: left;\n}\n.cw-member-title > b {\n  overflow: hidden;\n  text-overflow: ellipsis;\n  white-space: nowrap;\n}\n.cw-member-title:hover > b {\n  text-decoration: underline;\n  text-underline-offset: 3px;\n}\n.cw-member-patches {\n  display: flex;\n  gap: var(--cw-gap);\n  height: 40px;\n  margin-top: 3px;\n}\n.cw-root .cw-member .cw-patch {\n  width: var(--cw-side);\n  height: var(--cw-side);\n}\n.cw-root .cw-members-more {\n  margin: 7px 1px 1px;\n  height: 26px;\n  font-size: 12px;\n}\n\n@container cw (width < 1000px) {\n  .cw-clusters-body {\n    grid-template-columns: 280px minmax(0, 1fr);\n  }\n  .cw-clusters-matrix {\n    height: 330px;\n  }\n}\n\n@container cw (width < 760px) {\n  .cw-clusters-head > .cw-close {\n    margin-left: auto;\n  }\n  .cw-clusters-body {\n    grid-template-columns: minmax(0, 1fr);\n  }\n  .cw-clusters-matrix {\n    height: min(100cqw + 20px, 460px);\n  }\n  .cw-clusters-members {\n    height: auto;\n    gap: 10px;\n  }\n}\n';

// convergent_widgets/widgets/js/means.css
var means_default = '.cw-means-head {\n  display: grid;\n  grid-template-columns: minmax(0, 1fr);\n  gap: 6px;\n}\n.cw-means-heading {\n  flex: 1;\n}\n.cw-means-legend {\n  display: grid;\n  grid-template-columns: repeat(auto-fill, minmax(min(100%, 350px), 1fr));\n  gap: 2px 18px;\n  align-items: start;\n}\n.cw-root .cw-means-entry {\n  padding: 1px 4px;\n  border: 0;\n  border-radius: 4px;\n  background: none;\n  color: var(--cw-quiet);\n  text-align: left;\n}\n.cw-root .cw-means-entry:disabled {\n  cursor: default;\n}\n.cw-root .cw-means-entry:enabled:hover {\n  background: var(--cw-track);\n}\n.cw-means-entry b {\n  color: var(--cw-text);\n}\n.cw-means-line {\n  display: inline-block;\n  position: relative;\n  width: 24px;\n  margin-right: 7px;\n  border-top: 2px solid;\n  vertical-align: middle;\n}\n.cw-means-line::after {\n  content: "";\n  position: absolute;\n  top: -6px;\n  right: -2px;\n  width: 10px;\n  height: 10px;\n  border-radius: 5px;\n  background: currentcolor;\n}\n.cw-means-entry[aria-current] .cw-means-line::after {\n  background: var(--cw-accent);\n}\n.cw-means-entry:disabled .cw-means-line::after {\n  display: none;\n}\n';

// convergent_widgets/widgets/js/curve.css
var curve_default = '.cw-chart {\n  position: relative;\n  min-width: 0;\n  height: 260px;\n}\n.cw-chart-svg {\n  position: absolute;\n  inset: 0;\n  overflow: visible;\n}\n.cw-chart-axis {\n  stroke: var(--cw-line);\n  stroke-width: 1;\n  shape-rendering: crispEdges;\n}\n.cw-chart-label {\n  font-size: 12px;\n  fill: var(--cw-quiet);\n}\n.cw-chart-line {\n  fill: none;\n  stroke-linejoin: round;\n}\n.cw-chart-mark {\n  stroke: var(--cw-surface);\n  stroke-width: 1.5;\n  cursor: pointer;\n}\n.cw-chart-mark[aria-current],\n.cw-chart-spot {\n  fill: var(--cw-accent);\n}\n.cw-chart-spot {\n  stroke: var(--cw-surface);\n  stroke-width: 1.5;\n  pointer-events: none;\n}\n.cw-root .cw-chart-mark:focus-visible {\n  outline-offset: 2px;\n  border-radius: 50%;\n}\n.cw-chart-ring {\n  fill: none;\n  stroke: var(--cw-text);\n  stroke-width: 1.5;\n  pointer-events: none;\n}\n.cw-loss {\n  display: grid;\n  grid-template-columns: minmax(0, 1fr);\n  align-content: start;\n  gap: 4px;\n}\n.cw-loss .cw-chart {\n  height: 270px;\n}\n.cw-loss-legend {\n  display: flex;\n  flex-wrap: wrap;\n  gap: 0 14px;\n  padding-left: 12px;\n  font-size: 12px;\n}\n.cw-loss-key {\n  display: inline-flex;\n  align-items: baseline;\n  gap: 6px;\n}\n.cw-loss-key > svg {\n  flex: none;\n  width: 24px;\n  height: 8px;\n  overflow: visible;\n}\n.cw-with-loss {\n  column-gap: 18px;\n}\n.cw-inline-panels {\n  display: grid;\n  grid-template-columns: minmax(0, 1fr);\n  gap: 14px;\n}\n.cw-inline-panels:empty {\n  display: none;\n}\n.cw-inline-panel {\n  position: relative;\n  min-width: 0;\n  padding-top: 12px;\n  border-top: 1px solid var(--cw-line);\n}\n.cw-inline-panel[data-inline="clusters"] {\n  padding-top: 0;\n  border-top: 0;\n}\n\n@container cw (width >= 900px) {\n  .cw-prediction.cw-with-loss {\n    grid-template-columns: minmax(0, 1fr) minmax(300px, 440px);\n    grid-template-rows: auto auto auto 1fr;\n  }\n  .cw-with-loss > * {\n    grid-column: 1;\n  }\n  .cw-with-loss > header {\n    grid-column: 1 / -1;\n  }\n  .cw-with-loss > .cw-loss {\n    grid-area: 2 / 2 / 5 / 3;\n  }\n}\n';

// convergent_widgets/widgets/js/lesson.css
var lesson_default = '.cw-root-lesson {\n  max-width: 1560px;\n  margin: 0 auto;\n}\n/* in a page of its own */\n#lesson {\n  min-height: 100vh;\n  background: light-dark(#fff, #101419);\n}\n.cw-root .cw-lesson-title {\n  margin: 4px 0 6px;\n  overflow-wrap: anywhere;\n  font-size: 20px;\n  font-weight: 600;\n  line-height: 1.25;\n}\n.cw-root .cw-lesson-text {\n  max-width: 76ch;\n  margin-bottom: 8px;\n  overflow-wrap: anywhere;\n  font-size: 14px;\n  line-height: 1.5;\n  white-space: pre-line;\n}\n.cw-lesson-footer {\n  overflow-wrap: anywhere;\n  margin-top: 14px;\n  font-size: 12px;\n}\n.cw-questions {\n  position: sticky;\n  top: var(--cw-question-top, auto);\n  z-index: 8;\n  display: grid;\n  gap: 6px;\n  margin-bottom: 10px;\n  padding: 10px 12px;\n  border: 1px solid var(--cw-line);\n  border-left: 3px solid var(--cw-accent);\n  border-radius: 6px;\n  background: var(--cw-surface);\n}\n.cw-questions header {\n  display: flex;\n  align-items: center;\n  gap: 10px;\n}\n.cw-questions header .cw-zooms {\n  margin-left: auto;\n}\n.cw-root .cw-question-number {\n  margin: 0;\n  font-size: 12px;\n  font-weight: 600;\n  color: var(--cw-quiet);\n}\n.cw-question-marks {\n  color: var(--cw-accent-text);\n  letter-spacing: 2px;\n}\n.cw-root .cw-question-text {\n  max-width: 90ch;\n  font-size: 15px;\n  line-height: 1.4;\n  white-space: pre-line;\n  overflow-wrap: anywhere;\n}\n.cw-question-answer {\n  display: flex;\n  flex-wrap: wrap;\n  align-items: center;\n  gap: 6px 10px;\n}\n.cw-question-given {\n  min-width: 0;\n  overflow-wrap: anywhere;\n}\n.cw-root .cw-question-check {\n  border-color: var(--cw-accent);\n  color: var(--cw-accent-text);\n}\n.cw-root .cw-question-result {\n  max-width: 90ch;\n  font-weight: 600;\n  white-space: pre-line;\n  overflow-wrap: anywhere;\n}\n.cw-questions[data-result="right"] .cw-question-result::before {\n  content: "\\2713\\00a0";\n}\n.cw-root .cw-questions button[aria-disabled="true"] {\n  opacity: 0.4;\n  cursor: default;\n}\n.cw-terms {\n  margin-top: 10px;\n  max-width: 90ch;\n}\n.cw-terms summary {\n  padding: 4px 0;\n  cursor: pointer;\n  color: var(--cw-quiet);\n}\n.cw-root .cw-terms dl {\n  display: grid;\n  grid-template-columns: max-content minmax(0, 1fr);\n  gap: 4px 14px;\n  margin-top: 4px;\n  line-height: 1.45;\n}\n.cw-root .cw-terms dt {\n  font-weight: 600;\n}\n@container cw (width < 600px) {\n  .cw-root .cw-terms dl {\n    grid-template-columns: minmax(0, 1fr);\n  }\n  .cw-root .cw-terms dd {\n    margin-bottom: 6px;\n  }\n}\n';

// convergent_widgets/widgets/js/plots.css
var plots_default = ".cw-plots {\n  display: grid;\n  grid-template-columns: max(300px, var(--cw-plots, 400px) - 40px) minmax(0, 1fr);\n  gap: 8px;\n}\n.cw-plots > :only-child,\n.cw-plots > .cw-overview:first-child,\n.cw-plots > .cw-overview:first-child + .cw-overview {\n  grid-column: 1 / -1;\n}\n.cw-panel {\n  display: flex;\n  flex-direction: column;\n  gap: 5px;\n  min-width: 0;\n  height: var(--cw-plots, 400px);\n  padding: 8px 10px 7px;\n  border: 1px solid var(--cw-line);\n  border-radius: 8px;\n  background: var(--cw-surface);\n}\n.cw-panel-head,\n.cw-panel-foot {\n  display: flex;\n  align-items: center;\n  justify-content: space-between;\n  gap: 10px;\n  min-width: 0;\n  height: 20px;\n  flex: none;\n}\n.cw-root h3 {\n  flex: none;\n  font-weight: 600;\n  white-space: nowrap;\n}\n.cw-panel-head .cw-quiet,\n.cw-panel-foot {\n  font-size: 12px;\n}\n.cw-head {\n  flex: 1;\n  text-align: right;\n}\n.cw-fitted {\n  display: inline-block;\n  max-width: 100%;\n  overflow: hidden;\n  text-overflow: ellipsis;\n  white-space: nowrap;\n  vertical-align: top;\n}\n.cw-root .cw-filter {\n  flex: none;\n  height: 20px;\n  padding: 0 22px 0 6px;\n  border: 1px solid var(--cw-line);\n  border-radius: 4px;\n  background-color: var(--cw-surface);\n  font-size: 12px;\n  line-height: 1;\n}\n.cw-matrix {\n  container: cw-matrix / inline-size;\n}\n.cw-plot {\n  position: relative;\n  flex: 1;\n  min-height: 0;\n}\n.cw-panel-foot > .cw-quiet {\n  white-space: nowrap;\n  flex: none;\n}\n.cw-matrix .cw-readout {\n  text-align: right;\n}\n.cw-readout {\n  flex: 1;\n  overflow: hidden;\n  min-width: 0;\n  color: var(--cw-quiet);\n}\n.cw-canvas {\n  position: absolute;\n  top: 0;\n  left: 0;\n  cursor: crosshair;\n  touch-action: pan-y;\n  border-radius: 3px;\n}\n.cw-legend {\n  display: flex;\n  align-items: center;\n  gap: 6px;\n  color: var(--cw-quiet);\n  white-space: nowrap;\n  flex: none;\n}\n.cw-scale {\n  width: 68px;\n  height: 8px;\n  border-radius: 2px;\n}\n.cw-swatch {\n  width: 9px;\n  height: 9px;\n  border-radius: 2px;\n  margin-left: 4px;\n}\n.cw-zooms {\n  display: flex;\n  gap: 3px;\n}\n.cw-root .cw-zoom {\n  min-width: 22px;\n  height: 20px;\n  padding: 0 4px;\n  border: 1px solid var(--cw-line);\n  border-radius: 4px;\n  background: none;\n  color: var(--cw-quiet);\n  font-size: 11px;\n  line-height: 1;\n}\n.cw-root .cw-zoom:hover {\n  color: var(--cw-text);\n  border-color: var(--cw-quiet);\n}\n\n.cw-rank-plot {\n  position: absolute;\n  inset: 0;\n  cursor: pointer;\n  overflow: visible;\n  border-radius: 3px;\n}\n.cw-grid {\n  stroke: var(--cw-line);\n  stroke-width: 1;\n  shape-rendering: crispEdges;\n  opacity: 0.7;\n}\n.cw-grid.cw-zero {\n  opacity: 1;\n}\n.cw-tick,\n.cw-label {\n  font-size: 11px;\n  fill: var(--cw-quiet);\n}\n.cw-label {\n  font-size: 12px;\n  paint-order: stroke;\n  stroke: var(--cw-surface);\n  stroke-width: 3px;\n  stroke-linejoin: round;\n}\n.cw-label-curve,\n.cw-label-dots {\n  fill: var(--cw-data);\n}\n.cw-label-band {\n  stroke: none;\n}\n.cw-band {\n  fill: var(--cw-band);\n  stroke: var(--cw-band);\n  stroke-width: 1;\n  stroke-linejoin: round;\n}\n.cw-band-key {\n  fill: var(--cw-band);\n  stroke: var(--cw-grey-dot);\n  stroke-width: 0.75;\n  stroke-linejoin: round;\n}\n.cw-unrelated {\n  stroke: var(--cw-quiet);\n  stroke-width: 1;\n  stroke-dasharray: 3 4;\n  fill: none;\n}\n.cw-curve {\n  stroke: var(--cw-data);\n  stroke-width: 1.4;\n  fill: none;\n  stroke-linejoin: round;\n}\n.cw-dots {\n  stroke: var(--cw-surface);\n  stroke-width: 1;\n}\n.cw-dots.cw-above {\n  fill: var(--cw-data);\n}\n.cw-dots.cw-below {\n  fill: var(--cw-grey-dot);\n}\n.cw-dots.cw-hollow {\n  fill: none;\n  stroke: var(--cw-grey-dot);\n}\n.cw-dots.cw-faint {\n  opacity: 0.22;\n}\n.cw-border {\n  stroke: var(--cw-quiet);\n  stroke-width: 1;\n  shape-rendering: crispEdges;\n}\n.cw-hair {\n  stroke: var(--cw-quiet);\n  stroke-width: 1;\n  opacity: 0.55;\n  shape-rendering: crispEdges;\n}\n.cw-ring {\n  fill: none;\n  stroke: var(--cw-accent);\n  stroke-width: 2;\n}\n.cw-core {\n  fill: var(--cw-accent);\n}\n\n@container cw-matrix (width < 340px) {\n  .cw-spare {\n    display: none;\n  }\n  .cw-panel-foot,\n  .cw-legend {\n    gap: 4px;\n  }\n  .cw-scale {\n    width: 30px;\n  }\n  .cw-swatch {\n    margin-left: 2px;\n  }\n}\n\n@container cw (width < 480px) {\n  .cw-rank .cw-panel-foot > .cw-quiet {\n    display: none;\n  }\n}\n\n@container cw (width < 760px) {\n  .cw-plots {\n    grid-template-columns: minmax(0, 1fr);\n  }\n  .cw-panel.cw-matrix {\n    height: min(100cqw + 30px, 480px);\n  }\n  .cw-panel.cw-rank {\n    height: 300px;\n  }\n}\n";

// convergent_widgets/widgets/js/prediction.css
var prediction_default = '.cw-prediction {\n  position: relative;\n  display: grid;\n  grid-template-columns: minmax(0, 1fr);\n  gap: 6px;\n}\n.cw-prediction-head {\n  display: flex;\n  align-items: center;\n  justify-content: space-between;\n  gap: 8px;\n}\n.cw-root .cw-prediction-head .cw-close {\n  flex: none;\n  width: 26px;\n  height: 24px;\n  padding: 0;\n}\n.cw-root .cw-prediction-head > h3 {\n  flex: 0 1 auto;\n  white-space: normal;\n}\n.cw-prediction-body {\n  display: grid;\n  grid-template-columns: minmax(0, 1fr);\n  gap: 6px;\n}\n.cw-prediction .cw-sentence {\n  min-height: 38px;\n}\n.cw-penalty-line {\n  display: flex;\n  flex-wrap: wrap;\n  align-items: baseline;\n  gap: 0 14px;\n}\n.cw-penalty {\n  display: flex;\n  align-items: baseline;\n  gap: 8px;\n}\n.cw-penalty-value {\n  min-width: 34px;\n  font-weight: 600;\n}\n.cw-range {\n  display: grid;\n  width: min(320px, 56cqw);\n  transform: translateY(4px);\n}\n.cw-root .cw-range input {\n  width: 100%;\n  height: 18px;\n  accent-color: var(--cw-bar);\n  cursor: pointer;\n}\n.cw-range-ticks {\n  display: flex;\n  justify-content: space-between;\n  /* half a thumb, so that each number stands where the thumb stops */\n  margin: 3px 8px 0;\n  height: 16px;\n  font-size: 11px;\n  line-height: 14px;\n  color: var(--cw-quiet);\n}\n.cw-range-ticks > span {\n  display: grid;\n  justify-content: center;\n  width: 0;\n}\n.cw-root .cw-predictors.cw-predictors {\n  grid-auto-flow: row;\n  grid-template-columns: repeat(auto-fill, minmax(188px, 1fr));\n  overflow: visible;\n}\n.cw-predictors .cw-card {\n  padding-bottom: 7px;\n}\n.cw-card[data-kind="predictor"] {\n  cursor: pointer;\n}\n.cw-card[data-kind="predictor"]:hover {\n  border-color: var(--cw-quiet);\n}\n.cw-root .cw-predictors :is(.cw-card-dataset, .cw-foot) {\n  display: none;\n}\n.cw-predictors h4 {\n  margin-bottom: 5px;\n}\n.cw-bare .cw-patch-room {\n  display: none;\n}\n.cw-bar.cw-negative i {\n  background: #c2609f;\n}\n.cw-root .cw-more:empty {\n  display: none;\n}\n.cw-root :is(.cw-judged, .cw-more) {\n  font-size: 12px;\n  color: var(--cw-quiet);\n}\n.cw-root .cw-prediction-head > .cw-clip {\n  flex: 0 1 auto;\n}\n\n@container cw (width < 600px) {\n  .cw-prediction-head > .cw-clip {\n    white-space: normal;\n  }\n}\n';

// convergent_widgets/widgets/js/touch.css
var touch_default = "/* Where fingers point, or the page is narrow, all that is pressed is at least this high and wide. */\n@media (pointer: coarse) {\n  .cw-root > * {\n    --cw-target: 24px;\n  }\n}\n\n@container cw (width < 760px) {\n  .cw-root > * {\n    --cw-target: 24px;\n  }\n}\n\n.cw-root\n  :is(\n    .cw-zoom,\n    .cw-step,\n    .cw-filter,\n    .cw-least > input,\n    .cw-card-title,\n    .cw-member-title,\n    .cw-means-entry,\n    .cw-steps,\n    .cw-panel-head,\n    .cw-panel-foot,\n    .cw-switch > button,\n    .cw-range > input,\n    .cw-clusters-how > summary\n  ) {\n  min-height: var(--cw-target, 0);\n}\n.cw-root .cw-zoom {\n  min-width: max(22px, var(--cw-target, 0px));\n}\n.cw-root .cw-step {\n  min-width: var(--cw-target, 0);\n}\n.cw-root :is(.cw-switch, .cw-gallery-head) {\n  min-height: calc(var(--cw-target, 0px) + 2px);\n}\n.cw-root .cw-tags {\n  height: auto;\n  min-height: 18px;\n}\n.cw-root .cw-foot {\n  min-height: calc(2.4 * var(--cw-target, 0px));\n}\n.cw-root .cw-clusters-how > summary {\n  align-content: center;\n}\n";

// convergent_widgets/widgets/js/wall.css
var wall_default = '.cw-panel:is(.cw-wall, .cw-rank) {\n  container: cw-overview / inline-size;\n}\n:is(.cw-wall, .cw-rank) > .cw-panel-head {\n  height: auto;\n  min-height: max(20px, var(--cw-target, 0px));\n  flex-wrap: wrap;\n  gap: 4px 10px;\n}\n.cw-root .cw-filters {\n  display: flex;\n  align-items: center;\n  gap: 8px;\n}\n:is(.cw-wall, .cw-rank) .cw-head {\n  min-width: 74px;\n}\n.cw-least {\n  display: flex;\n  align-items: center;\n  gap: 4px;\n  color: var(--cw-quiet);\n  font-size: 12px;\n  white-space: nowrap;\n}\n.cw-root .cw-least input {\n  width: 84px;\n  height: 16px;\n  accent-color: var(--cw-accent);\n}\n.cw-least output {\n  min-width: 26px;\n  color: var(--cw-text);\n}\n.cw-panel-head .cw-switch {\n  height: 20px;\n  border-radius: 4px;\n}\n.cw-wall-body {\n  position: relative;\n  flex: 1;\n  min-height: 0;\n}\n.cw-list {\n  position: absolute;\n  inset: 0 -6px 0 -3px;\n  padding: 2px 3px;\n  overflow: hidden auto;\n  overscroll-behavior: contain;\n  scrollbar-width: thin;\n  scrollbar-gutter: stable;\n  border-radius: 4px;\n}\n.cw-tiles {\n  position: relative;\n  contain: layout style;\n}\n.cw-pair {\n  position: absolute;\n  top: 0;\n  left: 0;\n  width: var(--cw-pair);\n  cursor: pointer;\n}\n.cw-pair-numbers {\n  display: flex;\n  justify-content: space-between;\n  height: 18px;\n  padding: 0 1px;\n  font-size: 11px;\n  line-height: 18px;\n  color: var(--cw-quiet);\n  white-space: nowrap;\n}\n.cw-pair-r {\n  color: var(--cw-text);\n  font-weight: 600;\n}\n.cw-pair-tiles {\n  display: flex;\n  gap: 8px;\n}\n.cw-tile {\n  position: relative;\n  flex: none;\n  border-radius: 3px;\n  background: var(--cw-track);\n}\n.cw-tile canvas {\n  display: block;\n  width: 100%;\n  height: 100%;\n  border-radius: 3px;\n  image-rendering: pixelated;\n}\n.cw-tile:hover {\n  outline: 1px solid var(--cw-quiet);\n}\n.cw-tile.cw-selected {\n  z-index: 1;\n  outline: 2px solid var(--cw-accent);\n}\n.cw-tile-left-out {\n  display: grid;\n}\n.cw-tile-none {\n  display: grid;\n  border: 1px dashed var(--cw-line);\n  background: none;\n}\n.cw-tile-none canvas,\n.cw-tile-left-out canvas {\n  display: none;\n}\n.cw-pair[data-kind="dead"] .cw-tile:first-child {\n  border: 0;\n  background: var(--cw-track);\n}\n.cw-pair[data-kind="dead"] .cw-tile:last-child:not(:first-child) {\n  visibility: hidden;\n}\n.cw-tile-words {\n  margin: auto;\n  font-size: 11px;\n  color: var(--cw-quiet);\n}\n.cw-tile-words:empty {\n  display: none;\n}\n.cw-pair .cw-bar {\n  height: 3px;\n  margin: 3px 0;\n}\n.cw-sides {\n  flex: none;\n  max-width: 50%;\n}\n.cw-empty {\n  position: absolute;\n  inset: 0;\n  display: flex;\n  flex-direction: column;\n  align-items: center;\n  justify-content: center;\n  gap: 10px;\n  padding: 0 16px;\n  text-align: center;\n  pointer-events: none;\n}\n.cw-wall:not([aria-busy="true"]) .cw-empty > button {\n  pointer-events: auto;\n}\n.cw-list:focus-visible {\n  outline-offset: -2px;\n}\n\n@container cw (width < 760px) {\n  .cw-panel.cw-wall {\n    height: 380px;\n  }\n}\n\n@container cw-overview (width < 720px) {\n  :is(.cw-wall, .cw-rank) .cw-head {\n    min-width: 60px;\n  }\n  .cw-root .cw-filters {\n    order: 1;\n    flex: 1 0 100%;\n  }\n  .cw-filters > .cw-least,\n  .cw-root .cw-least input {\n    flex: 1;\n    min-width: 0;\n  }\n}\n';

// convergent_widgets/widgets/js/index.js
var views = { explorer, matrix, rank, wall, gallery, prediction, clusters, means, lesson };
var render = ({ model, el, host, signal: given }) => closable(given, async (signal) => {
  const name2 = model.get("view");
  const view2 = views[name2];
  if (!view2) return el.append(h("p", { role: "alert", text: `There is no view named ${name2}.` }));
  const root = h("div", { class: `cw-root cw-root-${name2}` });
  const sheets = [style_default, plots_default, gallery_default, prediction_default, clusters_default, means_default, curve_default, lesson_default, wall_default, touch_default];
  el.append(h("style", { text: sheets.join("") }), root);
  el.classList.add("cw-host");
  const [selected2, data] = await Promise.all([follow(model, "selection", host), follow(model, "data", host)]);
  if (signal.aborted) return;
  const source = sourceOf(data.model, data.identity, signal);
  const selection = new Selection(selected2.model, () => source.facts, signal);
  listen(data.model, "change:facts", () => selection.changed(), signal);
  guardKeys(root, signal);
  const [pictures, theme, status] = [Pictures.of(source), new Theme(root, signal), new Status()];
  root.append(status.element);
  view2({ el: root, selection, source, pictures, theme, status, model, signal });
});
var widget = { render };
var openPage = (document2) => open(widget, document2);
var lessonWidget = (page2, read2) => hosted(widget, page2, read2);
var index_default = widget;
export {
  createPage,
  index_default as default,
  lessonWidget,
  openPage,
  settle,
  state_text_exports as stateText,
  stored
};
