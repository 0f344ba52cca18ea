/**
 * The Data model's client. Each question is asked once and its answer kept with the model, so that all views share
 * it: JupyterLab evaluates this module once per view, hence the registry on globalThis.
 */
import { Bounded } from "./bounded.js";
import { listen } from "./store.js";
import { Correlations, HeldOut, PairTable, TopTable, bytes, decode } from "./tables.js";

/**
 * @typedef {import("./store.js").Model} Model
 * @typedef {import("./settle.js").Facts} Facts
 * @typedef {{meta: any, buffers: DataView[]}} Answer
 * @typedef {{size: number}} Sized
 */

const KEPT_BYTES = 64 << 20;
const PATIENCE = 15000;

/** @type {any} */
const page = globalThis;

/** @type {WeakMap<object, Source>} */
const sources = (page[Symbol.for("convergent_widgets.sources.1")] ??= new WeakMap());

/**
 * The one source of a Data model, now also listening for the view that `signal` belongs to.
 * @param {Model} model
 * @param {object} identity the same object for all views of the model
 * @param {AbortSignal} signal
 */
export function sourceOf(model, identity, signal) {
  let source = sources.get(identity);
  if (!source) sources.set(identity, (source = new Source()));
  source.attach(model, signal);
  return source;
}

export class Source {
  /** @type {Model[]} */
  #channels = [];
  /** @type {Map<string, {resolve: (answer: Answer) => void, reject: (error: Error) => void}>} */
  #waiting = new Map();
  /** @type {Map<string, {promise: Promise<any>, since: number}>} */
  #asked = new Map();
  /** @type {Bounded<any>} */
  #kept = new Bounded(KEPT_BYTES);
  #urgent = 0;
  #number = 0;
  #name = Math.random().toString(36).slice(2);
  /** What else is kept with the model, e.g. its pictures. @type {Map<string, any>} */
  extras = new Map();

  /**
   * @param {Model} model
   * @param {AbortSignal} signal
   */
  attach(model, signal) {
    this.#channels.push(model);
    listen(
      model,
      "msg:custom",
      (/** @type {any} */ message, /** @type {DataView[]} */ buffers) => this.#receive(message, buffers),
      signal,
    );
    listen(model, "change:facts", () => this.forget(), signal);
    signal.addEventListener("abort", () => {
      this.#channels = this.#channels.filter((channel) => channel !== model);
      if (this.#channels.length) return;
      for (const { reject } of this.#waiting.values()) reject(new Error("The view was closed."));
      this.#waiting.clear();
    });
  }

  /** @returns {Facts | null} */
  get facts() {
    const facts = this.#channels.at(-1)?.get("facts");
    return facts?.layers ? facts : null;
  }

  /** Forget all answers, since the data changed. */
  forget() {
    this.#asked.clear();
    this.#kept.clear();
    for (const extra of this.extras.values()) extra.clear?.();
  }

  /** Whether a person waits for an answer right now. */
  get busy() {
    return this.#urgent > 0;
  }

  /**
   * An answer that Python sent along unasked, so that the first picture needs no kernel, which may be busy.
   * @param {string} ask
   * @param {Record<string, any>} args
   * @returns {Answer | undefined}
   */
  known(ask, args) {
    const key = keyOf(ask, args);
    const known = this.#channels.at(-1)?.get("known");
    return Array.isArray(known) ? known.find((one) => one.key === key) : undefined;
  }

  /**
   * Ask without keeping the answer.
   * @param {string} ask
   * @param {Record<string, any>} args
   * @returns {Promise<Answer>}
   */
  send(ask, args) {
    const known = this.known(ask, args);
    if (known) return Promise.resolve(known);
    const id = `${this.#name}-${++this.#number}`;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      try {
        const channel = this.#channels.at(-1);
        if (!channel?.send) throw new Error("no channel");
        channel.send({ id, ask, ...args });
      } catch {
        this.#waiting.delete(id);
        reject(new Error("There is no kernel to ask. Run the cell again."));
      }
    });
  }

  /**
   * @param {any} message
   * @param {DataView[]} buffers
   */
  #receive(message, buffers) {
    const waiting = this.#waiting.get(message?.id);
    if (!waiting) return;
    this.#waiting.delete(message.id);
    if (message.error) waiting.reject(new Error(message.error));
    else waiting.resolve({ meta: message.meta, buffers: buffers ?? [] });
  }

  /**
   * @template {Sized} T
   * @param {string} ask
   * @param {Record<string, any>} args
   * @param {(answer: Answer) => T} read
   * @param {boolean} [quietly] nobody waits for it
   * @returns {Promise<T>}
   */
  #get(ask, args, read, quietly = false) {
    const key = keyOf(ask, args);
    const kept = this.#kept.get(key);
    if (kept) return Promise.resolve(kept);
    const asked = this.#asked.get(key);
    // a reply can be lost with its connection: whoever still wants it after a while asks again
    if (asked && performance.now() - asked.since < PATIENCE) return asked.promise;
    if (!quietly) this.#urgent += 1;
    const promise = this.send(ask, args)
      .then((answer) => {
        const value = read(answer);
        if (this.#asked.get(key)?.promise === promise) this.#kept.set(key, value, value.size + 256);
        return value;
      })
      .finally(() => {
        if (!quietly) this.#urgent -= 1;
        if (this.#asked.get(key)?.promise === promise) this.#asked.delete(key);
      });
    this.#asked.set(key, { promise, since: performance.now() });
    return promise;
  }

  /**
   * @param {string} layer
   * @param {string} a
   * @param {string} b
   * @param {boolean} [quietly]
   * @returns {Promise<PairTable>}
   */
  pair(layer, a, b, quietly) {
    return this.#get("pair", { layer, a, b }, ({ meta, buffers }) => new PairTable(meta, buffers), quietly);
  }

  /**
   * The table if it is here already.
   * @param {string} layer
   * @param {string} a
   * @param {string} b
   * @returns {PairTable | undefined}
   */
  pairHere(layer, a, b) {
    return this.#kept.get(keyOf("pair", { layer, a, b }));
  }

  /**
   * @param {string} layer
   * @param {string} a
   * @param {string} b
   * @returns {Promise<Correlations>}
   */
  matrix(layer, a, b) {
    return this.#get("matrix", { layer, a, b }, ({ meta, buffers }) => new Correlations(meta, buffers));
  }

  /**
   * @param {string} layer
   * @param {string} net
   * @param {"strongest" | "deciles"} [which]
   * @param {boolean} [quietly]
   * @returns {Promise<TopTable>}
   */
  top(layer, net, which = "strongest", quietly) {
    return this.#get("top", { layer, net, which }, ({ meta, buffers }) => new TopTable(meta, buffers), quietly);
  }

  /**
   * The encoded attributions of a unit's strongest patches.
   * @param {string} layer
   * @param {string} net
   * @param {number} unit
   * @returns {Promise<{blobs: Blob[], size: number}>}
   */
  attributions(layer, net, unit) {
    return this.#get("attributions", { layer, net, unit }, ({ meta, buffers }) => {
      const all = bytes(buffers[0]);
      let start = 0;
      const blobs = meta.sizes.map((/** @type {number} */ size) => new Blob([all.slice(start, (start += size))]));
      return { blobs, size: all.length };
    });
  }

  /**
   * Nobody waits for it: it takes longer than what a view needs to draw.
   * @param {string} layer
   * @param {string} a
   * @param {string} b
   * @param {string} method
   * @returns {Promise<HeldOut>}
   */
  heldOut(layer, a, b, method) {
    const args = { layer, a, b, method };
    return this.#get("held_out", args, ({ meta, buffers }) => new HeldOut(meta, buffers), true);
  }

  /**
   * The same if it is here already.
   * @param {string} layer
   * @param {string} a
   * @param {string} b
   * @param {string} method
   * @returns {HeldOut | undefined}
   */
  heldOutHere(layer, a, b, method) {
    return this.#kept.get(keyOf("held_out", { layer, a, b, method }));
  }

  /**
   * Mean activation per net and unit.
   * @param {string} layer
   * @returns {Promise<{nets: string[], values: Float32Array[], size: number}>}
   */
  means(layer) {
    return this.#get("means", { layer }, ({ meta, buffers }) => {
      const values = buffers.map((buffer) => decode(Float32Array, buffer));
      return { nets: meta.nets, values, size: values.reduce((sum, v) => sum + v.byteLength, 0) };
    });
  }
}

/** @type {(ask: string, args: Record<string, any>) => string} */
const keyOf = (ask, args) => JSON.stringify([ask, ...Object.values(args)]);
