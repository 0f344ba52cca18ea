"""What a run would take: counted numbers exactly, measured ones as far as they can be known."""

import numpy as np
import pytest
from small_nets import LAYERS, Images, Small

import convergent_widgets as cw
from convergent_widgets import cli
from convergent_widgets.compute import pipeline

NETS = {"a": Small(0), "b": Small(1, units=8)}


def ask(images=None, **options):
    return cw.estimate(NETS, images or Images(), LAYERS, device="cpu", **options)


def test_units_and_positions_are_those_of_the_layers():
    found = ask()
    assert found.images == 21
    assert [layer.label for layer in found.layers] == LAYERS
    assert [dict(layer.units) for layer in found.layers] == [{"a": 6, "b": 8}, {"a": 8, "b": 10}, {"a": 9, "b": 9}]
    assert [layer.rows["a"] for layer in found.layers] == [144, 36, 1]
    assert [layer.rows["a"] for layer in ask(positions=20).layers] == [20, 20, 1]
    assert [layer.rows["b"] for layer in ask(positions="pooled").layers] == [1, 1, 1]
    assert [layer.rows["b"] for layer in ask(resize=(4, 5)).layers] == [20, 20, 1]


@pytest.mark.parametrize("options", [{}, {"patches": 0}, {"mutual_information": True, "patches": 3}])
def test_the_file_is_about_as_large_as_said(tmp_path, options):
    said = ask(Images(200), **options).file_size
    path = tmp_path / "result.npz"
    cw.compare(NETS, Images(200), LAYERS, device="cpu", progress=False, **options).save(path)
    overhead = 90_000  # names of images and members, which small layers are little beside
    assert said * 0.7 <= path.stat().st_size <= said * 1.3 + overhead


@pytest.mark.parametrize("units", [8, 16])
def test_memory_is_that_of_the_matrices_of_both_halves(units):
    net = Small(0, units=units)
    [layer] = cw.estimate({"a": net, "b": net}, Images(), ["conv1"], device="cpu", patches=0).layers
    wide = 2 * units
    assert layer.memory == 2 * 8 * wide**2 + 2 * 4 * (wide * (wide - 1) // 2)


def test_time_grows_with_the_images(monkeypatch):
    clock = iter(np.arange(0, 1e6, 1.0))
    monkeypatch.setattr("convergent_widgets.compute.estimate.time.perf_counter", lambda: float(next(clock)))
    few, many = (ask(Images(count), batch_size=4, patches=0) for count in (40, 80))
    assert many.pass_seconds == pytest.approx(2 * few.pass_seconds)
    assert few.seconds == few.pass_seconds + few.finishing_seconds


def test_what_a_first_call_loads_is_not_timed(monkeypatch):
    """The first call of a process takes 30 s, the second is disturbed, and one second is what it takes."""
    clock, taken = [0.0], iter([30.0, 5.0, 1.0])

    def baselines(*_given):
        clock[0] += next(taken)

    monkeypatch.setattr("convergent_widgets.compute.estimate.rotation_baselines", baselines)
    monkeypatch.setattr("convergent_widgets.compute.estimate.time.perf_counter", lambda: clock[0])
    net = Small(0)
    found = cw.estimate({"a": net, "b": net}, Images(), ["conv1"], device="cpu", patches=0)
    assert found.finishing_seconds == pytest.approx(2)  # a with b, b with a


def test_it_reads_as_one_sentence_and_a_line_for_each_layer():
    text = str(ask())
    assert text.startswith("21 images: about ")
    assert "of memory, a file of at most" in text
    assert "\n  conv1  6 + 8 units, 144 positions, " in text


def test_bad_input_is_that_of_compare():
    with pytest.raises(ValueError, match="`patches` must be a whole number"):
        ask(patches=-1)
    with pytest.raises(ValueError, match="conv9"):
        cw.estimate(NETS, Images(), ["conv9"], device="cpu")


def test_a_dry_run_says_it_and_writes_nothing(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(pipeline, "run_pass", lambda *_given: pytest.fail("the pass began"))
    monkeypatch.chdir(tmp_path)
    asked = ["compare", "zoo@seed 0", "zoo@seed 1", "--images", "zoo", "--layers", "fc1", "--dry-run"]
    assert cli.main([*asked, "--batch-size", "8", "--device", "cpu"]) == 0
    assert "10,000 images: about" in capsys.readouterr().out
    assert not list(tmp_path.iterdir())
