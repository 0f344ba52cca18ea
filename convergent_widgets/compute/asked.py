"""A call of compare() that was checked and is not made yet: estimated first, run later, in another thread too."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from inspect import signature
from typing import TYPE_CHECKING, Any

from torch import nn

from convergent_widgets.choices import unknown
from convergent_widgets.compute.estimate import Estimate, estimate
from convergent_widgets.compute.images import ImageSource, open_images
from convergent_widgets.compute.options import Options
from convergent_widgets.compute.pipeline import compare
from convergent_widgets.compute.plan import Layers, plan_layers
from convergent_widgets.compute.resume import checkpoint_path
from convergent_widgets.compute.stage import named_nets
from convergent_widgets.compute.telling import heard_by

if TYPE_CHECKING:
    from collections.abc import Callable

    from convergent_widgets.comparison import Comparison
    from convergent_widgets.compute.nets import Net
    from convergent_widgets.compute.progress import Told

_POSITIONAL = ("nets", "images", "layers")
OPTIONS = tuple(name for name in signature(compare).parameters if name not in (*_POSITIONAL, "progress"))


def check_names(options: Iterable[str]) -> None:
    """Raises TypeError, with the closest name, for an option that `compare` does not have, and for `progress`."""
    for name in options:
        if name == "progress":
            raise TypeError("there is no option 'progress' here: the widget shows it")
        if name not in OPTIONS:
            raise TypeError(unknown("option", name, OPTIONS))


@dataclass(frozen=True)
class Asked:
    """Nets, images, layers and the other arguments of `compare`, all but `progress`."""

    nets: Mapping[str, Net]
    images: ImageSource
    layers: Layers
    options: Mapping[str, Any]

    @classmethod
    def checked(
        cls, nets: Mapping[str, Net | nn.Module], images: Any, layers: Layers, options: dict[str, Any]
    ) -> Asked:
        """What can be checked without running a net: ValueError or TypeError where something does not fit."""
        check_names(options)
        defaults = {name: signature(compare).parameters[name].default for name in OPTIONS if name != "checkpoint"}
        Options.checked(
            **defaults | {name: given for name, given in options.items() if name != "checkpoint"}, progress=False
        )
        if options.get("checkpoint") is not None:
            checkpoint_path(options["checkpoint"])
        named, source = named_nets(nets), open_images(images)
        if layers is not None:
            if not isinstance(layers, (str, Mapping)):
                layers = list(layers)
            plan_layers(named, layers, lambda _name: ())
        return cls(named, source, layers, options)

    @property
    def labels(self) -> list[str] | None:
        """The labels of the layers; None where they are yet to be found."""
        return None if self.layers is None else list(map(str, self.layers))

    def estimate(self) -> Estimate:
        """What it would take; raises what `compare` raises before its pass. Warnings are left to the run."""
        options = {name: given for name, given in self.options.items() if name != "checkpoint"}
        with heard_by(lambda _message: None):
            return estimate(self.nets, self.images, self.layers, **options)

    def run(self, progress: Told, warn: Callable[[str], object]) -> Comparison | None:
        """The Comparison; `warn` is given each warning."""
        with heard_by(warn):
            return compare(self.nets, self.images, self.layers, progress=progress, **self.options)
