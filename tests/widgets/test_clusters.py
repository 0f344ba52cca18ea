import json
import math
import subprocess
import sys

import numpy as np
import pytest
from ipywidgets.widgets.widget import _instances
from synthetic import synthetic_comparison

from convergent_widgets.analysis import block_affinity, cka
from convergent_widgets.widgets import Explorer, answers
from convergent_widgets.widgets.clusters import ClustersPanel

A, B = "seed 0", "wide"
NETS = {A: 24, "seed 1": 24, B: 30}


@pytest.fixture(scope="module")
def comparison():
    return synthetic_comparison(NETS, dead={A: (5,), B: (3, 7)})


@pytest.fixture
def explorer(comparison):
    made = Explorer(comparison)
    yield made
    made.close()


def ask(comparison, layer="conv1", a=A, b=B, clusters=None):
    """The answer as a browser has it, its buffers decoded."""
    meta, buffers = answers.answer(comparison, "clusters", {"layer": layer, "a": a, "b": b, "clusters": clusters})
    decoded = [np.frombuffer(buffer, kind) for buffer, kind in zip(buffers, ("<i4", "<i4", "<f4"), strict=True)]
    return json.loads(json.dumps(meta, allow_nan=False)), *decoded


def affinity_of(comparison, layer, a, b):
    correlation = comparison.correlation
    return block_affinity(correlation(layer, a, a), correlation(layer, a, b), correlation(layer, b, b))


@pytest.mark.parametrize("clusters", [None, 1, 7, 51])
@pytest.mark.parametrize("layer", ["conv1", "conv2"])
def test_it_tells_which_units_belong_together_and_in_which_order(comparison, layer, clusters):
    meta, labels, order, affinity = ask(comparison, layer, clusters=clusters)
    found = comparison.clusters(layer, A, B, clusters)
    assert labels.tolist() == found.labels.tolist()
    assert (meta["rows"], meta["columns"], meta["asked"]) == (24, 30, clusters)
    assert sorted(order) == np.flatnonzero(found.labels >= 0).tolist()
    assert sorted(meta["order"]) == list(range(found.clusters))
    place = 0
    weights = affinity_of(comparison, layer, A, B)
    for label in meta["order"]:
        of_a, of_b = meta["sizes"][label]
        block = order[place : place + of_a + of_b]
        assert set(labels[block]) == {label}
        ours, theirs = block[:of_a], block[of_a:]
        assert (ours < 24).all()
        assert (theirs >= 24).all()
        for side, other in ((ours, theirs), (theirs, ours)):
            expected = [weights[unit, other].mean() if other.size else math.nan for unit in side]
            assert affinity[side] == pytest.approx(expected, abs=1e-6, nan_ok=True)
            assert (np.diff(expected) <= 0).all() or not other.size
        place += of_a + of_b
    assert place == len(order)
    assert np.isnan(affinity[labels < 0]).all()


def test_it_tells_how_much_is_shared(comparison):
    meta, labels, _, _ = ask(comparison, clusters=3)
    correlation = comparison.correlation
    for label, (shared, outside) in enumerate(zip(meta["shared"], meta["outside"], strict=True)):
        (a, b), (not_a, not_b) = (
            (np.flatnonzero(one), np.flatnonzero(two))
            for one, two in (
                (labels[:24] == label, labels[24:] == label),
                ((labels[:24] != label) & (labels[:24] >= 0), (labels[24:] != label) & (labels[24:] >= 0)),
            )
        )

        def alike(rows, columns):
            between, within = correlation("conv1", A, B), (correlation("conv1", A, A), correlation("conv1", B, B))
            return cka(
                within[0][np.ix_(rows, rows)], within[1][np.ix_(columns, columns)], between[np.ix_(rows, columns)]
            )

        assert shared == pytest.approx(alike(a, b))
        assert outside == pytest.approx((alike(a, not_b) + alike(not_a, b)) / 2)
        assert shared > 2 * outside


def test_both_sides_of_every_split_lie_together(comparison):
    meta, *_ = ask(comparison, clusters=9)
    found = comparison.clusters("conv1", A, B, 9)
    place = {label: i for i, label in enumerate(meta["order"])}
    for left, right, _ in found.tree:
        places = [{place[label] for label in found.labels[side]} for side in (left, right)]
        for side in places:
            assert max(side) - min(side) == len(side) - 1
        assert max(places[0]) + 1 == min(places[1])


def test_a_single_cluster_has_nothing_outside(comparison):
    meta, *_ = ask(comparison, clusters=1)
    assert meta["order"] == [0]
    assert meta["outside"] == [None]
    assert meta["shared"] == pytest.approx([comparison.cka("conv1", A, B, standardised=True)])


def test_a_layer_of_dead_units_has_no_clusters():
    silent = synthetic_comparison({"a": 2, "b": 3}, dead={"a": (0, 1), "b": (0, 1, 2)})
    meta, labels, order, affinity = ask(silent, a="a", b="b")
    assert (meta["sizes"], meta["order"], meta["shared"], meta["outside"]) == ([], [], [], [])
    assert (labels.tolist(), order.tolist()) == ([-1] * 5, [])
    assert np.isnan(affinity).all()


def test_clusters_of_one_net_share_nothing():
    half = synthetic_comparison({"a": 4, "b": 3}, dead={"b": (0, 1, 2)})
    meta, *_ = ask(half, a="a", b="b")
    assert all(b == 0 for _, b in meta["sizes"])
    assert set(meta["shared"]) == {0}
    assert set(meta["outside"]) == {None}


def test_layers_of_one_unit():
    meta, labels, *_ = ask(synthetic_comparison({"a": 1, "b": 1}), a="a", b="b")
    assert labels.size == 2
    assert sum(map(sum, meta["sizes"])) == 2


def test_the_panel_opens_follows_and_closes_with_the_selection(explorer):
    before = set(_instances)
    explorer.selection.panels = ["clusters"]
    panel = explorer.children[1]
    assert isinstance(panel, ClustersPanel)
    assert (panel.view, panel.selection, panel.data) == ("clusters", explorer.selection, explorer.data)
    explorer.selection.panels = []
    assert panel.comm is None
    assert explorer.selection.comm is not None
    assert set(_instances) == before


def test_the_panel_alone_has_its_own_selection(comparison):
    panel = ClustersPanel(comparison, layer="conv2", net_b=B, clusters=4, cluster=3)
    assert (panel.selection.layer, panel.selection.clusters, panel.selection.cluster) == ("conv2", 4, 3)
    selection = panel.selection
    panel.close()
    assert selection.comm is None


def test_nothing_is_clustered_before_somebody_asks(comparison, explorer, monkeypatch):
    asked = []
    original = type(comparison).clusters
    monkeypatch.setattr(type(comparison), "clusters", lambda *args, **kw: asked.append(args) or original(*args, **kw))
    explorer.selection.panels = ["clusters"]
    explorer.selection.layer = "conv2"
    explorer.selection.cluster = 1
    assert not asked
    ask(comparison)
    assert asked


def test_opening_the_panel_and_asking_it_loads_no_scikit_learn():
    script = (
        "import sys, convergent_widgets as cw\n"
        "from convergent_widgets.widgets.answers import answer\n"
        "c = cw.zoo.comparison()\n"
        "e = cw.Explorer(c)\n"
        "print('convergent_widgets.widgets.clusters' in sys.modules)\n"
        "e.selection.panels = ['clusters']\n"
        "answer(c, 'clusters', {'layer': 'conv2', 'a': 'seed 0', 'b': 'seed 1', 'clusters': None})\n"
        "print(*[name in sys.modules for name in ('convergent_widgets.widgets.clusters', 'sklearn', 'bqplot')])\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "True", "False", "False"]
