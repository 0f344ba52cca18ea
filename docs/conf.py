"""How Sphinx builds the documentation: Markdown pages, and the reference from docstrings. Asks no other host."""

from __future__ import annotations

import inspect
import sys
from pathlib import Path
from typing import Any

import traitlets
from sphinx.application import Sphinx
from sphinx.util.inspect import stringify_signature

sys.path.insert(0, str(Path(__file__).parents[1]))

import convergent_widgets as cw

project = "convergent_widgets"
author = "convergent_widgets authors"
copyright = author  # noqa: A001 - Sphinx reads it under this name
version = release = cw.__version__

extensions = ["myst_parser", "sphinx.ext.autodoc"]
exclude_patterns = ["_build"]
nitpicky = True
smartquotes = False  # "best" in a docstring is what is typed

html_theme = "furo"
html_title = f"convergent widgets {release}"
html_copy_source = False
html_show_sourcelink = False

myst_heading_anchors = 3

default_role = "code"  # docstrings are prose in which `code` stands between backticks
autoclass_content = "both"
autodoc_member_order = "bysource"
autodoc_preserve_defaults = True
python_maximum_signature_line_length = 100
python_use_unqualified_type_names = True

# Types of other libraries, and names of our own that only stand for a longer type.
nitpick_ignore_regex = [
    ("py:.*", r"(np|numpy|torch|nn|pd|pandas|matplotlib|ipywidgets|traitlets|anywidget|collections)\..*"),
    ("py:class", r"Box|Layers|(pathlib\.)?Path|PathLike|Told|(convergent_widgets\.compute\.scratch\.)?Scratch"),
]


def setup(app: Sphinx) -> None:
    """Register what is done to signatures."""
    app.connect("autodoc-process-signature", of_its_init)


def of_its_init(
    _app: Sphinx, what: str, _name: str, obj: Any, _options: Any, signature: str, returns: str
) -> tuple[str, str]:
    """A widget's signature is that of its `__init__`, not of traitlets' `__new__`; none where it is not for callers."""
    if what != "class":
        return signature, returns
    if issubclass(obj, traitlets.HasTraits):
        found = inspect.signature(obj.__init__)
        found = found.replace(parameters=list(found.parameters.values())[1:])
        signature = stringify_signature(found, show_return_annotation=False, unqualified_typehints=True)
    return ("" if signature.startswith("(_") else signature), returns
