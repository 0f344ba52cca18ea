"""Full float32 whatever the caller lets torch do, and mixed precision where it is asked for."""

import subprocess
import sys
from contextlib import suppress

import numpy as np
import pytest
import torch
from small_nets import LAYERS, Images, Small
from torch import nn

import convergent_widgets as cw
from convergent_widgets.compute import StreamingStatistics, options, precision
from convergent_widgets.compute.precision import full_float32

CPU = torch.device("cpu")


@pytest.fixture
def careless():
    """A caller who lets torch use TF32 and bfloat16 wherever it can."""
    before = torch.get_float32_matmul_precision()
    torch.set_float32_matmul_precision("medium")
    yield
    torch.set_float32_matmul_precision(before)


def settings():
    return [backend.fp32_precision for backend in precision._PRECISIONS]


def test_inside_all_is_full_float32_and_the_callers_settings_come_back(careless):
    before = settings()
    with torch.autocast("cpu"):
        with full_float32(CPU):
            assert set(settings()) <= {"ieee"}
            assert (torch.ones(2, 2) @ torch.ones(2, 2)).dtype is torch.float32
        assert (torch.ones(2, 2) @ torch.ones(2, 2)).dtype is torch.bfloat16
    assert settings() == before
    assert torch.get_float32_matmul_precision() == "medium"


def test_they_come_back_after_an_error_too(careless):
    before = settings()
    with pytest.raises(RuntimeError, match="no"), full_float32(CPU):
        raise RuntimeError("no")
    assert settings() == before


@pytest.fixture(params=["highest", "high", "medium"])
def allowed(request):
    """What the caller allows by torch's older flags."""
    before = torch.get_float32_matmul_precision(), torch.backends.cudnn.allow_tf32
    torch.set_float32_matmul_precision(request.param)
    yield request.param
    torch.set_float32_matmul_precision(before[0])
    torch.backends.cudnn.allow_tf32 = before[1]


@pytest.mark.parametrize("convolutions", [True, False])
@pytest.mark.parametrize("error", [None, LookupError])
def test_the_older_flags_can_be_read_inside_and_come_back(allowed, convolutions, error):
    torch.backends.cudnn.allow_tf32 = convolutions
    before = settings()
    with suppress(LookupError), full_float32(CPU):
        assert not torch.backends.cudnn.allow_tf32
        assert not torch.backends.cuda.matmul.allow_tf32
        assert torch.get_float32_matmul_precision() == "highest"
        with torch.backends.cudnn.flags(enabled=False):
            assert not torch.backends.cudnn.enabled
        assert not torch.backends.cudnn.allow_tf32
        if error:
            raise error
    assert settings() == before
    assert torch.backends.cudnn.allow_tf32 == convolutions
    assert torch.backends.cuda.matmul.allow_tf32 == (allowed != "highest")
    assert torch.get_float32_matmul_precision() == allowed


# In processes of their own: once set, torch's defaults are not to be had again.
INHERITED = """
import torch
from convergent_widgets.compute import precision

torch.backends.fp32_precision = "tf32"
with precision.full_float32(torch.device("cpu")):
    for _ in range(2):
        with torch.backends.cudnn.flags(enabled=False):
            pass
assert {backend.fp32_precision for backend in precision._PRECISIONS} == {"tf32"}
torch.backends.fp32_precision = "ieee"
assert {backend.fp32_precision for backend in precision._PRECISIONS} == {"ieee"}
"""
MIXED = """
import torch
from convergent_widgets.compute import precision

def flags():
    for read in (torch.get_float32_matmul_precision, lambda: torch.backends.cudnn.allow_tf32):
        try:
            yield read()
        except RuntimeError:
            yield "refused"

torch.backends.cuda.matmul.fp32_precision = "tf32"
torch.backends.cudnn.conv.fp32_precision = "ieee"
before = *flags(), *(backend.fp32_precision for backend in precision._PRECISIONS)
assert before[:2] == ("refused", "refused")
with precision.full_float32(torch.device("cpu")):
    assert {backend.fp32_precision for backend in precision._PRECISIONS} == {"ieee"}
assert (*flags(), *(backend.fp32_precision for backend in precision._PRECISIONS)) == before
"""


@pytest.mark.skipif(not precision._PRECISIONS, reason="needs torch 2.9")
@pytest.mark.parametrize("script", [INHERITED, MIXED], ids=["inherited", "mixed"])
def test_a_callers_newer_settings_come_back(script):
    ended = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr


class Switching(nn.Module):
    """Keeps away from cuDNN."""

    def __init__(self):
        super().__init__()
        self.inner = Small(0)

    def forward(self, images):
        with torch.backends.cudnn.flags(enabled=False):
            return self.inner(images)


def test_a_net_may_switch_cudnn_off():
    assert run({"a": Switching(), "b": Switching()}).complete


def test_autocast_of_the_cpu_is_off_for_other_devices_too():
    with torch.autocast("cpu"), full_float32(torch.device("cuda")):
        assert (torch.ones(2, 2) @ torch.ones(2, 2)).dtype is torch.float32


def test_a_device_without_autocast_is_no_obstacle():
    with full_float32(torch.device("meta")):
        assert torch.ones(2, device="meta").device.type == "meta"


def rows():
    values = np.random.default_rng(0).standard_normal((20_000, 6))
    values[:, 3:] += values[:, :3]
    return values.astype(np.float32)


def test_statistics_do_not_lose_digits_to_the_callers_settings(careless):
    values = rows()
    with torch.autocast("cpu"):
        statistics = StreamingStatistics({"a": 6})
        statistics.update({"a": torch.from_numpy(values)})
    expected = np.corrcoef(values.astype(np.float64), rowvar=False)
    np.testing.assert_allclose(statistics.compute().correlation("a", "a"), expected, atol=1e-6)


class Watching(nn.Module):
    """Says in which precision its products come out."""

    def __init__(self):
        super().__init__()
        self.inner = Small(0)
        self.seen = set()
        self.inner.conv1[0].register_forward_hook(lambda _m, _i, output: self.seen.add(output.dtype))

    def forward(self, images):
        return self.inner(images)


def run(nets, **options):
    layers = [f"inner.{layer}" for layer in LAYERS]
    return cw.compare(nets, Images(), layers, progress=False, device="cpu", **options)


def test_nets_run_in_full_float32_unless_mixed_precision_is_asked_for(careless):
    net = Watching()
    with torch.autocast("cpu"):
        full = run({"a": net, "b": Watching()})
    assert net.seen == {torch.float32}
    net.seen.clear()
    mixed = run({"a": net, "b": Watching()}, mixed_precision=True)
    assert torch.bfloat16 in net.seen
    assert mixed.settings["mixed_precision"]
    for layer in full.layers:
        one, other = (comparison.correlation(layer, "a", "b") for comparison in (full, mixed))
        np.testing.assert_allclose(one, other, atol=0.05)
    assert any((full.mean(layer, "a") != mixed.mean(layer, "a")).any() for layer in full.layers)


def test_mixed_precision_where_torch_has_none_is_an_error(monkeypatch):
    monkeypatch.setattr(options, "can_autocast", lambda _device: False)
    with pytest.raises(ValueError, match="`mixed_precision` is not known to torch on 'cpu'"):
        run({"a": Small(0)}, mixed_precision=True)
