/** Light or dark: what the page says of itself, else what the person prefers. */

const DARK = ["dark", "vscode-dark", "vscode-high-contrast"];
const LIGHT = ["light", "vscode-light"];

/** @returns {boolean} */
export function isDark() {
  for (const element of [document.body, document.documentElement]) {
    const lab = element.dataset.jpThemeLight;
    if (lab) return lab === "false";
    const said = [element.dataset.theme, element.getAttribute("theme"), ...element.classList];
    if (said.some((word) => word && DARK.includes(word))) return true;
    if (said.some((word) => word && LIGHT.includes(word))) return false;
  }
  return globalThis.matchMedia?.("(prefers-color-scheme: dark)").matches ?? false;
}

export class Theme {
  /** @type {Set<() => void>} */
  #listeners = new Set();
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
        attributeFilter: ["class", "theme", "data-theme", "data-jp-theme-light"],
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
}
