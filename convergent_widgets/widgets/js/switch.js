/** A choice of few: all of them side by side, one of them chosen, walked through by the arrow keys. */
import { button, h, set } from "./dom.js";
import { walkRadios } from "./keys.js";

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
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      if (walkRadios(buttons, event)) event.stopPropagation();
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
      // what leaves no choice is told, not asked
      const lone = options.length === 1 && options[0][0] === value;
      const key = JSON.stringify([options, lone]);
      if (key !== made) {
        buttons = lone ? [] : options.map(([id, text]) => button({ role: "radio", "data-value": id, text }));
        element.replaceChildren(...(lone ? [options[0][1]] : buttons));
        set(element, lone ? { role: null, "aria-label": null } : { role: "radiogroup", "aria-label": label });
        element.classList.toggle("cw-lone", lone);
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
