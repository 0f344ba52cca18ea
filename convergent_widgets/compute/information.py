"""Streaming mutual information of the units of several nets: how many rows are above each pair of bin edges."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import torch

from convergent_widgets.analysis.checks import whole
from convergent_widgets.analysis.information import mutual_information
from convergent_widgets.choices import choose
from convergent_widgets.compute.devices import home_of
from convergent_widgets.compute.given import as_tensor, checked, fits_float32
from convergent_widgets.compute.statistics import UnusableActivation

BLOCK_NUMBERS = 2**23
BLOCK_ROWS = (256, 8192)
# From here on float32 does not tell every count from the next.
EXACT_ROWS = 2**24
JOINT_NUMBERS = 2**20

Pair = tuple[str, str]


def bin_edges(sample: np.ndarray | torch.Tensor, bins: int = 10) -> np.ndarray:
    """The upper edges (units, bins - 1) float64 of each unit's bins, from a sample (rows, units) of its activations.

    As in Li et al. 2015, section 3.1: the first edge is 0, so that the first bin holds exact zeros; the others cut the
    positive values of the sample into `bins - 1` bins of equal mass. A value belongs to the first bin whose edge it
    does not exceed; the last bin has no edge. Edges are values of the sample: where values are tied, edges coincide and
    leave empty bins, and a unit with fewer than `bins` different positive values has a bin for each of them.

    Negative values, of layers without a ReLU, fall into the first bin: what is counted is the rectified unit.
    `StreamingMutualInformation` takes other edges too, say those that cut all values into bins of equal mass.

    Raises ValueError for a sample that is not 2-dimensional, has no rows or is not finite, and for anything but a whole
    number of bins, at least 2.
    """
    if isinstance(sample, torch.Tensor):
        sample = sample.detach().cpu().double().numpy()
    values = np.asarray(sample, np.float64)
    if values.ndim != 2 or not len(values):
        raise ValueError(f"`sample` must be (rows, units) with at least one row, got shape {values.shape}")
    bins = whole("bins", bins, 2)
    if not np.isfinite(values).all():
        raise ValueError("`sample` must hold finite numbers")
    edges = np.zeros((values.shape[1], bins - 1))
    for unit, column in enumerate(values.T):
        edges[unit, 1:] = _equal_mass(np.sort(column[column > 0]), bins - 1)
    return edges


@dataclass(frozen=True)
class MutualInformation:
    """Mutual information of units in nats, over `count` rows."""

    count: int
    _values: Mapping[Pair, np.ndarray]

    def mutual_information(self, a: str, b: str) -> np.ndarray:
        """That of the units of `a` with those of `b`, (C_a, C_b) float64; a unit's with itself is its entropy.

        Exactly 0 for a unit that never leaves its bin; NaN with no rows. Raises KeyError for a pair not counted.
        """
        if (a, b) in self._values:
            return self._values[a, b]
        if (b, a) in self._values:
            return self._values[b, a].T
        raise KeyError(f"the pair {a!r}, {b!r} was not counted; there are {list(self._values)}")


class StreamingMutualInformation:
    """Mutual information between the units of nets, gathered batch by batch on the device where the activations are.

    `edges` maps each net to the upper edges of its units' bins, (units, bins - 1), ascending, equal ones allowed, as
    `bin_edges` gives them; the number of bins may differ between nets. `pairs` names the pairs of nets to count: all of
    them where None, each net with itself included; fewer cost less.

    Exact for the edges given, however the rows arrive; only integers beyond 2^53 are rounded, to float64. What is
    counted is how many rows are above an edge of one unit and an edge of another: a product of zeros and ones, exact in
    float32 up to 2^24 rows and kept in int64 beyond. The joint counts of the bins are differences of these numbers.

    Cost for nets of C_a and C_b units: 2 C_a C_b (bins - 1)^2 operations a row, and C_a C_b (bins - 1)^2 numbers of
    4 bytes, 12 after 2^24 rows or a merge. With 10 bins: .7 MB for twice 48 units, 48 MB for twice 384, 5.4 GB for
    twice 4096; and some 100 MB for a block of rows. A pair's answer takes C_a C_b numbers of 8 bytes.
    """

    def __init__(self, edges: Mapping[str, np.ndarray | torch.Tensor], pairs: Iterable[Pair] | None = None):
        if not edges:
            raise ValueError("`edges` must map at least one net to the edges of its units' bins")
        self.edges = {net: _check_edges(net, values) for net, values in edges.items()}
        nets = list(self.edges)
        everything = [(a, b) for i, a in enumerate(nets) for b in nets[i:]]
        self.pairs = tuple(everything if pairs is None else dict.fromkeys(pairs))
        for net in (net for pair in self.pairs for net in pair):
            choose("net", net, nets)
        self._indicators = sum(values.size for values in self.edges.values())
        self._rows = min(max(BLOCK_NUMBERS // max(self._indicators, 1), BLOCK_ROWS[0]), BLOCK_ROWS[1])
        self._count = 0
        self._above = {net: np.zeros(values.shape, np.int64) for net, values in self.edges.items()}
        self._settled: dict[Pair, np.ndarray] = {}
        self._open: _Open | None = None

    @property
    def count(self) -> int:
        """How many rows were added."""
        return self._count

    def update(self, activations: Mapping[str, torch.Tensor | np.ndarray]) -> None:
        """Add rows: for each net (rows, units), the same rows for all nets, torch or numpy; no rows is legal.

        Raises ValueError for missing or unknown nets and for shapes that do not fit, TypeError for what is not real
        numbers, and UnusableActivation for NaN or infinity; then nothing of this call is added.
        """
        if set(activations) != set(self.edges):
            raise ValueError(f"expected activations of the nets {list(self.edges)}, got {list(activations)}")
        rows = {net: as_tensor(values) for net, values in checked(activations, ("rows", "units")).items()}
        for net, values in rows.items():
            if values.shape[1] != len(self.edges[net]):
                raise ValueError(f"net {net!r} has {len(self.edges[net])} units, got activations of {values.shape[1]}")
        _check_finite(rows)
        counts = {net: len(values) for net, values in rows.items()}
        if len(set(counts.values())) > 1:
            raise ValueError(f"all nets must give the same rows, got {counts}")
        count = next(iter(counts.values()))
        with torch.inference_mode():
            for start in range(0, count, self._rows):
                self._add_block({net: values[start : start + self._rows] for net, values in rows.items()})

    def merge(self, other: StreamingMutualInformation) -> None:
        """Add all rows of `other`, which is left as it was. Raises ValueError where nets, edges or pairs differ."""
        if list(self.edges) != list(other.edges) or self.pairs != other.pairs:
            raise ValueError(
                f"cannot merge the pairs {list(other.pairs)} of {list(other.edges)} "
                f"into the pairs {list(self.pairs)} of {list(self.edges)}"
            )
        for net, values in self.edges.items():
            if not np.array_equal(values, other.edges[net]):
                raise ValueError(f"cannot merge counts over other edges: those of net {net!r} differ")
        if not other.count:
            return
        for net in self.edges:
            self._above[net] = self._above[net] + other._all_above(net)
        for pair in self.pairs:
            self._settle(pair, other._both_above(pair, slice(None)))
        self._count += other.count

    def state(self) -> dict[str, np.ndarray]:
        """The edges, and the counts of all rows so far; `restore` continues from them."""
        return {
            "count": np.array(self._count),
            **{f"edges/{number}": edges for number, edges in enumerate(self.edges.values())},
            **{f"above/{number}": self._all_above(net) for number, net in enumerate(self.edges)},
            **{f"both/{number}": self._both_above(pair, slice(None)) for number, pair in enumerate(self.pairs)},
        }

    def restore(self, state: Mapping[str, np.ndarray]) -> None:
        """Take over what `state` gave, which must be of the same nets and pairs; its edges replace these."""
        self._count, self._open = state["count"].item(), None
        self.edges = {net: state[f"edges/{number}"] for number, net in enumerate(self.edges)}
        self._above = {net: np.array(state[f"above/{number}"]) for number, net in enumerate(self.edges)}
        self._settled = {pair: state[f"both/{number}"] for number, pair in enumerate(self.pairs)}

    def compute(self) -> MutualInformation:
        """The mutual information over all rows so far; can be asked again and again."""
        return MutualInformation(self._count, {pair: self._information(pair) for pair in self.pairs})

    def _add_block(self, rows: Mapping[str, torch.Tensor]) -> None:
        if self._open is None:
            self._open = _Open(self.edges, self.pairs, next(iter(rows.values())).device)
        count = len(next(iter(rows.values())))
        if self._open.count + count > EXACT_ROWS:
            for pair, above in self._open.both_above.items():
                self._settle(pair, _integers(above))
            self._above = {net: self._all_above(net) for net in self.edges}
            self._open.clear()
        self._open.add(rows, count)
        self._count += count

    def _settle(self, pair: Pair, above: np.ndarray) -> None:
        self._settled[pair] = self._settled[pair] + above if pair in self._settled else above

    def _both_above(self, pair: Pair, edges: slice) -> np.ndarray:
        """How many rows are above both edges, (some edges of all units of a, edges of all units of b) int64."""
        a, b = (self.edges[net].size for net in pair)
        above = np.zeros((a, b), np.int64)[edges]
        if self._open is not None:
            above = above + _integers(self._open.both_above[pair][edges])
        return above + self._settled[pair][edges] if pair in self._settled else above

    def _all_above(self, net: str) -> np.ndarray:
        """How many rows are above each edge, (units, edges) int64."""
        return self._above[net] + (0 if self._open is None else _integers(self._open.above[net]))

    def _information(self, pair: Pair) -> np.ndarray:
        (units_a, edges_a), (units_b, edges_b) = (self.edges[net].shape for net in pair)
        above_a, above_b = (self._all_above(net) for net in pair)
        found = np.empty((units_a, units_b))
        step = max(JOINT_NUMBERS // max(units_b * (edges_a + 1) * (edges_b + 1), 1), 1)
        for start in range(0, units_a, step):
            units = slice(start, min(start + step, units_a))
            both = self._both_above(pair, slice(units.start * edges_a, units.stop * edges_a))
            table = np.zeros((units.stop - units.start, units_b, edges_a + 2, edges_b + 2), np.int64)
            table[..., 0, 0] = self._count
            table[..., 1:-1, 0] = above_a[units, None]
            table[..., 0, 1:-1] = above_b
            table[..., 1:-1, 1:-1] = both.reshape(-1, edges_a, units_b, edges_b).transpose(0, 2, 1, 3)
            found[units] = mutual_information(np.diff(np.diff(table, axis=-1), axis=-2))
        found.setflags(write=False)
        return found


class _Open:
    """Counts of the latest rows, float32 on the activations' device: `above` one edge, and `both_above` two."""

    def __init__(self, edges: Mapping[str, np.ndarray], pairs: Iterable[Pair], device: torch.device):
        self.count = 0
        self._edges, self._device = edges, device
        self._on_device: dict[tuple[str, torch.dtype], torch.Tensor] = {}
        self.above = {
            net: torch.zeros(values.shape, dtype=torch.float32, device=device) for net, values in edges.items()
        }
        self.both_above = {
            (a, b): torch.zeros((edges[a].size, edges[b].size), dtype=torch.float32, device=device) for a, b in pairs
        }

    def add(self, rows: Mapping[str, torch.Tensor], count: int) -> None:
        """Add rows (count, units)."""
        above = {net: self._indicators(net, values) for net, values in rows.items()}
        for (a, b), total in self.both_above.items():
            total.addmm_(above[a], above[b].t())
        for net, values in above.items():
            self.above[net].add_(values.sum(dim=1).view(self._edges[net].shape))
        self.count += count

    def clear(self) -> None:
        self.count = 0
        for total in (*self.above.values(), *self.both_above.values()):
            total.zero_()

    def _indicators(self, net: str, values: torch.Tensor) -> torch.Tensor:
        """Which rows are above which edge, (units * edges, rows), 0 or 1."""
        values = values.to(self._device)
        values = values.float() if fits_float32(values.dtype) else values.to(home_of(self._device)).double()
        key = net, values.dtype
        if key not in self._on_device:
            edges = self._edges[net] if values.dtype is torch.float64 else _floor_to_single(self._edges[net])
            self._on_device[key] = torch.from_numpy(edges).to(values.device)
        above = values.t().contiguous()[:, None, :] > self._on_device[key][:, :, None]
        return above.flatten(0, 1).to(self._device).float()


def _equal_mass(values: np.ndarray, bins: int) -> np.ndarray:
    """The upper edges (bins - 1,) of all bins but the last, for ascending values; 0 where there are none."""
    if not values.size:
        return np.zeros(bins - 1)
    distinct = np.unique(values)
    if distinct.size <= bins:
        return np.pad(distinct[: bins - 1], (0, max(bins - 1 - distinct.size, 0)), mode="edge")
    return values[-(-np.arange(1, bins) * values.size // bins) - 1]


def _floor_to_single(edges: np.ndarray) -> np.ndarray:
    """The greatest float32 not above each edge: float32 activations above the one are those above the other."""
    with np.errstate(over="ignore"):
        single = edges.astype(np.float32)
    return np.where(single > edges, np.nextafter(single, np.float32(-np.inf)), single)


def _integers(counts: torch.Tensor) -> np.ndarray:
    return counts.cpu().numpy().astype(np.int64)


def _check_edges(net: str, edges: np.ndarray | torch.Tensor) -> np.ndarray:
    if isinstance(edges, torch.Tensor):
        edges = edges.detach().cpu().double().numpy()
    edges = np.array(edges, np.float64)
    if edges.ndim != 2 or 0 in edges.shape:
        raise ValueError(f"edges of net {net!r} must be (units, bins - 1), at least one of each, got {edges.shape}")
    if not np.isfinite(edges).all() or (np.diff(edges, axis=1) < 0).any():
        raise ValueError(f"edges of net {net!r} must be finite and must not descend along a unit's row")
    return edges


def _check_finite(rows: Mapping[str, torch.Tensor]) -> None:
    """UnusableActivation for NaN or infinity; a GPU is waited for once, however many nets there are."""
    if bool(torch.stack([torch.isfinite(values).all() for values in rows.values()]).all()):
        return
    for net, values in rows.items():
        for row, unit in (~torch.isfinite(values)).nonzero()[:1].tolist():
            raise UnusableActivation(net, row, unit, "is not a finite number")
