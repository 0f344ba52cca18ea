import gc
import json
import subprocess
import sys
import weakref

import ipywidgets
import pytest
import traitlets
from ipywidgets.widgets.widget import _instances
from synthetic import synthetic_comparison

from convergent_widgets.comparison import Comparison
from convergent_widgets.widgets import Data, Explorer, Gallery, Matrix, RankPlot, Selection, View, Wall
from convergent_widgets.widgets.explorer import _PANELS
from convergent_widgets.widgets.selection import PANELS, STATE

VIEWS = {"matrix": Matrix, "rank": RankPlot, "wall": Wall, "gallery": Gallery}
HEAVY = ("torch", "torchvision", "sklearn", "bqplot", "pandas", "scipy.optimize", "matplotlib", "tqdm")


@pytest.fixture(scope="module")
def comparison():
    return synthetic_comparison()


@pytest.fixture
def explorer(comparison):
    made = Explorer(comparison)
    yield made
    made.close()


@pytest.fixture
def nothing_left():
    """A check that every model opened during a test was closed again."""
    before = set(_instances)
    yield
    assert set(_instances) == before


def views_of(box):
    return [child for child in box.children if isinstance(child, View)]


def test_one_view_on_one_selection_and_one_data(explorer):
    (main,) = explorer.children
    assert main.view == "explorer"
    assert main.selection is explorer.selection
    assert main.data is explorer.data
    state = main.get_state()
    assert state["selection"] == f"anywidget:{explorer.selection.model_id}"
    assert state["data"] == f"anywidget:{explorer.data.model_id}"


def test_the_browser_module_travels_as_text_with_its_styles(explorer):
    text = explorer.children[0].get_state()["_esm"]
    assert "export default" in text or "as default" in text
    assert "\n" in text
    assert not text.endswith(".js")
    assert "_css" not in explorer.children[0].keys
    assert explorer.selection.get_state()["_esm"] == explorer.data.get_state()["_esm"] == "export default {}"


def test_opens_where_it_is_told(comparison):
    explorer = Explorer(comparison, layer="conv2", net_b="seed 2", unit=3, order="original", layout={"width": "900px"})
    assert {"layer": "conv2", "net_b": "seed 2", "unit": 3, "order": "original"}.items() <= (
        explorer.selection.state().items()
    )
    assert explorer.layout.width == "900px"
    assert repr(explorer).startswith("Explorer(Selection(layer='conv2'")
    explorer.close()


@pytest.mark.parametrize(
    ("what", "words"),
    [
        (
            "fashion.npz",
            r"a Comparison is needed, got str 'fashion.npz'; a saved one is read by Comparison.load\(path\)",
        ),
        ({"seed 0": None}, "a Comparison is needed, got dict"),
        (None, "a Comparison is needed, got NoneType"),
        (list(range(1000)), "got list .*…"),
    ],
)
@pytest.mark.parametrize("widget", [Explorer, *VIEWS.values()])
def test_anything_but_a_comparison_is_refused(widget, what, words, nothing_left):
    with pytest.raises(TypeError, match=words):
        widget(what)


@pytest.mark.parametrize("widget", [Explorer, *VIEWS.values()])
def test_misspelt_options_are_refused(comparison, widget, nothing_left):
    with pytest.raises(TypeError, match=f"{widget.__name__}: there is no option 'layr'; the closest are 'layer'"):
        widget(comparison, layr="conv1")
    with pytest.raises(TypeError, match="no option 'view'"):
        widget(comparison, view="explorer")


@pytest.mark.parametrize("widget", [Explorer, *VIEWS.values()])
def test_wrong_names_are_refused_and_leave_no_model(comparison, widget, nothing_left):
    with pytest.raises(traitlets.TraitError, match="no layer 'conv9'; the closest are"):
        widget(comparison, layer="conv9")
    with pytest.raises(traitlets.TraitError, match="units 0 to 23"):
        widget(comparison, unit=24)


@pytest.mark.parametrize(("name", "widget"), VIEWS.items())
def test_a_view_alone_has_its_own_selection(comparison, name, widget, nothing_left):
    view = widget(comparison, layer="conv2", layout={"height": "300px"})
    assert view.view == name
    assert isinstance(view.selection, Selection)
    assert view.selection.layer == "conv2"
    assert view.data.facts["nets"] == ["seed 0", "seed 1", "seed 2"]
    assert view.layout.height == "300px"
    view.close()


@pytest.mark.parametrize(("name", "widget"), VIEWS.items())
def test_a_view_follows_an_explorer(comparison, name, widget, nothing_left):
    explorer = Explorer(comparison)
    for view in (
        widget(explorer),
        widget(selection=explorer.selection),
        widget(comparison, selection=explorer.selection),
        widget(selection=explorer.selection, data=explorer.data),
        widget(explorer.children[0]),
    ):
        assert view.view == name
        assert view.selection is explorer.selection
        assert view.data is explorer.data
        view.close()
    assert explorer.selection.comm is not None
    explorer.close()


def test_a_linked_view_takes_no_selection_of_its_own(comparison, explorer):
    with pytest.raises(TypeError, match=r"set selection.layer there instead"):
        Matrix(explorer, layer="conv2")
    with pytest.raises(TypeError, match=r"set selection.unit there instead"):
        Matrix(selection=explorer.selection, unit=3)


def test_a_linked_view_may_show_another_comparison_of_the_same_nets(explorer, nothing_left):
    other = synthetic_comparison(seed=1)
    view = Matrix(other, selection=explorer.selection)
    assert view.selection is explorer.selection
    assert view.data.comparison is other
    assert [answer["key"] for answer in view.data.known] == [answer["key"] for answer in explorer.data.known]
    view.close()
    assert view.data.comm is None
    assert explorer.selection.comm is not None


@pytest.mark.parametrize("widget", VIEWS.values())
def test_a_view_is_told_what_is_missing_or_too_much(comparison, explorer, widget, nothing_left):
    with pytest.raises(TypeError, match="`data` alone selects nothing: give `selection`"):
        widget(data=explorer.data)
    with pytest.raises(TypeError, match="a comparison or `data`, which speaks for one, not both"):
        widget(comparison, selection=explorer.selection, data=explorer.data)
    with pytest.raises(TypeError, match="an explorer brings its own selection and data"):
        widget(explorer, selection=explorer.selection)
    with pytest.raises(TypeError, match=r"`selection` must be a Selection, such as explorer\.selection; got Explorer"):
        widget(selection=explorer)
    bare = Selection(explorer.data.facts)
    with pytest.raises(TypeError, match="made without a comparison: give one as well"):
        widget(selection=bare)
    view = widget(comparison, selection=bare)
    assert view.data.comparison is comparison
    view.close()
    bare.close()


@pytest.mark.parametrize("changed", [{"layers": ("fc",)}, {"nets": {"seed 0": 24, "seed 1": 24, "seed 2": 31}}])
def test_a_view_of_other_nets_layers_or_units_is_refused(explorer, changed, nothing_left):
    other = synthetic_comparison(**changed)
    with pytest.raises(ValueError, match="different comparisons: nets, layers or units differ"):
        Matrix(other, selection=explorer.selection)
    data = Data(other)
    with pytest.raises(ValueError, match="different comparisons"):
        Matrix(selection=explorer.selection, data=data)
    data.close()


def test_every_known_panel_can_be_opened():
    assert tuple(_PANELS) == PANELS


def test_panels_open_and_close_with_the_selection(explorer):
    before = set(_instances)
    explorer.selection.panels = ["means"]
    main, panel = explorer.children
    assert panel.figure.comm is not None
    explorer.selection.set_state({"panels": []})
    assert explorer.children == (main,)
    assert panel.comm is None
    assert set(_instances) == before


def test_opens_with_a_panel(comparison, nothing_left):
    explorer = Explorer(comparison, panels=["means"])
    assert len(explorer.children) == 2
    explorer.close()


def test_a_panel_that_cannot_be_opened_says_so(explorer, monkeypatch, caplog):
    monkeypatch.setitem(_PANELS, "means", ("no_such_module_<b>", "Panel"))
    explorer.selection.panels = ["means"]
    _, said = explorer.children
    assert "No module named" in said.value
    assert "<b>" not in said.value
    assert "could not be opened" in caplog.text
    explorer.selection.panels = []
    assert said.comm is None


def test_close_leaves_no_model_and_no_observer(comparison, nothing_left):
    explorer = Explorer(comparison, panels=["means"])
    matrix = Matrix(explorer)
    selection, panel = explorer.selection, explorer.children[1]
    explorer.close()
    explorer.close()
    matrix.close()
    assert panel.comm is None
    observers = [
        handler
        for by_type in selection._trait_notifiers.values()
        for handlers in by_type.values()
        for handler in handlers
        if getattr(handler, "__self__", None) in (explorer, panel)
    ]
    assert observers == []


def test_a_closed_explorer_is_freed(comparison):
    explorer = Explorer(comparison, panels=["means"])
    parts = [explorer, explorer.selection, explorer.data, *explorer.children]
    alive = [weakref.ref(part) for part in parts]
    explorer.close()
    del explorer, parts
    gc.collect()
    assert [ref() for ref in alive if ref() is not None] == []


def test_two_explorers_do_not_share_a_selection(comparison, explorer):
    other = Explorer(comparison)
    other.selection.unit = 0
    explorer.selection.unit = 1
    assert other.selection.unit == 0
    other.close()


def test_ipywidgets_controls_can_be_linked(explorer):
    slider = ipywidgets.IntSlider(max=23)
    link = traitlets.link((explorer.selection, "unit"), (slider, "value"))
    slider.value = 9
    assert explorer.selection.unit == 9
    link.unlink()
    slider.close()


def test_names_may_hold_anything():
    odd = '<img src=x onerror="alert(1)"> & "é" / 层'
    strange = synthetic_comparison({odd: 6, "b": 7}, layers=("a.b/c", "</script>"))
    explorer = Explorer(strange, panels=["means"])
    assert explorer.selection.net == odd
    assert "<img" not in "".join(child.value for child in explorer.children[1].children if hasattr(child, "value"))
    explorer.close()


def test_one_net_and_no_pictures(nothing_left):
    explorer = Explorer(synthetic_comparison({"only": 12}, pictures=False), panels=["means"])
    assert explorer.selection.net_b == "only"
    assert explorer.data.facts["k"] == 0
    explorer.close()


OPENING = """
import json, sys
import ipykernel.kernelapp
import psutil
bare = set(sys.modules)
import convergent_widgets as cw
from convergent_widgets.widgets.answers import answer

comparison = {comparison}
explorer = cw.Explorer(comparison)
state = explorer.selection.state()
layer, nets = state["layer"], comparison.nets
answer(comparison, "matrix", {{"layer": layer, "a": state["net_a"], "b": state["net_b"]}})
for net in nets:
    answer(comparison, "pair", {{"layer": layer, "a": state["net"], "b": net}})
    answer(comparison, "pair", {{"layer": layer, "a": net, "b": state["net"]}})
    answer(comparison, "top", {{"layer": layer, "net": net, "which": "strongest"}})
images = [int(image) for image in comparison.top(layer, state["net"], state["unit"]).images]
answer(comparison, "pictures", {{"pictures": comparison.picture_set(state["net"]), "images": images}})
loaded = [name for name in {heavy!r} if name in sys.modules and name not in bare]
print(json.dumps({{"loaded": loaded, "resident": psutil.Process().memory_info().rss / 2**20}}))
"""


@pytest.mark.parametrize("source", ["file", "zoo"])
def test_opening_loads_little(source, comparison, tmp_path):
    comparison.save(tmp_path / "small.npz")
    how = f"cw.Comparison.load({str(tmp_path / 'small.npz')!r})" if source == "file" else "cw.zoo.comparison()"
    script = OPENING.format(comparison=how, heavy=HEAVY)
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    measured = json.loads(done.stdout.splitlines()[-1])
    print(measured)
    assert measured["loaded"] == []
    assert measured["resident"] <= 200


def test_a_saved_comparison_opens_as_the_one_in_memory(comparison, tmp_path):
    comparison.save(tmp_path / "small.npz")
    first, second = Explorer(comparison), Explorer(Comparison.load(tmp_path / "small.npz"))
    assert first.data.facts == second.data.facts
    assert [getattr(first.selection, name) for name in STATE] == [getattr(second.selection, name) for name in STATE]
    first.close()
    second.close()


def test_every_public_trait_says_what_it_is(explorer):
    for widget in (explorer.selection, explorer.data, explorer.children[0]):
        for name, trait in type(widget).class_own_traits().items():
            if not name.startswith("_"):
                assert "Written" in (trait.help or ""), name
