"""Matrices on a disk: the same result to the byte, and no file left behind."""

import gc
import os
import re
import signal
import subprocess
import sys
from collections import namedtuple
from pathlib import Path

import numpy as np
import pytest
from small_nets import LAYERS, Images, Small

import convergent_widgets as cw
from convergent_widgets import cli
from convergent_widgets.compute import StreamingStatistics, options, pipeline, resume, scratch
from convergent_widgets.compute.distributed import Ranks
from convergent_widgets.compute.scratch import Scratch

NETS = {"a": Small(0), "b": Small(1, units=8)}


@pytest.fixture(autouse=True)
def _small_ones_too(monkeypatch):
    monkeypatch.setattr(scratch, "LEAST_BYTES", 0)
    monkeypatch.setattr(scratch, "IN_MEMORY", ())  # temporary folders lie in memory on some systems


@pytest.fixture
def made(monkeypatch):
    """The sizes of the arrays that were made on the disk."""
    sizes = []
    original = Scratch._reserve

    def noted(self, file, count):
        sizes.append(count)
        original(self, file, count)

    monkeypatch.setattr(Scratch, "_reserve", noted)
    return sizes


def run(images=None, **options):
    return cw.compare(NETS, images or Images(), LAYERS, batch_size=4, progress=False, device="cpu", **options)


def content(comparison, path):
    comparison.save(path)
    return path.read_bytes()


def room_held(folder):
    """Bytes of the nameless files in `folder` that this process holds."""
    maps = Path("/proc/self/maps").read_text().splitlines()
    return sum(str(folder) in line and line.endswith("(deleted)") for line in maps)


def test_the_result_is_the_same_to_the_byte(tmp_path, made):
    folder = tmp_path / "scratch"
    folder.mkdir()
    without = content(run(), tmp_path / "result.npz")
    assert not made
    comparison = run(scratch=folder)
    wide = [6 + 8, 8 + 10, 9 + 9]
    assert sorted(made) == sorted(2 * [8 * n**2 for n in wide] + 2 * [4 * n * (n - 1) // 2 for n in wide])
    assert not list(folder.iterdir())
    assert content(comparison, tmp_path / "result.npz") == without


@pytest.mark.skipif(not Path("/proc/self/maps").exists(), reason="only Linux tells what is mapped")
def test_the_room_is_given_back_with_the_result(tmp_path):
    comparison = run(scratch=tmp_path)
    assert room_held(tmp_path)
    del comparison
    gc.collect()
    assert not room_held(tmp_path)


class Failing(Images):
    """Does something the first time that image 9 is read."""

    def __init__(self, act):
        super().__init__()
        self._acts = [act]

    def __getitem__(self, index):
        if index == 9 and self._acts:
            self._acts.pop()()
        return super().__getitem__(index)


def fail():
    raise RuntimeError("the disk with the images is gone")


def test_nothing_is_left_after_an_error_or_ctrl_c(tmp_path, monkeypatch):
    seen = []
    original = pipeline.Gathering.add

    def add(self, *given):
        original(self, *given)
        seen.append(list(tmp_path.iterdir()))
        if len(seen) == 3:
            fail()

    with monkeypatch.context() as patch:
        patch.setattr(pipeline.Gathering, "add", add)
        with pytest.raises(RuntimeError, match="the images is gone"):
            run(scratch=tmp_path)
    assert seen == [[], [], []]
    with pytest.warns(UserWarning, match="interrupted after 12 of 21"):
        partial = run(Failing(lambda: os.kill(os.getpid(), signal.SIGINT)), scratch=tmp_path)
    assert not partial.complete
    assert not list(tmp_path.iterdir())


KILLED = """
import os, signal, sys
sys.path[:0] = sys.argv[2:]
from test_scratch import Failing, run, scratch

scratch.LEAST_BYTES = 0
run(Failing(lambda: os.kill(os.getpid(), signal.SIGKILL)), scratch=sys.argv[1])
"""


@pytest.mark.skipif(os.name == "nt", reason="there is no SIGKILL")
def test_nothing_is_left_by_a_process_that_was_killed(tmp_path):
    here = Path(__file__).parent
    killed = subprocess.run(
        [sys.executable, "-c", KILLED, str(tmp_path), str(here), str(here.parent)], capture_output=True, check=False
    )
    assert killed.returncode == -signal.SIGKILL, killed.stderr.decode()
    assert not list(tmp_path.iterdir())


def test_a_checkpoint_goes_on_with_scratch_and_without(tmp_path, monkeypatch):
    monkeypatch.setattr(resume, "LEAST_SECONDS", 0.0)
    monkeypatch.setattr(resume, "SHARE", 0)
    without = content(run(), tmp_path / "result.npz")
    for first, then in ((tmp_path, None), (None, tmp_path), (tmp_path, tmp_path)):
        interrupted = Failing(lambda: os.kill(os.getpid(), signal.SIGINT))
        with pytest.warns(UserWarning, match="interrupted after 12 of 21"):
            run(interrupted, scratch=first, checkpoint=tmp_path / "run.ckpt")
        resumed = run(scratch=then, checkpoint=tmp_path / "run.ckpt")
        assert content(resumed, tmp_path / "result.npz") == without
        resume.remove_checkpoint(tmp_path / "run.ckpt")


def test_statistics_on_a_disk_equal_those_in_memory(tmp_path, made):
    widths = {"a": 90, "b": 70}
    random = np.random.default_rng(0)
    on_disk, in_memory = StreamingStatistics(widths, Scratch(tmp_path)), StreamingStatistics(widths)
    for _ in range(3):
        rows = {net: random.normal(3, 1, (5000, units)).astype(np.float32) for net, units in widths.items()}
        on_disk.update(rows)
        in_memory.update(rows)
    expected = in_memory.compute()
    assert made == [8 * 160**2]
    np.testing.assert_array_equal(on_disk.compute().comoments, expected.comoments)
    np.testing.assert_array_equal(expected.comoments, expected.comoments.T)
    final = on_disk.final()
    np.testing.assert_array_equal(final.comoments, expected.comoments)
    assert final.count == 15_000
    assert on_disk.compute().count == 0


def test_small_matrices_stay_in_memory(tmp_path, monkeypatch, made):
    monkeypatch.setattr(scratch, "LEAST_BYTES", 8 * 10**2)
    Scratch(tmp_path).zeros((9, 10), np.float64)
    assert not made
    array = Scratch(tmp_path).zeros((10, 10), np.float64)
    assert made == [800]
    assert not array.any()
    array[3, 4] = 5
    assert array.sum() == 5


Usage = namedtuple("Usage", "total used free")


def test_a_full_disk_is_told_before_the_pass(tmp_path, monkeypatch):
    monkeypatch.setattr(scratch.shutil, "disk_usage", lambda _folder: Usage(10**6, 10**6 - 1000, 1000))
    monkeypatch.setattr(pipeline, "run_pass", lambda *_given: pytest.fail("the pass began"))
    words = rf"in `scratch`, {re.escape(str(tmp_path))} has room for 0\.0 MB"
    with pytest.raises(OSError, match=words):
        run(scratch=tmp_path)
    found = cw.estimate(NETS, Images(), LAYERS, device="cpu", scratch=tmp_path)
    assert re.search(words, found.warning)
    assert str(found).startswith(f"warning: {found.warning}\n21 images: time not measured")


def test_a_folder_in_memory_is_no_disk(tmp_path, monkeypatch):
    mounts = tmp_path / "mounts"
    inner = tmp_path / "in memory" / "inner"
    inner.mkdir(parents=True)
    here = str(tmp_path / "in memory").replace(" ", r"\040")
    monkeypatch.setattr(scratch, "IN_MEMORY", ("ramfs", "tmpfs"))
    mounts.write_text(f"/dev/sda / ext4 rw 0 0\ntmpfs {here} tmpfs rw 0 0\n")
    assert scratch.in_memory(inner, mounts)
    assert not scratch.in_memory(tmp_path, mounts)
    assert not scratch.in_memory(inner, tmp_path / "no list of mounts")
    with mounts.open("a") as file:
        file.write(f"/dev/sdb {here} ext4 rw 0 0\n")
    assert not scratch.in_memory(inner, mounts)
    monkeypatch.setattr(options, "in_memory", lambda folder: folder == inner)
    with pytest.raises(ValueError, match=r"`scratch` must be a folder on a disk: '.*inner' lies in memory itself"):
        run(scratch=inner)


@pytest.mark.skipif(not Path("/proc/mounts").exists(), reason="only Linux lists its mounts there")
def test_the_shared_memory_of_this_machine_is_no_disk(monkeypatch):
    monkeypatch.setattr(scratch, "IN_MEMORY", ("ramfs", "tmpfs"))
    shared = Path("/dev/shm")
    if " /dev/shm tmpfs " not in Path("/proc/mounts").read_text():
        pytest.skip("/dev/shm is no tmpfs here")
    assert scratch.in_memory(shared)
    assert not scratch.in_memory(Path("/proc"))


def test_it_must_be_a_folder_and_one_process(tmp_path, monkeypatch):
    with pytest.raises(ValueError, match="`scratch` must be a folder that can be written, got"):
        run(scratch=tmp_path / "none")

    class Two:
        def __enter__(self):
            return Ranks(4, 0, 2)

        def __exit__(self, *_reason):
            return None

    monkeypatch.setattr(pipeline, "ranks", lambda _size: Two())
    with pytest.raises(ValueError, match="`scratch` is for a run in one process"):
        run(scratch=tmp_path)


def test_the_command_takes_it(tmp_path, capsys):
    asked = ["compare", "zoo@seed 0", "zoo@seed 1", "--images", "zoo", "--layers", "fc1", "--device", "cpu"]
    assert cli.main([*asked, "--dry-run", "--batch-size", "8", "--scratch", str(tmp_path)]) == 0
    assert " of scratch, a file of at most" in capsys.readouterr().out
    assert cli.main([*asked, "--dry-run", "--scratch", str(tmp_path / "none")]) == 2
    assert "`scratch` must be a folder" in capsys.readouterr().err
