"""Which layers of nets of different depth to compare: a proposal, by map size and relative depth."""

from __future__ import annotations

import html
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from torch import nn

from .images import open_images
from .layer_table import Layer
from .layer_table import layers as layer_table
from .stage import named_nets

if TYPE_CHECKING:
    from .nets import Net

__all__ = ["LayerPairs", "pair_layers"]

Grid = tuple[int, int]
Row = Mapping[str, Layer]


class LayerPairs(Mapping[str, Mapping[str, str]]):
    """Label -> net -> module, as `layers` of `compare` takes it. Shows as a table in a notebook."""

    def __init__(self, rows: Sequence[Row]) -> None:
        self._rows = {_label(row): row for row in rows}

    @property
    def resize(self) -> Grid | None:
        """What `compare` needs as `resize` for maps of different size: the finest grid that all nets reach in a pair.

        None where the maps of each pair have one size.
        """
        coarsest = [
            (min(grid[0] for grid in grids), min(grid[1] for grid in grids))
            for grids in (_grids(row) for row in self._rows.values())
            if len(set(grids)) > 1
        ]
        return max(coarsest, default=None)

    def __getitem__(self, label: str) -> dict[str, str]:
        """The module of each net."""
        return {net: layer.name for net, layer in self._rows[label].items()}

    def __iter__(self) -> Iterator[str]:
        """Labels, from the images on."""
        return iter(self._rows)

    def __len__(self) -> int:
        """How many layers are compared."""
        return len(self._rows)

    def __repr__(self) -> str:
        """A plain text table."""
        lines = [self._head(), *self._cells()]
        widths = [max(len(line[column]) for line in lines) for column in range(len(lines[0]))]
        return "\n".join(["  ".join(map(str.ljust, line, widths)).rstrip() for line in lines] + self._notes())

    def _repr_html_(self) -> str:
        head, *body = (
            "<tr>" + "".join(f"<{tag}>{html.escape(cell)}</{tag}>" for cell in line) + "</tr>"
            for tag, lines in (("th", [self._head()]), ("td", self._cells()))
            for line in lines
        )
        notes = "".join(f"<p>{html.escape(note)}</p>" for note in self._notes())
        return f"<table><thead>{head}</thead><tbody>{''.join(body)}</tbody></table>{notes}"

    def _head(self) -> list[str]:
        return list(next(iter(self._rows.values())))

    def _cells(self) -> list[list[str]]:
        return [[_cell(layer) for layer in row.values()] for row in self._rows.values()]

    def _notes(self) -> list[str]:
        return [] if self.resize is None else [f"Maps of different size are paired: add resize={self.resize}."]


def pair_layers(nets: Mapping[str, Net | nn.Module], images: Any = None) -> LayerPairs:
    """Propose which layers of nets of different architecture to compare with one another.

    They are what `compare` takes as `layers`::

        pairs = cw.pair_layers(nets, "photos")
        cw.compare(nets, "photos", layers=pairs, resize=pairs.resize)

    Each net offers its own `layers`, or those that `cw.layers` suggests, in the order in which they end. Where all nets
    offer maps of one size, maps are paired size by size; else all maps are taken together, and `resize` of the result
    is needed. Vectors and tokens are only paired with the same number of positions. Within such a group the net with
    the fewest layers, n, sets the number of pairs, and each net gives those at relative depth 1/n, 2/n, ... 1 of the
    group, rounded: the last layer always meets the last.

    `images` are those that will be compared (a folder or a Dataset; the first one is run through each net), since their
    size decides that of the maps; None takes the input size that the nets tell. Nothing in it knows what the layers
    compute: it is a start, to be edited as `dict(pairs)`. Raises ValueError where a net does not run or no layer of one
    net has a partner in all others.
    """
    named = named_nets(nets)
    image = None if images is None else open_images(images).load(0)
    offered = {name: _offered(name, net, image) for name, net in named.items()}
    rows = [row for group in _groups(offered) for row in _by_depth(group)]
    if not rows:
        raise ValueError(f"the nets have no layers that could be paired: {_described(offered)}")
    first = next(iter(offered))
    return LayerPairs(sorted(rows, key=lambda row: offered[first].index(row[first])))


def _offered(name: str, net: Net, image: Any) -> list[Layer]:
    try:
        table = layer_table(net, image)
    except (ValueError, RuntimeError) as reason:
        raise ValueError(f"net {name!r}: {reason}") from reason
    chosen = table.suggested if net.layers is None else net.layers
    return [layer for layer in table if layer.name in chosen and layer.grid is not None]


def _groups(offered: Mapping[str, Sequence[Layer]]) -> Iterator[dict[str, list[Layer]]]:
    """The layers of each net that may be paired with one another."""
    grids = [{_grid(layer) for layer in layers} for layers in offered.values()]
    common = set.intersection(*grids)
    kinds: list[set[Grid]] = [{grid} for grid in common]
    if not any(1 not in grid for grid in common):
        kinds.append({grid for grid in set.union(*grids) if 1 not in grid})
    for kind in kinds:
        group = {net: [layer for layer in layers if _grid(layer) in kind] for net, layers in offered.items()}
        if all(group.values()):
            yield group


def _by_depth(group: Mapping[str, Sequence[Layer]]) -> Iterator[Row]:
    pairs = min(map(len, group.values()))
    for number in range(1, pairs + 1):
        yield {net: layers[round(number * len(layers) / pairs) - 1] for net, layers in group.items()}


def _label(row: Row) -> str:
    return " / ".join(dict.fromkeys(layer.name for layer in row.values()))


def _grid(layer: Layer) -> Grid:
    assert layer.grid is not None
    return layer.grid


def _grids(row: Row) -> list[Grid]:
    return [_grid(layer) for layer in row.values()]


def _cell(layer: Layer) -> str:
    height, width = _grid(layer)
    return f"{layer.name} ({layer.units} units, {height} x {width})"


def _described(offered: Mapping[str, Iterable[Layer]]) -> str:
    return "; ".join(
        f"{net}: {', '.join(f'{layer.name} {_grid(layer)[0]} x {_grid(layer)[1]}' for layer in layers) or 'none'}"
        for net, layers in offered.items()
    )
