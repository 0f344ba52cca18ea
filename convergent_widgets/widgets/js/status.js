/** The one place where waiting and errors are said, however many views there are: never over them, never moving them. */
import { h, set, write } from "./dom.js";

export class Status {
  element = h("p", { class: "cw-notice", role: "status" });
  /** @type {Map<object, {text: string, alarm: boolean}>} */
  #said = new Map();

  /**
   * @param {object} who says it; each has one thing to say at a time
   * @param {string} text empty to say nothing any more
   * @param {boolean} [alarm] comes before what is no alarm
   */
  say(who, text, alarm = false) {
    this.#said.delete(who);
    if (text) this.#said.set(who, { text, alarm });
    const all = [...this.#said.values()];
    const shown = all.filter((one) => one.alarm).at(-1) ?? all[0];
    set(this.element, { role: shown?.alarm ? "alert" : "status", title: shown?.text });
    this.element.classList.toggle("cw-alarm", shown?.alarm ?? false);
    write(this.element, shown?.text ?? "");
  }
}
