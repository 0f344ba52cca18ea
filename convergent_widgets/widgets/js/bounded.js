/**
 * A map that forgets what was used longest ago once its entries' sizes pass a limit.
 * @template V
 */
export class Bounded {
  /** @type {Map<string, {value: V, size: number}>} */
  #entries = new Map();
  #total = 0;
  #limit;
  #forget;

  /**
   * @param {number} limit greatest sum of sizes
   * @param {(value: V) => void} [forget] called with each value that is dropped
   */
  constructor(limit, forget = () => {}) {
    this.#limit = limit;
    this.#forget = forget;
  }

  /** @param {string} key */
  get(key) {
    const entry = this.#entries.get(key);
    if (!entry) return undefined;
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    return entry.value;
  }

  /** @param {string} key */
  has(key) {
    return this.#entries.has(key);
  }

  /**
   * @param {string} key
   * @param {V} value
   * @param {number} size
   */
  set(key, value, size) {
    this.delete(key);
    this.#entries.set(key, { value, size });
    this.#total += size;
    for (const oldest of this.#entries.keys()) {
      if (this.#total <= this.#limit || this.#entries.size === 1) break;
      this.delete(oldest);
    }
  }

  /** @param {string} key */
  delete(key) {
    const entry = this.#entries.get(key);
    if (!entry) return;
    this.#entries.delete(key);
    this.#total -= entry.size;
    this.#forget(entry.value);
  }

  clear() {
    for (const key of [...this.#entries.keys()]) this.delete(key);
  }
}
