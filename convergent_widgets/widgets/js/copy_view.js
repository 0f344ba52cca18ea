/** A button that copies the view as text, or as the page's address where it has one. */
import { addressOf } from "./address.js";
import { button, h, s } from "./dom.js";
import { textOf } from "./state_text.js";

/** How long it is said that the text was copied. */
const SAID = 2500;

/** @param {import("./context.js").Context} context */
export function copyButton({ selection, status, signal }) {
  const words = "Copy this view";
  const how = `${words} as text: paste it into the box for units, here or elsewhere, to return`;
  const copy = button({ class: "cw-button cw-copy", "aria-label": words, title: how }, icon());
  const byHand = h("input", {
    class: "cw-button cw-copied",
    type: "text",
    readonly: true,
    "aria-label": "this view, to copy by hand",
    hidden: true,
  });
  const element = h("div", { class: "cw-copying" }, byHand, copy);
  let until = 0;
  signal.addEventListener("abort", () => clearTimeout(until));

  const say = (/** @type {string} */ text) => {
    clearTimeout(until);
    status.say(element, text);
    until = setTimeout(() => status.say(element, ""), SAID);
  };
  const close = () => (byHand.hidden = true);
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
        // no clipboard on an unsafe page, or none allowed
        byHand.hidden = false;
        byHand.value = copied;
        byHand.focus();
        byHand.select();
        say("Selected, to copy by hand");
      }
    },
    { signal },
  );
  byHand.addEventListener("blur", close, { signal });
  byHand.addEventListener(
    "keydown",
    (event) => {
      event.stopPropagation();
      if (event.key === "Escape") copy.focus();
    },
    { signal },
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
      "stroke-linecap": "round",
    }),
  );
}
