/** Hides the still picture that stands beside a live Explorer in a notebook; widgets/still.py displays it. */

const OUTPUT = ".jp-OutputArea-child";
const PNG = "data:image/png;base64,";
/** The text chunk that widgets/still_picture.py writes, and how many bytes of the file it is found in. */
const MARK = "Software\0convergent_widgets still";
const HEAD = 96;

/**
 * Hide the picture in the output after the one that `el` lies in, whenever there is one, until the signal aborts.
 * @param {Element} el
 * @param {AbortSignal} signal
 */
export function hideStill(el, signal) {
  /** @type {HTMLElement | null} */
  let hidden = null;
  /** @type {Element | null} */
  let next = null;
  const show = () => {
    hidden?.style.removeProperty("display");
    hidden = null;
  };
  const within = new MutationObserver(look);
  const beside = new MutationObserver(look);
  const arrival = new ResizeObserver(place);

  function look() {
    const follower = el.closest(OUTPUT)?.nextElementSibling ?? null;
    if (follower !== next) {
      within.disconnect();
      if (follower) within.observe(follower, { subtree: true, childList: true, attributeFilter: ["src"] });
      next = follower;
    }
    const still = next instanceof HTMLElement && next.matches(OUTPUT) && isStill(next) ? next : null;
    if (still === hidden) return;
    show();
    still?.style.setProperty("display", "none");
    hidden = still;
  }

  // a host may put the view on the page after it has been drawn
  function place() {
    const area = el.closest(OUTPUT)?.parentElement;
    beside.disconnect();
    if (area) beside.observe(area, { childList: true });
    look();
  }
  arrival.observe(el);
  place();
  signal.addEventListener("abort", () => {
    for (const observer of [arrival, beside, within]) observer.disconnect();
    show();
  });
}

/**
 * Whether an output holds a picture with our mark, near its start.
 * @param {Element} output
 */
function isStill(output) {
  const source = output.querySelector("img")?.getAttribute("src") ?? "";
  if (!source.startsWith(PNG)) return false;
  // a notebook file may break the text into lines
  const text = source.slice(PNG.length, PNG.length + 2 * HEAD).replace(/\s/g, "");
  try {
    return atob(text.slice(0, (HEAD / 3) * 4)).includes(MARK);
  } catch {
    return false;
  }
}
