/** Elements, by hand. Names come from strangers' files: text is only ever set as text. */

const SVG = "http://www.w3.org/2000/svg";

/** @typedef {Record<string, string | number | boolean | null | undefined>} Attributes */

/**
 * @param {Element} element
 * @param {Attributes} attributes `text` is the text, false, null and undefined leave an attribute out
 */
export function set(element, attributes) {
  for (const [name, value] of Object.entries(attributes)) {
    if (name === "text") write(element, String(value ?? ""));
    else if (value === null || value === undefined || value === false) element.removeAttribute(name);
    else {
      const text = value === true ? "" : String(value);
      if (element.getAttribute(name) !== text) element.setAttribute(name, text);
    }
  }
}

/**
 * An HTML element.
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} tag
 * @param {Attributes} [attributes]
 * @param {...(Node | string)} children
 * @returns {HTMLElementTagNameMap[K]}
 */
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  set(element, attributes);
  element.append(...children);
  return element;
}

/**
 * An SVG element.
 * @template {keyof SVGElementTagNameMap} K
 * @param {K} tag
 * @param {Attributes} [attributes]
 * @param {...Node} children
 * @returns {SVGElementTagNameMap[K]}
 */
export function s(tag, attributes = {}, ...children) {
  const element = document.createElementNS(SVG, tag);
  set(element, attributes);
  element.append(...children);
  return element;
}

/**
 * A button that submits nothing.
 * @param {Attributes} attributes
 * @param {...(Node | string)} children
 */
export function button(attributes, ...children) {
  return h("button", { type: "button", ...attributes }, ...children);
}

/**
 * Set an element's text where it differs.
 * @param {Node} element
 * @param {string} text
 */
export function write(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/**
 * Replace an element's content by phrases: plain strings, strong ones as ["text"], and elements.
 * @param {Element} element
 * @param {(string | [string] | Element)[]} phrases
 */
export function phrase(element, phrases) {
  element.replaceChildren(...phrases.map((p) => (Array.isArray(p) ? h("b", { text: p[0] }) : p)));
}

/**
 * An element that says the first of several wordings that fits on its line, also after a change of width or font.
 * @param {HTMLElement} element
 * @param {AbortSignal} signal
 * @returns {(...wordings: string[]) => void} the longest first; the first is its title too
 */
export function fitting(element, signal) {
  const words = h("span", { class: "cw-fitted" });
  element.append(words);
  const text = document.createRange();
  /** @type {string[]} */
  let wordings = [];
  const fit = () => {
    for (const wording of wordings) {
      write(words, wording);
      // scrollWidth is rounded: what sticks out by less than half a pixel would be cut all the same
      text.selectNodeContents(words);
      if (text.getBoundingClientRect().width <= words.getBoundingClientRect().width + 0.01) return;
    }
  };
  const later = () => requestAnimationFrame(fit);
  onResize(element, signal, later);
  onResize(words, signal, later);
  return (...given) => {
    wordings = given;
    element.title = given[0];
    fit();
  };
}

/**
 * Call `draw` with an element's size whenever that or what a pixel is changes, until the signal aborts.
 * @param {Element} element
 * @param {AbortSignal} signal
 * @param {(width: number, height: number) => void} draw
 */
export function onResize(element, signal, draw) {
  let [width, height] = [0, 0];
  const observer = new ResizeObserver((entries) => {
    const box = entries[entries.length - 1].contentRect;
    if (Math.abs(box.width - width) < 0.5 && Math.abs(box.height - height) < 0.5) return;
    // a size of 0 is remembered too: what was drawn while hidden is drawn again when shown
    [width, height] = [box.width, box.height];
    if (width > 0 && height > 0) draw(width, height);
  });
  observer.observe(element);
  signal.addEventListener("abort", () => observer.disconnect());
  onPixelRatio(signal, () => {
    if (width > 0 && height > 0) draw(width, height);
  });
}

/**
 * Call `then` when a CSS pixel becomes more or fewer pixels of the screen, until the signal aborts.
 * @param {AbortSignal} signal
 * @param {() => void} then
 */
function onPixelRatio(signal, then) {
  if (signal.aborted) return;
  matchMedia(`(resolution: ${devicePixelRatio}dppx)`).addEventListener(
    "change",
    () => {
      onPixelRatio(signal, then);
      then();
    },
    { once: true, signal },
  );
}
