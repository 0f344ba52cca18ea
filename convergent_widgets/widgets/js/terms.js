/** What stands in the views, in plain words, for people who meet it for the first time. */
import { h } from "./dom.js";

/** @type {[string, string][]} */
const TERMS = [
  ["unit", "One channel or neuron of a net. Its patches are the parts of the images that excite it most: they show what it looks for. Grey in a patch lies outside the image."],
  ["layer", "The units of one depth of the nets. Early layers see edges and spots, later ones larger parts."],
  ["r", "How alike two units are: the correlation of their activations over all images. 1 is the same, 0 no relation, \u22121 the opposite."],
  ["counterpart", "The unit of another net that a unit is matched with. One-to-one gives each unit away once; best partner lets every unit choose the most similar one."],
  ["baseline", "The r that this unit would reach by chance, with other units made of the same information: the tick on the bar. A blue bar passes it, a grey one does not."],
  ["matrix", "Each small square is the r of one unit of net A (row) with one of net B (column): red alike, blue opposite. With the best matches first they lie on the diagonal."],
  ["ranks", "One dot for each unit of net A, the best matched first, over the grey range of the baseline."],
  ["held out", "The match was found on one half of the images; this is its r on the other half."],
  ["rank, best other", "Whether other units of that net would have been as good: rank 1 is the most similar of all."],
  ["found in", "In how many of the other nets the counterpart passes its baseline. The round trip leads from partner to partner through all nets and, if they agree, back to the same unit."],
  ["dead", "A unit that never changes, whatever the image."],
];

/** A disclosure, closed at first. */
export const terms = () =>
  h(
    "details",
    { class: "cw-terms" },
    h("summary", { text: "What do I see here?" }),
    h("dl", {}, ...TERMS.flatMap(([term, words]) => [h("dt", { text: term }), h("dd", { text: words })])),
  );
