"""Devices other than the CPU: nothing is mixed, nothing but the result leaves, and errors come early."""

import os
import signal
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from second_device import SECOND, SecondDevice
from small_nets import LAYERS, Images, Small
from torch import nn
from torch._subclasses.fake_tensor import FakeTensorMode

import convergent_widgets as cw
from convergent_widgets import cli
from convergent_widgets.compute import (
    StreamingMutualInformation,
    StreamingStatistics,
    activations,
    devices,
    information,
    needed,
    options,
    pipeline,
    precision,
    statistics,
)
from convergent_widgets.compute.activations import Recorder
from convergent_widgets.compute.devices import home_of, moved, usable
from convergent_widgets.compute.positions import taken
from convergent_widgets.compute.sampled import SampledImages, priority
from convergent_widgets.compute.statistics import UnusableActivation
from convergent_widgets.compute.top import TopImages

NO_CUDA = pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
ONE_NUMBER_EACH = (2,)
"""The least and the greatest of a block, by which its precision is chosen."""


def nets():
    return {"a": Small(0), "b": Small(1, units=8)}


@pytest.fixture
def second(monkeypatch):
    """The second device may be asked for."""
    monkeypatch.setattr(options, "usable", torch.device)


def compared(device, named=None, **given):
    given = {"batch_size": 8, "progress": False, "mutual_information": True} | given
    return cw.compare(named or nets(), Images(), LAYERS, device=device, **given)


def check_equal(found, expected):
    """To the last bit."""
    for layer in LAYERS:
        for a in ("a", "b"):
            for which in ("strongest", "deciles"):
                one, other = found.top_table(layer, a, which), expected.top_table(layer, a, which)
                for part in ("images", "positions", "activations"):
                    np.testing.assert_array_equal(getattr(one, part), getattr(other, part))
            for b in ("a", "b"):
                for method in ("correlation", "mutual_information"):
                    one, other = getattr(found, method)(layer, a, b), getattr(expected, method)(layer, a, b)
                    np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize(
    "given",
    [{}, {"positions": 20}, {"positions": "pooled"}, {"resize": (5, 5), "patches": 3}, {"attributions": True}],
    ids=str,
)
@pytest.mark.usefixtures("second")
def test_a_run_on_another_device_mixes_nothing_and_gives_the_same(given):
    expected = compared("cpu", **given)
    named = nets()
    with SecondDevice():
        found = compared(SECOND, named, **given)
    check_equal(found, expected)


@pytest.mark.usefixtures("second")
def test_nothing_leaves_the_device_while_batches_are_added(monkeypatch):
    batches, waited, named = [], [], nets()
    with SecondDevice() as device:
        record = pipeline.Stage.record

        def noting(stage, batch):
            batches.append((len(device.left), len(device.arrived)))
            waited.append(device.waited.copy())
            return record(stage, batch)

        monkeypatch.setattr(pipeline.Stage, "record", noting)
        monkeypatch.setattr(pipeline, "put_together", lambda *_given: batches.append((len(device.left), 0)))
        compared(SECOND, named, positions=20)
    assert len(batches) > 4
    during = device.left[batches[-4][0] : batches[-1][0]]
    assert set(during) == {ONE_NUMBER_EACH}
    assert len(during) == 3 * len(LAYERS) * 2  # batches, layers, halves
    images = [shape for shape in device.arrived[batches[-4][1] : batches[-3][1]] if len(shape) == 4]
    assert images == [(8, 3, 12, 12)]  # once for both nets
    assert "nonzero" not in waited[-1] - waited[-3]


@pytest.mark.usefixtures("second")
@pytest.mark.parametrize("device", ["cpu", SECOND])
def test_the_next_images_are_read_while_another_device_runs_the_nets(device, monkeypatch):
    order, named = [], nets()

    class Read(Images):
        def __getitem__(self, index):
            if not index % 8:
                order.append("read")
            return super().__getitem__(index)

    def noting(owner, method):
        real = getattr(owner, method)
        monkeypatch.setattr(owner, method, lambda *given: order.append(method) or real(*given))

    with SecondDevice():
        noting(pipeline.Stage, "record")
        noting(pipeline.Gathering, "add")
        cw.compare(named, Read(16), LAYERS, device=device, batch_size=8, patches=0, progress=False)
    first, second = ["read", "record"], ["add", "read"] if device == "cpu" else ["read", "add"]
    assert order[order.index("record") - 1 :] == [*first, *second, "record", "add"]


def test_a_gpu_is_sent_pictures_beside_its_work(monkeypatch):
    said = []

    class Picture:
        def to(self, device, *, non_blocking):
            said.append(f"to {device}, {non_blocking}")
            return self

        def record_stream(self, stream):
            said.append("kept until then")

    class Working:
        def wait_stream(self, stream):
            said.append(f"waits for {stream}")

    @contextmanager
    def inside(stream):
        said.append(f"in {stream}")
        yield
        said.append("out")

    monkeypatch.setattr(torch.cuda, "Stream", lambda _device: "a stream of its own")
    monkeypatch.setattr(torch.cuda, "stream", inside)
    monkeypatch.setattr(torch.cuda, "current_stream", lambda _device: Working())
    sender = devices.Sender(torch.device("cuda:0"))
    sent = sender.send([Picture()])
    assert said == ["in a stream of its own", "to cuda:0, True", "out"]
    assert sender.arrived(sent) is sent
    assert said[3:] == ["waits for a stream of its own", "kept until then"]


def test_what_is_mixed_or_leaves_is_noticed():
    here = torch.arange(6.0).reshape(2, 3)
    with SecondDevice() as device:
        there = moved(here, SECOND)
        with pytest.raises(RuntimeError, match="both devices"):
            _ = there + here
        with pytest.raises(RuntimeError, match="both devices"):
            _ = there[torch.tensor([0])]
        assert (there + there).sum().item() == 30
        assert not (there < 0).any()
        assert there.cpu().equal(here)
        assert (there > 0).nonzero().device == SECOND
    assert device.arrived == device.left == [(2, 3)]
    assert device.waited == {"_local_scalar_dense": 2, "nonzero": 1}


@pytest.mark.usefixtures("second")
def test_a_checkpoint_goes_on_on_the_device(tmp_path):
    path = tmp_path / "run.ckpt"

    def ending(step, done, _of):
        return step != "comparing" or done < 8

    named = nets()
    with SecondDevice():
        assert not compared(SECOND, named, checkpoint=path, progress=ending).complete
        found = compared(SECOND, named, checkpoint=path)
    expected = compared("cpu")
    assert found.complete
    for layer in LAYERS:
        np.testing.assert_allclose(found.correlation(layer, "a", "b"), expected.correlation(layer, "a", "b"), atol=1e-7)


@pytest.fixture
def fake_cuda():
    """Tensors that say they are on a GPU, and have shapes but no values; operations on two devices raise."""
    with FakeTensorMode(allow_non_fake_inputs=True) as mode:
        yield mode


@pytest.mark.filterwarnings("ignore:Accessing the data pointer of FakeTensor")
def test_the_nets_layers_are_recorded_on_a_gpu(fake_cuda):
    with torch.device("cuda:1"):
        net = Small(0)
    kept = Recorder(net, LAYERS).record(moved(torch.zeros(4, 3, 12, 12), torch.device("cuda:1")))
    assert {str(maps.device) for maps in kept.values()} == {"cuda:1"}
    assert {maps.dtype for maps in kept.values()} == {torch.float32}
    assert [tuple(maps.shape) for maps in kept.values()] == [(4, 6, 12, 12), (4, 8, 6, 6), (4, 9, 1, 1)]


class Half(nn.Module):
    """Works in half precision."""

    def __init__(self):
        super().__init__()
        self.layer = nn.ReLU()

    def forward(self, images):
        return self.layer(images.half())


@pytest.mark.filterwarnings("ignore:Accessing the data pointer of FakeTensor")
@pytest.mark.parametrize("relu", [False, True])
def test_half_precision_is_recorded_as_float32_on_a_gpu(fake_cuda, relu):
    kept = Recorder(cw.Net(Half(), relu=relu), ["layer"]).record(torch.zeros(4, 3, 12, 12, device="cuda"))
    assert kept["layer"].dtype is torch.float32
    assert kept["layer"].device.type == "cuda"


@pytest.mark.parametrize("stray", [False, True])
def test_statistics_stay_on_a_gpu(fake_cuda, monkeypatch, stray):
    checks = []
    monkeypatch.setattr(statistics, "_any", lambda _units: stray)
    monkeypatch.setattr(statistics, "_within", lambda _limits, *parts: checks.append(parts) or True)
    gathered = StreamingStatistics({"a": 70, "b": 5})
    for _ in range(4):
        gathered.update_maps(
            {net: torch.rand(8, units, 20, 20, device="cuda:1") for net, units in (("a", 70), ("b", 5))}
        )
    sums = gathered._state
    assert {str(part.device) for part in sums._parts().values()} == {"cuda:1"}
    assert {part.dtype for part in sums._parts().values()} == {torch.float64}
    assert {parts[0].dtype for parts in checks} == {torch.float64, torch.float32}
    assert {str(part.device) for parts in checks for part in parts} == {"cuda:1"}


def test_counts_stay_on_a_gpu(fake_cuda, monkeypatch):
    monkeypatch.setattr(information, "_check_finite", lambda _rows: None)
    monkeypatch.setattr(information, "_floor_to_single", lambda edges: np.asarray(edges, np.float32))
    edges = {"a": np.zeros((4, 9)), "b": np.ones((3, 2))}
    counted = StreamingMutualInformation(edges)
    for _ in range(2):
        counted.update({"a": torch.rand(300, 4, device="cuda"), "b": torch.rand(300, 3, device="cuda")})
    opened = counted._open
    assert {total.device.type for total in (*opened.above.values(), *opened.both_above.values())} == {"cuda"}


def test_positions_are_gathered_on_a_gpu(fake_cuda):
    some = taken(torch.rand(4, 5, 6, 6, device="cuda"), torch.arange(4), 7, 0)
    assert some.device.type == "cuda"
    assert tuple(some.shape) == (4, 5, 7, 1)


def test_the_choice_of_positions_is_made_on_the_cpu():
    maps = torch.arange(4 * 36.0).reshape(4, 1, 6, 6)
    expected = taken(maps, torch.arange(4), 7, 3)
    with SecondDevice() as device:
        found = taken(maps.to(SECOND), torch.arange(4), 7, 3).cpu()
    assert device.arrived[1:] == [(4, 7)]
    assert found.equal(expected)


@pytest.mark.parametrize("kind", [TopImages, lambda *given: SampledImages(*given, 0, 3)])
def test_ties_go_to_the_lower_image_and_position_on_any_device(kind):
    maps = torch.zeros(6, 2, 3, 3)
    maps[:, :, 1:] = 5
    images = torch.tensor([4, 2, 0, 5, 3, 1])
    one, other = (kind(2, 3, 3) if kind is TopImages else kind(2, 3) for _ in range(2))
    one.update(maps, images)
    with SecondDevice():
        other.update(maps[:3].to(SECOND), images[:3])
        other.update(maps[3:].to(SECOND), images[3:])
        found = other.compute()
    expected = one.compute()
    assert (found.positions.reshape(-1, 2)[: found.positions.shape[1]] == [1, 0]).all()
    for part in ("images", "positions", "activations"):
        np.testing.assert_array_equal(getattr(found, part), getattr(expected, part))
    if kind is TopImages:
        assert found.images.tolist() == [[0, 1, 2], [0, 1, 2]]
    else:
        order = priority(torch.arange(6), 0).argsort()[:3].tolist()
        assert {*found.images[0][found.images[0] >= 0].tolist()} == set(order)


@pytest.mark.parametrize("given", [{}, {"positions": 20, "attributions": True}], ids=str)
@pytest.mark.usefixtures("second")
def test_a_device_without_float64_gives_the_same(given, monkeypatch):
    monkeypatch.setattr(devices, "WITHOUT_FLOAT64", (SECOND.type,))
    expected = compared("cpu", **given)
    named = nets()
    with SecondDevice(float64=False):
        with pytest.raises(TypeError, match="makes float64"):
            torch.zeros(1, device=SECOND).double()
        found = compared(SECOND, named, **given)
    check_equal(found, expected)


@pytest.mark.parametrize("float64", [True, False])
def test_large_batches_take_few_blocks_and_lose_nothing(float64, monkeypatch):
    monkeypatch.setattr(devices, "WITHOUT_FLOAT64", () if float64 else (SECOND.type,))
    random = np.random.default_rng(0)
    causes = random.standard_normal((3 * 70_001, 8))
    rows = np.maximum(causes @ random.standard_normal((8, 40)) + random.standard_normal((len(causes), 40)), -1)
    rows = (1 + rows).astype(np.float32)
    with SecondDevice(float64=float64) as device:
        streamed = StreamingStatistics({"a": 24, "b": 16})
        batches = [{"a": part[:, :24], "b": part[:, 24:]} for part in torch.from_numpy(rows).split(70_001)]
        streamed.update({net: moved(values, SECOND) for net, values in batches[0].items()})
        asked = len(device.left)
        for batch in batches[1:]:
            streamed.update({net: moved(values, SECOND) for net, values in batch.items()})
        assert [shape for shape in device.left[asked:] if shape == ONE_NUMBER_EACH] == 2 * [ONE_NUMBER_EACH]
        found = streamed.compute()
    exact = np.corrcoef(rows.astype(np.float64), rowvar=False)
    np.testing.assert_allclose(found.correlation("a", "b"), exact[:24, 24:], atol=1e-6)


@pytest.mark.parametrize("float64", [True, False])
@pytest.mark.parametrize("units", [30, 130])
def test_units_that_jump_between_large_blocks_are_exact(units, float64, monkeypatch):
    monkeypatch.setattr(devices, "WITHOUT_FLOAT64", () if float64 else (SECOND.type,))
    random = np.random.default_rng(0)
    late = np.arange(70_000)[:, None] >= 40_000
    rows = np.where(late, np.float32(0.3) + np.arange(units) / 10, 0) * np.where(
        random.standard_normal((len(late), units)) > 1, 1.001, 1
    )
    rows = torch.from_numpy(rows.astype(np.float32))
    with SecondDevice(float64=float64):
        streamed = StreamingStatistics({"a": units})
        for part in rows.split([20_000, 20_000, 30_000]):
            streamed.update({"a": moved(part, SECOND)})
        found = streamed.compute().correlation("a", "a")
    np.testing.assert_allclose(found, np.corrcoef(rows.double().numpy(), rowvar=False), atol=1e-6)


def test_counting_waits_for_a_device_once_however_many_nets_there_are():
    rows = {net: torch.rand(300, 3) for net in "abcd"}
    rows["c"][7, 2] = torch.nan
    counted = StreamingMutualInformation({net: np.linspace(0, 1, 27).reshape(3, 9) for net in rows})
    with SecondDevice() as device:
        with pytest.raises(UnusableActivation, match="net 'c', unit 2, row 7"):
            counted.update({net: values.to(SECOND) for net, values in rows.items()})
        rows["c"][7, 2] = 0
        device.waited.clear()
        counted.update({net: values.to(SECOND) for net, values in rows.items()})
    assert sum(device.waited.values()) == 1
    assert counted.count == 300


@pytest.mark.usefixtures("second")
def test_integers_are_counted_on_a_device_without_float64(monkeypatch):
    monkeypatch.setattr(devices, "WITHOUT_FLOAT64", (SECOND.type,))
    counted = StreamingMutualInformation({"a": np.zeros((7, 9))})
    with SecondDevice(float64=False):
        counted.update({"a": torch.ones(300, 7, dtype=torch.int64).to(SECOND)})
        assert counted._open.above["a"].device == SECOND
        assert (counted._all_above("a") == 300).all()


def test_the_home_of_exact_numbers():
    assert home_of(torch.device("cuda:1")) == torch.device("cuda:1")
    assert home_of(torch.device("mps:0")) == torch.device("cpu")


def test_statistics_that_go_on_take_a_device_with_or_without_its_number(fake_cuda, monkeypatch):
    monkeypatch.setattr(statistics, "_within", lambda *_given: True)
    monkeypatch.setattr(statistics, "_any", lambda _units: False)
    whole = StreamingStatistics({"a": 2})
    state = {"own/count": np.array(3), "own/comoments/0": np.eye(2)}
    state |= {f"own/{part}": np.zeros(2) for part in ("means", "least", "greatest")}
    whole.restore(state, torch.device("cuda"))
    whole.update({"a": torch.rand(5, 2, device="cuda:0")})
    assert whole._state.count == 8


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
def test_a_gpu_makes_the_same_of_the_same_activations():
    generator = torch.Generator().manual_seed(0)
    causes = torch.randn(60, 40, 24, 24, generator=generator)
    maps = {net: (causes + torch.randn(causes.shape, generator=generator)).clamp(min=0) for net in ("a", "b")}
    maps["a"][:, ::3] = maps["a"][:, ::3].round() + 1000
    images = torch.arange(60).flip(0)
    found = []
    for device in ("cpu", "cuda"):
        there = {net: values.to(device) for net, values in maps.items()}
        rows = {net: values.transpose(0, 1).flatten(1).t() for net, values in there.items()}
        gathered = StreamingStatistics(dict.fromkeys(maps, 40))
        counted = StreamingMutualInformation({net: np.linspace(0, 2, 360).reshape(40, 9) for net in maps})
        tops = TopImages(40, 9, 24)
        for form in (
            torch.contiguous_format,
            torch.contiguous_format,
            torch.channels_last,
        ):  # the first rows, large blocks
            gathered.update_maps({net: values.contiguous(memory_format=form) for net, values in there.items()})
        counted.update(rows)
        tops.update(there["a"], images)
        found.append((gathered.compute(), counted.state(), tops.compute(), taken(there["a"], images, 9, 0).cpu()))
    (one, counts, top, some), (other, its_counts, its_top, its_some) = found
    for pair in (("a", "a"), ("a", "b"), ("b", "b")):
        np.testing.assert_allclose(other.correlation(*pair), one.correlation(*pair), atol=1e-5)
    for name, values in counts.items():
        np.testing.assert_array_equal(its_counts[name], values)
    for part in ("images", "positions", "activations"):
        np.testing.assert_array_equal(getattr(its_top, part), getattr(top, part))
    assert its_some.equal(some)


@NO_CUDA
def test_the_benchmark_of_a_gpu_says_that_there_is_none():
    script = Path(__file__).parents[2] / "benchmarks" / "device.py"
    ended = subprocess.run([sys.executable, script], capture_output=True, text=True, check=False)
    assert ended.returncode == 1
    assert ended.stderr == "`device` 'cuda' cannot be used here: torch has cpu\n"


@NO_CUDA
@pytest.mark.parametrize(
    "device", ["cuda", "cuda:1", "mps", "meta", "cudo", "cuda:x", "vulkan", "privateuseone", 0, 3.5]
)
def test_a_device_that_is_not_there_is_told_in_one_sentence(device, monkeypatch):
    monkeypatch.setattr(pipeline, "named_nets", lambda _nets: pytest.fail("the nets were looked at"))
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)
    with pytest.raises(ValueError) as told:  # noqa: PT011 - the whole message is compared
        compared(device)
    assert str(told.value) == f"`device` {str(device)!r} cannot be used here: torch has cpu"


@NO_CUDA
def test_the_command_tells_it_too(capsys):
    asked = ["compare", "zoo@seed 0", "--images", "zoo", "--device", "cuda", "--quiet", "-o", "result.npz"]
    assert cli.main(asked) == 2
    assert "`device` 'cuda' cannot be used here: torch has cpu" in capsys.readouterr().err


def test_a_device_is_named_with_its_number(monkeypatch):
    assert str(usable("cpu:0")) == "cpu"
    assert usable(None).type == ("cuda" if torch.cuda.is_available() else "cpu")
    monkeypatch.setattr(devices, "_best", lambda: "cpu:0")
    assert str(usable(None)) == "cpu"


def test_meta_leaves_the_nets_their_weights():
    net = Small(0)
    with pytest.raises(ValueError, match="`device` 'meta' cannot be used here"):
        cw.compare({"a": net}, Images(), LAYERS, device="meta")
    assert {parameter.device.type for parameter in net.parameters()} == {"cpu"}


def test_the_callers_default_device_changes_nothing():
    expected = compared("cpu", positions=20)
    named = nets()
    torch.set_default_device(SECOND)
    try:
        with SecondDevice():
            found = compared("cpu", named, positions=20)
    finally:
        torch.set_default_device(None)
    check_equal(found, expected)


def flags():
    return [
        *(backend.fp32_precision for backend in precision._PRECISIONS),
        torch.backends.cudnn.allow_tf32,
        torch.get_float32_matmul_precision(),
        torch.is_autocast_enabled("cpu"),
        torch.backends.cudnn.deterministic,
        torch.backends.cudnn.benchmark,
        torch.are_deterministic_algorithms_enabled(),
        torch.is_grad_enabled(),
        torch.is_inference_mode_enabled(),
        signal.getsignal(signal.SIGINT),
    ]


@pytest.fixture
def careless():
    """A caller with settings of its own."""
    before = torch.get_float32_matmul_precision(), torch.backends.cudnn.benchmark
    torch.set_float32_matmul_precision("medium")
    torch.backends.cudnn.benchmark = True
    with torch.autocast("cpu"):
        yield
    torch.set_float32_matmul_precision(before[0])
    torch.backends.cudnn.benchmark = before[1]


def failing(_step, _done, _of):
    raise LookupError("no")


def stopping(_step, _done, _of):
    os.kill(os.getpid(), signal.SIGINT)


@pytest.mark.parametrize(
    ("progress", "raised"),
    [(False, None), (failing, LookupError), (stopping, KeyboardInterrupt)],
    ids=["success", "error", "Ctrl-C"],
)
@pytest.mark.filterwarnings("ignore:interrupted after")
@pytest.mark.usefixtures("careless")
def test_the_callers_settings_come_back_however_it_ends(progress, raised):
    before = flags()
    if raised is None:
        assert compared("cpu", mixed_precision=True).complete
    else:
        with pytest.raises(raised):
            compared("cpu", progress=progress)
    assert flags() == before


def test_a_gpu_that_runs_out_of_memory_is_told_with_what_needs_less(monkeypatch):
    def out_of_memory(_recorder, _batch):
        raise torch.cuda.OutOfMemoryError("CUDA out of memory. Tried to allocate 2 GiB.\nmore")

    monkeypatch.setattr(activations.Recorder, "record", out_of_memory)
    with pytest.raises(MemoryError) as told:
        compared("cpu", mutual_information=False)
    assert str(told.value) == (
        "cpu has too little memory for batches of 8 images: a smaller `batch_size`, fewer nets or layers need less "
        "(CUDA out of memory. Tried to allocate 2 GiB.)"
    )


def test_a_net_that_does_not_fit_on_the_device_goes_back(monkeypatch):
    net = Small(0)
    room = [torch.cuda.OutOfMemoryError("CUDA out of memory")]
    original = net.fc[0]._apply

    def full(*given, **named):
        if room:
            raise room.pop()
        return original(*given, **named)

    monkeypatch.setattr(net.fc[0], "_apply", full)
    recorder = Recorder(net, LAYERS, SECOND)
    with SecondDevice() as device:
        with pytest.raises(torch.cuda.OutOfMemoryError), recorder:
            pytest.fail("it was moved")
        assert device.arrived
        assert {parameter.device.type for parameter in net.parameters()} == {"cpu"}
        with recorder:
            assert {parameter.device for parameter in net.parameters()} == {SECOND}
        assert {parameter.device.type for parameter in net.parameters()} == {"cpu"}


@pytest.mark.usefixtures("second")
def test_the_callers_autocast_of_the_cpu_takes_no_filters_from_another_device():
    expected = compared("cpu")
    named = nets()
    with torch.autocast("cpu"), SecondDevice():
        found = compared(SECOND, named)
    check_equal(found, expected)
    for net in named:
        np.testing.assert_array_equal(found.filters("conv1", net), expected.filters("conv1", net))


def test_what_does_not_fit_on_a_gpu_is_told_before_the_pass(monkeypatch):
    found = {}

    def keep(stage, given):
        found["reasons"] = [
            needed.shortage(stage, replace(given, device=torch.device("cuda:1"), mutual_information=information))
            for information in (False, True)
        ]

    monkeypatch.setattr(torch.cuda, "mem_get_info", lambda device: (5000, 10**9) if device.index == 1 else None)
    monkeypatch.setattr(torch.cuda, "memory_reserved", lambda _device: 6000)
    monkeypatch.setattr(torch.cuda, "memory_allocated", lambda _device: 1000)
    monkeypatch.setattr(pipeline, "check_fits", keep)
    compared("cpu", mutual_information=False)
    without, counted = found["reasons"]
    assert without.startswith("the run needs 0.0 MB of the GPU's memory, of which 0.0 MB are free; layer")
    assert counted.startswith(
        "the run needs 0.2 MB of the GPU's memory, of which 0.0 MB are free; "
        "mutual information takes 0.1 MB of it, layer"
    )
