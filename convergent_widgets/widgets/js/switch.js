/** A choice of few: all of them side by side, one of them chosen, walked through by the arrow keys. */
import { button, h, set } from "./dom.js";

/**
 * @param {{label: string, trait: string, choose: (value: string) => void, signal: AbortSignal}} given
 */
export function choiceSwitch({ label, trait, choose, signal }) {
  const element = h("div", { class: "cw-switch", role: "radiogroup", "aria-label": label, "data-trait": trait });
  /** @type {HTMLButtonElement[]} */
  let buttons = [];
  let made = "";
  element.addEventListener(
    "click",
    (event) => {
      const value = /** @type {Element} */ (event.target).closest("button")?.dataset.value;
      if (value !== undefined) choose(value);
    },
    { signal },
  );
  element.addEventListener(
    "keydown",
    (event) => {
      const step = { ArrowLeft: -1, ArrowUp: -1, ArrowRight: 1, ArrowDown: 1 }[event.key];
      if (!step || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      event.stopPropagation();
      const at = buttons.findIndex((b) => b.getAttribute("aria-checked") === "true");
      const next = buttons[(at + step + buttons.length) % buttons.length];
      next.focus();
      next.click();
    },
    { signal },
  );
  return {
    element,
    /**
     * @param {[string, string][]} options value and name
     * @param {string} value
     */
    show(options, value) {
      const key = JSON.stringify(options);
      if (key !== made) {
        buttons = options.map(([id, text]) => button({ role: "radio", "data-value": id, text }));
        element.replaceChildren(...buttons);
        made = key;
      }
      const chosen = buttons.some((b) => b.dataset.value === value);
      buttons.forEach((b, i) => {
        const is = b.dataset.value === value;
        set(b, { "aria-checked": String(is), tabindex: is || (!chosen && i === 0) ? 0 : -1 });
      });
    },
  };
}
