/** Bring here, while nobody waits, what the next clicks will need. */

/**
 * @typedef {import("./source.js").Source} Source
 * @typedef {import("./pictures.js").Pictures} Pictures
 * @typedef {import("./settle.js").State} State
 */

const FEW_NETS = 8;
const SMALL_SUM = 4 << 20;
const CHUNK = 64;

/** @returns {Promise<void>} */
const idle = () =>
  new Promise((resolve) => {
    if ("requestIdleCallback" in globalThis) requestIdleCallback(() => resolve(), { timeout: 300 });
    else setTimeout(resolve, 30);
  });

/**
 * Wait until nobody else does.
 * @param {Source} source
 * @param {AbortSignal} signal
 * @returns {Promise<boolean>} false where the signal aborted meanwhile
 */
export async function calm(source, signal) {
  do await idle();
  while (source.busy && !signal.aborted);
  return !signal.aborted;
}

/**
 * The pictures of the layer where they are small, then the tables of all pairs. One question at a time, none while a
 * person waits, and none once the signal aborts.
 * @param {Source} source
 * @param {Pictures} pictures
 * @param {State} state
 * @param {AbortSignal} signal
 */
export async function prefetch(source, pictures, state, signal) {
  const { layer } = state;
  const nets = source.facts?.nets ?? [];
  const from = nets.length <= FEW_NETS ? nets : [...new Set([state.net, state.net_a, state.net_b])];
  const which = state.pictured === "deciles" ? "deciles" : "strongest";
  try {
    const tops = [];
    for (const net of nets) if (await calm(source, signal)) tops.push(await source.top(layer, net, which, true));
    /** @type {Map<number, Set<number>>} */
    const wanted = new Map();
    for (const top of tops) {
      const images = wanted.get(top.set) ?? new Set();
      for (const image of top.images) images.add(image);
      wanted.set(top.set, images);
    }
    for (const [set, images] of wanted) {
      const all = [...images];
      let taken = 0;
      for (let i = 0; i < all.length && (taken / Math.max(1, i)) * all.length < SMALL_SUM; i += CHUNK) {
        if (!(await calm(source, signal))) return;
        taken += (await pictures.prefetch(set, all.slice(i, i + CHUNK))).bytes;
      }
    }
    for (const a of new Set([state.net, ...from]))
      for (const b of nets) if (await calm(source, signal)) await source.pair(layer, a, b, true);
  } catch {
    // whoever needs it will ask again and see the reason
  }
}
