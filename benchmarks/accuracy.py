"""Part `accuracy`: correlations and CKA of each tool against float64, as the units' mean grows."""

from __future__ import annotations

import warnings
from importlib.util import find_spec

import numpy as np
import torch
from timing import Table
from torch import Tensor, nn
from torch.utils.data import DataLoader

from convergent_widgets.analysis import cka
from convergent_widgets.compute import Moments, StreamingStatistics

UNITS, BATCH = 32, 32
MEANS = (0, 1, 1000)


class Half(nn.Module):
    """One net's units of rows that hold those of both."""

    def __init__(self, start: int, form: tuple[int, ...]):
        super().__init__()
        self.start, self.form, self.layer = start, form, nn.Identity()

    def forward(self, x: Tensor) -> Tensor:
        return self.layer(x[:, self.start : self.start + UNITS].reshape(self.form))


def planted(rows: int, mean: float) -> np.ndarray:
    """Float32 rows of two nets with common causes; each unit of about this mean and deviation 1."""
    random = np.random.default_rng(0)
    causes = random.standard_normal((rows, 16))
    mixed = causes @ random.standard_normal((16, 2 * UNITS)) / 4 + 0.5 * random.standard_normal((rows, 2 * UNITS))
    return (mixed / mixed.std(0) + mean).astype(np.float32)


def streamed(values: np.ndarray) -> Moments:
    """What compare() keeps of the rows."""
    gathered = StreamingStatistics({"a": UNITS, "b": UNITS})
    for rows in np.split(values, range(1024, len(values), 1024)):
        gathered.update({"a": rows[:, :UNITS], "b": rows[:, UNITS:]})
    return gathered.compute()


def raw_sums(values: np.ndarray) -> np.ndarray:
    """Correlations from sums and sums of products in float32, as a one-pass program without a shift has them."""
    mean = values.mean(0)
    covariance = values.T @ values / np.float32(len(values)) - np.outer(mean, mean)
    with np.errstate(invalid="ignore", divide="ignore"):
        scale = np.sqrt(np.diagonal(covariance))
        return covariance / np.outer(scale, scale)


def correlation_rows(count: int) -> list[list[float | str]]:
    rows: dict[str, list[float]] = {}
    for mean in MEANS:
        values = planted(count, mean)
        exact = np.corrcoef(values.astype(np.float64), rowvar=False)
        ours = streamed(values)
        blocks = [[ours.correlation(x, y) for y in ("a", "b")] for x in ("a", "b")]
        found = {
            "StreamingStatistics": np.block(blocks),
            "np.corrcoef, dtype=np.float32": np.corrcoef(values, rowvar=False, dtype=np.float32),
            "torch.corrcoef of float32": torch.corrcoef(torch.from_numpy(values.T)).numpy(),
            "sums of products in float32": raw_sums(values),
        }
        for tool, r in found.items():
            worst = float(np.abs(r - exact).max())
            rows.setdefault(tool, []).append(worst if np.isfinite(worst) else "not a number")
    return [[tool, *worst] for tool, worst in rows.items()]


def exact_cka(values: np.ndarray) -> float:
    """Kornblith et al. 2019, equation 4, of centred float64 columns."""
    centred = values.astype(np.float64) - values.astype(np.float64).mean(0)
    x, y = centred[:, :UNITS], centred[:, UNITS:]
    return float(np.linalg.norm(x.T @ y) ** 2 / np.linalg.norm(x.T @ x) / np.linalg.norm(y.T @ y))


def cka_rows(count: int) -> list[list[float | str]]:
    rows: dict[str, list[float | str]] = {"exact": []}
    for mean in MEANS:
        values = planted(count, mean)
        exact = exact_cka(values)
        rows["exact"].append(exact)
        ours = streamed(values)
        blocks = [ours.covariance(*pair) for pair in (("a", "a"), ("b", "b"), ("a", "b"))]
        rows.setdefault("convergent_widgets", []).append(abs(cka(*blocks) - exact))
        loader = DataLoader(torch.utils.data.TensorDataset(torch.from_numpy(values)), batch_size=BATCH)
        for tool, estimate in {"torch_cka": torch_cka, "ckatorch": ckatorch}.items():
            if find_spec(tool):
                try:
                    with warnings.catch_warnings(), torch.inference_mode():
                        warnings.simplefilter("ignore")
                        rows.setdefault(tool, []).append(abs(estimate(loader) - exact))
                except (AssertionError, ValueError):  # how they say that the result is not a number
                    rows.setdefault(tool, []).append("not a number")
    return [[tool, *cells] for tool, cells in rows.items()]


def torch_cka(loader: DataLoader) -> float:
    from torch_cka import CKA

    measured = CKA(Half(0, (-1, UNITS)), Half(UNITS, (-1, UNITS)), "a", "b", ["layer"], ["layer"])
    measured.compare(loader, loader)
    return float(measured.export()["CKA"])


def ckatorch(loader: DataLoader) -> float:
    from ckatorch import CKA

    a, b = Half(0, (1, -1, UNITS)), Half(UNITS, (1, -1, UNITS))
    return float(CKA(a, b, ["layer"], first_name="a", second_name="b")(loader, epochs=1))


def tables(quick: bool) -> list[Table]:
    count = 16384 if quick else 65536
    means = [f"mean {mean:,}" for mean in MEANS]
    return [
        Table(
            "Greatest error of a correlation",
            f"{count:,} rows of float32, 2 x {UNITS} units of deviation 1; the difference from np.corrcoef, "
            "which turns the rows into float64.",
            ["tool", *means],
            correlation_rows(count),
        ),
        Table(
            "Error of linear CKA",
            f"The same rows; the difference from the exact value over all rows. The other tools see batches of {BATCH} "
            "rows: torch-cka averages an unbiased HSIC over them, ckatorch returns what the last batch gave.",
            ["tool", *means],
            cka_rows(count),
        ),
    ]
