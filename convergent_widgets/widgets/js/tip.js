/** A line beneath a patch that says what it is. */
import { h, write } from "./dom.js";

/**
 * Adds the line to an element that it may not leave.
 * @param {HTMLElement} root positioned
 * @returns {(patch: HTMLElement | null, text: string) => void} says something of a patch, or nothing any more
 */
export function tipIn(root) {
  const tip = h("div", { class: "cw-tip", role: "tooltip", hidden: true });
  root.append(tip);
  return (patch, text) => {
    tip.hidden = !patch || !text;
    if (!patch || !text) return;
    write(tip, text);
    const [place, all] = [patch.getBoundingClientRect(), root.getBoundingClientRect()];
    const left = Math.max(0, Math.min(place.left - all.left, all.width - tip.offsetWidth));
    tip.style.transform = `translate(${left}px, ${place.bottom - all.top + 4}px)`;
  };
}
