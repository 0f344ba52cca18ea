"""The images of a comparison, whatever they come from: looked up by index, with names and labels."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from os import PathLike, fspath
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from torch import Tensor
from torch.utils.data import DataLoader, IterableDataset, Subset

from convergent_widgets.texts import as_utf8

from .pictures import checked, picture, readable

__all__ = ["ImageSource", "UnreadableImage", "open_images"]

SUFFIXES = frozenset(
    (".bmp", ".gif", ".jpeg", ".jpg", ".jp2", ".pbm", ".pgm", ".png", ".pnm", ".ppm", ".tif", ".tiff", ".webp")
)

Preprocess = Callable[[Any], Any] | None


class UnreadableImage(Exception):
    """An image that could not be read; `path` names it and `reason` says why."""

    def __init__(self, path: str, reason: str = "") -> None:
        super().__init__(path, reason)
        self.path = path
        self.reason = reason

    def __str__(self) -> str:
        """'path: reason'."""
        return f"{self.path}: {self.reason}"


class ImageSource:
    """Images by index, each with a name and perhaps a label. Can be pickled if what it was made from can."""

    dataset: str
    names: Sequence[str]

    def __len__(self) -> int:
        """Number of images."""
        raise NotImplementedError

    @property
    def labels(self) -> Sequence[str] | None:
        """Label of each image in words; None where there are none, or where only reading the images would tell."""
        raise NotImplementedError

    def load(self, index: int) -> Image.Image | Tensor:
        """The image: PIL ("RGB" or "L", upright, as people see it) or a tensor (C, H, W), uint8 or float.

        Raises UnreadableImage.
        """
        return self.load_labelled(index)[0]

    def load_labelled(self, index: int) -> tuple[Image.Image | Tensor, str | None]:
        """The image, and its label in words if it has one."""
        raise NotImplementedError

    def prepare(self, index: int, preprocess: Preprocess = None) -> Tensor:
        """The picture that nets with this `preprocess` see: float32 (C, H, W), in [0, 1] if `preprocess` keeps to it.

        A grey image keeps its one channel. See `pictures.in_range` and `pictures.stretched` for a `preprocess` that
        normalises as well. Raises UnreadableImage.
        """
        return prepared(self.load(index), preprocess)


def prepared(image: Any, preprocess: Preprocess = None) -> Tensor:
    """One loaded image through `preprocess`, as float32 (C, H, W)."""
    return picture(image if preprocess is None else preprocess(image))


def open_images(images: Any) -> ImageSource:
    """An ImageSource from a map-style dataset or a folder.

    A dataset gives images or (image, label): PIL, uint8 (C, H, W), or float (C, H, W) in [0, 1]. Its `classes` turn
    numbers into words, its `names` name the images, its `name` or `title` names it. A folder holds image files, either
    directly or in one subfolder per class, which then are the labels; the images come in the order of their paths.
    What UTF-8 cannot hold in a name or label is U+FFFD there.

    Raises TypeError for what has no index (an IterableDataset, a DataLoader) and for a dataset of something else;
    ValueError for an empty folder or dataset; FileNotFoundError for a folder that is not there.
    """
    if isinstance(images, ImageSource):
        return images
    if isinstance(images, str | PathLike):
        return FolderImages(Path(fspath(images)).expanduser())
    if isinstance(images, DataLoader):
        msg = "images are looked up again by index, so give the dataset itself (loader.dataset), not a DataLoader"
        raise TypeError(msg)
    if isinstance(images, IterableDataset) or not (hasattr(images, "__getitem__") and hasattr(images, "__len__")):
        msg = (
            f"images are looked up again by index, so they must be a map-style dataset (with __getitem__ and __len__) "
            f"or the path of a folder; got {type(images).__name__}"
        )
        raise TypeError(msg)
    return DatasetImages(images)


class FolderImages(ImageSource):
    """The image files of a folder, sorted by path; subfolders are classes if every file lies in one."""

    def __init__(self, folder: Path) -> None:
        if not folder.is_dir():
            msg = f"images: {folder} is not a folder" if folder.exists() else f"images: there is no folder {folder}"
            raise (NotADirectoryError if folder.exists() else FileNotFoundError)(msg)
        self.folder = folder
        self.dataset = as_utf8(folder.resolve().name)
        inside = [path.relative_to(folder) for path in folder.rglob("*") if path.suffix.lower() in SUFFIXES]
        visible = [path for path in inside if not any(part.startswith((".", "__MACOSX")) for part in path.parts)]
        self._paths = tuple(path.as_posix() for path in sorted(visible) if (folder / path).is_file())
        self.names = tuple(map(as_utf8, self._paths))
        if not self.names:
            msg = f"images: the folder {folder} holds no image files ({', '.join(sorted(SUFFIXES))})"
            raise ValueError(msg)
        self._classes = all("/" in name for name in self.names)

    def __len__(self) -> int:
        """Number of files."""
        return len(self.names)

    @property
    def labels(self) -> tuple[str, ...] | None:
        """The class folders."""
        return tuple(name.partition("/")[0] for name in self.names) if self._classes else None

    def load_labelled(self, index: int) -> tuple[Image.Image, str | None]:
        """Read the file."""
        path, name = self.folder / self._paths[index], self.names[index]
        try:
            with Image.open(path) as image:
                return readable(image), name.partition("/")[0] if self._classes else None
        except _FAILURES as reason:
            raise UnreadableImage(as_utf8(str(path)), _said(reason)) from reason


class DatasetImages(ImageSource):
    """A map-style dataset of images or (image, label)."""

    def __init__(self, dataset: Any) -> None:
        if len(dataset) == 0:
            msg = f"images: the dataset {type(dataset).__name__} is empty"
            raise ValueError(msg)
        self._items = dataset
        self._whole, self._indices = _unwrapped(dataset)
        self.dataset = as_utf8(str(_first_of(self._whole, "name", "title") or type(self._whole).__name__))
        classes = _first_of(self._whole, "classes", "class_names")
        self._words = (
            tuple(as_utf8(str(word)) for word in classes) if isinstance(classes, Sequence | np.ndarray) else None
        )
        self.names = tuple(map(as_utf8, self._named()))
        with suppress(UnreadableImage):  # skipped and counted later, like any other
            self.load(0)

    def __len__(self) -> int:
        """Number of images."""
        return len(self._items)

    @property
    def labels(self) -> tuple[str, ...] | None:
        """From the dataset's `targets`, `labels` or tensors, without reading any image."""
        targets = _first_of(self._whole, "targets", "labels")
        tensors: Sequence[Tensor] = getattr(self._whole, "tensors", ())
        if targets is None and len(tensors) > 1:
            targets = tensors[1]
        if targets is None or not hasattr(targets, "__len__") or len(targets) != len(self._whole):
            return None
        words = [self._word(targets[self._place(index)]) for index in range(len(self))]
        return None if any(word is None for word in words) else tuple(word or "" for word in words)

    def load_labelled(self, index: int) -> tuple[Image.Image | Tensor, str | None]:
        """Ask the dataset; its failure to read a file is told with the image's name.

        Raises TypeError for what is no image, ValueError for any other failure of the dataset's own code.
        """
        try:
            item = self._items[index]
            label = None
            if isinstance(item, tuple | list):
                label = self._word(item[1]) if len(item) > 1 else None
                item = item[0] if item else None
            return _image(item, index, self.dataset), label
        except _FAILURES as reason:
            raise UnreadableImage(self.names[index], _said(reason)) from reason
        except NotAnImage:
            raise
        except Exception as reason:
            msg = f"image {index} of {self.dataset} cannot be read: {type(reason).__name__}: {reason}"
            raise ValueError(msg) from reason

    def _named(self) -> Sequence[str]:
        names = _first_of(self._whole, "names", "filenames")
        samples = _first_of(self._whole, "samples", "imgs")
        root = getattr(self._whole, "root", None)
        total = len(self._whole)
        if isinstance(names, Sequence) and not isinstance(names, str) and len(names) == total:
            return tuple(str(names[self._place(index)]) for index in range(len(self)))
        if isinstance(samples, list) and len(samples) == total and root is not None:
            paths = [samples[self._place(index)] for index in range(len(self))]
            return tuple(_relative(path[0] if isinstance(path, tuple) else path, root) for path in paths)
        return tuple(f"image {self._place(index)}" for index in range(len(self)))

    def _place(self, index: int) -> int:
        return index if self._indices is None else self._indices[index]

    def _word(self, label: Any) -> str | None:
        if isinstance(label, Tensor | np.ndarray | np.generic):
            label = label.item() if label.size == 1 else None if isinstance(label, np.ndarray) else _scalar(label)
        if isinstance(label, int) and not isinstance(label, bool) and self._words and 0 <= label < len(self._words):
            return self._words[label]
        return as_utf8(str(label)) if isinstance(label, int | str | float) else None


class NotAnImage(TypeError):
    """What a dataset gives is no image."""


_FAILURES = (OSError, SyntaxError, ValueError, EOFError, MemoryError, Image.DecompressionBombError)


def _said(reason: BaseException) -> str:
    return as_utf8(str(reason)) or type(reason).__name__


def _scalar(label: Any) -> Any:
    return label.item() if not isinstance(label, Tensor) or label.numel() == 1 else None


def _first_of(thing: Any, *names: str) -> Any:
    found = (getattr(thing, name, None) for name in names)
    return next((value for value in found if value is not None and not callable(value)), None)


def _unwrapped(dataset: Any) -> tuple[Any, list[int] | None]:
    """The dataset inside Subsets, and where their images lie in it."""
    indices = None
    while isinstance(dataset, Subset):
        outer = [int(index) for index in dataset.indices]
        indices = outer if indices is None else [outer[index] for index in indices]
        dataset = dataset.dataset
    return dataset, indices


def _relative(path: Any, root: Any) -> str:
    try:
        return Path(path).relative_to(root).as_posix()
    except (TypeError, ValueError):
        return str(path)


def _image(image: Any, index: int, title: str) -> Image.Image | Tensor:
    if isinstance(image, Image.Image):
        return readable(image)
    try:
        return checked(image)
    except (TypeError, ValueError) as reason:
        msg = f"image {index} of {title}: {reason}"
        raise NotAnImage(msg) from reason
