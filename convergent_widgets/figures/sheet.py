"""The sheet every figure is drawn on: notebook width, 10 pt, colours for any colour vision, no state of pyplot's."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from functools import wraps
from typing import TYPE_CHECKING, Any, Literal, ParamSpec

from matplotlib import rc_context
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Colormap, LinearSegmentedColormap, Normalize
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.textpath import text_to_path

from convergent_widgets.colors import NETS, NO_CORRELATION, R_STOPS

if TYPE_CHECKING:
    from matplotlib.figure import SubFigure

WIDTH = 9.0
TITLE, LABEL, ENTRY = 10.5, 10, 9  # points
LINE = 0.18  # inches that a further line of a title takes
HANDLE = 0.6  # inches of a legend's entry beside its words
DOTS = 110
INK, FAINT, LINES = "#212121", "#5c5c5c", "#d9d9d9"
BASELINE = "#8a8f98"
DASHES = ("-", (0, (6, 2)), (0, (2, 1.5)), (0, (7, 2, 1.5, 2)))
STYLE: Any = {
    "font.size": 10,
    "axes.labelsize": LABEL,
    "axes.labelcolor": INK,
    "axes.edgecolor": FAINT,
    "axes.facecolor": "white",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": False,
    "grid.color": LINES,
    "xtick.labelsize": 9,
    "ytick.labelsize": 9,
    "xtick.color": FAINT,
    "ytick.color": FAINT,
    "legend.fontsize": ENTRY,
    "legend.frameon": False,
    "figure.facecolor": "white",
    "savefig.facecolor": "white",
    "text.color": INK,
    "text.parse_math": False,  # names may hold dollar signs
    "text.usetex": False,
    "image.interpolation": "nearest",
    "svg.hashsalt": "convergent_widgets",
}

P = ParamSpec("P")


class Sheet(Figure):
    """A matplotlib Figure that shows itself in a notebook; `savefig("figure.png")` or `.svg` keeps it."""

    def savefig(self, fname: Any, **options: Any) -> None:
        """Save it; the name's ending decides the format, as matplotlib's own `savefig` does."""
        with rc_context(STYLE):
            super().savefig(fname, **options)

    def _repr_png_(self) -> bytes:
        buffer = io.BytesIO()
        self.savefig(buffer, format="png")
        return buffer.getvalue()


def in_style(draw: Callable[P, Sheet]) -> Callable[P, Sheet]:
    """A drawing function that takes no notice of the settings made elsewhere, and leaves them as they are."""

    @wraps(draw)
    def drawn(*args: P.args, **kwargs: P.kwargs) -> Sheet:
        with rc_context(STYLE):
            return draw(*args, **kwargs)

    return drawn


def sheet(height: float, width: float = WIDTH, layout: Literal["constrained", "compressed"] = "constrained") -> Sheet:
    """An empty one, in inches; "compressed" is the layout for pictures of fixed shape."""
    return Sheet(figsize=(width, height), dpi=DOTS, layout=layout)


def scale_of_r() -> Colormap:
    """The Explorer's colours of r: 0 neutral, no correlation grey."""
    return LinearSegmentedColormap.from_list("r", R_STOPS, N=1025).with_extremes(bad=NO_CORRELATION)


def entitle(part: Sheet | SubFigure, words: str) -> None:
    """A title at the upper left of a sheet or of a part of one, in as many lines as its width asks for."""
    width = part.bbox.width / part.dpi
    lines = wrapped(words, 0.985 * width, TITLE)
    sheet = part.figure
    sheet.set_figheight(sheet.get_figheight() + LINE * lines.count("\n"))
    part.suptitle(lines, x=0.045 / width, ha="left", fontsize=TITLE)


def wrapped(words: str, width: float, size: float) -> str:
    """Words of `size` points broken at their blanks into lines of at most `width` inches."""
    lines: list[str] = []
    for paragraph in words.split("\n"):
        line = ""
        for word in paragraph.split(" "):
            longer = f"{line} {word}" if line else word
            if line and inches_of(longer, size) > width:
                lines.append(line)
                longer = word
            line = longer
        lines.append(line)
    return "\n".join(lines)


def inches_of(words: str, size: float) -> float:
    """How wide a line of words of `size` points is drawn."""
    return text_to_path.get_text_width_height_descent(words, FontProperties(size=size), ismath=False)[0] / 72


def colour_bar(figure: Figure, beside: Axes | Sequence[Axes], label: str) -> None:
    """The legend of `scale_of_r` from -1 to 1 beside some axes."""
    shown = ScalarMappable(Normalize(-1, 1), scale_of_r())
    bar = figure.colorbar(shown, ax=beside, fraction=0.046, pad=0.02)
    bar.set_label(label)
    bar.outline.set_visible(False)


def colour_of(nets: Sequence[str], net: str) -> str:
    """A net's colour, the same as in the Explorer's panels."""
    return NETS[nets.index(net) % len(NETS)]


def dashes_of(nets: Sequence[str], net: str) -> Any:
    """A net's dashes, so that a line is known without its colour."""
    return DASHES[nets.index(net) % len(DASHES)]


def legend(figure: Figure, entries: Sequence[tuple[Artist, str]], columns: int) -> None:
    """A legend below everything, in the columns that fit; its words are shown as they are, whatever they begin with."""
    widest = max(inches_of(words, ENTRY) for _, words in entries) + HANDLE
    columns = max(1, min(columns, int(figure.get_figwidth() / widest)))
    artists = [artist for artist, _ in entries]
    made = figure.legend(artists, [" "] * len(entries), loc="outside lower left", ncols=columns, columnspacing=1.5)
    for text, (_, words) in zip(made.get_texts(), entries, strict=True):
        text.set_text(words)


def brief(name: str, most: int = 28) -> str:
    """A name that fits beside a figure, on one line."""
    name = " ".join(name.split())
    return name if len(name) <= most else name[: most - 1] + "…"
