"""What can be measured of a page's accessibility: names, focus, contrast, sizes. Each finds what is wrong, in words."""

from __future__ import annotations

COMMON = """
const shown = (e) => e.checkVisibility({ opacityProperty: true, visibilityProperty: true }) && e.getClientRects().length;
const called = (e) => `${e.tagName.toLowerCase()}.${[...e.classList].join(".")} "${(e.textContent ?? "").slice(0, 30)}"`;
const CONTROLS = "button, input, select, textarea, summary, a[href], [tabindex]";
const controls = () => [...document.querySelectorAll(CONTROLS)].filter((e) => shown(e) && !e.disabled);
"""

NAMES = """() => { %s
const text = (e) => [...e.childNodes].map((n) => n.nodeType === 3 ? n.data :
    n.nodeType === 1 && n.getAttribute("aria-hidden") !== "true" ? n.getAttribute("aria-label") ?? text(n) : "").join("");
const name = (e) => e.getAttribute("aria-label") || document.getElementById(e.getAttribute("aria-labelledby"))?.innerText
    || [...(e.labels ?? [])].map(text).join("") || (/^(BUTTON|SUMMARY|A)$/.test(e.tagName) ? text(e) : "") || e.title;
const wanted = CONTROLS + ", canvas, svg, img, section, dialog, [role=img], [role=application], [role=radiogroup], " +
    "[role=toolbar], [role=group]";
return [...document.querySelectorAll(wanted)].filter((e) => shown(e) && !e.closest("[aria-hidden=true]"))
    .filter((e) => !(/^(canvas|svg|img)$/i.test(e.tagName) && e.parentElement.closest("button, [role=img]")))
    .filter((e) => !name(e)?.trim()).map(called);
}""" % COMMON

LABELS = """() => { %s
const words = {};
for (const e of controls()) {
    const name = e.getAttribute("aria-label") ?? e.innerText.trim();
    const place = e.closest("article, dialog, [role=toolbar], [role=group], section") ?? document.body;
    const key = `${e.tagName} ${name}`;
    (words[key] ??= []).push(place);
}
return Object.entries(words).filter(([, places]) => new Set(places).size < places.length).map(([name]) => name);
}""" % COMMON

UNREACHED = """(reached) => { %s
const wrong = controls().filter((e) => e.tabIndex > 0).map((e) => `${called(e)} jumps the queue`);
const group = (e) => e.closest("[role=radiogroup], [role=group]");
const roving = (e) => e.tabIndex < 0 && group(e) && [...group(e).querySelectorAll("button")].some((b) => b.tabIndex === 0);
return [...wrong, ...controls().filter((e) => !e.dataset.reached && !roving(e)).map(called)];
}""" % COMMON

CONTRAST = """() => { %s
const canvas = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
const rgba = (css) => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = css;
    canvas.fillRect(0, 0, 1, 1);
    const [r, g, b, a] = canvas.getImageData(0, 0, 1, 1).data;
    return [r, g, b, a / 255];
};
const over = ([r, g, b, a], [R, G, B]) => [r * a + R * (1 - a), g * a + G * (1 - a), b * a + B * (1 - a), 1];
const light = (colour) => {
    const [r, g, b] = colour.map((v) => (v / 255 <= 0.04045 ? v / 255 / 12.92 : ((v / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
};
const page = matchMedia("(prefers-color-scheme: dark)").matches ? [18, 18, 18, 1] : [255, 255, 255, 1];
const ground = (e) => e ? over(rgba(getComputedStyle(e).backgroundColor), ground(e.parentElement)) : page;
const opacity = (e) => e ? Number(getComputedStyle(e).opacity) * opacity(e.parentElement) : 1;
const found = [];
let seen = 0;
const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
while (walker.nextNode()) {
    const e = walker.currentNode.parentElement;
    if (!walker.currentNode.data.trim() || /^(SCRIPT|STYLE|OPTION)$/.test(e.tagName) || !shown(e)) continue;
    if (e.closest(":disabled") || getComputedStyle(e).visibility === "hidden") continue;
    const style = getComputedStyle(e);
    const back = ground(e);
    const [r, g, b, a] = rgba(e instanceof SVGElement ? style.fill : style.color);
    const front = over([r, g, b, a * opacity(e)], back);
    const [low, high] = [light(front), light(back)].sort((x, y) => x - y);
    const ratio = (high + 0.05) / (low + 0.05);
    seen += 1;
    if (ratio < 4.5) found.push(`${ratio.toFixed(2)} ${called(e)}`);
}
for (const e of document.querySelectorAll("input, select")) {
    if (!shown(e) || e.type === "range") continue;
    for (const pseudo of [undefined, "::placeholder"]) {
        const back = ground(e);
        const [low, high] = [light(over(rgba(getComputedStyle(e, pseudo).color), back)), light(back)].sort((x, y) => x - y);
        if ((high + 0.05) / (low + 0.05) < 4.5) found.push(`${called(e)} ${pseudo}`);
    }
}
return { seen, found: [...new Set(found)] };
}""" % COMMON

SMALL = """(least) => { %s
return controls().map((e) => [e.getBoundingClientRect(), e])
    .filter(([box]) => box.width < least - 0.01 || box.height < least - 0.01)
    .map(([box, e]) => `${box.width.toFixed(0)} x ${box.height.toFixed(0)} ${called(e)}`);
}""" % COMMON

WIDE = """() => {
const room = document.scrollingElement;
const wide = [...document.querySelectorAll(".cw-root *")].filter((e) => e.getBoundingClientRect().right > innerWidth + 0.5)
    .map((e) => `${e.tagName} ${e.getAttribute("class")}`);
return { page: room.scrollWidth - innerWidth, wide: [...new Set(wide)] };
}"""


def tab_through(page, most: int = 600) -> int:
    """Press Tab from the page's start until it is left, marking all that has the focus; how many there were."""
    page.evaluate("document.body.tabIndex = -1; document.body.focus(); document.body.removeAttribute('tabindex')")
    for count in range(most):
        page.keyboard.press("Tab")
        if not page.evaluate(
            "() => { const e = document.activeElement; const again = e === document.body || e.dataset.reached;"
            "e.dataset.reached = 'yes'; return !again; }"
        ):
            return count
    raise AssertionError(f"Tab does not leave the page after {most} stops")
