/** The selected unit and its counterpart in every other net, one card each, always in the nets' own order. */
import { arrange } from "./arrange.js";
import { walk } from "./context.js";
import { Card } from "./card.js";
import { counterpart, keyOf, selected } from "./counterparts.js";
import { h, onResize, set } from "./dom.js";
import { Lightbox } from "./lightbox.js";
import { Newest } from "./newest.js";
import { prefetch } from "./prefetch.js";
import { Tip } from "./tip.js";

/**
 * @typedef {import("./context.js").Context} Context
 * @typedef {import("./settle.js").State} State
 * @typedef {import("./settle.js").Facts} Facts
 * @typedef {import("./tables.js").TopTable} TopTable
 * @typedef {import("./tables.js").PairTable} PairTable
 * @typedef {{
 *   tables: PairTable[], tops: TopTable[], means: Map<string, Float32Array>,
 *   dead: (net: string, unit: number) => boolean,
 * }} Loaded
 */

/** The height of the cards where nobody limits it. */
const HEIGHT = 520;

/**
 * @param {Context} context
 * @returns {(height: number) => void} arranges the cards for another height in one row
 */
export function gallery(context) {
  const { el, selection, source, pictures, theme, signal } = context;
  const row = h("div", { class: "cw-cards" });
  const root = h("section", { class: "cw-gallery", "aria-label": "the unit in every net" }, row);
  el.append(root);
  const tip = new Tip(root);
  const newest = new Newest(root, signal, context.status);
  const lightbox = new Lightbox(root, pictures, () => source.facts?.dataset ?? "", signal);
  /** @type {Card[]} */
  let cards = [];
  let made = "";
  let wanted = "";
  let height = HEIGHT;
  let square = 0;
  let ahead = { layer: "", control: new AbortController() };
  signal.addEventListener("abort", () => ahead.control.abort());

  const actions = {
    select: (/** @type {string} */ net, /** @type {number} */ unit) => selection.choose({ net, unit }),
    walk: (/** @type {number} */ step) => void walk(context, step),
    open: (/** @type {Card} */ card, /** @type {number} */ index) =>
      lightbox.open(card, index, (i) => card.focusPatch(i)),
    tip: (/** @type {HTMLElement | null} */ patch, /** @type {string} */ text) => tip.show(patch, text),
  };

  /** @param {Facts} facts */
  function makeCards(facts) {
    const key = JSON.stringify([facts.nets, facts.k]);
    if (key === made) return;
    made = key;
    cards = facts.nets.map((net) => new Card(net, facts.k, actions, signal));
    row.replaceChildren(...cards.map((card) => card.element));
    fit();
  }

  /** Arrange the cards for their width, the same for all, and redraw them where that changed. */
  function fit() {
    const inside = cards[0]?.inside;
    if (!inside) return;
    const isRow = getComputedStyle(row).gridAutoFlow === "column";
    const { square: side, below } = arrange(inside, isRow ? height : Infinity);
    row.classList.toggle("cw-below", below);
    if (side === square) return;
    square = side;
    row.style.setProperty("--cw-square", `${square}px`);
    if (root.dataset.key) cards.forEach((card) => card.draw(pictures, square));
  }

  /**
   * @param {State} state
   * @param {Facts} facts
   * @returns {Promise<Loaded>}
   */
  async function load({ layer, net }, facts) {
    const others = facts.nets.filter((other) => other !== net);
    const [tables, tops, means, own] = await Promise.all([
      Promise.all(others.map((other) => source.pair(layer, net, other))),
      Promise.all(facts.nets.map((each) => source.top(layer, each))),
      source.means(layer),
      others.length ? null : source.pair(layer, net, net),
    ]);
    return {
      tables,
      tops,
      means: new Map(means.nets.map((each, i) => [each, means.values[i]])),
      dead: (_, unit) => (tables[0] ?? own)?.dead(unit) ?? false,
    };
  }

  /**
   * @param {State} state
   * @param {Facts} facts
   * @param {Loaded} loaded
   */
  function show(state, facts, { tables, tops, means, dead }) {
    const { layer, net, unit, net_a, net_b } = state;
    const layerFacts = facts.layers.find(({ name }) => name === layer);
    const others = facts.nets.filter((other) => other !== net);
    const found = unit === null ? [] : others.map((other, i) => counterpart(state, other, tables[i]));
    const isDead = unit !== null && dead(net, unit);
    cards.forEach((card, i) => {
      const own = card.net === net;
      const facts_ =
        unit === null
          ? null
          : own
            ? selected(state, isDead, means.get(net)?.[unit] ?? NaN, found)
            : found[others.indexOf(card.net)];
      set(card.element, { "data-empty": unit === null });
      card.show(facts_ ?? { ...NOBODY, net: card.net }, {
        layer,
        dataset: facts.dataset,
        module: layerFacts?.modules[i] ?? "",
        dead: own && isDead,
        instead:
          unit === null
            ? "no unit is selected"
            : isDead
              ? "a dead unit has no counterpart"
              : "no live unit in this net",
        of: net,
        role: [card.net === net_a && "A", card.net === net_b && "B"].filter(Boolean).join(" "),
        patches: facts_?.unit == null ? [] : tops[i].patches(facts_.unit),
      });
    });
    wanted = keyOf(state, found);
    lightbox.close();
    tip.hide();
    drawPatches(wanted);
  }

  /** @param {string} key */
  async function drawPatches(key) {
    const missing = cards.flatMap((card) => card.draw(pictures, square).map((each) => ({ card, ...each })));
    if (missing.length) {
      const got = await Promise.allSettled(
        missing.map(async ({ card, index, patch }) => {
          const picture = await pictures.get(patch.set, patch.image);
          if (key === wanted && !signal.aborted) card.put(index, picture);
        }),
      );
      if (key !== wanted || signal.aborted) return;
      const failed = got.find((each) => each.status === "rejected");
      if (failed?.status === "rejected") return newest.fail(failed.reason);
    }
    root.dataset.key = key;
    const { state } = selection;
    if (state && state.layer !== ahead.layer) {
      ahead.control.abort();
      ahead = { layer: state.layer, control: new AbortController() };
      void prefetch(source, pictures, state, ahead.control.signal);
    }
  }

  onResize(root, signal, fit);
  theme.watch(() => cards.forEach((card) => card.draw(pictures, square)));
  selection.watch(() => {
    const { state } = selection;
    const { facts } = source;
    if (!state || !facts) return;
    makeCards(facts);
    void newest.run(
      () => load(state, facts),
      (loaded) => show(state, facts, loaded),
    );
  }, signal);

  return (most) => {
    height = most;
    fit();
  };
}

/** A card while no unit is selected. */
const NOBODY = /** @type {const} */ ({
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
  elsewhere: null,
});
