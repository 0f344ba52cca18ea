/** What is shown until its host's signal aborts, or until it is closed by hand. */

/**
 * @param {AbortSignal | undefined} given the host's
 * @param {(signal: AbortSignal) => unknown} show aborted too where this fails
 * @returns {Promise<() => void>} closes it, for hosts that give no signal
 */
export async function closable(given, show) {
  if (given?.aborted) return () => {};
  const control = new AbortController();
  const close = () => control.abort();
  given?.addEventListener("abort", close, { signal: control.signal });
  try {
    await show(control.signal);
  } catch (error) {
    close();
    throw error;
  }
  return close;
}
