"""Full float32 whatever the caller lets torch do, and mixed precision where it is asked for."""

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
    return [getattr(backend, name) for backend, name, _ in precision._SETTINGS]


def test_inside_all_is_full_float32_and_the_callers_settings_come_back(careless):
    before = settings()
    with torch.autocast("cpu"):
        with full_float32(CPU):
            assert settings() == [value for _, _, value in precision._SETTINGS]
            assert (torch.ones(2, 2) @ torch.ones(2, 2)).dtype is torch.float32
        assert (torch.ones(2, 2) @ torch.ones(2, 2)).dtype is torch.bfloat16
    assert settings() == before
    assert torch.get_float32_matmul_precision() == "medium"


def test_they_come_back_after_an_error_too(careless):
    before = settings()
    with pytest.raises(RuntimeError, match="no"), full_float32(CPU):
        raise RuntimeError("no")
    assert settings() == before


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
