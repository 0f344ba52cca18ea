"""The checkpoint of a run: what was gathered so far, saved now and then, so that a killed run can go on."""

from __future__ import annotations

import json
import math
import os
import re
import time
from collections.abc import Mapping, Sequence
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from convergent_widgets.compute.telling import tell
from convergent_widgets.result_file import VERSION, FileFormatError, ResultFile, write_result

if TYPE_CHECKING:
    from convergent_widgets.compute.activations import Recorder
    from convergent_widgets.compute.distributed import Ranks
    from convergent_widgets.compute.gathering import Gathering
    from convergent_widgets.compute.options import Options
    from convergent_widgets.compute.stage import Stage

Sketch = list[float] | str

KIND = "convergent_widgets checkpoint"
LEAST_SECONDS = 30.0
SHARE = 20  # of the time between two saves, at most one in so many parts goes into saving
SHOWN = 3
BEFORE = ".before"
DIGEST = 16  # bytes
LONGEST = 80  # characters of a value in a message
MARK = {"format": KIND, "version": VERSION}
HEAD = 4096  # bytes, in which a checkpoint shows its mark
BLOCK = 1 << 20  # bytes
SKETCHED = 4  # projections of a layer's maps
TOLERANCE = 1e-3  # of the root mean square of a layer's maps; what rounds otherwise in float32 differs by some 1e-6
ROUNDINGS = 16  # for nets of half precision, whose maps differ by some 4 times the spacing of their numbers


class Checkpoint:
    """One file, and the one before it (`.before`), of one setting of a run; one for each of several processes.

    A setting is the nets (names, order, weights, classes of their modules, what each recorded layer returns for the
    first image), the layers and their order, the options that the numbers depend on, the names of all images in their
    order, and the first image as each net sees it. The pixels of the other images are not looked at: where files
    changed and kept their names, it is for the caller to name another checkpoint.

    The file before is taken where the file itself is torn or not there. Raises ValueError for a checkpoint of another
    setting, naming the differences, FileFormatError (a ValueError) where neither file can be read, or either is no
    checkpoint of this version, so that nothing foreign is ever replaced.
    """

    def __init__(self, path: str | Path, stage: Stage, options: Options, processes: Ranks):
        self.path = checkpoint_path(path)
        if processes.size > 1:
            self.path = self.path.with_name(f"{self.path.name}.{processes.rank}of{processes.size}")
        self._before = self.path.with_name(self.path.name + BEFORE)
        self._setting = {**_setting(stage, options), "processes": processes.size}
        self._device = options.device
        self._saved_at, self._took, self._done = time.monotonic(), 0.0, 0
        self._torn = False
        self._found = self._read()
        differences = _all_differences(self._setting, self._found[0]["setting"]) if self._found else []
        if differences:
            more = f" and {len(differences) - SHOWN} more" if len(differences) > SHOWN else ""
            raise ValueError(
                f"the checkpoint {self.path} is of another run: {'; '.join(differences[:SHOWN])}{more}. "
                "Name another file, or delete this one"
            )

    def bins(self, stage: Stage) -> list[dict[str, np.ndarray]] | None:
        """The bin edges that the saved run began with, for each layer by net; None where nothing was saved."""
        if self._found is None:
            return None
        arrays = self._found[1]
        return [
            {net: arrays[f"layer/{layer}/information/edges/{number}"] for number, net in enumerate(stage.nets)}
            for layer in range(len(stage.planned))
        ]

    def resume(self, gathering: Gathering) -> int:
        """Give `gathering` back what was saved, once, and return how many images lie behind it."""
        if self._found is None:
            return 0
        (manifest, arrays), self._found = self._found, None
        gathering.restore(manifest["told"], arrays, self._device)
        self._done = int(manifest["done"])
        return self._done

    def save_if_due(self, gathering: Gathering, done: int) -> None:
        """Save once enough time has gone by."""
        if time.monotonic() - self._saved_at >= max(LEAST_SECONDS, SHARE * self._took):
            self.save(gathering, done)

    def save(self, gathering: Gathering, done: int) -> None:
        """Save what was gathered from the first `done` images, unless it is; a whole file before stays as `.before`."""
        if done == self._done:
            return
        started = time.monotonic()
        told, arrays = gathering.state()
        manifest = {**MARK, "setting": self._setting, "told": told, "done": done}  # the mark first: see `_is_torn`
        write_result(self.path, manifest, arrays, KIND, kept_as=None if self._torn else self._before)
        self._torn = False
        self._saved_at = time.monotonic()
        self._took = self._saved_at - started
        self._done = done

    def _read(self) -> tuple[Mapping[str, Any], Mapping[str, np.ndarray]] | None:
        """What can be read to its end; its arrays are read again when they are taken over, one at a time."""
        found, torn = None, []
        for path in (self.path, self._before):
            try:
                file = ResultFile(path, KIND)
                if found is None:
                    for name in file:
                        file[name]
            except FileNotFoundError:
                continue
            except FileFormatError as error:
                if not _is_torn(path):
                    raise FileFormatError(
                        f"{error}; it stays as it is: name another `checkpoint`, or delete it"
                    ) from error
                torn.append(str(error))
            else:
                found = found or file
        if found is not None:
            self._torn = found.path == self._before and bool(torn)
            if self._torn:
                tell(f"{torn[0]}; the run goes on from the checkpoint before it")
            return found.manifest, found
        if torn:
            raise FileFormatError(f"{'; '.join(torn)}; delete it to start anew, or name another `checkpoint`")
        return None


def _is_torn(path: Path) -> bool:
    """Whether a file that can't be read is what a crash left of a checkpoint: its beginning, nothing, or only zeros."""
    if not path.is_file():
        return False
    with path.open("rb") as stream:
        if json.dumps(MARK).encode()[:-1] + b"," in stream.read(HEAD):
            return True
        stream.seek(0)
        return not any(block.strip(b"\0") for block in iter(lambda: stream.read(BLOCK), b""))


def checkpoint_path(given: str | Path) -> Path:
    """The path of a checkpoint. Raises ValueError where no file can be written there."""
    path = Path(given)
    folder = path.absolute().parent
    if path.is_dir() or not folder.is_dir() or not os.access(folder, os.W_OK):
        raise ValueError(f"`checkpoint` must be a file in a folder that exists and can be written, got {str(path)!r}")
    return path


def remove_checkpoint(path: Path) -> None:
    """Delete the checkpoint that was saved as `path`, of however many processes."""
    ours = re.compile(re.escape(path.name) + rf"(\.\d+of\d+)?({re.escape(BEFORE)})?")
    for file in path.absolute().parent.iterdir():
        if ours.fullmatch(file.name):
            file.unlink()


def _setting(stage: Stage, options: Options) -> dict[str, Any]:
    """All that the gathered numbers depend on, in plain values."""
    names = stage.source.names
    told = options.as_settings()
    kept = ("patches", "positions", "resize", "batch_size", "seed", "mutual_information", "mixed_precision")
    return {
        "nets": {name: type(net.module).__name__ for name, net in stage.nets.items()},
        "images": f"{len(names)} images of {stage.source.dataset}",
        "names of the images": _digest("\n".join(names).encode()),
        "layers": {layer.label: dict(layer.modules) for layer in stage.planned},
        "shapes": {name: {module: list(shape) for module, shape in own.items()} for name, own in stage.shapes.items()},
        "weights": {name: _digest(*_weights(net.module)) for name, net in stage.nets.items()},
        "input": {name: _digest(_raw(_input(stage, name))) for name in stage.nets},
        "rectified": {name: bool(net.relu) for name, net in stage.nets.items()},
        "architecture": {name: _architecture(net.module) for name, net in stage.nets.items()},
        **{option: told[option] for option in kept},
        "sketches": {name: _sketches(recorder, stage.example(name)) for name, recorder in stage.recorders.items()},
    }


def _input(stage: Stage, name: str) -> torch.Tensor:
    """The net's input for the first image, as the CPU makes it: devices differ in its last digit."""
    return stage.nets[name].prepare(stage.examples[stage.picture_set[name]].cpu()[None])


def _differences(here: Mapping[str, Any], there: Mapping[str, Any], prefix: str = "") -> list[str]:
    found = []
    for name in dict.fromkeys([*here, *there]):
        mine, other = here.get(name), there.get(name)
        if isinstance(mine, Mapping) and isinstance(other, Mapping):
            found += _differences(mine, other, f"{prefix}{name!r}, " if prefix else f"{name} of ")
        elif mine != other:
            found.append(f"{prefix}{name!r}: {_shown(other)} there, {_shown(mine)} here")
    return found


def _all_differences(here: Mapping[str, Any], there: Mapping[str, Any]) -> list[str]:
    """What differs between two settings; what the nets compute only where nothing else explains it."""
    mine, other = dict(here), dict(there)
    computed, before = mine.pop("sketches", {}), other.pop("sketches", {})
    return _reordered(mine, other) + _differences(mine, other) or _computed_otherwise(computed, before)


def _reordered(here: Mapping[str, Any], there: Mapping[str, Any]) -> list[str]:
    """What was gathered lies by position, so nets and layers must come in the order that they had."""
    found = []
    for kind in ("nets", "layers"):
        mine, other = list(here.get(kind, ())), list(there.get(kind, ()))
        if mine != other and sorted(mine) == sorted(other):
            found.append(f"{kind} in another order: {', '.join(mine)}; were {', '.join(other)}")
    return found


def _computed_otherwise(here: Mapping[str, Any], there: Mapping[str, Any]) -> list[str]:
    found = []
    for net, own in here.items():
        for layer, mine in own.items():
            other = there[net][layer]
            if isinstance(mine, str) or isinstance(other, str):
                differ = "" if mine == other else f"{_state(other)} there, {_state(mine)} here"
            else:
                differ = _far(mine, other)
            if differ:
                found.append(f"net {net!r}, layer {layer!r} returns other values for the first image: {differ}")
    return found


def _state(sketch: Sketch) -> str:
    return sketch if isinstance(sketch, str) else "always the same"


def _far(mine: Sequence[float], other: Sequence[float]) -> str:
    """How far two sketches differ, where that is more than devices do."""
    tolerance, size = max(mine[0], other[0]), max(mine[1], other[1])
    distances = [abs(one - two) for one, two in zip(mine[1:], other[1:], strict=True)]
    if max(distances) <= tolerance * size:
        return ""
    return f"they differ by some {math.sqrt(sum(d * d for d in distances[1:]) / SKETCHED) / size:.2g} of their size"


def _shown(value: Any) -> str:
    if value is None:
        return "none"
    if isinstance(value, str) and len(value) == 2 * DIGEST:
        return f"{value:.12}…"
    text = str(value)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"


def _digest(*parts: bytes) -> str:
    digest = blake2b(digest_size=DIGEST)
    for part in parts:
        digest.update(part)
    return digest.hexdigest()


def _weights(module: torch.nn.Module) -> list[bytes]:
    return [
        part
        for name, tensor in module.state_dict().items()
        if isinstance(tensor, torch.Tensor)
        for part in (name.encode(), _raw(tensor))
    ]


def _raw(tensor: torch.Tensor) -> bytes:
    return tensor.detach().cpu().contiguous().flatten().view(torch.uint8).numpy().tobytes()


def _architecture(module: torch.nn.Module) -> dict[str, str]:
    """The class of each part by its name; not its `repr`, which may hold an address in memory."""
    return {name: type(part).__name__ for name, part in module.named_modules() if name}


def _sketches(recorder: Recorder, example: torch.Tensor) -> dict[str, Sketch]:
    """What each layer returns for the input (1, C, H, W), in a few numbers: see `_sketch`.

    In full precision whatever the run's, since devices differ less then. The net runs twice: a layer that draws at
    random must not be taken for another one.
    """
    tolerance = _tolerance(recorder.net.module)
    once, again = recorder.record(example), recorder.record(example)
    return {name: _sketch(_values(once[name]), _values(again[name]), tolerance) for name in once}


def _sketch(once: np.ndarray, again: np.ndarray, tolerance: float) -> Sketch:
    """The tolerance, the root mean square of n values, and their projections on normal vectors over sqrt(n).

    Two layers' projections differ like normal numbers whose deviation is the root mean square of the difference of
    the layers (the estimate behind Johnson and Lindenstrauss 1984), so any difference of values shows, also one that
    keeps mean and deviation. Words instead where values are not finite, or not the same in two passes.
    """
    if not np.isfinite(once).all():
        return "not finite"
    size = math.sqrt(float(np.square(once).mean()))
    if not np.abs(once - again).max() <= tolerance * size:
        return "drawn at random"
    random = np.random.default_rng(0)
    projections = [float(random.standard_normal(once.size) @ once) for _ in range(SKETCHED)]
    return [tolerance, size, *(projection / math.sqrt(once.size) for projection in projections)]


def _values(maps: torch.Tensor) -> np.ndarray:
    return maps.cpu().double().flatten().numpy()


def _tolerance(module: torch.nn.Module) -> float:
    """Of the size of a layer's maps: more where the net itself is of half precision."""
    kinds = {tensor.dtype for tensor in [*module.parameters(), *module.buffers()] if tensor.is_floating_point()}
    return max([TOLERANCE, *(ROUNDINGS * torch.finfo(kind).eps for kind in kinds)])
