/** Words above what the pointer or the focus is on. */
import { h, write } from "./dom.js";

export class Tip {
  #root;
  #element = h("div", { class: "cw-tip", role: "tooltip", hidden: true });

  /** @param {HTMLElement} root positioned, and as wide as the words may be */
  constructor(root) {
    this.#root = root;
    root.append(this.#element);
  }

  get hidden() {
    return this.#element.hidden;
  }

  hide() {
    this.#element.hidden = true;
  }

  /**
   * @param {Element | null} thing null for none
   * @param {string} text
   * @param {Element | null} [group] what it is part of, and what the words leave uncovered
   */
  show(thing, text, group = thing) {
    const element = this.#element;
    element.hidden = !thing || !text;
    if (!thing || !text) return;
    write(element, text);
    const [place, all] = [(group ?? thing).getBoundingClientRect(), this.#root.getBoundingClientRect()];
    const left = Math.max(0, Math.min(place.left - all.left, all.width - element.offsetWidth));
    element.style.transform = `translate(${left}px, ${place.top - all.top - element.offsetHeight - 2}px)`;
  }
}
