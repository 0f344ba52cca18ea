"""Exported pages as a student and a teacher meet them: how fast, how small, and how they ask."""

from __future__ import annotations

import re
import statistics

import pytest
from browser.acting import best_first, click_matrix, expect_key, key
from playwright.sync_api import expect
from synthetic import synthetic_comparison

import convergent_widgets as cw
from convergent_widgets.export.kept_units import kept_units

pytestmark = pytest.mark.browser

A, B = "seed 0", "seed 1"
QUESTIONS = [
    {
        "text": "Which unit of seed 1 does the same as seed 0 conv1/3?",
        "answer": {"layer": "conv1", "net": B, "unit": [12, 13]},
        "hint": "Select seed 0 conv1/3 first.",
        "explanation": "It is its partner.",
        "start": {"layer": "conv1", "net": A, "unit": 19},
    },
    {"text": "Show the layer conv2.", "answer": {"layer": "conv2"}, "start": {"layer": "conv3", "order": "original"}},
    {"text": "Put the best matches first.", "answer": {"order": "best"}},
]
FIRST = """new MutationObserver(() => {
  if (!window.first && document.querySelector(".cw-gallery[data-key]")) window.first = performance.now();
}).observe(document, { subtree: true, childList: true, attributes: true, attributeFilter: ["data-key"] });"""
UPDATE = """() => {
  window.took = [];
  let begun = 0;
  addEventListener("click", () => { begun = performance.now(); }, true);
  new MutationObserver(() => {
    if (begun) window.took.push(performance.now() - begun);
    begun = 0;
  }).observe(document.querySelector(".cw-gallery"), { attributes: true, attributeFilter: ["data-key"] });
}"""


@pytest.fixture(scope="module")
def zoo():
    return cw.zoo.comparison().subset([A, B])


@pytest.fixture(scope="module")
def lesson(zoo, tmp_path_factory):
    """A lesson with three questions."""
    path = tmp_path_factory.mktemp("lesson") / "lesson.html"
    options = {"title": "Do they learn the same?", "text": "Two nets.\n\nOne task.", "questions": QUESTIONS}
    cw.Explorer(zoo).export_html(path, progress=False, **options)
    return path


def visit(page, path, fragment=""):
    page.goto(path.as_uri() + fragment)
    page.wait_for_selector(".cw-gallery[data-key]")
    return page


# figures


def test_a_page_of_two_nets_is_small_quick_and_asks_nobody(new_page, zoo, tmp_path):
    path = tmp_path / "page.html"
    exported = cw.Explorer(zoo).export_html(path, progress=False)
    size = path.stat().st_size
    assert size == exported.sizes.total
    assert size <= 3e6
    first = []
    for _ in range(5):
        page = new_page()
        page.add_init_script(FIRST)
        requests = []
        page.on("request", lambda request, requests=requests: requests.append(request.url))
        visit(page, path)
        first.append(page.evaluate("window.first"))
        assert [url for url in requests if not url.startswith(("blob:", "data:"))] == [path.as_uri()]
    page.evaluate(UPDATE)
    rows, _ = best_first(zoo)
    for place in range(20):
        unit = int(rows[(7 * place + 5) % 24])
        page.locator(f".cw-pair[data-unit='{unit}'] .cw-tile").first.click()
        expect_key(page, key(zoo, "conv1", A, unit))
    took = page.evaluate("window.took")
    assert len(took) == 20
    print(f"{size / 1e6:.2f} MB; first picture after {sorted(round(t) for t in first)} ms")
    print(f"click to update: median {statistics.median(took):.1f} ms, most {max(took):.1f} ms")
    assert statistics.median(first) < 3000
    assert statistics.median(took) <= 30
    assert requests[0] == path.as_uri()
    assert len([url for url in requests if url.startswith(("http", "ws"))]) == 0


def test_the_policy_forbids_what_the_page_does_not_do(lesson, browser):
    context = browser.new_context()
    page = context.new_page()
    visit(page, lesson)
    outcome = page.evaluate("fetch('http://127.0.0.1:9/').then(() => 'sent', (error) => error.message)")
    assert outcome == "Failed to fetch"
    blocked = page.evaluate(
        """() => new Promise((go) => {
          addEventListener("securitypolicyviolation", (event) => go(event.effectiveDirective), { once: true });
          document.body.append(Object.assign(new Image(), { src: "http://127.0.0.1:9/x.png" }));
        })"""
    )
    assert blocked == "img-src"
    context.close()


# questions


def asking(page):
    return page.get_by_role("region", name="questions")


def test_a_question_opens_its_view_and_is_answered_by_clicking(lesson, page, zoo):
    requests = []
    visit(page, lesson)
    page.on("request", lambda request: requests.append(request.url))
    box = asking(page)
    expect(page.get_by_role("heading", level=1)).to_have_text("Do they learn the same?")
    expect(page.locator(".cw-lesson-text")).to_have_text(["Two nets.", "One task."])
    expect(box).to_contain_text("Question 1 of 3")
    expect_key(page, key(zoo, "conv1", A, 19))
    expect(box).to_contain_text("Selected: seed 0 conv1/19")
    status = box.get_by_role("status")
    answer, hint = box.get_by_role("button", name="This is my answer"), box.get_by_role("button", name="Hint")
    answer.click()
    expect(status).to_have_text("Not this one: select another.")
    expect(box.locator(".cw-question-marks")).to_have_attribute("aria-label", "1 tried, 2 open, 3 open")
    hint.click()
    expect(status).to_have_text("Not this one: select another. Hint: Select seed 0 conv1/3 first.")
    expect(hint).to_be_hidden()
    expect(answer).to_be_focused()
    page.locator(".cw-search").fill("seed 1 conv1/12")
    page.locator(".cw-search").press("Enter")
    expect(box).to_contain_text("Selected: seed 1 conv1/12")
    expect(status).to_have_text("Hint: Select seed 0 conv1/3 first.")
    answer.click()
    expect(status).to_have_text("Right. It is its partner.")
    expect(answer).to_be_hidden()
    following = box.get_by_role("button", name="Next question", exact=True)
    expect(following.last).to_be_focused()
    assert requests == []
    assert page.evaluate("[localStorage.length, sessionStorage.length, document.cookie]") == [0, 0, ""]


def test_stepping_back_keeps_the_result_and_all_are_answered_by_keys(lesson, page, zoo):
    visit(page, lesson)
    box, status = asking(page), asking(page).get_by_role("status")
    back, on = (box.get_by_role("button", name=f"{which} question", exact=True) for which in ("previous", "next"))
    page.locator(".cw-search").fill("seed 1 conv1/13")
    page.locator(".cw-search").press("Enter")
    answer = box.locator(".cw-question-check", has_text="This is my answer")
    answer.press("Enter")
    expect(status).to_have_text("Right. It is its partner.")
    page.keyboard.press("Enter")  # the next question has the focus
    expect(box.get_by_role("heading")).to_have_text("Question 2 of 3")
    expect(box.get_by_role("heading")).to_be_focused()
    expect(box).to_contain_text("Selected: conv3")
    expect(page.locator(".cw-canvas").first).to_have_attribute("data-key", f"conv3|{A}|{B}|original|bipartite")
    expect(status).to_be_empty()
    expect(box.get_by_role("button", name="Hint")).to_be_hidden()
    answer.press("Space")
    expect(status).to_have_text("Not this one: select another.")
    back.focus()
    page.keyboard.press("Enter")
    expect(back).to_have_attribute("aria-disabled", "true")
    expect(back).to_be_focused()
    expect(status).to_have_text("Right. It is its partner.")
    expect(box).to_contain_text("Your answer: seed 1 conv1/13")
    expect_key(page, key(zoo, "conv1", B, 13))
    page.keyboard.press("Enter")  # there is none before it
    expect(box.get_by_role("heading")).to_have_text("Question 1 of 3")
    on.click()
    expect(box.locator(".cw-question-marks")).to_have_attribute("aria-label", "1 right, 2 tried, 3 open")
    page.locator(".cw-layer[data-layer='conv2']").click()
    answer.click()
    expect(status).to_have_text("Right.")
    on.click()
    expect(box).to_contain_text("Selected: original order")
    page.locator("select[data-trait='order']").select_option("best")
    expect(box).to_contain_text("Selected: best matches first")
    answer.click()
    expect(status).to_have_text("Right. All 3 questions are answered.")
    expect(box.get_by_role("heading")).to_be_focused()
    expect(on).to_have_attribute("aria-disabled", "true")


def test_an_address_wins_over_the_first_question(lesson, page, zoo):
    visit(page, lesson, "#layer=conv2&net_a=seed+0&net_b=seed+1&net=seed+1&unit=7")
    expect_key(page, key(zoo, "conv2", B, 7))
    expect(asking(page)).to_contain_text("Selected: seed 1 conv2/7")


def test_who_scrolls_on_a_phone_can_still_answer(lesson, new_page):
    page = visit(new_page(400, 800, has_touch=True, is_mobile=True), lesson)
    assert page.evaluate("document.documentElement.scrollWidth") <= 400
    wall = page.locator(".cw-list")
    wall.scroll_into_view_if_needed()
    assert wall.evaluate("(e) => e.scrollHeight > e.clientHeight")
    for selector in (".cw-gallery", ".cw-lesson-footer"):
        page.locator(selector).scroll_into_view_if_needed()
        answer = asking(page).get_by_role("button", name="This is my answer")
        box = answer.bounding_box()
        assert 0 <= box["y"] < 120
        assert asking(page).bounding_box()["y"] < 0
    answer.tap()
    expect(asking(page).get_by_role("status")).to_contain_text("Not this one")


# what a page leaves out, and how few nets look


def test_who_scrolls_on_still_reads_the_question(lesson, new_page):
    page = visit(new_page(width=400, height=800), lesson)
    page.evaluate("window.scrollTo(0, 1200)")
    question = page.locator(".cw-question-text")
    assert page.evaluate("window.scrollY") > 800
    box = question.bounding_box()
    assert 0 <= box["y"] < 30
    assert box["height"] > 15
    shown = page.evaluate("([x, y]) => document.elementFromPoint(x, y).className", [60, box["y"] + box["height"] / 2])
    assert "cw-question-text" in shown


def test_a_newcomer_can_read_what_the_words_mean(lesson, page):
    visit(page, lesson)
    terms = page.locator(".cw-terms")
    expect(terms.locator("dl")).to_be_hidden()
    terms.locator("summary").press("Enter")
    expect(terms.locator("dt", has_text="baseline")).to_be_visible()
    expect(terms.locator("dd").nth(4)).to_contain_text("the tick on the bar")


def test_without_patches_a_page_opens_on_the_ranks(page, tmp_path):
    path = tmp_path / "bare.html"
    cw.Explorer(synthetic_comparison()).export_html(path, patches=0, progress=False)
    page.goto(path.as_uri())
    expect(page.locator(".cw-rank")).to_be_visible()
    expect(page.locator(".cw-lesson-footer")).to_contain_text("all patches")


def test_a_unit_whose_patches_are_left_out_says_so(page, zoo, tmp_path):
    path = tmp_path / "few.html"
    cw.Explorer(zoo).export_html(path, progress=False, units=5)
    visit(page, path)
    rows, _ = best_first(zoo)
    click_matrix(page, row=0, column=0)
    expect_key(page, key(zoo, "conv1", A, int(rows[0])))
    expect(page.get_by_text("this page leaves out its patches")).to_be_hidden()
    click_matrix(page, row=20, column=20)
    expect_key(page, key(zoo, "conv1", A, int(rows[20])))
    expect(page.locator(f".cw-card[data-net='{A}']")).to_contain_text("this page leaves out its patches")
    expect(page.locator(f".cw-card[data-net='{A}'] .cw-patch:visible")).to_have_count(0)


def test_the_wall_says_whose_patches_are_left_out(new_page, zoo, tmp_path):
    path = tmp_path / "few.html"
    # a counterpart of a unit that is kept is kept too, and may be that of others
    cw.Explorer(zoo, method="semi").export_html(path, progress=False, units=5)
    page = visit(new_page(1366, 3000), path)
    kept = {net: kept_units(zoo, 5)["conv1", net] for net in (A, B)}
    seen = set()
    for pair in page.locator(".cw-pair").all():
        unit, partner = (int(pair.get_attribute(f"data-{name}") or -1) for name in ("unit", "partner"))
        out = [unit not in kept[A], partner >= 0 and partner not in kept[B]]
        seen.add(tuple(out))
        whose = "" if all(out) else f"of {A if out[0] else B} "
        said = f", patches {whose}left out of this page" if any(out) else ""
        assert re.search(r"(, patches .*)?$", pair.get_attribute("aria-label"))[0] == said
        shown = pair.locator(".cw-tile").evaluate_all("(all) => all.map((e) => e.textContent === 'left out')")
        assert shown == out
    assert seen >= {(False, False), (True, False), (True, True)}


def test_only_the_automatic_number_of_clusters_is_offered(page, lesson, zoo):
    visit(page, lesson)
    page.locator(".cw-disclosure[data-panel='clusters']").click()
    number = page.locator(".cw-clusters-number")
    expect(page.locator(".cw-clusters")).to_contain_text("by the largest eigengap")
    expect(number).to_be_hidden()
    page.locator(".cw-search").fill(
        "layer=conv1&net_a=seed+0&net_b=seed+1&net=seed+1&unit=7&clusters=3&panels=clusters"
    )
    page.locator(".cw-search").press("Enter")
    expect(page.locator(".cw-clusters")).to_contain_text("This page holds the clusters that the eigengap gives")
    number.locator("input").fill("")
    number.locator("input").press("Enter")
    expect(page.locator(".cw-clusters")).to_contain_text("by the largest eigengap")
    expect(number).to_be_hidden()


def test_few_nets_have_large_patches_and_one_choice_is_no_button(page, lesson):
    visit(page, lesson)
    patches = page.locator(f".cw-card[data-net='{A}'] .cw-patch:visible")
    boxes = [patch.bounding_box() for patch in patches.all()]
    assert len(boxes) == 9
    assert min(box["width"] for box in boxes) >= 55
    inside = page.locator(f".cw-card[data-net='{A}'] .cw-patch-room").bounding_box()
    assert all(box["y"] + box["height"] <= inside["y"] + inside["height"] + 0.5 for box in boxes)
    expect(page.locator(".cw-gallery .cw-switch")).to_have_text("strongest")
    expect(page.locator(".cw-gallery .cw-switch button, .cw-gallery [role='radiogroup']")).to_have_count(0)
    columns = 1 + max(i for i, box in enumerate(boxes) if box["y"] == boxes[0]["y"])
    assert columns > 3
    patches.first.focus()
    page.keyboard.press("ArrowDown")
    expect(patches.nth(columns)).to_be_focused()


# in pages of others, and without a script


def test_without_a_script_the_page_says_what_it_needs(lesson, new_page):
    page = new_page(java_script_enabled=False)
    page.goto(lesson.as_uri())
    words = page.locator("noscript")
    expect(words).to_be_visible()
    assert words.inner_text() == "This page needs JavaScript, which it brings along."
    expect(visit(new_page(), lesson).locator("noscript")).to_be_hidden()


@pytest.mark.parametrize("scale", ["", "transform: scale(.6); transform-origin: 0 0"])
def test_it_works_within_a_frame_of_another_page(lesson, page, zoo, scale):
    outer = lesson.parent / "outer.html"
    frame = f'<iframe src="{lesson.name}" style="width: 1200px; height: 800px; border: 0"></iframe>'
    outer.write_text(f'<!doctype html><h1>mine</h1><div style="{scale}">{frame}</div>', encoding="utf-8")
    page.goto(outer.as_uri() + "#mine")
    inner = page.frame_locator("iframe")
    expect(inner.locator(".cw-gallery")).to_have_attribute("data-key", key(zoo, "conv1", A, 19))
    rows, columns = best_first(zoo)
    canvas = inner.locator(".cw-canvas").first
    g = {n: float(canvas.get_attribute(f"data-{n}")) for n in ("left", "top", "cell", "cell-height")}
    box, wide = canvas.bounding_box(), canvas.evaluate("(c) => c.clientWidth")
    shrunk = box["width"] / wide
    x, y = g["left"] + 6.5 * g["cell"], g["top"] + 6.5 * g["cell-height"]
    page.mouse.click(box["x"] + shrunk * x, box["y"] + shrunk * y)
    expect(inner.locator(".cw-gallery")).to_have_attribute("data-key", key(zoo, "conv1", A, int(rows[6])))
    inner.locator(f".cw-pair[data-unit='{rows[1]}'] .cw-tile").last.click()
    expect(inner.locator(".cw-gallery")).to_have_attribute("data-key", key(zoo, "conv1", B, int(columns[1])))
    page.wait_for_timeout(300)
    assert page.evaluate("location.hash") == "#mine"


# strangers' names


BAD = "<img src=x onerror=window.hacked=1>"
RTL = "\u202eabc \u05d0\u05d1\u05d2"
LONG = "long-" * 60
NETS = (f"</script><script>window.hacked=1</script>{BAD}", f"{{{{net}}}} {RTL}", LONG)
LAYERS = (f"<!--<script>{BAD}", "{{layer}} ${1} `x` \\")
QUESTION = {
    "text": f"{BAD}</script>{{{{q}}}}{LONG}",
    "answer": {"net_b": NETS[2]},
    "start": {"layer": LAYERS[0]},
    "hint": f"hint {BAD}{RTL}",
    "explanation": f"because {BAD}</script>",
}
TITLE, TEXT = f"{BAD}</title></script>{LONG}", f"{BAD}\n\n{RTL}</script><!-- {LONG}"


@pytest.fixture(scope="module")
def hostile(tmp_path_factory):
    """A page, and beside it a module, in which every name is hostile."""
    path = tmp_path_factory.mktemp("hostile") / "hostile.html"
    made = synthetic_comparison(dict.fromkeys(NETS, 8), LAYERS, image=f"{BAD}</script>", labels=(BAD, RTL, LONG))
    options = {"title": TITLE, "text": TEXT, "questions": [QUESTION]}
    cw.Explorer(made).export_html(path, progress=False, module=True, **options)
    return path


MODULE = """<!doctype html><meta charset="utf-8"><title>theirs</title><link rel="icon" href="data:,">
<div id="place"></div>
<script type="module">
import widget from "./hostile.mjs";
const el = document.getElementById("place").attachShadow({ mode: "open" }).appendChild(document.createElement("div"));
await widget.render({ model: { get: () => undefined }, el });
</script>"""


@pytest.mark.parametrize("host", ["page", "module"])
@pytest.mark.parametrize("width", [1366, 400])
def test_hostile_names_are_text(hostile, new_page, serve, host, width):
    page = new_page(width)
    if host == "module":
        (hostile.parent / "theirs.html").write_text(MODULE, encoding="utf-8")
        page.goto(serve(hostile.parent) + "theirs.html")
    else:
        page.goto(hostile.as_uri())
    page.wait_for_selector(".cw-gallery[data-key]")
    expect(page.locator("h1")).to_have_text(TITLE)
    expect(page.locator(".cw-lesson-text").first).to_have_text(BAD)
    box = asking(page)
    expect(box.locator(".cw-question-text")).to_have_text(QUESTION["text"])
    box.get_by_role("button", name="Hint").click()
    expect(box.get_by_role("status")).to_have_text(f"Hint: {QUESTION['hint']}")
    page.locator("select[data-trait='net_b']").select_option(NETS[2])
    box.get_by_role("button", name="This is my answer").click()
    expect(box.get_by_role("status")).to_have_text(f"Right. {QUESTION['explanation']}")
    for net in NETS:
        expect(page.locator(".cw-card-title b").get_by_text(net, exact=True)).to_have_count(1)
    page.locator(".cw-pair .cw-tile").last.click()
    page.locator(".cw-gallery .cw-patch:visible").first.hover()
    expect(page.locator(".cw-gallery .cw-tip")).to_contain_text("<img src=x onerror=window.hacked=1></script>")
    page.locator(".cw-gallery .cw-patch:visible").first.click()
    expect(page.locator("dialog[open]")).to_contain_text("<img src=x onerror=window.hacked=1></script>")
    page.keyboard.press("Escape")
    for name in ("means", "prediction", "clusters"):
        page.locator(f".cw-disclosure[data-panel='{name}']").click()
        expect(page.locator(f"[data-inline='{name}']")).to_be_visible()
    if page.locator(".cw-layer:visible").count():
        page.locator(".cw-layer").last.click()
    else:
        page.locator("select[data-trait='layer']").select_option(LAYERS[1])
    expect(page.locator(".cw-gallery")).to_have_attribute("data-key", re.compile(re.escape(LAYERS[1])))
    page.locator(".cw-swap").click()
    expect(page.locator("img, .cw-root script")).to_have_count(0)
    assert page.evaluate("window.hacked") is None
    assert page.evaluate("document.documentElement.scrollWidth") <= width
