/** The view in the address of a page: what follows its "#" opens the page, and is rewritten with each selection. */
import { Selection } from "./store.js";
import { parseState, textOf } from "./state_text.js";

/** Browsers refuse an address that is rewritten too often, as by an arrow key held down. */
const REST = 150;

/**
 * @typedef {import("./store.js").Model} Model
 */

/**
 * Keeps the trait `address` of the selection: what is wrong with the address in words, empty for nothing. A page without an
 * address of its own (srcdoc, data) is left as it is, and has no such trait.
 * @param {Model} model of the selection
 * @param {Model} data
 * @param {AbortSignal} signal
 */
export function followAddress(model, data, signal) {
  if (!/^(https?|file):$/.test(location.protocol)) return;
  const facts = () => data.get("facts") ?? null;
  const selection = new Selection(model, facts, signal);
  const shown = () => (selection.state ? textOf(selection.state, selection.panels) : "");
  let [written, later] = ["", 0];

  const open = () => {
    clearTimeout(later);
    const text = location.hash.slice(1);
    // another part of the page may be meant: "#top"
    const found = text.includes("=") && facts() ? parseState(text, facts()) : null;
    if (found && typeof found !== "string") selection.restore(found);
    written = shown();
    model.set("address", typeof found === "string" ? found : "");
  };
  const write = () => {
    const text = shown();
    if (!text || text === written) return;
    written = text;
    model.set("address", "");
    try {
      history.replaceState(history.state, "", `#${text}`);
    } catch {
      // some frames may not
    }
  };
  open();
  addEventListener("hashchange", open, { signal });
  selection.watch(() => {
    clearTimeout(later);
    later = setTimeout(write, REST);
  }, signal);
  signal.addEventListener("abort", () => clearTimeout(later));
}

/**
 * The whole address of a view in this page.
 * @param {string} text of the view
 */
export const addressOf = (text) => `${location.href.split("#")[0]}#${text}`;
