"""Few to one in a page without a kernel: predictors, the slider over the penalty, and what cannot be predicted."""

from __future__ import annotations

import statistics

import numpy as np
import pytest
from browser.acting import choose, expect_key, key, shown, state
from browser.pages import amended, answers_of, models_of, predictions_of
from playwright.sync_api import expect
from synthetic import synthetic_comparison

import convergent_widgets as cw
from convergent_widgets.analysis.prediction import PENALTIES
from convergent_widgets.widgets.answers import answer

pytestmark = pytest.mark.browser

SLIDER_TO_CARDS = 50
VIEWS = ("gallery", "prediction")


def page_answers(comparison, layer, *pairs):
    """All answers about a layer, with the predictions of every unit of the pairs' second nets."""
    return amended(answers_of(comparison, [layer]), 0, predictions_of(comparison, layer, *pairs))


@pytest.fixture(scope="module")
def zoo():
    return cw.zoo.comparison()


@pytest.fixture(scope="module")
def zoo_answers(zoo):
    return page_answers(zoo, "conv2", ("seed 0", "seed 1"), ("seed 1", "seed 0"))


@pytest.fixture
def open_zoo(open_page, zoo, zoo_answers):
    def open_(views=VIEWS, width=940, **options):
        models = models_of(zoo, views, layer="conv2", **{"net": "seed 1", "unit": 7, **options})
        page = open_page(models, zoo_answers, width=width)
        expect(page.locator(".cw-prediction")).to_have_attribute("data-key", "conv2|seed 0 > seed 1/7|.1")
        return page

    return open_


def cards(page):
    return page.locator(".cw-prediction .cw-card[data-kind='predictor']:visible")


def strongest(zoo, penalty, unit=7, a="seed 0", b="seed 1"):
    """The predictors of a unit with their weights, by descending |w|."""
    weights = zoo.predict("conv2", a, b).weights[PENALTIES.index(penalty), :, unit]
    order = np.argsort(-np.abs(weights), kind="stable")
    return [(int(i), float(weights[i])) for i in order if abs(weights[i]) > 0.1]


def slide(page, key):
    page.get_by_role("slider").press(key)


def test_the_predicted_unit_comes_first_then_its_predictors_by_weight(open_zoo, zoo):
    page = open_zoo()
    found = zoo.predict("conv2", "seed 0", "seed 1")
    at = PENALTIES.index(0.1)
    own = page.locator(".cw-prediction .cw-card").first
    expect(own).to_have_attribute("data-kind", "predicted")
    expect(own).to_have_attribute("aria-label", "seed 1 conv2/7")
    expect(own).to_contain_text(f"R\u00b2 {shown(found.r2[at, 7])}")
    expect(own).to_contain_text(f"fitted{shown(found.loss[at, 7])}")
    expected = strongest(zoo, 0.1)
    assert len(expected) >= 3
    expect(cards(page)).to_have_count(len(expected))
    r = zoo.correlation("conv2", "seed 0", "seed 1")
    for i, (unit, weight) in enumerate(expected):
        expect(cards(page).nth(i)).to_have_attribute("aria-label", f"seed 0 conv2/{unit}")
        expect(cards(page).nth(i)).to_contain_text(f"w {shown(weight)}")
        expect(cards(page).nth(i)).to_contain_text(f"r{shown(r[unit, 7])}")
        expect(cards(page).nth(i).locator(".cw-patch:not(.cw-loading)")).to_have_count(4)


def test_the_sentence_says_how_well_and_beside_what(open_zoo, zoo):
    page = open_zoo()
    meta, _ = answer(zoo, "prediction", {"layer": "conv2", "a": "seed 0", "b": "seed 1", "unit": 7})
    found = zoo.predict("conv2", "seed 0", "seed 1")
    at = PENALTIES.index(0.1)
    many = int(found.predictors[at, 7])
    weak = int((found.weights[at, :, 7] != 0).sum()) - many
    held = found.held_out_loss[at, 7]
    expect(page.locator(".cw-prediction .cw-sentence")).to_have_text(
        f"seed 1 conv2/7 is predicted by {many} of 48 live units of seed 0 (|w| > .1) and {weak} with less weight "
        f"at penalty .1: held-out loss {shown(held)} (R\u00b2\u00a0{shown(1 - 2 * held)}). The best single unit, "
        f"conv2/{meta['single']['unit']} (r\u00a0{shown(meta['single']['r'])}), "
        f"alone reaches R\u00b2\u00a0{shown(meta['single']['r2'])}."
    )
    expect(page.locator(".cw-judged")).to_contain_text(
        "Fitted to the images of even index, judged on those of odd index"
    )


def test_the_slider_walks_the_grid_and_the_number_of_predictors_follows(open_zoo, zoo):
    page = open_zoo()
    slider = page.get_by_role("slider", name="L1 penalty", exact=True)
    slider.focus()
    slide(page, "Home")
    counts = []
    for penalty in sorted(PENALTIES):
        found = strongest(zoo, penalty)
        assert state_penalty(page) == penalty
        expect(cards(page)).to_have_count(min(12, len(found)))
        words = f"{len(found)} predictor{'' if len(found) == 1 else 's'}"
        expect(page.locator(".cw-penalty-count")).to_have_text(words)
        assert slider.get_attribute("aria-valuetext") == f"{f'{penalty:g}'.replace('0.', '.', 1)}: {words}"
        more = len(found) - 12
        expect(page.locator(".cw-more")).to_have_text(f"and {more} more with |w| > .1." if more > 0 else "")
        counts.append(len(found))
        slide(page, "ArrowRight")
    assert counts[0] > 12
    assert counts[-1] == 0
    expect(page.locator(".cw-prediction .cw-sentence")).to_contain_text(
        "is predicted by no unit of seed 0 at penalty 1"
    )
    expect(slider).to_be_focused()


def state_penalty(page):
    return page.evaluate("window.page.models.selection.get('penalty')")


def test_the_slider_needs_no_kernel_and_keeps_its_place(open_zoo):
    page = open_zoo(("prediction",))
    page.evaluate("window.asked.length = 0")
    slider = page.get_by_role("slider")
    before = slider.bounding_box()
    page.locator(".cw-prediction").evaluate(
        """(root) => {
            window.latencies = [];
            let start = null;
            addEventListener("input", () => { start = performance.now(); }, true);
            new MutationObserver(() => {
                if (start !== null) window.latencies.push(performance.now() - start);
                start = null;
            }).observe(root, { attributes: true, attributeFilter: ["data-key"] });
        }"""
    )
    box = page.locator(".cw-range input").bounding_box()
    page.mouse.move(box["x"] + 3, box["y"] + box["height"] / 2)
    page.mouse.down()
    for share in (0.2, 0.4, 0.6, 0.9, 1):
        page.mouse.move(box["x"] + share * box["width"], box["y"] + box["height"] / 2)
    page.mouse.up()
    expect(page.locator(".cw-prediction")).to_have_attribute("data-key", "conv2|seed 0 > seed 1/7|1")
    assert slider.bounding_box() == before
    assert [question for question in page.evaluate("window.asked") if question["ask"] != "pictures"] == []
    latencies = page.evaluate("window.latencies")
    assert len(latencies) >= 3
    assert statistics.median(latencies) <= SLIDER_TO_CARDS


def test_a_negative_weight_points_to_the_left(open_zoo, zoo):
    page = open_zoo()
    choose(page, penalty=0)
    expected = strongest(zoo, 0)[:12]
    assert {weight > 0 for _, weight in expected} == {True, False}
    for i, (_, weight) in enumerate(expected):
        bar = cards(page).nth(i).locator(".cw-bar")
        expect(bar.locator("b")).to_have_attribute("style", "left: 50%;")
        fill, zero = (bar.locator(part).bounding_box() for part in ("i", "b"))
        middle = zero["x"] + zero["width"] / 2
        assert (fill["x"] >= middle - 1) == (weight > 0)
        assert fill["width"] == pytest.approx(abs(weight) * bar.bounding_box()["width"] / 2, abs=1)


@pytest.mark.parametrize("how", ["click", "keyboard"])
def test_a_predictor_is_selected_and_predicted_in_turn(open_zoo, zoo, how):
    page = open_zoo()
    unit, _ = strongest(zoo, 0.1)[1]
    title = cards(page).nth(1).locator(".cw-card-title")
    if how == "click":
        title.click()
    else:
        title.focus()
        page.keyboard.press("Enter")
    expect(page.locator(".cw-prediction")).to_have_attribute("data-key", f"conv2|seed 1 > seed 0/{unit}|.1")
    assert state(page) | {"net_a": "seed 0", "net_b": "seed 1", "net": "seed 0", "unit": unit} == state(page)
    expect_key(page, key(zoo, "conv2", "seed 0", unit))
    expected = strongest(zoo, 0.1, unit, "seed 1", "seed 0")
    expect(cards(page)).to_have_count(len(expected))
    expect(cards(page).first).to_have_attribute("aria-label", f"seed 1 conv2/{expected[0][0]}")
    expect(page.locator(".cw-prediction .cw-card-title").first).to_be_focused()


def test_patches_say_what_they_are_and_open_their_images(open_zoo, zoo):
    page = open_zoo()
    unit, _ = strongest(zoo, 0.1)[0]
    top = zoo.top("conv2", "seed 0", unit)
    patch = cards(page).first.locator(".cw-patch").nth(1)
    patch.hover()
    tip = page.locator(".cw-prediction .cw-tip")
    expect(tip).to_contain_text(f"activation {shown(top.activations[1])}")
    patch.click()
    dialog = page.locator(".cw-prediction dialog[open]")
    expect(dialog).to_contain_text(f"seed 0 conv2/{unit}, 2 of 9")
    for _ in range(4):
        page.keyboard.press("ArrowRight")
    expect(dialog).to_contain_text(f"seed 0 conv2/{unit}, 6 of 9")
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    assert state(page)["unit"] == 7


def test_the_browser_says_which_pair_is_predicted(open_zoo):
    page = open_zoo()
    predicted = "JSON.parse(window.page.models.prediction.get('predicted') || 'null')"
    assert page.evaluate(predicted) == ["conv2", "seed 0", "seed 1"]
    choose(page, unit=None)
    expect(page.locator(".cw-prediction .cw-sentence")).to_have_text(
        "No unit is selected. Select one to see which units of the other net predict it."
    )
    assert page.evaluate(predicted) is None


def test_while_it_is_computed_the_panel_says_so(open_page, zoo, zoo_answers):
    page = open_page(
        models_of(zoo, VIEWS, layer="conv2", net="seed 1", unit=7),
        zoo_answers,
        script="""Object.defineProperty(window, "before", { set() {}, get: () => (question) =>
            question.ask === "prediction" && new Promise((resolve) => { window.go = resolve; }) })""",
        wait=False,
    )
    panel = page.locator(".cw-prediction")
    expect(panel.locator(".cw-sentence")).to_have_text(
        "Predicting all units of seed 1 in conv2 from those of seed 0\u2026"
    )
    expect(panel).to_have_attribute("aria-busy", "true")
    expect(page.locator(".cw-notice:visible")).to_have_text("Waiting for the kernel, which is busy.")
    page.evaluate("window.go()")
    expect(panel).to_have_attribute("data-key", "conv2|seed 0 > seed 1/7|.1")
    expect(page.locator(".cw-notice:visible")).to_have_count(0)
    expect(panel).not_to_have_attribute("aria-busy", "true")


@pytest.fixture(scope="module")
def odd():
    """A net of one unit, one with a dead unit, and one that is all dead."""
    return synthetic_comparison({"one": 1, "some": 4, "none": 2}, ("conv1",), dead={"some": (3,), "none": (0, 1)})


@pytest.mark.parametrize(
    ("a", "b", "unit", "words"),
    [
        ("some", "some", 1, "Choose two different nets: every unit of some would be predicted by itself."),
        ("one", "some", 1, "one has only one unit in conv1, so there are no few units to choose from: r says it all."),
        ("none", "some", 3, "some conv1/3 is dead: it never varies, so there is nothing to predict."),
        ("none", "some", 1, "All units of none in conv1 are dead, so they predict nothing."),
        ("some", "none", None, "All units of none in conv1 are dead, so there is nothing to predict."),
        ("none", "some", None, "No unit is selected. Select one to see which units of the other net predict it."),
    ],
)
def test_what_cannot_be_predicted_is_said_plainly(open_page, odd, a, b, unit, words):
    answers = page_answers(odd, "conv1", (a, b))
    models = models_of(odd, ("prediction",), net_a=a, net_b=b, net=b, unit=unit)
    models["selection"]["unit"] = unit
    page = open_page(models, answers)
    expect(page.locator(".cw-prediction .cw-sentence")).to_have_text(words)
    expect(page.locator(".cw-card:visible")).to_have_count(0)
    expect(page.get_by_role("slider")).to_have_count(0)
    assert page.evaluate("window.page.models.prediction.get('predicted')") in ("", None)


def test_one_unit_is_predicted_from_many(open_page, odd):
    page = open_page(
        models_of(odd, ("prediction",), net_a="some", net_b="one", net="one", unit=0),
        page_answers(odd, "conv1", ("some", "one")),
    )
    expect(page.locator(".cw-prediction .cw-sentence")).to_contain_text("of 3 live units of some")


def test_without_pictures_the_weights_are_shown_alone(open_page):
    bare = synthetic_comparison({"a": 8, "b": 8}, ("one",), pictures=False)
    page = open_page(
        models_of(bare, ("prediction",), net="b", unit=2, penalty=0), page_answers(bare, "one", ("a", "b"))
    )
    expect(page.locator(".cw-more")).to_contain_text("The comparison was made without pictures (patches=0).")
    assert cards(page).count() == int(bare.predict("one", "a", "b").predictors[-1, 2]) > 0
    expect(page.locator(".cw-patch:visible, .cw-instead:visible")).to_have_count(0)


@pytest.mark.parametrize("width", [400, 700, 1366])
def test_it_fits_its_width(open_zoo, width):
    page = open_zoo(width=width)
    choose(page, penalty=0)
    expect(cards(page)).to_have_count(12)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    for number in page.locator(".cw-prediction .cw-number:visible").all():
        assert number.evaluate("(e) => e.scrollWidth <= e.clientWidth")


def test_the_panel_is_opened_and_closed_by_its_buttons(open_page, zoo, zoo_answers):
    models = models_of(zoo, ("explorer", "prediction"), layer="conv2", net="seed 1", unit=7)
    models["selection"]["panels"] = ["prediction"]
    page = open_page(models, zoo_answers)
    opener = page.locator("[data-panel='prediction']")
    expect(opener).to_have_text("Few to one")
    expect(opener).to_have_attribute("aria-expanded", "true")
    page.get_by_role("button", name="close this panel").click()
    expect(opener).to_have_attribute("aria-expanded", "false")
    assert page.evaluate("window.page.models.selection.get('panels')") == []
    opener.click()
    assert page.evaluate("window.page.models.selection.get('panels')") == ["prediction"]


def test_closing_by_keyboard_gives_the_focus_back(open_page, zoo, zoo_answers):
    models = models_of(zoo, ("explorer", "prediction"), layer="conv2", net="seed 1", unit=7)
    models["selection"]["panels"] = ["prediction"]
    page = open_page(models, zoo_answers)
    page.locator(".cw-prediction").get_by_role("button", name="Close this panel").focus()
    page.keyboard.press("Enter")
    assert page.evaluate("window.page.models.selection.get('panels')") == []
    expect(page.get_by_role("button", name="Few to one")).to_be_focused()
