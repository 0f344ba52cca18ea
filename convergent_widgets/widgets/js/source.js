/**
 * The Data model's client. Each question is asked once and its answer kept with the model, so that all views share
 * it: JupyterLab evaluates this module once per view, hence the registry on globalThis.
 */
import { Bounded } from "./bounded.js";
import { Predictors } from "./predictors.js";
import { Clustering } from "./clustering.js";
import { listen } from "./store.js";
import { Correlations, Found, HeldOut, PairTable, TopTable, bytes, decode } from "./tables.js";

/**
 * @typedef {import("./store.js").Model} Model
 * @typedef {import("./settle.js").Facts} Facts
 * @typedef {{meta: any, buffers: DataView[]}} Answer
 * @typedef {{size: number}} Sized
 * @typedef {{
 *   message: Record<string, any>, ids: string[], last: number, since: number, lost: number,
 *   resolve: (answer: Answer) => void, reject: (error: Error) => void,
 * }} Question asked under each of its ids, the last time as number `last`, and lost if overtaken `lost` ms after `since`
 */

const KEPT_BYTES = 64 << 20;
/**
 * Replies come in the order of the questions, and one that is lost with its connection never comes. A question that was
 * overtaken by a later one's reply is asked again, `LOST` ms after it was asked at the earliest. Where no reply comes at
 * all the oldest question is asked again after `PATIENCE` ms, then after twice that and so on: its reply shows what else
 * is lost, and a kernel that is merely busy is not flooded.
 */
const LOST = 1000;
const [PATIENCE, LONGEST] = [2000, 60000];

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
  /** By id, the oldest first. @type {Map<string, {question: Question, number: number}>} */
  #waiting = new Map();
  /** @type {Map<string, Promise<any>>} */
  #asked = new Map();
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  #patience = PATIENCE;
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
      for (const { question } of this.#waiting.values()) question.reject(new Error("The view was closed."));
      this.#waiting.clear();
      clearTimeout(this.#timer);
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
    return new Promise((resolve, reject) => {
      const idle = !this.#waiting.size;
      this.#put({ message: { ask, ...args }, ids: [], last: 0, since: 0, lost: LOST, resolve, reject });
      if (idle) this.#expect();
    });
  }

  /**
   * Ask, or ask again under a new id: the first reply counts.
   * @param {Question} question
   */
  #put(question) {
    const number = ++this.#number;
    const id = `${this.#name}-${number}`;
    question.ids.push(id);
    question.last = number;
    question.since = performance.now();
    this.#waiting.set(id, { question, number });
    try {
      const channel = this.#channels.at(-1);
      if (!channel?.send) throw new Error("no channel");
      channel.send({ id, ...question.message });
    } catch {
      this.#settled(question).reject(new Error("There is no kernel to ask. Run the cell again."));
    }
  }

  /** @param {Question} question */
  #settled(question) {
    for (const id of question.ids) this.#waiting.delete(id);
    return question;
  }

  /** Ask the oldest question again where no reply comes at all. */
  #expect() {
    clearTimeout(this.#timer);
    if (!this.#waiting.size) return;
    this.#timer = setTimeout(() => {
      this.#patience = Math.min(2 * this.#patience, LONGEST);
      const [oldest] = this.#waiting.values();
      this.#put(oldest.question);
      this.#expect();
    }, this.#patience);
  }

  /**
   * @param {any} message
   * @param {DataView[]} buffers
   */
  #receive(message, buffers) {
    const answered = this.#waiting.get(message?.id);
    if (!answered) return;
    const { resolve, reject } = this.#settled(answered.question);
    if (message.error) reject(new Error(message.error));
    else resolve({ meta: message.meta, buffers: buffers ?? [] });
    const now = performance.now();
    for (const question of new Set([...this.#waiting.values()].map((one) => one.question))) {
      if (question.last > answered.number || now - question.since < question.lost) continue;
      question.lost *= 2;
      this.#put(question);
    }
    this.#patience = PATIENCE;
    this.#expect();
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
    if (asked) return asked;
    if (!quietly) this.#urgent += 1;
    const promise = this.send(ask, args)
      .then((answer) => {
        const value = read(answer);
        if (this.#asked.get(key) === promise) this.#kept.set(key, value, value.size + 256);
        return value;
      })
      .finally(() => {
        if (!quietly) this.#urgent -= 1;
        if (this.#asked.get(key) === promise) this.#asked.delete(key);
      });
    this.#asked.set(key, promise);
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
   * @param {string} layer
   * @param {string} net
   * @param {string} method
   * @param {boolean} [quietly]
   * @returns {Promise<Found>}
   */
  found(layer, net, method, quietly) {
    const args = { layer, net, method };
    return this.#get("found", args, ({ meta, buffers }) => new Found(meta, buffers), quietly);
  }

  /**
   * The same if it is here already.
   * @param {string} layer
   * @param {string} net
   * @param {string} method
   * @returns {Found | undefined}
   */
  foundHere(layer, net, method) {
    return this.#kept.get(keyOf("found", { layer, net, method }));
  }

  /**
   * How a unit of net b is predicted from all units of net a, at every penalty.
   * @param {string} layer
   * @param {string} a
   * @param {string} b
   * @param {number} unit
   * @returns {Promise<Predictors>}
   */
  prediction(layer, a, b, unit) {
    return this.#get("prediction", { layer, a, b, unit }, ({ meta, buffers }) => new Predictors(meta, buffers));
  }

  /**
   * Mean activation per net and unit.
   * @param {string} layer
   * @returns {Promise<import("./mean_places.js").Means>}
   */
  means(layer) {
    return this.#get("means", { layer }, ({ meta, buffers }) => {
      const values = buffers.map((buffer) => decode(Float32Array, buffer));
      return { ...meta, values, size: values.reduce((sum, v) => sum + v.byteLength, 0) };
    });
  }

  /**
   * The units of two nets in that many clusters.
   * @param {string} layer
   * @param {string} a
   * @param {string} b
   * @param {number | null} clusters null for as many as the eigengap says
   * @returns {Promise<Clustering>}
   */
  clusters(layer, a, b, clusters) {
    const args = { layer, a, b, clusters };
    return this.#get("clusters", args, ({ meta, buffers }) => new Clustering(meta, buffers));
  }
}

/** @type {(ask: string, args: Record<string, any>) => string} */
const keyOf = (ask, args) => JSON.stringify([ask, ...Object.values(args)]);
