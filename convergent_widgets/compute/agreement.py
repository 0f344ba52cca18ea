"""Several processes of one run find out, before its pass, whether they were asked for the same."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from convergent_widgets.compute.setting import differences, some

if TYPE_CHECKING:
    from convergent_widgets.compute.distributed import Ranks
    from convergent_widgets.compute.options import Options


def check_agreement(setting: Mapping[str, Any], options: Options, processes: Ranks) -> None:
    """Raise the same ValueError in all processes where they differ in what the result depends on.

    That is their `setting` (see `setting_of`: layers, weights, the images' names, the first image as each net sees it,
    options) and what is kept of the images. Device, workers and progress are each process' own.
    """
    if processes.size == 1:
        return
    kept = {"picture_size": options.picture_size, "attributions": options.attributions}
    reason = disagreement(processes.from_all({**setting, **kept}))
    if reason is not None:
        raise ValueError(reason)


def disagreement(settings: Sequence[Mapping[str, Any]]) -> str | None:
    """In what processes' settings differ from that of the first one; None where all are the same."""
    first, *others = ({name: value for name, value in own.items() if name != "input"} for own in settings)
    found = [
        difference
        for process, own in enumerate(others, start=1)
        for difference in differences(own, first, (f"in process {process}", "in process 0"))
    ]
    return f"all processes must run the same, but they differ: {some(found)}" if found else None
