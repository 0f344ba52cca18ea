"""What comes late, or was let go meanwhile: pictures are of the unit that is selected now, and come again."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from browser.acting import card, choose, expect_key, key
from browser.pages import models_of
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

SLOW_PICTURES = """
const real = window.createImageBitmap;
const hold = new Promise((go) => { window.go = go; });
let begun = 0;
window.decoding = 0;
window.createImageBitmap = async (...given) => {
  window.decoding++;
  if (++begun > %d) await hold;
  return real(...given).finally(() => setTimeout(() => window.decoding--, 50));
};
"""


def images_of(comparison, unit):
    """The images on the cards of a unit of seed 0."""
    units = {"seed 0": unit, **{net: c.unit for net, c in comparison.counterparts("conv1", "seed 0", unit).items()}}
    return {image for net, one in units.items() for image in comparison.top("conv1", net, one).images.tolist()}


def two_units(comparison):
    """Two live units of seed 0, the second with images that are not on the cards of the first."""
    live = np.flatnonzero(~comparison.dead("conv1", "seed 0")).tolist()
    pairs = itertools.pairwise(live)
    return next((a, b) for a, b in pairs if not images_of(comparison, b) <= images_of(comparison, a))


def test_pictures_that_come_late_say_nothing_of_an_earlier_unit(open_page, comparison, answers):
    first, second = two_units(comparison)
    script = SLOW_PICTURES % len(images_of(comparison, first))
    page = open_page(models_of(comparison, overview="ranks", unit=first), answers, script=script)
    facts = card(page, "seed 0").locator(".cw-facts"), card(page, "seed 1").locator(".cw-facts")
    for one in facts:
        expect(one).not_to_contain_text("\u2026")
    before = [one.inner_text() for one in facts]
    choose(page, unit=second)
    expect(card(page, "seed 0")).to_contain_text(f"conv1/{second}")
    assert [one.inner_text() for one in facts] != before
    choose(page, unit=first)
    expect_key(page, key(comparison, "conv1", "seed 0", first))
    assert [one.inner_text() for one in facts] == before
    assert page.evaluate("window.decoding") > 0, "pictures are still to come"
    page.evaluate("() => window.go()")
    page.wait_for_function("window.decoding === 0")
    assert [one.inner_text() for one in facts] == before


def test_a_picture_that_is_not_here_yet_is_not_another_one(open_page, comparison, answers):
    first, second = two_units(comparison)
    script = SLOW_PICTURES % len(images_of(comparison, first))
    page = open_page(models_of(comparison, overview="ranks", unit=first), answers, script=script)
    dialog = page.get_by_role("dialog")
    page.locator(".cw-patch").first.click()
    expect(dialog).to_contain_text("Activation")
    dialog.get_by_role("button", name="close").click()
    choose(page, unit=second)
    expect(card(page, "seed 0")).to_contain_text(f"conv1/{second}")
    late = page.locator(".cw-patch.cw-loading").first
    late.click()
    expect(dialog).to_contain_text(f"conv1/{second}, ")
    expect(dialog).not_to_contain_text("Activation")
    expect(dialog.get_by_role("img", name="the image is not here yet")).to_be_visible()
    assert not dialog.locator("canvas").evaluate(
        "(c) => c.getContext('2d').getImageData(0, 0, c.width, c.height).data.some((v) => v)"
    )
    page.evaluate("() => window.go()")
    expect(dialog).to_contain_text("Activation")
    expect(dialog.get_by_role("img", name="image ")).to_be_visible()


LARGE_PICTURES = """
const real = window.createImageBitmap;
window.createImageBitmap = (picture) => real(picture, { resizeWidth: 1200, resizeHeight: 1200 });
"""


def test_patches_whose_pictures_were_let_go_are_drawn_again_in_another_theme(open_page, comparison, answers):
    page = open_page(models_of(comparison, overview="ranks"), answers, script=LARGE_PICTURES)
    loading = page.locator(".cw-gallery .cw-loading")
    expect(loading).to_have_count(0)
    expect(page.locator(".cw-gallery .cw-patch")).not_to_have_count(0)
    page.emulate_media(color_scheme="dark")
    page.wait_for_function("matchMedia('(prefers-color-scheme: dark)').matches")
    page.evaluate("() => new Promise((go) => requestAnimationFrame(() => requestAnimationFrame(go)))")
    expect(loading).to_have_count(0)
