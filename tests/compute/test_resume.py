"""The checkpoint: killed, interrupted and finished runs go on to the very same result; others are refused."""

import os
import signal
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest
import torch
from small_nets import LAYERS, Images, Small
from torch import nn

import convergent_widgets as cw
from convergent_widgets import result_file
from convergent_widgets.compute import StreamingStatistics, pipeline, resume
from convergent_widgets.compute.distributed import Ranks
from convergent_widgets.result_file import FileFormatError

ASKED = {"batch_size": 4, "progress": False, "device": "cpu", "mutual_information": True, "positions": 20}


class Watched(Images):
    """Notes which images the pass reads, and does something before one is read there."""

    passing = False

    def __init__(self, act=lambda _index: None):
        super().__init__()
        self.read_in_the_pass, self._act = [], act

    def __getitem__(self, index):
        if Watched.passing:
            self.read_in_the_pass.append(index)
            self._act(index)
        return super().__getitem__(index)


original_pass = pipeline.run_pass


def watched_pass(*given):
    Watched.passing = True
    try:
        original_pass(*given)
    finally:
        Watched.passing = False


def run(checkpoint, images=None, **options):
    nets = {"a": Small(0), "b": Small(1, units=8)}
    return cw.compare(nets, images or Images(), LAYERS, checkpoint=checkpoint, **{**ASKED, **options})


def content(comparison, folder):
    """The bytes of the saved result."""
    path = folder / "content.npz"
    comparison.save(path)
    return path.read_bytes()


@pytest.fixture(autouse=True)
def _often(monkeypatch):
    monkeypatch.setattr(resume, "LEAST_SECONDS", 0.0)
    monkeypatch.setattr(resume, "SHARE", 0)
    monkeypatch.setattr(pipeline, "run_pass", watched_pass)


KILLED = """
import os, signal, sys
sys.path[:0] = sys.argv[2:]
from test_resume import Watched, pipeline, resume, run, watched_pass

resume.LEAST_SECONDS = resume.SHARE = 0
pipeline.run_pass = watched_pass
run(sys.argv[1], Watched(lambda index: index == 14 and os.kill(os.getpid(), signal.SIGKILL)))
"""


def test_a_run_that_was_killed_goes_on_to_the_same_result(tmp_path):
    path = tmp_path / "run.ckpt"
    here = Path(__file__).parent
    killed = subprocess.run(
        [sys.executable, "-c", KILLED, str(path), str(here), str(here.parent)], capture_output=True, check=False
    )
    assert killed.returncode == -signal.SIGKILL, killed.stderr.decode()
    images = Watched()
    resumed = run(path, images)
    assert sorted(images.read_in_the_pass) == list(range(12, 21))
    assert content(resumed, tmp_path) == content(run(None), tmp_path)


def test_a_run_that_was_interrupted_goes_on(tmp_path):
    path = tmp_path / "run.ckpt"
    interrupted = Watched(lambda index: index == 9 and os.kill(os.getpid(), signal.SIGINT))
    with pytest.warns(UserWarning, match=r"interrupted after 12 of 21 images.*goes on from .*run\.ckpt"):
        partial = run(path, interrupted)
    assert not partial.complete
    resumed = run(path)
    assert resumed.complete
    assert content(resumed, tmp_path) == content(run(None), tmp_path)


def test_bin_edges_are_taken_from_the_checkpoint(tmp_path, monkeypatch):
    path = tmp_path / "run.ckpt"
    with pytest.warns(UserWarning, match="interrupted"):
        run(path, Watched(lambda index: index == 9 and os.kill(os.getpid(), signal.SIGINT)))
    monkeypatch.setattr(pipeline, "bins_of", lambda *_given: pytest.fail("the images were sampled again"))
    resumed = run(path)
    monkeypatch.undo()
    assert content(resumed, tmp_path) == content(run(None), tmp_path)


def test_a_finished_run_is_not_run_again(tmp_path):
    path = tmp_path / "run.ckpt"
    first = run(path, patches=0)
    images = Watched()
    again = run(path, images, patches=0)
    assert not images.read_in_the_pass
    assert content(again, tmp_path) == content(first, tmp_path)


def test_a_torn_file_falls_back_to_the_one_before(tmp_path):
    path = tmp_path / "run.ckpt"
    run(path)
    path.write_bytes(path.read_bytes()[:-200])
    before = path.with_name("run.ckpt.before")
    whole = before.read_bytes()
    images = Watched()
    with pytest.warns(UserWarning, match="goes on from the checkpoint before it"):
        resumed = run(path, images)
    assert images.read_in_the_pass == [20]
    assert before.read_bytes() == whole
    assert content(resumed, tmp_path) == content(run(None), tmp_path)


def test_however_little_of_a_file_is_left_it_is_torn(tmp_path):
    path = tmp_path / "run.ckpt"
    run(path)
    whole = path.read_bytes()
    for left in range(300):
        path.write_bytes(whole[:left])
        assert resume._is_torn(path), left
        if 0 < left < 42:
            path.write_bytes(whole[: left - 1] + b"?")
            assert resume._is_torn(path) == (14 < left <= 30), left
    path.write_bytes(whole[:100])
    with pytest.warns(UserWarning, match="cut short; the run goes on from the checkpoint before it"):
        assert content(run(path), tmp_path) == content(run(None), tmp_path)


def test_damage_inside_is_noticed(tmp_path):
    path = tmp_path / "run.ckpt"
    run(path)
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 255
    path.write_bytes(bytes(data))
    with pytest.warns(UserWarning, match="is damaged.*goes on from the checkpoint before it"):
        run(path)


@pytest.mark.parametrize("left", [0, 4096])
def test_zeros_that_a_crash_left_fall_back_to_the_one_before(tmp_path, left):
    path = tmp_path / "run.ckpt"
    run(path)
    path.write_bytes(bytes(left))
    with pytest.warns(UserWarning, match="goes on from the checkpoint before it"):
        resumed = run(path)
    assert content(resumed, tmp_path) == content(run(None), tmp_path)


@pytest.mark.parametrize("before", [True, False])
def test_where_nothing_can_be_read_it_stops_before_the_pass(tmp_path, before, monkeypatch):
    path = tmp_path / "run.ckpt"
    run(path)
    cut = path.read_bytes()[:-200]
    path.write_bytes(cut)
    if before:
        path.with_name("run.ckpt.before").write_bytes(cut)
    else:
        path.with_name("run.ckpt.before").unlink()
    monkeypatch.setattr(pipeline, "run_pass", lambda *_given: pytest.fail("the pass began"))
    with pytest.raises(FileFormatError, match="delete it to start anew"):
        run(path)
    assert path.read_bytes() == cut


def notes(path):
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(zipfile.ZipInfo("manifest.npy"), "my own notes")


def newer(path):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(result_file, "VERSION", result_file.VERSION + 1)
        result_file.write_result(path, {"format": resume.KIND, "version": 0}, {}, resume.KIND)


def saved_result(path):
    return content(run(None), path.parent)


def array(path):
    with path.open("wb") as stream:
        np.savez(stream, weights=np.arange(5))


FOREIGN = {
    "result": lambda path: path.write_bytes(saved_result(path)),
    "array": array,
    "text": lambda path: path.write_bytes(b"nothing"),
    "zeros first": lambda path: path.write_bytes(bytes(5000) + b"image of a disk"),
    "newer": newer,
    "notes": notes,
}


@pytest.mark.parametrize("name", ["run.ckpt", "run.ckpt.before"])
@pytest.mark.parametrize("foreign", FOREIGN)
def test_what_is_no_checkpoint_is_never_replaced(tmp_path, name, foreign, monkeypatch):
    path = tmp_path / "run.ckpt"
    run(path)
    assert path.with_name("run.ckpt.before").exists()
    FOREIGN[foreign](tmp_path / name)
    kept = {file.name: file.read_bytes() for file in tmp_path.iterdir()}
    monkeypatch.setattr(pipeline, "run_pass", lambda *_given: pytest.fail("the pass began"))
    with pytest.raises(FileFormatError, match=rf"{name} .*it stays as it is: name another"):
        run(path)
    assert {file.name: file.read_bytes() for file in tmp_path.iterdir()} == kept


def test_a_result_is_not_taken_for_a_checkpoint(tmp_path):
    path = tmp_path / "result.npz"
    run(None).save(path)
    kept = path.read_bytes()
    with pytest.raises(FileFormatError, match="its manifest is another's"):
        run(path)
    assert path.read_bytes() == kept


class Acting(nn.Module):
    """A part whose class does not tell what it computes."""

    def __init__(self, function):
        super().__init__()
        self.forward = function


def with_part(part):
    """The second net of `run`, with another part after its first convolution."""
    net = Small(1, units=8)
    net.conv1[1] = part
    return net


def run_with(checkpoint, function, images=None):
    nets = {"a": Small(0), "b": with_part(Acting(function))}
    return cw.compare(nets, images or Images(), LAYERS, checkpoint=checkpoint, **ASKED)


@pytest.mark.parametrize(
    ("function", "said"),
    [
        (torch.tanh, "they differ by some 0."),
        (lambda values: nn.functional.leaky_relu(values, 0.02), "they differ by some 0.0"),
        (lambda values: torch.relu(values).flip(2), "they differ by some 1"),
        (lambda values: torch.relu(values + 0.1 * torch.randn_like(values)), "always the same there, drawn at random"),
        (lambda values: torch.relu(values) * torch.inf, "always the same there, not finite here"),
    ],
)
def test_a_net_that_computes_something_else_is_refused(tmp_path, function, said, monkeypatch):
    path = tmp_path / "run.ckpt"
    run_with(path, torch.relu)
    kept = path.read_bytes()
    monkeypatch.setattr(pipeline, "run_pass", lambda *_given: pytest.fail("the pass began"))
    with pytest.raises(ValueError, match="net 'b', layer 'conv1' returns other values for the first image") as raised:
        run_with(path, function)
    assert said in str(raised.value)
    assert "net 'a'" not in str(raised.value)
    assert path.read_bytes() == kept


def test_what_another_device_rounds_otherwise_is_no_other_net(tmp_path):
    path = tmp_path / "run.ckpt"
    run_with(path, torch.relu)
    images = Watched()
    rounded = lambda values: torch.relu(values) * (1 + 1e-5 * (torch.arange(12) % 2))  # noqa: E731
    assert run_with(path, rounded, images).complete
    assert not images.read_in_the_pass


def test_a_net_that_draws_at_random_goes_on(tmp_path):
    path = tmp_path / "run.ckpt"
    drawing = lambda values: torch.relu(values + torch.randn_like(values))  # noqa: E731
    run_with(path, drawing)
    images = Watched()
    assert run_with(path, drawing, images).complete
    assert not images.read_in_the_pass


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"batch_size": 5}, "'batch_size': 4 there, 5 here"),
        ({"seed": 3}, "'seed': 0 there, 3 here"),
        ({"patches": 4}, "'patches': 9 there, 4 here"),
        ({"positions": "all"}, "'positions': 20 there, all here"),
        ({"mutual_information": False}, "'mutual_information': True there, False here"),
        ({"images": Images(20)}, "'images': 21 images of noise there, 20 images of noise here"),
        ({"nets": {"a": Small(0), "b": Small(7, units=8)}}, "weights of 'b'"),
        ({"nets": {"a": Small(0), "b": cw.Net(Small(1, units=8), normalize=([0.5], [0.5]))}}, "input of 'b'"),
        ({"nets": {"a": Small(0), "c": Small(1, units=8)}}, "'c'"),
        ({"layers": ["conv1"]}, "layers of 'conv2'"),
        ({"nets": {"b": Small(1, units=8), "a": Small(0)}}, "nets in another order: b, a; were a, b"),
        ({"layers": LAYERS[::-1]}, "layers in another order: fc, conv2, conv1; were conv1, conv2, fc"),
        ({"nets": {"a": Small(0), "b": with_part(nn.Tanh())}}, "architecture of 'b', 'conv1.1': ReLU there, Tanh here"),
    ],
)
def test_another_setting_is_refused_with_the_difference(tmp_path, options, said, monkeypatch):
    path = tmp_path / "run.ckpt"
    run(path)
    kept = path.read_bytes()
    monkeypatch.setattr(pipeline, "run_pass", lambda *_given: pytest.fail("the pass began"))
    nets = options.pop("nets", {"a": Small(0), "b": Small(1, units=8)})
    images, layers = options.pop("images", Images()), options.pop("layers", LAYERS)
    with pytest.raises(ValueError, match="is of another run") as raised:
        cw.compare(nets, images, layers, checkpoint=path, **{**ASKED, **options})
    assert said in str(raised.value)
    assert path.read_bytes() == kept


def test_a_last_digit_that_another_device_computes_otherwise_is_no_other_setting(tmp_path, monkeypatch):
    path = tmp_path / "run.ckpt"
    nets = {"a": Small(0, channels=1), "b": Small(1, channels=1)}
    cw.compare(nets, Images(), LAYERS, checkpoint=path, **ASKED)
    original = pipeline.Stage.input
    there = lambda *given: original(*given).nextafter(torch.tensor(2.0))  # noqa: E731
    monkeypatch.setattr(pipeline.Stage, "input", there)
    images = Watched()
    assert cw.compare(nets, images, LAYERS, checkpoint=path, **ASKED).complete
    assert not images.read_in_the_pass


def test_saving_takes_a_small_share_of_the_time(tmp_path, monkeypatch):
    now = [0.0]
    monkeypatch.setattr(resume.time, "monotonic", lambda: now[0])
    monkeypatch.setattr(resume, "LEAST_SECONDS", 30.0)
    monkeypatch.setattr(resume, "SHARE", 20)
    saved = []
    monkeypatch.setattr(
        resume, "write_result", lambda *_given, **_named: (saved.append(now[0]), now.__setitem__(0, now[0] + 3))
    )

    class Nothing:
        def state(self):
            return {}, {}

    checkpoint = resume.Checkpoint(tmp_path / "run.ckpt", {}, torch.device("cpu"), Ranks(4))
    while now[0] < 200:
        checkpoint.save_if_due(Nothing(), 1 + int(now[0]))
        now[0] += 1
    assert saved == [30.0, 93.0, 156.0]


@pytest.mark.parametrize("split", [1, 5000, 12_000])
def test_statistics_go_on_to_the_last_bit(split):
    rows = {
        net: torch.from_numpy(np.random.default_rng(seed).normal(5, 1, (20_000, 7))).float()
        for seed, net in enumerate("ab")
    }
    whole = StreamingStatistics({"a": 7, "b": 7})
    part = StreamingStatistics({"a": 7, "b": 7})
    for start, end in ((0, split), (split, 20_000)):
        whole.update({net: values[start:end] for net, values in rows.items()})
        if start == 0:
            part.update({net: values[:end] for net, values in rows.items()})
    resumed = StreamingStatistics({"a": 7, "b": 7})
    resumed.restore(part.state(), torch.device("cpu"))
    resumed.update({net: values[split:] for net, values in rows.items()})
    one, other = whole.compute(), resumed.compute()
    np.testing.assert_array_equal(one.comoments, other.comoments)
    np.testing.assert_array_equal(one.means, other.means)
    assert one.count == other.count == 20_000
