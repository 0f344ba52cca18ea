"""What a run would take: counted numbers exactly, measured ones as far as they can be known."""

import numpy as np
import pytest
from small_nets import LAYERS, Images, Small

import convergent_widgets as cw
from convergent_widgets import cli
from convergent_widgets.compute import estimate as estimating
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


def test_what_a_first_call_loads_is_not_timed_and_what_disturbs_one_trial_does_not_count(monkeypatch):
    """The first call of a process takes 30 s; then drawing and matching take 3 s, matching alone 1 s, but for one."""
    clock, taken = [0.0], iter([30.0, 3.0, 1.0, 3.0, 1.0, 99.0, 50.0, 3.0, 1.0, 3.0, 1.0])

    def baselines(*_given, rotations, **_more):
        assert rotations == 2
        clock[0] += next(taken)

    monkeypatch.setattr("convergent_widgets.compute.estimate.rotation_baselines", baselines)
    monkeypatch.setattr("convergent_widgets.compute.estimate.threads_for", lambda _units: 1)
    monkeypatch.setattr("convergent_widgets.compute.estimate.time.perf_counter", lambda: clock[0])
    net = Small(0)
    found = cw.estimate({"a": net, "b": net}, Images(), ["conv1"], device="cpu", patches=0)
    one_of_two_rotations = 19 / 2
    assert found.finishing_seconds == pytest.approx((2 + 1 + 1) * one_of_two_rotations)  # drawn, a with b, b with a
    assert next(taken, None) is None


def test_each_trial_draws_rotations_that_nobody_drew(monkeypatch):
    seeds = []
    original = estimating.rotation_baselines
    monkeypatch.setattr(
        estimating, "rotation_baselines", lambda *given, seed, **more: seeds.append(seed) or original(*given, **more)
    )
    ask(patches=0)
    ask(patches=0)
    warming, *trials = seeds[: len(seeds) // 2]
    assert seeds[len(seeds) // 2] == warming
    trials += seeds[len(seeds) // 2 + 1 :]
    assert len(trials) == 4 * estimating.TRIALS
    assert len(set(trials)) == 2 * estimating.TRIALS


def test_a_wide_layer_is_tried_on_more_units_within_seconds_and_told_roughly(monkeypatch):
    tried = []
    monkeypatch.setattr(estimating, "_baselines_seconds", lambda units, seed: tried.append(units) or 1.0)
    assert estimating._matching_seconds([{"a": 1024, "b": 300}]) == pytest.approx(2 * 2**3)
    assert max(tried) == 512
    assert estimating._matching_seconds([{"a": 100}]) == 0
    found = ask(patches=0)
    assert not found.rough
    assert ": about " in str(found)
    monkeypatch.setattr(estimating, "TRIAL_UNITS", 1)
    found = ask(patches=0)
    assert found.rough
    assert ": roughly " in str(found)


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


def test_of_several_processes_one_says_it(monkeypatch, capsys):
    monkeypatch.setenv("WORLD_SIZE", "2")
    asked = ["compare", "zoo@seed 0", "zoo@seed 1", "--images", "zoo", "--layers", "fc1", "--dry-run"]
    said = []
    for rank in ("0", "1"):
        monkeypatch.setenv("RANK", rank)
        assert cli.main([*asked, "--batch-size", "8", "--device", "cpu"]) == 0
        said.append(capsys.readouterr().out)
    assert "10,000 images: about" in said[0]
    assert said[1] == ""


def test_a_dry_run_refuses_a_checkpoint_as_the_run_would(capsys):
    asked = ["compare", "zoo@seed 0", "zoo@seed 1", "--images", "zoo", "--dry-run", "--checkpoint", "/nowhere/run"]
    assert cli.main(asked) == 2
    assert "error: `checkpoint` must be a file in a folder that exists" in capsys.readouterr().err
