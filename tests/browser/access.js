(() => {
  const CONTROLS = "button, input, select, textarea, summary, a[href], [tabindex]";
  const PICTURES =
    "canvas, svg, img, section, dialog, " +
    ["img", "application", "radiogroup", "toolbar", "group", "listbox", "option"].map((role) => `[role=${role}]`).join(", ");
  const shown = (e) =>
    e.checkVisibility({ opacityProperty: true, visibilityProperty: true }) && e.getClientRects().length > 0;
  const called = (e) => `${e.tagName.toLowerCase()}.${[...e.classList].join(".")} "${e.textContent.slice(0, 30)}"`;
  const controls = () => [...document.querySelectorAll(CONTROLS)].filter((e) => shown(e) && !e.disabled);
  const unique = (values) => [...new Set(values)];

  const spoken = (node) => {
    if (node.nodeType === Node.TEXT_NODE) return node.data;
    if (node.nodeType !== Node.ELEMENT_NODE || node.getAttribute("aria-hidden") === "true") return "";
    return node.getAttribute("aria-label") ?? [...node.childNodes].map(spoken).join("");
  };
  const nameOf = (e) => {
    const labels = [...(e.labels ?? [])].map(spoken).join("");
    const own = /^(BUTTON|SUMMARY|A)$/.test(e.tagName) ? [...e.childNodes].map(spoken).join("") : "";
    return (e.getAttribute("aria-label") || labels || own || e.title || "").trim();
  };
  // what is inside of these roles is part of them, after ARIA ("children presentational")
  const inside = (e) =>
    /^(canvas|svg|img)$/i.test(e.tagName) && e.parentElement.closest("button, [role=img], [role=option]");

  // contrast after WCAG 2, on the grounds of all that lies beneath
  const pixel = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
  const rgba = (css) => {
    pixel.clearRect(0, 0, 1, 1);
    pixel.fillStyle = css;
    pixel.fillRect(0, 0, 1, 1);
    const [r, g, b, a] = pixel.getImageData(0, 0, 1, 1).data;
    return [r, g, b, a / 255];
  };
  const over = ([r, g, b, a], beneath) => [...[r, g, b].map((v, i) => v * a + beneath[i] * (1 - a)), 1];
  const page = () => (matchMedia("(prefers-color-scheme: dark)").matches ? [18, 18, 18, 1] : [255, 255, 255, 1]);
  const ground = (e) => (e ? over(rgba(getComputedStyle(e).backgroundColor), ground(e.parentElement)) : page());
  const opacity = (e) => (e ? Number(getComputedStyle(e).opacity) * opacity(e.parentElement) : 1);
  const light = (colour) => {
    const linear = (v) => (v / 255 <= 0.04045 ? v / 255 / 12.92 : ((v / 255 + 0.055) / 1.055) ** 2.4);
    const [r, g, b] = colour.map(linear);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const contrast = (css, e) => {
    const [r, g, b, a] = rgba(css);
    const back = ground(e);
    const [low, high] = [light(over([r, g, b, a * opacity(e)], back)), light(back)].sort((x, y) => x - y);
    return (high + 0.05) / (low + 0.05);
  };
  const texts = () => {
    const found = [];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
      const e = walker.currentNode.parentElement;
      if (!walker.currentNode.data.trim() || /^(SCRIPT|STYLE|OPTION)$/.test(e.tagName)) continue;
      if (shown(e) && !e.closest(":disabled")) found.push(e);
    }
    return found;
  };

  window.access = {
    nameless: () =>
      [...document.querySelectorAll(`${CONTROLS}, ${PICTURES}`)]
        .filter((e) => shown(e) && !e.closest("[aria-hidden=true]") && !inside(e) && !nameOf(e))
        .map(called),
    namedTwice: () => {
      const places = {};
      for (const e of controls()) {
        const place = e.closest("article, dialog, [role=toolbar], [role=group], section") ?? document.body;
        (places[`${e.tagName} ${nameOf(e)}`] ??= []).push(place);
      }
      return Object.keys(places).filter((name) => new Set(places[name]).size < places[name].length);
    },
    // arrow keys walk through a group in which one can be reached
    unreached: () => {
      const jumps = controls().filter((e) => e.tabIndex > 0);
      const walked = (e) => {
        const group = e.tabIndex < 0 && e.closest("[role=radiogroup], [role=group]");
        return group && [...group.querySelectorAll("button")].some((b) => b.tabIndex === 0);
      };
      return [...jumps, ...controls().filter((e) => !e.dataset.reached && !walked(e))].map(called);
    },
    faint: () => {
      const [all, fields] = [texts(), controls().filter((e) => /^(INPUT|SELECT)$/.test(e.tagName))];
      const ofText = (e) => contrast(getComputedStyle(e)[e instanceof SVGElement ? "fill" : "color"], e);
      const ofField = (e) => [undefined, "::placeholder"].map((part) => contrast(getComputedStyle(e, part).color, e));
      const found = [
        ...all.map((e) => [ofText(e), e]),
        ...fields.flatMap((e) => ofField(e).map((ratio) => [ratio, e])),
      ];
      const wrong = found.filter(([ratio]) => ratio < 4.5).map(([ratio, e]) => `${ratio.toFixed(2)} ${called(e)}`);
      return { looked: found.length, wrong: unique(wrong) };
    },
    small: (least) =>
      controls()
        .map((e) => ({ e, box: e.getBoundingClientRect() }))
        .filter(({ box }) => Math.min(box.width, box.height) < least - 0.01)
        .map(({ e, box }) => `${box.width.toFixed(0)} x ${box.height.toFixed(0)} ${called(e)}`),
    outside: () => {
      const wide = [...document.querySelectorAll(".cw-root *")]
        .filter((e) => shown(e) && e.getBoundingClientRect().right > innerWidth + 0.5)
        .map(called);
      const { scrollWidth } = document.scrollingElement;
      return scrollWidth > innerWidth ? [`the page, ${scrollWidth}`, ...unique(wide)] : unique(wide);
    },
    // words that stick out of their element, below
    cut: () =>
      [...document.querySelectorAll(".cw-foot, .cw-card-facts, .cw-sentence")]
        .filter((e) => shown(e) && e.scrollHeight > e.clientHeight + 1)
        .map(called),
    focusOnNext: () => {
      const e = document.activeElement;
      if (e === document.body || e.dataset.reached) return false;
      e.dataset.reached = "yes";
      const { outlineStyle, outlineWidth } = getComputedStyle(e);
      return { called: called(e), outline: outlineStyle === "none" ? 0 : parseFloat(outlineWidth) };
    },
  };
})();
0;
