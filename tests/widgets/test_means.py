import numpy as np
import pytest
from ipywidgets.widgets.widget import _instances
from synthetic import synthetic_comparison

from convergent_widgets.widgets import Explorer
from convergent_widgets.widgets.means import ACCENT, COLORS, MeansPanel, linear_ticks, log_ticks, places

NETS = {"seed 0": 24, "seed 1": 24, "wide": 30}


@pytest.fixture(scope="module")
def comparison():
    return synthetic_comparison(NETS, dead={"seed 1": (3,)})


@pytest.fixture
def explorer(comparison):
    made = Explorer(comparison)
    yield made
    made.close()


@pytest.fixture
def panel(comparison, explorer):
    explorer.selection.panels = ["means"]
    return explorer.children[1]


class Spread:
    """A comparison whose means in its only layer are given."""

    nets, layers = ("a",), ("one",)

    def __init__(self, means):
        self.means = np.array(means, float)

    def mean(self, layer, net):
        return self.means

    def units(self, layer, net):
        return len(self.means)

    def counterparts(self, layer, net, unit, method):
        return {}


def alone(explorer, means):
    """The panel on made-up means of one layer, following an explorer's selection."""
    panel = MeansPanel(Spread(means), explorer.selection)

    def drawn():
        return panel.figure.marks[0].y.tolist()

    return panel, drawn


def curves(panel):
    return {mark.labels[0]: mark for mark in panel.figure.marks[:-2]}


def percent(place, units):
    """Where the units of nets of unequal width stand on the x axis."""
    return 100 * (place - 0.5) / units


def marks(panel):
    """Place and mean of the selected unit, and of its counterparts."""
    others, chosen = panel.figure.marks[-2:]
    return list(zip(chosen.x, chosen.y, strict=True)), list(zip(others.x, others.y, strict=True))


def test_every_net_is_a_falling_curve_of_its_means(comparison, panel):
    assert list(curves(panel)) == list(NETS)
    for net, curve in curves(panel).items():
        kept = comparison.mean("conv1", net)
        kept = kept[kept > 0] if panel.scale == "log" else kept
        assert curve.y.tolist() == sorted(kept.tolist(), reverse=True)
        assert curve.x.tolist() == [percent(place, NETS[net]) for place in range(1, len(kept) + 1)]
    assert len({curve.colors[0] for curve in curves(panel).values()}) == 3


def test_the_selected_unit_and_its_counterparts_are_marked(comparison, explorer, panel):
    explorer.selection.select(net="seed 0", unit=7)
    chosen, others = marks(panel)
    mean = comparison.mean("conv1", "seed 0")
    assert chosen == [(percent(1 + (mean > mean[7]).sum(), 24), mean[7])]
    expected = []
    for net, counterpart in comparison.counterparts("conv1", "seed 0", 7).items():
        unit = counterpart.best.unit if counterpart.unit is None else counterpart.unit
        mean = comparison.mean("conv1", net)
        place = 1 + (mean > mean[unit]).sum()
        expected.append((percent(place, NETS[net]), mean[unit]))
    assert others == expected
    assert panel.figure.marks[-1].colors == [ACCENT]
    assert panel.figure.marks[-2].colors == [curves(panel)[net].colors[0] for net in ("seed 1", "wide")]


def test_it_follows_layer_net_unit_and_method(comparison, explorer, panel):
    explorer.selection.layer = "conv2"
    assert sorted(comparison.mean("conv2", "wide").tolist()) == sorted(curves(panel)["wide"].y.tolist())
    explorer.selection.select(net="wide", unit=29)
    assert marks(panel)[0][0][1] == comparison.mean("conv2", "wide")[29]
    explorer.selection.unit = None
    assert marks(panel) == ([], [])


def test_a_unit_that_nothing_was_left_for_shows_its_most_similar(comparison, explorer, panel):
    left = comparison.match("conv1", "wide", "seed 0").unmatched_rows[0]
    explorer.selection.select(net="wide", unit=left)
    best = comparison.counterparts("conv1", "wide", int(left))["seed 0"].best.unit
    assert marks(panel)[1][0][1] == comparison.mean("conv1", "seed 0")[best]


def test_a_dead_unit_has_no_counterparts(comparison, explorer, panel):
    explorer.selection.select(net="seed 1", unit=3)
    found = {place.net: place for place in places(comparison, "conv1", "seed 1", 3, "bipartite")}
    assert (found["seed 1"].unit, found["seed 1"].mean, found["seed 1"].place) == (3, 0, 24)
    assert found["seed 0"].unit is None
    assert marks(panel)[1] == []


def test_a_large_spread_starts_on_the_log_scale(explorer):
    panel, drawn = alone(explorer, [5, 0.01, 0, 0.02])
    assert panel.scale == "log"
    assert drawn() == [5, 0.02, 0.01]
    assert panel.figure.marks[0].x.tolist() == [1, 2, 3]
    panel.scale = "linear"
    assert drawn() == [5, 0.02, 0.01, 0]
    panel.close()


def test_units_that_hardly_fire_do_not_flatten_the_log_scale(explorer):
    panel, drawn = alone(explorer, [8, 4, 0.1, 0.0081, 0.0079, 1e-6])
    assert panel.scale == "log"
    assert drawn() == [8, 4, 0.1, 0.0081]
    panel.close()


def test_the_axes_say_what_they_are(explorer, panel):
    across, along = panel.figure.axes
    assert across.label == "units, most active first (% of each net\N{RIGHT SINGLE QUOTATION MARK}s units)"
    assert along.label == "mean activation"
    panel, _ = alone(explorer, [1, 3, 2])
    assert panel.figure.axes[0].label == "units, most active first"
    panel.close()


def luminance(color):
    """WCAG 2 relative luminance of "#rrggbb"."""
    parts = np.array([int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)])
    return np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4) @ [0.2126, 0.7152, 0.0722]


@pytest.mark.parametrize("ground", ["#ffffff", "#111111"])
@pytest.mark.parametrize("color", COLORS)
def test_every_curve_stands_out_in_both_themes_and_is_not_grey(color, ground):
    dark, light = sorted([luminance(color), luminance(ground)])
    assert (light + 0.05) / (dark + 0.05) >= 3
    parts = [int(color[i : i + 2], 16) for i in (1, 3, 5)]
    assert max(parts) - min(parts) >= 90


def test_a_few_units_that_hardly_fire_do_not_make_it_large(explorer):
    panel, _ = alone(explorer, [*np.linspace(1, 2, 48), 1e-5])
    assert panel.scale == "linear"
    panel.close()


def test_a_small_spread_starts_on_the_linear_scale(explorer):
    panel, drawn = alone(explorer, [1, 3, 2])
    assert panel.scale == "linear"
    panel.scale = "log"
    assert drawn() == [3, 2, 1]
    panel.close()


def test_negative_means_have_no_log_scale(explorer):
    panel, drawn = alone(explorer, [100, -3, 0.01])
    assert panel.scale == "linear"
    assert drawn() == [100, 0.01, -3]
    panel.close()


def test_means_of_zero_alone_are_drawn(explorer):
    panel, drawn = alone(explorer, [0, 0])
    assert drawn() == [0, 0]
    panel.close()


def test_a_click_on_the_mark_of_a_counterpart_selects_it(comparison, explorer, panel):
    explorer.selection.select(net="seed 0", unit=7)
    wide = comparison.counterparts("conv1", "seed 0", 7)["wide"].unit
    others = panel.figure.marks[-2]
    content = {"event": "element_click", "data": {"index": 1}}
    others._handle_custom_msgs(others, content)
    assert (explorer.selection.net, explorer.selection.unit) == ("wide", wide)
    assert marks(panel)[0][0][1] == comparison.mean("conv1", "wide")[wide]


def test_closing_leaves_no_widget(explorer):
    before = set(_instances)
    explorer.selection.panels = ["means"]
    assert set(_instances) > before
    explorer.selection.panels = []
    assert set(_instances) == before


def test_it_closes(explorer, panel):
    explorer.selection.panels = []
    assert explorer.selection.panels == []
    assert panel.comm is None
    assert len(explorer.children) == 1


def test_a_new_scale_leaves_no_old_figure(explorer, panel):
    panel.scale = "linear"
    before = len(_instances)
    for scale in ("log", "linear", "log", "linear"):
        panel.scale = scale
    assert len(_instances) == before


def test_a_closed_panel_follows_no_more(explorer, panel):
    explorer.selection.panels = []
    figure = panel.figure
    explorer.selection.layer = "conv2"
    assert panel.figure is figure


@pytest.mark.parametrize(
    ("values", "ticks"),
    [
        ([0.16, 2.2], [0.2, 0.5, 1, 2]),
        ([0.004, 9], [0.01, 0.03, 0.1, 0.3, 1, 3]),
        ([1e-6, 1e3], [1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 0.1, 1, 10, 100, 1000]),
        ([2.1, 2.2], [2.1, 2.2]),
        ([3, 3], [3, 3]),
    ],
)
def test_ticks_are_round_numbers(values, ticks):
    assert log_ticks(np.array(values)) == pytest.approx(ticks)


@pytest.mark.parametrize(
    ("values", "ticks"),
    [
        ([0.06, 0.64], [0, 0.2, 0.4, 0.6]),
        ([-3, 0.01, 100], [0, 20, 40, 60, 80, 100]),
        ([-30, 100], [0, 50, 100]),
        ([1e-5, 2.2e-5], [0, 0.5e-5, 1e-5, 1.5e-5, 2e-5]),
        ([-2, -1], [-2, -1.5, -1, -0.5, 0]),
        ([0, 0], [0]),
    ],
)
def test_linear_ticks_are_round_numbers_from_0(values, ticks):
    assert linear_ticks(np.array(values)) == pytest.approx(ticks)
