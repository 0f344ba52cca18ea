import { h, write } from "./dom.js";

const SLOW = 500;

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

  /** What is still shown belongs to an earlier selection: it is dimmed until the answer is here. */
  #wait() {
    this.#say("Waiting for the kernel, which is busy. If none is running, run the cell again.", false);
    this.#notice.parentElement?.classList.add("cw-stale");
  }

  /**
   * @template T
   * @param {() => Promise<T>} load
   * @param {(loaded: T) => void} show
   */
  async run(load, show) {
    const turn = ++this.#turn;
    const slow = setTimeout(() => {
      if (turn === this.#turn) this.#wait();
    }, SLOW);
    try {
      const loaded = await load();
      if (turn !== this.#turn) return;
      this.#say("", false);
      show(loaded);
    } catch (error) {
      if (turn === this.#turn) this.#say(error instanceof Error ? error.message : String(error), true);
    } finally {
      if (turn === this.#turn) this.#notice.parentElement?.classList.remove("cw-stale");
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
