/** The selected unit and its counterpart in every other net, one card each, always in the nets' own order. */
import { arrange } from "./arrange.js";
import { RAISES } from "./attributions.js";
import { PICTURED, walk } from "./context.js";
import { Card } from "./card.js";
import { counterpart, keyOf, selected } from "./counterparts.js";
import { button, fitting, h, onResize, set, write } from "./dom.js";
import { Lightbox } from "./lightbox.js";
import { Newest } from "./newest.js";
import { colour } from "./palette.js";
import { calm, prefetch } from "./prefetch.js";
import { choiceSwitch } from "./switch.js";
import { Tip } from "./tip.js";

/**
 * @typedef {import("./context.js").Context} Context
 * @typedef {import("./settle.js").State} State
 * @typedef {import("./settle.js").Facts} Facts
 * @typedef {import("./counterparts.js").CounterpartFacts} CounterpartFacts
 * @typedef {import("./tables.js").TopTable} TopTable
 * @typedef {import("./tables.js").PairTable} PairTable
 * @typedef {{
 *   tables: PairTable[], tops: TopTable[], means: Map<string, Float32Array>,
 *   dead: (net: string, unit: number) => boolean,
 * }} Loaded
 */

/**
 * What the patches show, in words for the head of the gallery (the longest first), for a reader of the screen, and for
 * a card that has none.
 * @type {Record<string, {words: string[], shows: string, none: string}>}
 */
const SHOWN = {
  strongest: {
    words: ["the images that excite it most, cut to what it sees", "the images that excite it most", ""],
    shows: "strongest images",
    none: "no patches were kept",
  },
  deciles: {
    words: [
      "images at the deciles of its positive activations, from the ninth to the first",
      "at the deciles of its positive activations, ninth first",
      "ninth decile to first",
    ],
    shows: "images at the deciles of the positive activations",
    none: "no deciles: too few images excite it, or none were kept",
  },
  attributions: {
    words: ["what in the strongest patches drives it, by integrated gradients", "what in them drives it", ""],
    shows: "what drives the activation in the strongest images",
    none: "no attributions were made",
  },
};

/** What the card of a unit says of which the page holds no patches. */
const LEFT_OUT = "this page leaves out its patches";

/** The height of the cards where nobody limits it. */
const HEIGHT = 520;
/** The height of the head above the cards, and of the gap below it. */
const HEAD = 28;

/**
 * @param {Context} context
 * @returns {(height: number) => void} arranges the cards for another height in one row
 */
export function gallery(context) {
  const { el, selection, source, pictures, theme, signal } = context;
  const row = h("div", { class: "cw-cards" });
  const pictured = choiceSwitch({
    label: "patches shown",
    trait: "pictured",
    choose: (value) => selection.choose({ pictured: /** @type {State["pictured"]} */ (value) }),
    signal,
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
  /** @type {Card[]} */
  let cards = [];
  let made = "";
  let wanted = "";
  let turn = 0;
  let height = HEIGHT;
  let [square, wide] = [0, 0];
  let ahead = { key: "", control: new AbortController() };
  signal.addEventListener("abort", () => ahead.control.abort());

  const actions = {
    select: (/** @type {string} */ net, /** @type {number} */ unit) => selection.choose({ net, unit }),
    walk: (/** @type {number} */ step) => void walk(context, step),
    open: (/** @type {Card} */ card, /** @type {number} */ index) =>
      lightbox.open(card, index, (i) => card.focusPatch(i)),
    tip: (/** @type {HTMLElement | null} */ patch, /** @type {string} */ text) => tip.show(patch, text, patch?.parentElement),
  };

  /** @param {Facts} facts */
  function makeCards(facts) {
    const key = JSON.stringify(facts.nets);
    if (key === made) return;
    made = key;
    cards = facts.nets.map((net) => new Card(net, actions, signal));
    row.replaceChildren(...cards.map((card) => card.element));
    fit();
  }

  /** Arrange the cards for their width, the same for all, and redraw them where that changed. */
  function fit() {
    const inside = cards[0]?.inside;
    if (!inside) return;
    const isRow = getComputedStyle(row).gridAutoFlow === "column";
    const { below, ...room } = arrange(inside, isRow ? height : Infinity);
    row.classList.toggle("cw-below", below);
    if (room.square === square && room.wide === wide) return;
    ({ square, wide } = room);
    row.style.setProperty("--cw-square", `${square}px`);
    redraw();
  }

  /**
   * @param {State} state
   * @param {Facts} facts
   * @returns {Promise<Loaded>}
   */
  async function load({ layer, net, pictured }, facts) {
    const others = facts.nets.filter((other) => other !== net);
    const which = pictured === "deciles" ? pictured : "strongest";
    const held = facts.pictured.includes(pictured);
    const [tables, tops, means, own] = await Promise.all([
      Promise.all(others.map((other) => source.pair(layer, net, other))),
      held ? Promise.all(facts.nets.map((each) => source.top(layer, each, which))) : [],
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
    const { shows, none } = SHOWN[state.pictured];
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
        patches: facts_?.unit == null ? [] : patchesOf(state, card.net, facts_.unit, tops[i]),
        k: tops[i]?.k ?? 0,
        none: facts_?.unit != null && tops[i]?.leavesOut(facts_.unit) ? LEFT_OUT : none,
        shows,
      });
    });
    lightbox.close();
    tip.hide();
    for (const other of found) cardOf(other.net)?.judge(heldOutHere(state, other));
    cardOf(net)?.follow(arrivedHere(state));
    const mine = ++turn;
    void drawPatches(keyOf(state, found), state.pictured).then(() => judge(state, found, () => mine === turn));
  }

  const cardOf = (/** @type {string} */ net) => cards.find((card) => card.net === net);

  /**
   * @param {State} state
   * @param {CounterpartFacts} other
   * @returns {number | undefined} undefined where it is not here yet
   */
  function heldOutHere({ layer, net, unit, method }, { net: other, kind }) {
    if (kind !== "match") return NaN;
    return source.heldOutHere(layer, net, other, method)?.r[/** @type {number} */ (unit)];
  }

  /** @param {State} state */
  function arrivedHere({ layer, net, unit, method }) {
    return source.foundHere(layer, net, method)?.arrived[unit ?? -1];
  }

  /**
   * Fill in what the matches are worth on the other half of the images, once all else is drawn and nobody waits.
   * @param {State} state
   * @param {CounterpartFacts[]} found
   * @param {() => boolean} shown whether the cards still show that: pictures may come after the next selection
   */
  async function judge(state, found, shown) {
    if (!shown()) return;
    for (const other of found) {
      if (heldOutHere(state, other) === undefined) {
        if (!(await calm(source, signal)) || !shown()) return;
        const { layer, net, method } = state;
        // where it can't be had the card says so by a dash
        await source.heldOut(layer, net, other.net, method).catch(() => {});
      }
      if (!shown()) return;
      cardOf(other.net)?.judge(heldOutHere(state, other) ?? NaN);
    }
    if (found.length < 2) return;
    if (arrivedHere(state) === undefined) {
      if (!(await calm(source, signal)) || !shown()) return;
      await source.found(state.layer, state.net, state.method, true).catch(() => {});
    }
    if (shown()) cardOf(state.net)?.follow(arrivedHere(state) ?? null);
  }

  /**
   * @param {State} state
   * @param {Facts} facts
   */
  function showHead({ pictured: shown }, facts) {
    pictured.show(
      facts.pictured.map((which) => [which, PICTURED[which]]),
      shown,
    );
    sayAbout(...(facts.pictured.includes(shown) ? SHOWN[shown].words : [SHOWN[shown].none]));
    legend.hidden = shown !== "attributions";
    for (const { at, swatch } of signs) swatch.style.background = `rgb(${colour(theme.dark, at).join(" ")})`;
  }

  /** Draw the patches whose pictures are here, and tell which are not. */
  const drawn = () =>
    cards.flatMap((card) => card.draw(pictures, square, wide).map((each) => ({ card, ...each })));

  /**
   * Draw the missing ones as their pictures come.
   * @param {ReturnType<typeof drawn>} missing
   * @returns {Promise<boolean>} whether all of them came, and are still wanted
   */
  async function bring(missing) {
    const key = wanted;
    const got = await Promise.allSettled(
      missing.map(async ({ card, index, patch }) => {
        const picture = await pictures.patch(patch);
        if (key === wanted && !signal.aborted) card.put(index, picture);
      }),
    );
    if (key !== wanted || signal.aborted) return false;
    const failed = got.find((each) => each.status === "rejected");
    if (failed?.status === "rejected") newest.fail(failed.reason);
    return !failed;
  }

  /** For another size or theme; pictures that were let go since are brought again. */
  function redraw() {
    if (!wanted) return;
    const missing = drawn();
    if (missing.length) void bring(missing);
  }

  /**
   * @param {string} shown
   * @param {string} which kind of patches
   */
  async function drawPatches(shown, which) {
    wanted = `${shown}|${which}`;
    const missing = drawn();
    if (missing.length && !(await bring(missing))) return;
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
      (loaded) => show(state, facts, loaded),
    );
  }, signal);

  return (most) => {
    height = most - HEAD;
    fit();
  };
}

/**
 * @param {State} state
 * @param {string} net
 * @param {number} unit
 * @param {TopTable | undefined} top
 */
function patchesOf({ layer, pictured }, net, unit, top) {
  const patches = top?.patches(unit) ?? [];
  if (pictured !== "attributions") return patches;
  return patches.map((patch, place) => ({ ...patch, attributed: { layer, net, unit, place } }));
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
