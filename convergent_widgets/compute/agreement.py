"""Several processes of one run find out, before its pass, whether they were asked for the same."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from convergent_widgets.compute.resume import setting_of, shown

if TYPE_CHECKING:
    from convergent_widgets.compute.distributed import Ranks
    from convergent_widgets.compute.options import Options
    from convergent_widgets.compute.stage import Stage

SHOWN = 3


def check_agreement(stage: Stage, options: Options, processes: Ranks) -> None:
    """Raise the same ValueError in all processes where they differ in what the result depends on.

    That is what a checkpoint depends on (layers, weights, the images' names, the first image as each net sees it,
    options) and what is kept of the images. Device, workers and progress are each process' own.
    """
    if processes.size == 1:
        return
    kept = {"picture_size": options.picture_size, "attributions": options.attributions}
    reason = disagreement(processes.from_all({**setting_of(stage, options), **kept}))
    if reason is not None:
        raise ValueError(reason)


def disagreement(settings: Sequence[Mapping[str, Any]]) -> str | None:
    """Which processes' settings differ from that of the first one, and in what; None where all are the same."""
    first, *others = (dict(_flat(setting)) for setting in settings)
    told = []
    for process, own in enumerate(others, start=1):
        names = [name for name in {**first, **own} if first.get(name) != own.get(name)]
        values = [f"{name}: {shown(own.get(name))}, not {shown(first.get(name))}" for name in names]
        if names:
            told.append(f"process {process} differs from process 0 in {_some(values)}")
    return f"all processes must run the same, but {_some(told)}" if told else None


def _flat(setting: Mapping[str, Any], before: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in setting.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{before}{name} of ")
        else:
            yield f"{before}{name!r}", value


def _some(words: Sequence[str]) -> str:
    more = f" and {len(words) - SHOWN} more" if len(words) > SHOWN else ""
    return "; ".join(words[:SHOWN]) + more
