"""Two processes, started as torchrun starts them, find what one finds; one that fails stops the other."""

import json
import os
import re
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path

import numpy as np
import pytest
import torch
import torch.distributed as dist
from PIL import Image
from small_nets import LAYERS, Images, Small

import convergent_widgets as cw
from convergent_widgets.compute import pipeline
from convergent_widgets.compute.agreement import disagreement
from convergent_widgets.compute.distributed import PATIENCE, Ranks, process_group
from convergent_widgets.compute.resume import remove_checkpoint

NETS = ["zoo@seed 0", "zoo@seed 1"]
ASKED = ["--batch-size", "8", "--device", "cpu", "--quiet"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """77 grey pictures of 28 pixels, one of them damaged."""
    path = tmp_path_factory.mktemp("pictures")
    random = np.random.default_rng(0)
    for number in range(77):
        Image.fromarray(random.integers(0, 256, (28, 28), np.uint8)).save(path / f"{number:03}.png")
    (path / "050.png").write_bytes(b"no picture")
    return path


def launch(*arguments, processes=2, env=None):
    """Run the command in several processes; what it wrote to both streams, and its status."""
    command = [sys.executable, "-m", "torch.distributed.run", f"--nproc-per-node={processes}", "--standalone"]
    return subprocess.run(
        [*command, "-m", "convergent_widgets", "compare", *arguments],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
        env={**os.environ, "OMP_NUM_THREADS": "1", **(env or {})},
    )


def nets():
    """The nets that `launch` runs, by name."""
    return {name: cw.zoo.nets()[name] for name in ("seed 0", "seed 1")}


@pytest.fixture(scope="module")
def results(folder, tmp_path_factory):
    """The same comparison by one process and by two."""
    path = tmp_path_factory.mktemp("results")
    arguments = [*NETS, "--images", str(folder), "--mutual-information", *ASKED]
    with pytest.warns(UserWarning, match="1 of 77 images"):
        alone = cw.compare(nets(), folder, batch_size=8, device="cpu", progress=False, mutual_information=True)
    ran = launch(*arguments, "-o", str(path / "two.npz"), "--checkpoint", str(path / "run.ckpt"))
    assert ran.returncode == 0, ran.stderr
    assert "76 images" in ran.stdout
    assert ran.stderr.count("1 of 77 images could not be read") == 1
    assert [file.name for file in path.iterdir()] == ["two.npz"]
    return alone, cw.Comparison.load(path / "two.npz")


def test_two_processes_find_what_one_finds(results):
    one, two = results
    assert two.settings["processes"] == 2
    assert (one.images_seen, one.skipped, one.complete) == (two.images_seen, two.skipped, two.complete)
    assert one.images == two.images
    for layer in one.layers:
        for a, b in (("seed 0", "seed 0"), ("seed 0", "seed 1")):
            for half in (None, 0, 1):
                expected, found = (each.correlation(layer, a, b, half) for each in results)
                np.testing.assert_allclose(found, expected, atol=1e-6)
            expected, found = (each.mutual_information(layer, a, b) for each in results)
            np.testing.assert_allclose(found, expected, atol=1e-6)
        for name in ("rows", "columns"):
            np.testing.assert_array_equal(*(getattr(each.match(layer, "seed 0", "seed 1"), name) for each in results))


def test_patches_are_the_same(results):
    one = results[0]
    for layer in one.layers:
        for net in one.nets:
            for unit in range(0, one.units(layer, net), 5):
                for which in ("strongest", "deciles"):
                    expected, found = (each.top(layer, net, unit, which) for each in results)
                    np.testing.assert_array_equal(found.images, expected.images)
                    np.testing.assert_array_equal(found.positions, expected.positions)
                    np.testing.assert_allclose(found.activations, expected.activations, rtol=1e-5)
                np.testing.assert_array_equal(*(each.patches(layer, net, unit) for each in results))


@pytest.mark.long
def test_attributions_are_the_same(folder, tmp_path):
    asked = {"layers": ["conv2"], "patches": 2, "attributions": True, "batch_size": 8, "device": "cpu"}
    with pytest.warns(UserWarning, match="1 of 77 images"):
        one = cw.compare(nets(), folder, **asked, progress=False)
    asked = ["--layers", "conv2", "--patches", "2", "--attributions", *ASKED]
    ran = launch(*NETS, "--images", str(folder), *asked, "-o", str(tmp_path / "two.npz"))
    assert ran.returncode == 0, ran.stderr
    two = cw.Comparison.load(tmp_path / "two.npz")
    for net in one.nets:
        for unit in range(one.units("conv2", net)):
            pair = (each.attributions("conv2", net, unit) for each in (one, two))
            for expected, found in zip(*pair, strict=True):
                np.testing.assert_allclose(found.astype(int), expected.astype(int), atol=2)


def test_each_image_is_read_by_one_process_alone():
    shares = [Ranks(8, rank, 3).own(range(100)) for rank in range(3)]
    assert sorted(chain.from_iterable(shares)) == list(range(100))
    assert shares[1][:9] == [*range(8, 16), 32]
    assert Ranks(8).own(range(20)) == list(range(20))


def test_more_processes_than_batches(folder, tmp_path):
    few = tmp_path / "few"
    few.mkdir()
    for file in sorted(folder.iterdir())[:6]:
        (few / file.name).write_bytes(file.read_bytes())
    output = tmp_path / "result.npz"
    ran = launch(*NETS, "--images", str(few), "-o", str(output), *ASKED)
    assert ran.returncode == 0, ran.stderr
    assert cw.Comparison.load(output).images_seen == 6


@pytest.mark.parametrize(("device", "expected"), [(None, "cuda:1"), ("cuda", "cuda:1"), ("cpu", "cpu")])
def test_each_process_takes_its_gpu_and_all_talk_between_hosts(device, expected, monkeypatch):
    started = []
    for name, value in (("WORLD_SIZE", "2"), ("RANK", "1"), ("LOCAL_RANK", "1")):
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    monkeypatch.setattr(torch.cuda, "set_device", started.append)
    monkeypatch.setattr(dist, "init_process_group", lambda backend, timeout: started.append((backend, timeout)))
    monkeypatch.setattr(dist, "destroy_process_group", lambda: started.append("over"))
    with process_group(device) as own:
        assert own == expected
    assert started == [*(["cuda:1"] if expected == "cuda:1" else []), ("gloo", PATIENCE), "over"]


BROKEN = """
import os, sys
from convergent_widgets.compute import gathering

original = gathering.Gathering.add

def add(self, batch, maps):
    if os.environ["RANK"] == "1" and self.seen:
        raise ValueError("this process has had enough")
    original(self, batch, maps)

gathering.Gathering.add = add
"""


def test_a_process_that_fails_stops_all_with_its_error(folder, tmp_path):
    (tmp_path / "sitecustomize.py").write_text(BROKEN)
    output = tmp_path / "result.npz"
    ran = launch(*NETS, "--images", str(folder), "-o", str(output), *ASKED, env={"PYTHONPATH": str(tmp_path)})
    assert ran.returncode != 0
    assert "(process 1): error: this process has had enough" in ran.stderr
    assert not output.exists()


class Told(Exception):
    """The setting that a process tells the others."""


class Agreed(Exception):
    """The processes agree, and the run would go on."""


@dataclass(frozen=True)
class Second(Ranks):
    """The second of two processes; `first_asked` is what the first one tells."""

    rank: int = 1
    size: int = 2
    first_asked: dict = field(default_factory=dict)

    def from_all(self, value):
        if not self.first_asked:
            raise Told(value)
        return [self.first_asked, value]


def agreed(*_given):
    raise Agreed


@pytest.fixture
def second(monkeypatch):
    """A call of compare() in the second process, whose arguments are those of the first but for those given."""

    def run(first_asked=None, nets=None, images=None, layers=None, **options):
        @contextmanager
        def ranks(batch_size):
            yield Second(batch_size, first_asked=first_asked or {})

        monkeypatch.setattr(pipeline, "ranks", ranks)
        nets = nets or {"a": Small(0), "b": Small(1)}
        options = {"device": "cpu", "progress": False} | options
        return cw.compare(nets, images or Images(), layers or LAYERS, **options)

    monkeypatch.setattr(pipeline, "check_fits", agreed)
    with pytest.raises(Told) as told:
        run()
    return lambda **changed: run(told.value.args[0], **changed)


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"batch_size": 16}, "'batch_size': 32 in process 0, 16 in process 1"),
        ({"seed": 1}, "'seed': 0 in process 0, 1 in process 1"),
        ({"attributions": True}, "'attributions': False in process 0, True in process 1"),
        ({"picture_size": 64}, "'picture_size': 256 in process 0, 64 in process 1"),
        ({"mutual_information": True}, "'mutual_information': False in process 0, True in process 1"),
        ({"resize": (4, 4)}, "'resize': none in process 0, [4, 4] in process 1"),
        ({"images": Images(20)}, "'images': 21 images of noise in process 0, 20 images of noise in process 1; "),
        ({"nets": {"a": Small(0), "b": Small(2)}}, "weights of 'b': "),
        ({"layers": ["conv1", "conv2"]}, "layers of 'fc': {'a': 'fc', 'b': 'fc'} in process 0, none in process 1; "),
        ({"nets": {"b": Small(1), "a": Small(0)}}, "nets in another order: b, a; were a, b"),
    ],
)
def test_processes_that_do_not_run_the_same_are_refused(second, changed, named):
    words = re.escape(f"all processes must run the same, but they differ: {named}")
    with pytest.raises(ValueError, match=f"^{words}"):
        second(**changed)


@pytest.mark.parametrize("tanh", [False, True])
def test_a_last_digit_is_no_difference_and_another_function_is(second, tanh):
    nets = {"a": Small(0), "b": Small(1)}
    change = torch.tanh if tanh else lambda maps: maps * (1 + 1e-6)
    nets["b"].conv1.register_forward_hook(lambda _module, _given, maps: change(maps))
    with pytest.raises(ValueError if tanh else Agreed, match="net 'b', layer 'conv1' returns other" if tanh else None):
        second(nets=nets)


@pytest.mark.parametrize("own", [{}, {"workers": 1}, {"progress": True}])
def test_workers_and_progress_are_each_process_own(second, own):
    with pytest.raises(Agreed):
        second(**own)


def test_all_that_differ_are_named_as_far_as_there_is_room():
    same = {"seed": 0, "weights": {"a": "1"}}
    assert disagreement([same] * 3) is None
    others = [{"seed": 0, "weights": {"a": str(number)}} for number in range(2, 7)]
    assert disagreement([same, same, *others]) == (
        "all processes must run the same, but they differ: weights of 'a': 1 in process 0, 2 in process 2; "
        "weights of 'a': 1 in process 0, 3 in process 3; weights of 'a': 1 in process 0, 4 in process 4 and 2 more"
    )


DIFFERENT = """
import json, os, sys
from pathlib import Path
import torch.distributed as dist
from small_nets import LAYERS, Images, Small
import convergent_widgets as cw

dist.init_process_group("gloo")
rank, said = int(os.environ["RANK"]), []
for seed, batch_size in ((0, 4), (rank, 4), (0, 4 + rank)):
    try:
        found = cw.compare({"a": Small(seed)}, Images(), LAYERS, batch_size=batch_size, device="cpu", progress=False)
        said.append(type(found).__name__)
    except ValueError as error:
        said.append(str(error))
Path(sys.argv[1], f"{rank}.json").write_text(json.dumps(said))
"""


def test_processes_find_out_before_the_pass_that_they_differ(tmp_path):
    (tmp_path / "different.py").write_text(DIFFERENT)
    command = [sys.executable, "-m", "torch.distributed.run", "--nproc-per-node=2", "--standalone"]
    paths = os.pathsep.join([str(Path(__file__).parents[1]), os.environ.get("PYTHONPATH", "")])
    ran = subprocess.run(
        [*command, str(tmp_path / "different.py"), str(tmp_path)],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
        env={**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": paths},
    )
    assert ran.returncode == 0, ran.stderr
    differs = "all processes must run the same, but they differ:"
    for rank, kind in enumerate(("Comparison", "NoneType")):
        first, second, third = json.loads((tmp_path / f"{rank}.json").read_text())
        assert first == kind
        assert second.startswith(f"{differs} weights of 'a': ")
        assert third == f"{differs} 'batch_size': 4 in process 0, 5 in process 1"


def test_only_a_checkpoints_own_files_are_removed(tmp_path):
    ours = ["run.ckpt", "run.ckpt.before", "run.ckpt.0of2", "run.ckpt.1of2.before"]
    others = ["run.ckpt2", "run.ckpt.bak", "myrun.ckpt", "runXckpt"]
    for name in (*ours, *others):
        (tmp_path / name).write_text(json.dumps(name))
    remove_checkpoint(Path(tmp_path / "run.ckpt"))
    assert sorted(file.name for file in tmp_path.iterdir()) == sorted(others)
