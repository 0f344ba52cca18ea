import { h, write } from "./dom.js";

const SLOW = 1500;

/** What a view loads before it draws: the newest request wins, waiting and errors are said in words. */
export class Newest {
  #turn = 0;
  #notice = h("p", { class: "cw-notice", role: "status", hidden: true });

  /**
   * @param {Element} parent where the words appear
   * @param {AbortSignal} signal
   */
  constructor(parent, signal) {
    parent.append(this.#notice);
    signal.addEventListener("abort", () => (this.#turn = Infinity));
  }

  /**
   * @template T
   * @param {() => Promise<T>} load
   * @param {(loaded: T) => void} show
   */
  async run(load, show) {
    const turn = ++this.#turn;
    const slow = setTimeout(() => {
      if (turn === this.#turn) this.#say("Waiting for the kernel. If none is running, run the cell again.", false);
    }, SLOW);
    try {
      const loaded = await load();
      if (turn !== this.#turn) return;
      this.#say("", false);
      show(loaded);
    } catch (error) {
      if (turn === this.#turn) this.#say(error instanceof Error ? error.message : String(error), true);
    } finally {
      clearTimeout(slow);
    }
  }

  /**
   * @param {string} text
   * @param {boolean} alarm
   */
  #say(text, alarm) {
    write(this.#notice, text);
    this.#notice.hidden = !text;
    this.#notice.classList.toggle("cw-alarm", alarm);
  }
}
