/**
 * JupyterLab acts on keys before the focused element does ("d d" deletes the cell), unless that very element carries an
 * attribute. It gets it for plain keys only, so that shortcuts like Ctrl+S and Shift+Enter still reach Lab.
 * @param {HTMLElement} root
 * @param {AbortSignal} signal
 */
export function guardKeys(root, signal) {
  addEventListener(
    "keydown",
    (event) => {
      const target = event.composedPath()[0];
      if (!(target instanceof Element) || !event.composedPath().includes(root)) return;
      const forPage = event.ctrlKey || event.metaKey || event.altKey || (event.shiftKey && event.key === "Enter");
      if (forPage) target.removeAttribute("data-lm-suppress-shortcuts");
      else target.setAttribute("data-lm-suppress-shortcuts", "true");
    },
    { capture: true, signal },
  );
}

/**
 * For an arrow key, checks the radio button beside the one that is checked. Whether it was such a key.
 * @param {HTMLButtonElement[]} buttons
 * @param {KeyboardEvent} event
 */
export function walkRadios(buttons, event) {
  const step = { ArrowLeft: -1, ArrowUp: -1, ArrowRight: 1, ArrowDown: 1 }[event.key];
  if (!step) return false;
  event.preventDefault();
  const at = buttons.findIndex((b) => b.getAttribute("aria-checked") === "true");
  const next = buttons[(at + step + buttons.length) % buttons.length];
  next.focus();
  next.click();
  return true;
}
