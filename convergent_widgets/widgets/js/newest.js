import { set } from "./dom.js";

const SLOW = 500;
const LONG = 10000;

/**
 * What a view loads before it draws; the newest request wins. What is still shown meanwhile belongs to an earlier
 * selection: it takes no clicks from the start, and is dimmed as soon as a person could take it for the new one.
 */
export class Newest {
  #turn = 0;
  #root;
  #status;

  /**
   * @param {Element} root of the view
   * @param {AbortSignal} signal
   * @param {import("./status.js").Status} status where waiting and errors are said
   */
  constructor(root, signal, status) {
    this.#root = root;
    this.#status = status;
    // a key presses a focused button even where the pointer can't
    root.addEventListener(
      "click",
      (event) => {
        if (!this.stale || /** @type {Element} */ (event.target).closest("dialog")) return;
        event.stopPropagation();
        event.preventDefault();
      },
      { capture: true, signal },
    );
    signal.addEventListener("abort", () => {
      this.#turn = Infinity;
      status.say(this, "");
    });
  }

  /** Whether what is shown belongs to an earlier selection. */
  get stale() {
    return this.#root.getAttribute("aria-busy") === "true";
  }

  /**
   * @template T
   * @param {() => Promise<T>} load
   * @param {(loaded: T) => void} show
   */
  async run(load, show) {
    const turn = ++this.#turn;
    const timers = [
      setTimeout(() => this.#wait(turn, "Waiting for the kernel, which is busy."), SLOW),
      setTimeout(() => this.#wait(turn, "Still waiting. If no cell is running, run this one again."), LONG),
    ];
    set(this.#root, { "aria-busy": "true" });
    try {
      const loaded = await load();
      if (turn !== this.#turn) return;
      set(this.#root, { "aria-busy": null });
      this.#root.classList.remove("cw-stale");
      this.#status.say(this, "");
      show(loaded);
    } catch (error) {
      if (turn !== this.#turn) return;
      if (this.stale) this.#root.classList.add("cw-stale");
      this.fail(error);
    } finally {
      timers.forEach(clearTimeout);
    }
  }

  /**
   * Say what went wrong, until something else is shown.
   * @param {unknown} error
   */
  fail(error) {
    this.#status.say(this, error instanceof Error ? error.message : String(error), true);
  }

  /**
   * @param {number} turn
   * @param {string} words
   */
  #wait(turn, words) {
    if (turn !== this.#turn) return;
    this.#root.classList.add("cw-stale");
    this.#status.say(this, words);
  }
}
