"""The still picture: what is drawn where, when it is displayed, and when it is drawn again."""

import asyncio
import base64
import io

import numpy as np
import pytest
from IPython.core.formatters import DisplayFormatter
from PIL import Image
from synthetic import synthetic_comparison

import convergent_widgets.widgets.explorer as explorer_module
import convergent_widgets.widgets.still as still_module
from convergent_widgets import zoo
from convergent_widgets.colors import NO_CORRELATION
from convergent_widgets.widgets import Explorer
from convergent_widgets.widgets.explorer import WITHOUT_KERNEL
from convergent_widgets.widgets.sentences import Pair, about_pair, about_unit, warnings
from convergent_widgets.widgets.still_parts import (
    ACCENT,
    BAND,
    DATA,
    SCALE,
    TEXT,
    Paper,
    colored,
    fitted,
    pictured,
    shrunk,
    width_of,
    wrapped,
)
from convergent_widgets.widgets.still_picture import CAPTION, PLOTS, WIDTH, arranged, draw
from convergent_widgets.widgets.still_wall import BETWEEN, COLUMNS, PITCH, ROWS, SIDE, on_wall, places_of

TOLERANCE = 16  # of 256 colours
NETS = {"seed 0": 24, "seed 1": 24, "seed 2": 30}


@pytest.fixture(scope="module")
def comparison():
    return synthetic_comparison(NETS, dead={"seed 1": (3,)})


def state_of(comparison, **options):
    explorer = Explorer(comparison, still=False, **options)
    try:
        return explorer.selection.state()
    finally:
        explorer.close()


def drawn(comparison, **options):
    return draw(comparison, state_of(comparison, **options))


def pixels(picture):
    return np.asarray(Image.open(io.BytesIO(picture.png)).convert("RGB")).astype(int)


def rgb(color):
    return np.array([int(color[i : i + 2], 16) for i in (1, 3, 5)])


def near(pixel, color):
    return np.abs(pixel - color).max(axis=-1) <= TOLERANCE


def test_it_is_a_png_of_the_size_it_says_with_its_mark_near_the_start(comparison):
    picture = drawn(comparison)
    image = Image.open(io.BytesIO(picture.png))
    assert image.size == (picture.width * SCALE, picture.height * SCALE)
    assert picture.width == WIDTH
    assert (pixels(picture)[0] == 255).all()  # as white as the page around it
    assert image.text == {"Software": "convergent_widgets still"}
    assert picture.png.index(b"convergent_widgets still") < picture.png.index(b"IDAT")
    assert b"Software\0convergent_widgets still" in picture.png[:96]  # as far as js/still.js reads


@pytest.mark.parametrize("order", ["best", "original", "cycles", "found"])
def test_the_cells_of_the_matrix_have_the_colours_of_r_in_the_order_shown(comparison, order):
    state = {**state_of(comparison, order=order), "unit": None}
    seen = pixels(draw(comparison, state))
    rows, columns, _ = arranged(comparison, state, Pair.of(comparison, "conv1", "seed 0", "seed 1"))
    r = comparison.correlation("conv1", "seed 0", "seed 1")[np.ix_(rows, columns)]
    cell = PLOTS * SCALE // 24
    dead = int(np.flatnonzero(columns == 3)[0])
    strip = seen[:, int(16 * SCALE + (dead + 0.5) * cell)]
    top = np.flatnonzero(near(strip, rgb(NO_CORRELATION)))
    top = int(next(at for at in top if near(strip[at : at + 24 * cell], rgb(NO_CORRELATION)).all()))
    centres = (np.arange(24) + 0.5) * cell
    found = seen[np.ix_((top + centres).astype(int), (16 * SCALE + centres).astype(int))]
    assert near(found, colored(r).astype(int)).all()
    if order == "best":
        assert (np.diagonal(r)[:20] > 0.2).all()


def test_the_orders_of_the_matrix_are_permutations(comparison):
    for a, b in (("seed 0", "seed 2"), ("seed 2", "seed 1"), ("seed 1", "seed 1")):
        for order in ("best", "original", "cycles", "found"):
            for method in ("bipartite", "semi"):
                state = state_of(comparison, net_a=a, net_b=b, order=order, method=method)
                rows, columns, widely = arranged(comparison, state, Pair.of(comparison, "conv1", a, b))
                assert sorted(rows) == list(range(NETS[a]))
                assert sorted(columns) == list(range(NETS[b]))
                if order == "found":
                    live = rows[~comparison.dead("conv1", a)[rows]]
                    assert (np.diff(widely[live]) <= 0).all()


def test_the_rank_plot_shows_the_band_and_the_selected_unit(comparison):
    def areas(picture_pixels, color, tall):
        """How many pixels are the lowest of so many of that colour: areas, not lines."""
        hit = near(picture_pixels, rgb(color))[: 448 * SCALE, 380 * SCALE :]  # above the cards
        return np.all([hit[i : len(hit) - tall + i] for i in range(tall)], axis=0).sum()

    ranks = {"overview": "ranks"}
    seen = pixels(drawn(comparison, **ranks))
    assert areas(seen, BAND, 10) > 20_000
    assert areas(seen, ACCENT, 3) > 100
    nobody = pixels(draw(comparison, {**state_of(comparison, **ranks), "unit": None}))
    assert areas(nobody, ACCENT, 3) == 0
    within = pixels(drawn(comparison, net_a="seed 0", net_b="seed 0", **ranks))
    assert areas(within, BAND, 10) == 0  # it has no baseline


def test_the_wall_shows_the_strongest_patches_of_pairs_and_their_r(comparison):
    picture = drawn(comparison)
    seen = pixels(picture)
    top = int(np.flatnonzero(near(seen[:, 372 * SCALE : 376 * SCALE], rgb(ACCENT)).any(axis=1))[0]) + 2 * SCALE
    table = Pair.of(comparison, "conv1", "seed 0", "seed 1")
    units = on_wall(state_of(comparison), table, np.arange(24), None, 2)
    step = (WIDTH - 16 - 376 - (2 * SIDE + BETWEEN)) / (COLUMNS - 1)
    r, partners = table.matched("bipartite"), table.partners("bipartite")
    assert (np.diff(r[units[:-1]]) <= 0).all()  # one has no partner
    for number, unit in enumerate(units[: ROWS * COLUMNS].tolist()):
        left, high = (376 + number % COLUMNS * step) * SCALE, top + number // COLUMNS * PITCH * SCALE
        for tile, (net, own) in enumerate((("seed 0", unit), ("seed 1", int(partners[unit])))):
            side = round((SIDE - 1) / 2 * SCALE)
            for place, patch in enumerate(comparison.patches("conv1", net, own)[:4]):
                x = round(left + (tile * (SIDE + BETWEEN) + place % 2 * (SIDE + 1) / 2) * SCALE)
                y = round(high + place // 2 * (SIDE + 1) / 2 * SCALE)
                wanted = np.asarray(pictured(patch, side)).astype(int)
                found = seen[y : y + side, x : x + side]
                assert np.abs(found - wanted)[4:-4, 4:-4].mean() < TOLERANCE
        bar = near(seen[high + (SIDE + 4) * SCALE, round(left) : round(left) + (2 * SIDE + BETWEEN) * SCALE], rgb(DATA))
        above = table.fields["bipartite.above"][unit] == 1
        assert bar.sum() == pytest.approx(above * r[unit] * len(bar), abs=3)


@pytest.mark.parametrize("only", ["above", "below", "everywhere", "nowhere", "unmatched", "dead"])
@pytest.mark.parametrize("order", ["best", "original", "found"])
def test_the_wall_holds_the_units_that_pass_in_its_order(comparison, only, order):
    for a, b in (("seed 2", "seed 1"), ("seed 1", "seed 1")):
        state = state_of(comparison, net_a=a, net_b=b, only=only, order=order)
        table = Pair.of(comparison, "conv1", a, b)
        rows, _, _ = arranged(comparison, state, table)
        widely, dead = comparison.found_in("conv1", a), comparison.dead("conv1", a)
        partner = table.partners("bipartite")
        above = np.zeros(len(dead), bool) if a == b else comparison.baseline("conv1", a, b).above
        passes = {
            "above": above,
            "below": np.zeros(len(dead), bool) if a == b else (partner >= 0) & ~above,
            "everywhere": ~dead & (widely == 2),
            "nowhere": ~dead & (widely == 0),
            "unmatched": ~dead & (partner < 0),
            "dead": dead,
        }[only]
        units = on_wall(state, table, rows, widely, 2)
        assert sorted(units) == np.flatnonzero(passes).tolist()
        if order != "best":
            assert units.tolist() == [unit for unit in rows if passes[unit]]
        r = table.matched("bipartite")
        least = on_wall({**state, "only": None, "least_r": 0.4}, table, rows, None, 2)
        assert sorted(least) == np.flatnonzero(r >= 0.4).tolist()
        assert pixels(draw(comparison, state)).min() < 100


def test_the_selected_unit_is_among_those_on_the_wall():
    units = np.arange(100)[::-1]
    assert places_of(units, 99, within=False).tolist() == list(range(99, 83, -1))
    assert places_of(units, 82, within=False).tolist() == list(range(95, 79, -1))
    assert places_of(units, 0, within=True)[-1] == 0
    assert places_of(units, None, within=True).tolist() == list(range(99, 71, -1))
    assert places_of(units[:3], 50, within=False).tolist() == [99, 98, 97]


def test_what_it_is_stands_at_its_top_and_in_its_words(comparison):
    picture = drawn(comparison)
    paper = Paper(WIDTH, 30)
    paper.text((16, 20), CAPTION, 12.5, TEXT)
    wanted = np.asarray(paper.image).astype(int)[: 24 * SCALE]
    assert np.abs(pixels(picture)[: 24 * SCALE] - wanted).max() <= 2 * TOLERANCE
    state = state_of(comparison)
    assert picture.alt.startswith("A still picture of the Explorer. conv1: seed 0 and seed 1, one-to-one. ")
    assert about_unit(state, Pair.of(comparison, "conv1", "seed 0", "seed 1"), "seed 1") in picture.alt


def test_the_picture_of_the_zoo_is_small():
    comparison = zoo.comparison()
    for layer in ("conv2", "fc1"):
        assert len(drawn(comparison, layer=layer).png) < 250_000


def test_another_unit_makes_another_picture(comparison):
    assert drawn(comparison, unit=0).png == drawn(comparison, unit=0).png
    assert drawn(comparison, unit=0).png != drawn(comparison, unit=1).png
    assert drawn(comparison, pictured="deciles").png != drawn(comparison).png


LONG = "long name " * 40


@pytest.mark.parametrize(
    ("nets", "options", "made"),
    [
        ({LONG: 4, "\u65e5\u672c\u8a9e <b>\n": 5}, {}, {}),
        ({"a": 4, "b": 5}, {}, {"pictures": False}),
        ({"a": 4, "b": 5}, {"net": "b", "unit": 2}, {"dead": {"b": (2,)}}),
        ({"a": 4, "b": 3}, {"unit": 2}, {"dead": {"b": (0, 1, 2)}}),
        ({"a": 4, "b": 3}, {"order": "found"}, {"dead": {"a": (0, 1, 2, 3), "b": (0, 1, 2)}}),
        ({"a": 4}, {}, {}),
        ({"a": 1}, {}, {}),
        ({"a": 40, "b": 3}, {"unit": 7, "method": "semi", "order": "cycles"}, {}),
        ({f"net {i}": 3 for i in range(12)}, {}, {}),
    ],
)
def test_whatever_there_is_is_drawn(nets, options, made):
    picture = drawn(synthetic_comparison(nets, ("conv1",), **made), **options)
    assert pixels(picture).min() < 100


def test_a_large_matrix_keeps_its_strongest_cells():
    r = np.full((1000, 900), 0.1)
    r[777, 3], r[5, 899], r[0, 0] = -0.9, 0.8, np.nan
    small = shrunk(r, 640)
    assert small.shape == (500, 450)
    assert small[388, 1] == -0.9
    assert small[2, 449] == 0.8
    assert small[0, 0] == 0.1
    assert shrunk(r, 1000) is r


def test_the_colours_are_those_of_the_live_matrix():
    shown = colored(np.array([-1, 0, 1, np.nan]))
    assert shown.tolist() == [rgb(c).tolist() for c in ("#0b3c72", "#f6f6f6", "#7a0c22", NO_CORRELATION)]


def test_words_fit_their_room():
    assert fitted("short", 12, 100) == "short"
    cut = fitted(LONG, 12, 100)
    assert cut.endswith("…")
    assert width_of(cut, 12) <= 100
    lines = wrapped(LONG, 12, 200, 3)
    assert len(lines) == 3
    assert all(width_of(line, 12) <= 200 for line in lines)
    assert wrapped("a b", 12, 200, 3) == ["a b"]
    assert wrapped("x" * 300, 12, 50, 2)[0].endswith("…")


def test_the_sentences_say_what_the_comparison_says(comparison):
    state = state_of(comparison, unit=2)
    table = Pair.of(comparison, "conv1", "seed 0", "seed 1")
    baseline, matching = (f("conv1", "seed 0", "seed 1") for f in (comparison.baseline, comparison.match))
    words = about_pair(state, table)
    assert words.startswith(f"{baseline.above.sum()} of 24 units of seed 0 have a partner in seed 1 above the rotation")
    assert f"mean r {matching.mean:.2f}".replace("0.", ".") in words
    assert f"baseline {baseline.mean:.2f}".replace("0.", ".") in words
    assert words.endswith("Dead: 1 of seed 1.")
    one = comparison.counterparts("conv1", "seed 0", 2)["seed 1"]
    selected = about_unit(state, table, "seed 1")
    assert f"its partner in seed 1 is conv1/{one.unit} at r {one.r:.2f}".replace("0.", ".") in selected
    assert f"its baseline of {one.baseline:.2f}".replace("0.", ".") in selected
    assert warnings(comparison).startswith("Few images: 60 images")
    dead = Pair.of(comparison, "conv1", "seed 1", "seed 0")
    assert "a dead unit" in about_unit(state_of(comparison, net="seed 1", unit=3), dead, "seed 0")


class Published(list):
    """What is displayed, in place of a notebook."""

    def __call__(self, data, metadata=None, *, transient=None, update=False):
        self.append((data, metadata, transient, update))


@pytest.fixture
def published(monkeypatch):
    outputs = Published()
    monkeypatch.setattr("IPython.display.publish_display_data", outputs)
    monkeypatch.setattr(explorer_module, "in_notebook", lambda: True)
    return outputs


def test_displaying_shows_the_widget_and_then_the_picture(comparison, published):
    explorer = Explorer(comparison)
    assert DisplayFormatter().format(explorer) == ({}, {})  # displayed by itself
    (widget, *_), (still, metadata, transient, update) = published
    assert widget["application/vnd.jupyter.widget-view+json"]["model_id"] == explorer.model_id
    assert widget["text/plain"] == WITHOUT_KERNEL
    assert set(still) == {"image/png", "text/plain"}
    assert still["text/plain"] == CAPTION
    assert base64.b64decode(still["image/png"]) == draw(comparison, explorer.selection.state()).png
    assert metadata["image/png"]["width"] == WIDTH
    assert metadata["image/png"]["alt"] == explorer.picture().alt
    assert transient["display_id"]
    assert not update
    explorer.close()


def test_without_a_picture_or_a_kernel_it_is_displayed_as_any_widget(comparison, published, monkeypatch):
    off, on = Explorer(comparison, still=False), Explorer(comparison)
    monkeypatch.setattr(explorer_module, "in_notebook", still_module.in_notebook)  # there is no kernel here
    for explorer in (off, on):
        data, _ = DisplayFormatter().format(explorer)
        assert data["application/vnd.jupyter.widget-view+json"]["model_id"] == explorer.model_id
        assert data["text/plain"].startswith("Explorer(")
        explorer.close()
    assert published == []


def test_nested_in_a_box_it_shows_no_picture(comparison, published):
    import ipywidgets

    explorer = Explorer(comparison)
    data, _ = DisplayFormatter().format(ipywidgets.VBox([explorer]))
    assert "application/vnd.jupyter.widget-view+json" in data
    assert published == []
    explorer.close()


def test_changes_in_quick_succession_are_drawn_once_in_the_same_place(comparison, published, monkeypatch):
    monkeypatch.setattr(still_module, "REST", 0.2)
    explorer = Explorer(comparison)

    async def click():
        explorer.selection.unit = 1  # not displayed yet
        await asyncio.sleep(0.4)
        assert published == []
        explorer._ipython_display_()
        for unit in (4, 5, 6):
            explorer.selection.unit = unit
            await asyncio.sleep(0.05)
        assert len(published) == 2
        await asyncio.sleep(0.6)
        assert len(published) == 3
        explorer.selection.unit = 7
        explorer.close()
        await asyncio.sleep(0.4)

    asyncio.run(click())
    assert len(published) == 3
    _, first, again = published
    assert again[3]
    assert again[2] == first[2]
    assert base64.b64decode(again[0]["image/png"]) == drawn(comparison, unit=6).png


def test_without_a_loop_nothing_is_drawn_again(comparison, published):
    explorer = Explorer(comparison)
    explorer._ipython_display_()
    explorer.selection.unit = 5
    assert len(published) == 2
    explorer.close()


def test_a_picture_that_fails_is_logged_and_the_widget_is_there(comparison, published, monkeypatch, caplog):
    def fail(*_):
        raise OSError("no font")

    monkeypatch.setattr(explorer_module, "draw", fail)
    explorer = Explorer(comparison)
    explorer._ipython_display_()
    assert len(published) == 1
    assert "the still picture could not be drawn" in caplog.text
    explorer.close()
