/** Many to many: the block matrix of two nets in the order of its clusters, and the units of the one that is chosen. */
import { clusterMatrix } from "./cluster_matrix.js";
import { EXPLAINED, aboutAll, aboutCluster } from "./clustering.js";
import { Members } from "./cluster_members.js";
import { button, h, phrase, set, write } from "./dom.js";
import { Lightbox } from "./lightbox.js";
import { Newest } from "./newest.js";
import { closeButton } from "./panels.js";
import { isWhole } from "./settle.js";
import { Tip } from "./tip.js";

/**
 * @typedef {import("./context.js").Context} Context
 * @typedef {import("./settle.js").State} State
 * @typedef {import("./clustering.js").Clustering} Clustering
 * @typedef {import("./tables.js").TopTable} TopTable
 * @typedef {{clustering: Clustering, values: import("./tables.js").Correlations, tops: TopTable[]}} Loaded
 */

/** @param {Context} context */
export function clusters(context) {
  const { el, selection, source, pictures, theme, status, signal } = context;
  const summary = h("p", { class: "cw-quiet cw-clusters-summary" });
  const number = h("input", { class: "cw-button", type: "number", min: 1, step: 1, autocomplete: "off" });
  const sentence = h("p", { class: "cw-sentence", "aria-live": "polite", text: "Clustering the units\u2026" });
  const steps = [-1, 1].map((by) =>
    button({
      class: "cw-zoom",
      "aria-label": by < 0 ? "previous cluster" : "next cluster",
      text: by < 0 ? "\u2190" : "\u2192",
    }),
  );
  const matrixPlace = h("div", { class: "cw-clusters-matrix" });
  const membersPlace = h("div", {
    class: "cw-clusters-members",
    tabindex: -1,
    role: "group",
    "aria-label": "units of the cluster",
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
      closeButton(context, "clusters"),
    ),
    h(
      "div",
      { class: "cw-clusters-words" },
      h("span", { class: "cw-zooms", role: "group", "aria-label": "step through clusters" }, ...steps),
      sentence,
      status.element,
    ),
    h(
      "details",
      { class: "cw-clusters-how" },
      h("summary", { text: "What is this, and what does the paper leave open?" }),
      ...EXPLAINED.map((text) => h("p", { text })),
    ),
    h("div", { class: "cw-clusters-body" }, matrixPlace, membersPlace),
  );
  el.append(root);
  const newest = new Newest(root, signal, status);
  const tip = new Tip(root);
  const lightbox = new Lightbox(root, pictures, () => source.facts?.dataset ?? "", signal);
  const drawing = clusterMatrix(matrixPlace, theme, signal, choose, step);
  const members = ["A", "B"].map(
    (role) =>
      new Members(membersPlace, role, pictures, signal, {
        select: (net, unit) => selection.choose({ net, unit }),
        open: (shown, index, back) => lightbox.open(shown, index, back),
        tip,
      }),
  );
  /** @type {{state: State, loaded: Loaded} | null} */
  let shown = null;

  /** @param {number} cluster */
  function choose(cluster) {
    selection.choose({ cluster });
  }

  /** @param {number} by how many clusters further along the diagonal */
  function step(by) {
    if (!shown || newest.stale) return;
    const { blocks } = shown.loaded.clustering;
    const at = blocks.findIndex(({ label }) => label === labelOf(shown));
    const next = at < 0 ? 0 : Math.max(0, Math.min(blocks.length - 1, at + by));
    if (blocks[next]) choose(blocks[next].label);
  }

  /**
   * The cluster that is shown: the chosen one, else the selected unit's; -1 for none.
   * @param {{state: State, loaded: Loaded} | null} what
   */
  function labelOf(what) {
    if (!what) return -1;
    const { cluster, net, net_a, unit } = what.state;
    const { clustering } = what.loaded;
    if (cluster !== null) return cluster < clustering.clusters ? cluster : -1;
    return unit === null ? -1 : clustering.labelOf(net === net_a, unit);
  }

  /**
   * @param {State} state
   * @returns {Promise<Loaded>}
   */
  async function load({ layer, net_a, net_b, clusters: asked }) {
    const [clustering, aa, ab, bb, ...tops] = await Promise.all([
      source.clusters(layer, net_a, net_b, asked),
      source.matrix(layer, net_a, net_a),
      source.matrix(layer, net_a, net_b),
      source.matrix(layer, net_b, net_b),
      source.top(layer, net_a),
      source.top(layer, net_b),
    ]);
    const before = shown?.loaded;
    const values = before?.clustering === clustering ? before.values : clustering.matrix(aa, ab, bb);
    return { clustering, values, tops };
  }

  /**
   * @param {State} state
   * @param {Loaded} loaded
   */
  function show(state, loaded) {
    shown = { state, loaded };
    const { clustering, values, tops } = loaded;
    const { layer, net_a, net_b, net, unit } = state;
    const label = labelOf(shown);
    write(summary, aboutAll(clustering));
    phrase(sentence, aboutCluster(state, clustering, label));
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
        unit: net === [net_a, net_b][i] ? unit : null,
      });
    }
  }

  /**
   * Instead of clusters, why there are none.
   * @param {string} words
   */
  function sayWhyNot(words) {
    shown = null;
    write(sentence, words);
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
    { signal },
  );
  selection.watch(() => {
    const { state } = selection;
    if (!state) return;
    const same = state.net_a === state.net_b;
    // also where the answer fails, so that it can be changed
    if (!same && !number.matches(":focus")) {
      number.value = String(state.clusters ?? "");
      set(number, { "aria-invalid": null });
      status.say(number, "");
    }
    number.disabled = same;
    // an address may ask for a number that the page does not hold, and that has to be undone
    asked.hidden = source.facts?.clusters === "eigengap" && state.clusters === null;
    void newest.run(
      async () => (same ? null : load(state)),
      (loaded) =>
        loaded
          ? show(state, loaded)
          : sayWhyNot(`Clusters are of the units of two nets; net A and net B are both ${state.net_a}.`),
    );
  }, signal);
}
