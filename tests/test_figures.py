"""The figures: what they show is what the Comparison says, also of dead units, single units and without pictures."""

import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.colors import to_hex
from PIL import Image
from synthetic import comparison_of, synthetic_comparison

import convergent_widgets as cw
from convergent_widgets import colors, figures
from convergent_widgets.choices import UnknownName
from convergent_widgets.control import Control
from convergent_widgets.figures.patches import mosaic
from convergent_widgets.figures.sheet import WIDTH, scale_of_r
from convergent_widgets.figures.units import filter_pictures
from convergent_widgets.tables.pairs import mean_over_units, median_over_units

NETS = {"seed 0": 24, "seed 1": 24, "seed 2": 30}
DEAD = {"seed 0": (5,), "seed 1": (3, 7)}
A, B = "seed 0", "seed 1"


@pytest.fixture(scope="module")
def made():
    return synthetic_comparison(NETS, dead=DEAD)


@pytest.fixture(scope="module")
def zoo():
    return cw.zoo.comparison()


def drawings(comparison, layer, a, b):
    """Every figure that needs neither attributions nor filters."""
    return {
        "best": figures.matrix(comparison, layer, a, b),
        "cycles": figures.matrix(comparison, layer, a, b, "cycles"),
        "within": figures.matrix(comparison, layer, a, a),
        "ranks": figures.rank_curves(comparison, layer, a, b),
        "best and worst": figures.best_and_worst(comparison, layer, a, b),
        "predictors": figures.predictors(comparison, layer, a, b, [0]),
        "loss": figures.loss_against_sparsity(comparison, layer, a, b),
        "clusters": figures.cluster_matrix(comparison, layer, a, b),
        "means": figures.mean_curves(comparison, layer),
        "matches": figures.means_of_matches(comparison, layer, a, b),
    }


def words(figure):
    from matplotlib.text import Text

    return " | ".join(text.get_text() for text in figure.findobj(Text) if text.get_text().strip())


def pictures_in(figure):
    return [image.get_array() for axes in figure.axes for image in axes.images]


def lines_of(axes):
    return [(np.asarray(line.get_xdata()), np.asarray(line.get_ydata())) for line in axes.lines]


def save_both_ways(figure, folder):
    """One call each; the PNG has the figure's pixels, the SVG its size, and nothing sticks out but below."""
    figure.savefig(folder / "figure.png")
    figure.savefig(folder / "figure.svg")
    with Image.open(folder / "figure.png") as picture:
        wide, high = (round(inches * figure.dpi) for inches in figure.get_size_inches())
        assert abs(picture.width - wide) <= 1
        assert abs(picture.height - high) <= 1
        edge = np.asarray(picture.convert("L"))
        for side in (edge[:, 0], edge[:, -1], edge[0]):
            assert (side == 255).all()
    root = ET.parse(folder / "figure.svg").getroot()
    assert root.tag.endswith("svg")
    assert float(root.get("width").removesuffix("pt")) == pytest.approx(72 * figure.get_size_inches()[0], abs=1)


@pytest.mark.long
@pytest.mark.parametrize("layer", ["conv1", "fc1"])
def test_every_figure_of_the_zoo_is_saved_as_png_and_svg_within_notebook_width(zoo, layer, tmp_path):
    shown = drawings(zoo, layer, A, B)
    shown["cluster"] = figures.cluster_units(zoo, layer, A, B, 0)
    shown["attributions"] = figures.attributions(zoo, layer, A, 3)
    if layer == "conv1":
        shown["filters"] = figures.filters(zoo, layer)
    for name, figure in shown.items():
        assert figure.get_size_inches()[0] <= WIDTH, name
        save_both_ways(figure, tmp_path)
        assert layer in words(figure), name


def test_a_figure_shows_itself_in_a_notebook_and_leaves_no_state(made):
    before = dict(mpl.rcParams)
    figure = figures.rank_curves(made, "conv1", A, B)
    assert figure._repr_png_().startswith(b"\x89PNG")
    assert dict(mpl.rcParams) == before


def test_drawing_needs_no_pyplot_and_takes_no_notice_of_its_settings():
    code = (
        "import sys, matplotlib; matplotlib.rcParams['font.size'] = 40; matplotlib.rcParams['axes.labelsize'] = 40\n"
        "import convergent_widgets as cw\n"
        "figure = cw.figures.rank_curves(cw.zoo.comparison(), 'conv1', 'seed 0', 'seed 1'); figure._repr_png_()\n"
        "print(figure.axes[0].xaxis.label.get_size(), figure.axes[0].get_xticklabels()[0].get_size())\n"
        "print('matplotlib.pyplot' in sys.modules, 'torch' in sys.modules, 'ipywidgets' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=Path(__file__).parent.parent
    )
    assert done.stdout.split() == ["10.0", "9.0", "False", "False", "False"]


def test_without_matplotlib_the_error_names_the_command():
    code = (
        "import sys; sys.modules['matplotlib'] = None\n"
        "import convergent_widgets as cw\n"
        "try: cw.figures\n"
        "except ModuleNotFoundError as error: print(error)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=Path(__file__).parent.parent
    )
    assert 'pip install "convergent_widgets[view]"' in done.stdout


def test_the_colours_of_r_and_of_the_nets_are_the_explorers(made):
    palette = (Path(cw.__file__).parent / "widgets" / "js" / "palette.js").read_text()
    light = re.search(r"light: \[(.*?)\]", palette, re.DOTALL)[1]
    assert tuple(re.findall(r"#\w{6}", light)) == colors.R_STOPS
    assert f'light: "{colors.NO_CORRELATION}"' in palette
    nets = re.search(r"const NETS = \[(.*?)\]", palette, re.DOTALL)[1]
    assert tuple(re.findall(r"#\w{6}", nets)) == colors.NETS
    scale = scale_of_r()
    assert [to_hex(scale(value)) for value in (0.0, 0.5, 1.0)] == [colors.R_STOPS[place] for place in (0, 5, 10)]
    assert to_hex(scale(np.ma.masked)) == colors.NO_CORRELATION
    image = figures.matrix(made, "conv1", A, B).axes[0].images[0]
    assert image.get_clim() == (-1, 1)


def test_matches_lie_on_the_diagonal_strongest_first_and_the_dead_last(made):
    matching = made.match("conv1", A, B)
    shown = figures.matrix(made, "conv1", A, B).axes[0].images[0].get_array()
    count = len(matching.values)
    np.testing.assert_array_equal(np.diagonal(shown)[:count], np.sort(matching.values)[::-1])
    assert shown.mask[:, -2:].all()
    assert shown.mask[-1].all()
    assert shown.mask.sum() == 24 + 2 * 24 - 2
    figure = figures.matrix(made, "conv1", A, B)
    axes = figure.axes[0]
    assert "seed 1" in axes.get_xlabel()
    assert "seed 0" in axes.get_ylabel()
    assert f"{matching.mean:.2f}"[1:] in words(figure)
    assert f"{made.baseline('conv1', A, B).mean:.2f}"[1:] in words(figure)


def test_the_original_order_is_the_matrix_itself_and_cycles_permute_it(made):
    r = made.correlation("conv1", A, B)
    shown = figures.matrix(made, "conv1", A, B, "original").axes[0].images[0].get_array()
    np.testing.assert_array_equal(shown.filled(np.nan), r)
    cycles = figures.matrix(made, "conv1", A, B, "cycles").axes[0].images[0].get_array()
    count = len(made.match("conv1", A, B).values)
    assert sorted(np.diagonal(cycles)[:count].tolist()) == sorted(made.match("conv1", A, B).values.tolist())
    assert not np.array_equal(cycles, figures.matrix(made, "conv1", A, B).axes[0].images[0].get_array())


def test_within_a_net_rows_and_columns_are_the_same_units(made):
    shown = figures.matrix(made, "conv1", A, A).axes[0].images[0].get_array()
    np.testing.assert_array_equal(np.diagonal(shown)[:-1], 1)
    assert shown.mask[-1].all()
    np.testing.assert_allclose(shown[:-1, :-1], shown[:-1, :-1].T)


def test_rank_curves_are_the_matchings_and_their_baselines(made):
    semi, bipartite = (made.match("conv1", A, B, method) for method in ("semi", "bipartite"))
    order = np.argsort(-semi.values, kind="stable")
    figure = figures.rank_curves(made, "conv1", A, B)
    rotated, free, single = lines_of(figure.axes[0])
    np.testing.assert_array_equal(free[1], semi.values[order])
    np.testing.assert_array_equal(rotated[1], made.baseline("conv1", A, B, "semi").greatest[semi.rows[order]])
    at = dict(zip(single[0].tolist(), single[1].tolist(), strict=True))
    value = dict(zip(bipartite.rows.tolist(), bipartite.values.tolist(), strict=True))
    assert [at.get(place + 1) for place in range(len(order))] == [value.get(unit) for unit in semi.rows[order].tolist()]
    for mean in (
        semi.mean,
        bipartite.mean,
        made.baseline("conv1", A, B).mean,
        made.baseline("conv1", A, B, "semi").mean,
    ):
        assert f"mean {mean:.2f}".replace("0.", ".") in words(figure)
    assert "correlation r" in figure.axes[0].get_ylabel()


def test_the_unrelated_level_is_drawn_where_it_was_measured(zoo, made):
    assert "other images" in words(figures.rank_curves(zoo, "conv1", A, B))
    assert "other images" not in words(figures.rank_curves(made, "conv1", A, B))


def test_best_and_worst_show_both_units_of_sixteen_matches(made):
    figure = figures.best_and_worst(made, "conv1", A, B)
    images = pictures_in(figure)
    assert len(images) == 32
    matching = made.match("conv1", A, B)
    best, worst = int(matching.values.argmax()), int(matching.values.argmin())
    np.testing.assert_array_equal(images[0], mosaic(made.patches("conv1", A, int(matching.rows[best]))))
    np.testing.assert_array_equal(images[8], mosaic(made.patches("conv1", B, int(matching.columns[best]))))
    np.testing.assert_array_equal(images[31], mosaic(made.patches("conv1", B, int(matching.columns[worst]))))
    limit = made.baseline("conv1", A, B).greatest[matching.rows[best]]
    r = f"r {matching.values[best]:.2f} ({limit:.2f})".replace("0.", ".")
    assert f"{matching.rows[best]} – {matching.columns[best]}\n{r}" in words(figure)


def test_few_matches_are_shown_once_each():
    small = synthetic_comparison({"a": 3, "b": 3}, dead={"b": (1,)})
    assert len(pictures_in(figures.best_and_worst(small, "conv1", "a", "b"))) == 4
    assert len(pictures_in(figures.best_and_worst(small, "conv1", "a", "b", count=1))) == 4
    with pytest.raises(ValueError, match="at least 1"):
        figures.best_and_worst(small, "conv1", "a", "b", count=0)


def test_a_mosaic_is_the_patches_enlarged_pixel_by_pixel():
    random = np.random.default_rng(0)
    patches = random.integers(0, 255, (4, 5, 5, 3), np.uint8)
    sheet = mosaic(patches)
    assert sheet.shape == (84, 128, 3)
    np.testing.assert_array_equal(sheet[:40:8, :40:8], patches[0])
    np.testing.assert_array_equal(sheet[44::8, :40:8], patches[3])
    assert (sheet[60, 60:] == 255).all()


def test_predictors_are_the_strongest_weights_of_the_penalty(made):
    found = made.predict("conv1", A, B)
    at = found.penalties.tolist().index(0.03)
    unit = int(np.nanargmax(found.predictors[at]))
    weights = found.weights[at][:, unit]
    strongest = np.argsort(-np.abs(weights), kind="stable")[:3]
    figure = figures.predictors(made, "conv1", A, B, unit, penalty=0.03)
    images = pictures_in(figure)
    expected = [made.patches("conv1", B, unit), *(made.patches("conv1", A, int(source)) for source in strongest)]
    for image, patches in zip(images, expected, strict=True):
        np.testing.assert_array_equal(image, mosaic(patches))
    assert f"seed 0 / {strongest[0]}\nw {weights[strongest[0]]:.2f}".replace("0.", ".") in words(figure).replace(
        "0.", "."
    )
    assert f"predictors: {found.predictors[at, unit]:.0f}" in words(figure)
    assert "α = .03" in words(figure)


def test_a_dead_target_has_no_predictors_and_a_foreign_penalty_is_an_error(made):
    figure = figures.predictors(made, "conv1", A, B, 3)
    assert "dead" in words(figure)
    assert pictures_in(figure) == []
    with pytest.raises(ValueError, match="`penalty` must be one of"):
        figures.predictors(made, "conv1", A, B, 0, penalty=0.2)
    with pytest.raises(ValueError, match="at least one unit"):
        figures.predictors(made, "conv1", A, B, [])


def test_loss_against_sparsity_is_the_prediction_beside_its_control(made):
    figure = figures.loss_against_sparsity(made, "conv1", A, B)
    found, turned = made.predict("conv1", A, B), Control(made, "conv1", A).predicts(B)
    real, rotated, zero, single = lines_of(figure.axes[0])
    for line, one in ((real, found), (rotated, turned)):
        np.testing.assert_array_equal(line[0], mean_over_units(one.predictors))
        np.testing.assert_array_equal(line[1], median_over_units(one.held_out_loss))
    assert set(zero[1]) == {0.5}
    r = made.held_out("conv1", B, A, "semi").r
    assert single[1][0] == pytest.approx(np.nanmedian((1 - r**2) / 2))
    assert "α .1" in words(figure)
    assert "predictors per unit" in figure.axes[0].get_xlabel()


def test_the_cluster_matrix_is_in_cluster_order_with_borders(made):
    found = made.clusters("conv1", A, B, 4)
    figure = figures.cluster_matrix(made, "conv1", A, B, 4)
    axes = figure.axes[0]
    ask = made.correlation
    blocks = np.block([[ask("conv1", A, A), ask("conv1", A, B)], [ask("conv1", A, B).T, ask("conv1", B, B)]])
    order = [unit for label in range(4) for unit in np.flatnonzero(found.labels == label)]
    np.testing.assert_array_equal(axes.images[0].get_array(), blocks[np.ix_(order, order)])
    sizes = np.cumsum([np.sum(found.labels == label) for label in range(3)])
    borders = sorted({line.get_ydata()[0] for line in axes.lines if line.get_xdata() == [0, 1]})
    assert borders == (sizes - 0.5).tolist()
    assert len(order) == 48 - 3
    assert "3 dead left out" in words(figure)
    assert "units of seed 1" in words(figure)


def test_a_clusters_units_of_both_nets_stand_side_by_side(made):
    found = made.clusters("conv1", A, B, 4)
    of_a, of_b = np.split(found.labels, [24])
    figure = figures.cluster_units(made, "conv1", A, B, 0, 4, count=3)
    assert len(pictures_in(figure)) == min(3, (of_a == 0).sum()) + min(3, (of_b == 0).sum())
    assert f"cluster 0: the 3 most typical of {(of_a == 0).sum()} units of seed 0" in words(figure)
    assert f"cluster 0: the 3 most typical of {(of_b == 0).sum()} units of seed 1" in words(figure)
    assert "typical" not in words(figures.cluster_units(made, "conv1", A, B, 0, 4, count=18))
    with pytest.raises(ValueError, match=r"must be in 0\.\.3"):
        figures.cluster_units(made, "conv1", A, B, 4, 4)


def test_mean_curves_are_the_sorted_means_and_say_what_they_leave_out(made):
    figure = figures.mean_curves(made, "conv1", [A, B])
    for (x, y), net in zip(lines_of(figure.axes[0]), (A, B), strict=True):
        means = np.sort(made.mean("conv1", net))[::-1]
        np.testing.assert_array_equal(y, means[means > 0])
        np.testing.assert_array_equal(x, np.arange(1, len(y) + 1))
    assert "3 units that hardly fire left out" in words(figure)
    assert figure.axes[0].get_yscale() == "log"
    assert len({(line.get_color(), str(line.get_linestyle())) for line in figure.axes[0].lines}) == 2
    unequal = figures.mean_curves(made, "conv1")
    assert "%" in unequal.axes[0].get_xlabel()
    assert lines_of(unequal.axes[0])[2][0][0] == pytest.approx(100 * 0.5 / 30)


def test_means_of_matches_are_those_of_the_matched_units(made):
    matching = made.match("conv1", A, B)
    figure = figures.means_of_matches(made, "conv1", A, B)
    drawn = np.concatenate([np.asarray(points.get_offsets()) for points in figure.axes[0].collections])
    expected = np.stack([made.mean("conv1", A)[matching.rows], made.mean("conv1", B)[matching.columns]], axis=1)
    assert sorted(map(tuple, drawn.tolist())) == sorted(map(tuple, expected.tolist()))
    above = int(made.baseline("conv1", A, B).above.sum())
    assert f"above the rotation baseline ({above})" in words(figure)


def test_filters_are_aligned_by_matching(zoo):
    figure = figures.filters(zoo, "conv1", [A, B, "wide"])
    first, second, _ = pictures_in(figure)
    r, partners = zoo.correlation("conv1", A, B), zoo.partners("conv1", A, B)
    wide = zoo.partners("conv1", A, "wide")
    mean = (r[np.arange(24), partners] + zoo.correlation("conv1", A, "wide")[np.arange(24), wide]) / 2
    order = np.argsort(-mean, kind="stable")
    np.testing.assert_array_equal(first, mosaic(filter_pictures(zoo.filters("conv1", A))[order], 24))
    np.testing.assert_array_equal(second, mosaic(filter_pictures(zoo.filters("conv1", B))[partners[order]], 24))
    assert f"{r[order[0], partners[order[0]]]:.2f}"[1:] in words(figure)
    assert len(pictures_in(figures.filters(zoo, "conv1", [A, B], columns=10))) == 6
    with pytest.raises(ValueError, match="no first layer"):
        figures.filters(zoo, "conv2")


def with_filters(comparison, filters):
    members = {f"layer/0/filters/{place}": weights for place, weights in enumerate(filters)}
    return cw.Comparison(comparison._manifest, {**comparison._members, **members})


def test_filters_of_three_channels_are_shown_in_colour(tmp_path):
    weights = np.zeros((2, 3, 4, 4), np.float32)
    weights[0, 0], weights[0, 2], weights[1, 1] = 2.0, -1.0, -0.5
    coloured = with_filters(synthetic_comparison({"a": 2, "b": 2}), [weights, weights[::-1]])
    figure = figures.filters(coloured, "conv1")
    save_both_ways(figure, tmp_path)
    pictures = filter_pictures(weights)
    assert pictures[0, 0, 0].tolist() == [255, 128, 64]
    assert pictures[1, 0, 0].tolist() == [128, 0, 128]
    assert {tuple(pixel) for pixel in pictures_in(figure)[0].reshape(-1, 3).tolist()} >= {(255, 128, 64), (128, 0, 128)}
    assert filter_pictures(np.zeros((1, 1, 3, 3))).tolist() == np.full((1, 3, 3, 3), 128).tolist()
    with pytest.raises(ValueError, match="1 or 3 channels"):
        filter_pictures(np.zeros((2, 4, 3, 3)))


def test_attributions_stand_beneath_their_patches(zoo, made):
    figure = figures.attributions(zoo, "conv2", A, 4)
    images = pictures_in(figure)
    patches, values = zoo.patches("conv2", A, 4), zoo.attributions("conv2", A, 4)
    assert len(images) == 2 * len(patches)
    for place, (patch, value) in enumerate(zip(patches, values, strict=True)):
        np.testing.assert_array_equal(images[place], patch)
        np.testing.assert_array_equal(images[len(patches) + place], value)
    dead = int(np.flatnonzero(zoo.dead("fc1", A))[0])
    assert "it has none" in words(figures.attributions(zoo, "fc1", A, dead))
    with pytest.raises(ValueError, match="attributions were not made"):
        figures.attributions(made, "conv1", A, 0)


CORNERS = {
    "dead units": {"nets": NETS, "dead": DEAD},
    "one unit": {"nets": {"a": 1, "b": 1}},
    "one unit beside many": {"nets": {"a": 1, "b": 6}},
    "only dead units": {"nets": {"a": 3, "b": 4}, "dead": {"a": (0, 1, 2), "b": (0, 1, 2, 3)}},
    "one side dead": {"nets": {"a": 3, "b": 4}, "dead": {"b": (0, 1, 2, 3)}},
    "no pictures": {"nets": {"a": 5, "b": 7}, "pictures": False},
    "names": {"nets": {"_a $x$ <b>": 4, "b\n$" + 60 * "c": 4}},
}


@pytest.mark.parametrize("corner", CORNERS)
@pytest.mark.filterwarnings("error")
def test_every_figure_is_drawn_at_the_corners(corner, tmp_path):
    comparison = synthetic_comparison(**CORNERS[corner])
    a, b = comparison.nets[:2]
    for name, figure in drawings(comparison, "conv1", a, b).items():
        save_both_ways(figure, tmp_path)
        assert "conv1" in words(figure), name
        assert "nan" not in words(figure).lower(), name
    if corner == "names":
        text = words(figures.mean_curves(comparison, "conv1"))
        assert "_a $x$ <b>: spread" in text
        assert "…" in text


def test_without_pictures_the_place_says_so():
    bare = synthetic_comparison({"a": 5, "b": 7}, pictures=False)
    figure = figures.best_and_worst(bare, "conv1", "a", "b")
    assert pictures_in(figure) == []
    assert "no pictures" in words(figure)


def test_unknown_names_and_orders_are_plain_errors(made):
    with pytest.raises(UnknownName, match="there is no net 'seed 9'"):
        figures.matrix(made, "conv1", A, "seed 9")
    with pytest.raises(UnknownName, match="there is no layer 'conv9'"):
        figures.mean_curves(made, "conv9")
    with pytest.raises(ValueError, match="`order` must be one of"):
        figures.matrix(made, "conv1", A, B, "worst")
    with pytest.raises(ValueError, match="two nets"):
        figures.rank_curves(made, "conv1", A, A)


LONG = ("resnet50 IMAGENET1K_V1", "resnet50 IMAGENET1K_V2")


@pytest.mark.parametrize("nets", [LONG, ("a", "b"), (28 * "W", 27 * "W" + "M")])
def test_words_stay_within_the_figure_whatever_the_nets_are_called(nets, tmp_path):
    layer = "layer2.1.conv3"
    comparison = synthetic_comparison(dict.fromkeys(nets, 12), (layer,))
    shown = drawings(comparison, layer, *nets)
    shown["cluster"] = figures.cluster_units(comparison, layer, *nets, 0)
    shown["one predictor"] = figures.predictors(comparison, layer, *nets, 0, count=1)
    for name, figure in shown.items():
        save_both_ways(figure, tmp_path)
        box = figure.bbox
        for part in (figure, *figure.subfigs):
            title = part._suptitle
            if title is None:
                continue
            extent = title.get_window_extent()
            assert extent.x0 >= part.bbox.x0, name
            assert extent.x1 <= part.bbox.x1, name
            assert extent.y1 <= box.y1, name
            for axes in part.axes:
                assert not extent.overlaps(axes.get_window_extent()), name


@pytest.mark.parametrize("seed", [0, 1])
def test_no_held_out_loss_vanishes_from_the_curve(seed):
    random = np.random.default_rng(seed)
    noise = comparison_of({net: random.standard_normal((120, 24)) for net in "ab"})
    figure = figures.loss_against_sparsity(noise, "conv1", "a", "b")
    drawn = np.concatenate([up for _, up in lines_of(figure.axes[0])[:2]])
    assert drawn.max() > 0.56
    assert figure.axes[0].get_ylim()[1] > drawn.max()
    assert "left out" not in words(figure)


def test_losses_far_above_the_zero_maps_are_counted():
    random = np.random.default_rng(0)
    noise = comparison_of({net: random.standard_normal((40, 19)) for net in "ab"})
    figure = figures.loss_against_sparsity(noise, "conv1", "a", "b")
    drawn = np.concatenate([up for _, up in lines_of(figure.axes[0])[:2]])
    beyond = int((drawn > figure.axes[0].get_ylim()[1]).sum())
    assert beyond == (drawn > 1).sum() > 0
    assert f"{beyond} points with a loss above 1 left out" in words(figure).replace("\n", " ")
    assert figure.axes[0].get_ylim()[1] < 1.1


def test_one_unit_is_seen_in_the_rank_curves_and_named_in_the_singular():
    one = synthetic_comparison({"a": 1, "b": 1})
    axes = figures.rank_curves(one, "conv1", "a", "b").axes[0]
    for along, up in lines_of(axes)[:2]:
        assert np.ptp(along) > 0.1
        assert np.isfinite(up).all()
    assert np.ptp(axes.collections[0].get_paths()[0].vertices[:, 0]) > 0.1
    assert "the strongest match of a" in words(figures.best_and_worst(one, "conv1", "a", "b"))
    assert ": 1 unit of a" in words(figures.cluster_units(one, "conv1", "a", "b", 0, 1))


@pytest.mark.parametrize("widths", [(1, 12), (12, 1), (1, 1), (12, 12)])
def test_a_matrix_of_any_shape_fills_its_figure_and_has_a_readable_colour_bar(widths):
    comparison = synthetic_comparison(dict(zip(LONG, widths, strict=True)))
    figure = figures.matrix(comparison, "conv1", *LONG)
    figure.draw_without_rendering()
    axes, bar = figure.axes
    high, wide = (length / figure.dpi for length in (axes.bbox.height, axes.bbox.width))
    assert bar.bbox.height > 1.8 * figure.dpi
    assert figure.get_figheight() - high < 2
    assert figure.get_figwidth() - wide < 3
    for axis in (axes.xaxis, axes.yaxis):
        extent = axis.label.get_window_extent()
        assert extent.x0 >= 0
        assert extent.y0 >= 0
        assert extent.x1 <= figure.bbox.x1
        assert extent.y1 <= figure.bbox.y1


def test_what_cannot_be_drawn_is_named(zoo, made):
    with pytest.raises(ValueError, match=r"`method` must be one of \('bipartite', 'semi'\), got 'x'"):
        figures.matrix(made, "conv1", A, A, "best", "x")
    with pytest.raises(ValueError, match="`method` must be one of"):
        figures.matrix(made, "conv1", A, B, "best", None)
    dead = synthetic_comparison({"a": 2, "b": 2}, dead={"a": (0, 1), "b": (0, 1)})
    with pytest.raises(ValueError, match="no live units"):
        figures.cluster_units(dead, "conv1", "a", "b", 0)
    for count in (0, -1):
        for draw in (
            lambda count: figures.cluster_units(made, "conv1", A, B, 0, count=count),
            lambda count: figures.predictors(made, "conv1", A, B, 0, count=count),
            lambda count: figures.best_and_worst(made, "conv1", A, B, count),
        ):
            with pytest.raises(ValueError, match=f"`count` must be at least 1, got {count}"):
                draw(count)
    with pytest.raises(ValueError, match="`columns` must be at least 1"):
        figures.filters(zoo, "conv1", columns=0)
    for units in (True, 1.0, [True], [0, 1.5], "0"):
        with pytest.raises(TypeError, match="a unit is a whole number"):
            figures.predictors(made, "conv1", A, B, units)
    letters = synthetic_comparison({"a": 3, "b": 3})
    for draw in (figures.mean_curves, figures.filters):
        with pytest.raises(ValueError, match="list of names, got the one name 'ab'"):
            draw(letters, "conv1", "ab")
        with pytest.raises(ValueError, match="at least one net"):
            draw(letters, "conv1", [])
        with pytest.raises(ValueError, match="each once"):
            draw(letters, "conv1", ["a", "a"])


def test_penalties_are_told_apart(made):
    penalties = (0.1, 0.101)
    assert "α = .101" in words(figures.predictors(made, "conv1", A, B, 0, 0.101, penalties=penalties))


def test_means_of_matches_says_so_where_nothing_is_matched():
    comparison = synthetic_comparison({"a": 4, "b": 4}, dead={"a": (0, 1, 2, 3)})
    figure = figures.means_of_matches(comparison, "conv1", "a", "b")
    assert "no unit of a has a match in b" in words(figure)
    assert "nothing to show" in words(figure)
    assert "×" not in words(figure)
