"""Find out whether different neural nets learn the same features.

Public names are imported when first asked for, so that `import convergent_widgets` loads neither torch nor widgets.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

__version__ = "0.1.0"

_HOME = {
    "Comparison": "convergent_widgets.comparison",
    "Explorer": "convergent_widgets.widgets",
    "FileFormatError": "convergent_widgets.result_file",
    "Gallery": "convergent_widgets.widgets",
    "Matrix": "convergent_widgets.widgets",
    "Net": "convergent_widgets.compute.nets",
    "RankPlot": "convergent_widgets.widgets",
    "Run": "convergent_widgets.widgets",
    "Wall": "convergent_widgets.widgets",
    "compare": "convergent_widgets.compute.pipeline",
    "estimate": "convergent_widgets.compute.estimate",
    "layers": "convergent_widgets.compute.layer_table",
    "pair_layers": "convergent_widgets.compute.layer_pairs",
}
_MODULES = ("analysis", "compute", "figures", "tables", "zoo")
_TORCH = ("convergent_widgets.compute",)

__all__ = sorted([*_HOME, *_MODULES])  # noqa: PLE0605


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    home = _HOME.get(name, f"{__name__}.{name}")
    try:
        module = import_module(home)
    except ModuleNotFoundError as error:
        if error.name in ("torch", "torchvision", "tqdm") and home.startswith(_TORCH):
            raise ModuleNotFoundError(
                f'{name} runs nets and needs {error.name}: pip install "convergent_widgets[compute]"', name=error.name
            ) from error
        raise
    return module if name in _MODULES else getattr(module, name)


def __dir__() -> list[str]:
    return __all__
