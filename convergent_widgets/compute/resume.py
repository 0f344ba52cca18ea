"""The checkpoint of a run: what was gathered so far, saved now and then, so that a killed run can go on."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Mapping
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch

from convergent_widgets.compute.telling import tell
from convergent_widgets.result_file import FileFormatError, ResultFile, write_result

if TYPE_CHECKING:
    import numpy as np

    from convergent_widgets.compute.distributed import Ranks
    from convergent_widgets.compute.gathering import Gathering
    from convergent_widgets.compute.options import Options
    from convergent_widgets.compute.stage import Stage

KIND = "convergent_widgets checkpoint"
LEAST_SECONDS = 30.0
SHARE = 20  # of the time between two saves, at most one in so many parts goes into saving
SHOWN = 3
BEFORE = ".before"
DIGEST = 16  # bytes


class Checkpoint:
    """One file, and the one before it (`.before`), of one setting of a run; one for each of several processes.

    Raises ValueError for a checkpoint of another setting, naming the differences, FileFormatError (a ValueError) where
    neither file can be read, or the file is no checkpoint at all, so that nothing foreign is ever replaced.
    """

    def __init__(self, path: str | Path, stage: Stage, options: Options, processes: Ranks):
        self.path = checkpoint_path(path)
        if processes.size > 1:
            self.path = self.path.with_name(f"{self.path.name}.{processes.rank}of{processes.size}")
        self._before = self.path.with_name(self.path.name + BEFORE)
        self._setting = {**setting_of(stage, options), "processes": processes.size}
        self._device = options.device
        self._saved_at, self._took, self._done = time.monotonic(), 0.0, 0
        self._found = self._read()
        differences = _differences(self._setting, self._found[0]["setting"]) if self._found else []
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
        """Save what was gathered from the first `done` images, unless it is; the file before stays as `.before`."""
        if done == self._done:
            return
        started = time.monotonic()
        told, arrays = gathering.state()
        manifest = {"setting": self._setting, "told": told, "done": done}
        write_result(self.path, manifest, arrays, KIND, kept_as=self._before)
        self._saved_at = time.monotonic()
        self._took = self._saved_at - started
        self._done = done

    def _read(self) -> tuple[Mapping[str, Any], Mapping[str, np.ndarray]] | None:
        """What can be read to its end; its arrays are read again when they are taken over, one at a time."""
        reasons = []
        for path in (self.path, self._before):
            try:
                file = ResultFile(path, KIND)
                for name in file:
                    file[name]
            except FileNotFoundError:
                continue
            except FileFormatError as error:
                reasons.append(str(error))
            else:
                if reasons:
                    tell(f"{reasons[0]}; the run goes on from the checkpoint before it")
                return file.manifest, file
        if reasons:
            raise FileFormatError(f"{'; '.join(reasons)}; delete it to start anew, or name another `checkpoint`")
        return None


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


def setting_of(stage: Stage, options: Options) -> dict[str, Any]:
    """All that the gathered numbers depend on, in plain values."""
    names = stage.source.names
    told = options.as_settings()
    kept = ("patches", "positions", "resize", "batch_size", "seed", "mutual_information", "mixed_precision")
    return {
        "images": f"{len(names)} images of {stage.source.dataset}",
        "names of the images": _digest("\n".join(names).encode()),
        "layers": {layer.label: dict(layer.modules) for layer in stage.planned},
        "shapes": {name: {module: list(shape) for module, shape in own.items()} for name, own in stage.shapes.items()},
        "weights": {name: _digest(*_weights(net.module)) for name, net in stage.nets.items()},
        "input": {name: _digest(_raw(stage.example(name))) for name in stage.nets},
        "rectified": {name: bool(net.relu) for name, net in stage.nets.items()},
        **{option: told[option] for option in kept},
    }


def _differences(here: Mapping[str, Any], there: Mapping[str, Any], prefix: str = "") -> list[str]:
    found = []
    for name in dict.fromkeys([*here, *there]):
        mine, other = here.get(name), there.get(name)
        if isinstance(mine, Mapping) and isinstance(other, Mapping):
            found += _differences(mine, other, f"{prefix}{name} of ")
        elif mine != other:
            found.append(f"{prefix}{name!r}: {shown(other)} there, {shown(mine)} here")
    return found


def shown(value: Any) -> str:
    """A value of a setting in words; a digest by its first letters."""
    if value is None:
        return "none"
    return f"{value:.12}…" if isinstance(value, str) and len(value) == 2 * DIGEST else str(value)


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
