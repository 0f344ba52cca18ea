/** All views on one selection. */
import { gallery } from "./gallery.js";
import { h, onResize } from "./dom.js";
import { inlinePanels } from "./inline_panels.js";
import { matrix } from "./matrix.js";
import { overview } from "./overview.js";
import { panelButtons } from "./panels.js";
import { sentence } from "./sentence.js";
import { hideStill } from "./still.js";
import { toolbar } from "./toolbar.js";

/** @typedef {import("./context.js").Context} Context */

/** Height of what stands above and between the plots and the cards, and of what follows the cards. */
const REST = 112;
/** The height of the sentences where each has one line, as counted in `REST`. */
const WORDS = 38;
const AFTER = 34;
/** The least and greatest height of the plots. */
const PLOTS = [254, 520];

/** @param {Context} context */
export function explorer(context) {
  /** @type {string[] | undefined} */
  const views = context.model.get("views");
  /** A lesson names the views it shows; elsewhere it is all of them. @param {string} name */
  const shows = (name) => views?.includes(name) ?? true;
  const inside = (/** @type {(context: Context) => void} */ view, /** @type {HTMLElement} */ el) => {
    view({ ...context, el });
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
  const fitCards = shows("gallery") ? gallery({ ...context, el: cards }) : () => {};
  root.append(cards, inside(panelButtons, h("div")), inside(inlinePanels, h("div", { class: "cw-inline-panels" })));

  const fit = () => {
    const room = roomFor(root) - REST - Math.max(0, words.offsetHeight - WORDS);
    fitCards(room - PLOTS[0]);
    const height = Math.max(PLOTS[0], Math.min(PLOTS[1], room - AFTER - cards.offsetHeight));
    root.style.setProperty("--cw-plots", `${height}px`);
  };
  fit();
  onResize(cards, context.signal, fit);
  onResize(words, context.signal, fit);
  // a host may put the view on the page after it has been drawn
  onResize(context.el, context.signal, fit);
  addEventListener("resize", fit, { signal: context.signal });
  hideStillWhenAnswered(context);
}

/**
 * The still picture gives way to a view that has something to show: not to one that was restored without a kernel.
 * @param {Context} context
 */
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
      () => {},
    );
  }, signal);
}

/**
 * The height of what scrolls around an element: all of it should fit without scrolling. Of several the outermost, since
 * the inner ones (an output of a notebook) grow with what they hold.
 * @param {Element} element
 */
function roomFor(element) {
  let room = innerHeight;
  for (let parent = element.parentElement; parent && parent !== document.body; parent = parent.parentElement) {
    if (/auto|scroll/.test(getComputedStyle(parent).overflowY) && parent.clientHeight > 300) room = parent.clientHeight;
  }
  return Math.min(room, innerHeight);
}
