import os
import pickle
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torch.utils.data import DataLoader, Dataset, IterableDataset, Subset, TensorDataset

from convergent_widgets.compute.images import ImageSource, UnreadableImage, open_images
from convergent_widgets.compute.pictures import in_range, picture, readable, stretched
from convergent_widgets.compute.torchvision_nets import Geometry


class Listed(Dataset):
    """A map-style dataset over a list."""

    def __init__(self, items, **facts):
        self.items = items
        vars(self).update(facts)

    def __len__(self):
        return len(self.items)

    def __getitem__(self, index):
        item = self.items[index]
        if isinstance(item, Exception):
            raise item
        return item


def colour(size=(5, 4), value=(200, 100, 50)):
    return Image.new("RGB", size, value)


def save(image, path, **options):
    path.parent.mkdir(parents=True, exist_ok=True)
    image.save(path, **options)
    return path


# --- folders ---


@pytest.fixture
def classes(tmp_path):
    for name in ("cat/b.png", "cat/a.jpg", "dog/deep/c.webp", "dog/d.PNG"):
        save(colour(), tmp_path / "pets" / name, quality=100)
    (tmp_path / "pets" / "notes.txt").write_text("not an image")
    (tmp_path / "pets" / "cat" / "._a.jpg").write_text("what some archives leave behind")
    return tmp_path / "pets"


@pytest.mark.parametrize("given", [str, Path])
def test_a_folder_of_classes(classes, given):
    source = open_images(given(classes))
    assert source.names == ("cat/a.jpg", "cat/b.png", "dog/d.PNG", "dog/deep/c.webp")
    assert source.labels == ("cat", "cat", "dog", "dog")
    assert source.dataset == "pets"
    assert len(source) == 4
    image, label = source.load_labelled(3)
    assert (image.mode, image.size, label) == ("RGB", (5, 4), "dog")
    assert open_images(source) is source


def test_a_flat_folder_has_no_labels(tmp_path):
    for name in ("2.png", "10.png", "sub/1.png"):
        save(colour(), tmp_path / name)
    source = open_images(tmp_path)
    assert source.names == ("10.png", "2.png", "sub/1.png")
    assert source.labels is None
    assert source.load_labelled(0)[1] is None


def test_folders_without_images_are_refused(tmp_path):
    with pytest.raises(ValueError, match=r"the folder .* holds no image files \(.*\.png.*\)"):
        open_images(tmp_path)
    with pytest.raises(FileNotFoundError, match=r"there is no folder .*nowhere"):
        open_images(tmp_path / "nowhere")
    file = save(colour(), tmp_path / "one.png")
    with pytest.raises(NotADirectoryError, match=r"one\.png is not a folder"):
        open_images(file)


def test_file_names_that_are_not_utf8_are_shown_with_replacements_and_still_read(tmp_path):
    folder = tmp_path / os.fsdecode(b"caf\xe9s")
    for name in (b"caf\xe9/a\xe8.png", b"caf\xe9/b.png", b"the/c.png"):
        try:
            save(colour(), folder / os.fsdecode(name))
        except OSError:
            pytest.skip("this file system holds UTF-8 names only")
    (folder / os.fsdecode(b"caf\xe9/b.png")).write_bytes(b"no picture at all")
    source = open_images(folder)
    assert source.dataset == "caf\ufffds"
    assert source.names == ("caf\ufffd/a\ufffd.png", "caf\ufffd/b.png", "the/c.png")
    assert source.labels == ("caf\ufffd", "caf\ufffd", "the")
    image, label = source.load_labelled(0)
    assert (image.size, label) == ((5, 4), "caf\ufffd")
    with pytest.raises(UnreadableImage) as caught:
        source.load(1)
    str(caught.value).encode()


def test_a_corrupt_file_is_named(classes):
    whole = (classes / "cat/a.jpg").read_bytes()
    (classes / "cat/a.jpg").write_bytes(whole[: len(whole) // 2])
    (classes / "cat/b.png").write_bytes(b"no picture at all")
    (classes / "dog/d.PNG").write_bytes(b"")
    source = open_images(classes)
    for index, name in enumerate(("cat/a.jpg", "cat/b.png", "dog/d.PNG")):
        with pytest.raises(UnreadableImage) as caught:
            source.load(index)
        assert caught.value.path == str(classes / name)
        assert caught.value.reason
        assert str(caught.value) == f"{caught.value.path}: {caught.value.reason}"
        again = pickle.loads(pickle.dumps(caught.value))
        assert (again.path, again.reason) == (caught.value.path, caught.value.reason)
    assert source.prepare(3).shape == (3, 4, 5)


def test_a_file_that_went_away_is_named(classes):
    source = open_images(classes)
    (classes / "cat/a.jpg").unlink()
    with pytest.raises(UnreadableImage, match=r"a\.jpg: .*No such file"):
        source.prepare(0)


def test_sources_can_be_pickled(classes):
    source = pickle.loads(pickle.dumps(open_images(classes)))
    assert torch.equal(source.prepare(1, Geometry((4,), (2,))), open_images(classes).prepare(1, Geometry((4,), (2,))))


# --- kinds of files ---


def test_transparency_is_laid_over_white():
    image = Image.new("RGBA", (2, 1), (255, 0, 0, 255))
    image.putpixel((1, 0), (0, 0, 0, 0))
    seen = readable(image)
    assert seen.mode == "RGB"
    assert [seen.getpixel((0, 0)), seen.getpixel((1, 0))] == [(255, 0, 0), (255, 255, 255)]
    grey = readable(Image.new("LA", (1, 1), (0, 128)))
    assert (grey.mode, grey.getpixel((0, 0))) == ("L", 127)


def test_palettes_become_colour(tmp_path):
    image = colour().quantize(4)
    assert readable(image).getpixel((0, 0)) == (200, 100, 50)
    image.info["transparency"] = image.getpixel((0, 0))
    path = save(image, tmp_path / "p.png", transparency=image.getpixel((0, 0)))
    with Image.open(path) as opened:
        assert opened.mode == "P"
        assert readable(opened).getpixel((0, 0)) == (255, 255, 255)


def test_a_transparent_colour_of_an_rgb_file_is_white(tmp_path):
    path = save(colour(), tmp_path / "t.png", transparency=(200, 100, 50))
    with Image.open(path) as opened:
        assert readable(opened).getpixel((0, 0)) == (255, 255, 255)


@pytest.mark.parametrize("mode", ["L", "1", "CMYK", "YCbCr", "HSV"])
def test_other_modes_become_grey_or_colour(mode):
    assert readable(colour().convert(mode)).mode == ("L" if mode in {"L", "1"} else "RGB")


def test_sixteen_bits_become_eight(tmp_path):
    values = np.array([[0, 257, 65535, 32896]], np.uint16)
    path = save(Image.fromarray(values), tmp_path / "deep.png")
    save(Image.fromarray(values), tmp_path / "deep.tif")
    for name in ("deep.png", "deep.tif"):
        with Image.open(path.with_name(name)) as opened:
            assert np.asarray(readable(opened)).tolist() == [[0, 1, 255, 128]]


def test_wide_grey_values():
    assert np.asarray(readable(Image.fromarray(np.array([[0, 255]], np.int32)))).tolist() == [[0, 255]]
    assert np.asarray(readable(Image.fromarray(np.array([[0, 65535]], np.int32)))).tolist() == [[0, 255]]
    assert np.asarray(readable(Image.fromarray(np.array([[0, 0.5, 1]], np.float32)))).tolist() == [[0, 128, 255]]
    assert np.asarray(readable(Image.fromarray(np.array([[0, 100, 300]], np.float32)))).tolist() == [[0, 100, 255]]


def test_photographs_stand_upright(tmp_path):
    image = Image.new("RGB", (6, 4))
    image.putpixel((0, 0), (255, 255, 255))
    exif = Image.Exif()
    exif[0x0112] = 6  # turned by a quarter
    path = save(image, tmp_path / "turned.png", exif=exif)
    source = open_images(tmp_path)
    assert source.load(0).size == (4, 6)
    assert source.load(0).getpixel((3, 0)) == (255, 255, 255)
    assert path.exists()


# --- pictures ---


def test_every_kind_of_image_becomes_the_same_picture():
    image = colour()
    channels_first = np.asarray(image).transpose(2, 0, 1)
    expected = torch.from_numpy(channels_first / 255).float()
    for given in (image, channels_first, torch.tensor(channels_first), expected, expected.double(), expected.numpy()):
        got = picture(given)
        assert got.dtype == torch.float32
        torch.testing.assert_close(got, expected)
    assert picture(image.convert("L")).shape == (1, 4, 5)
    assert picture(torch.rand(4, 5)).shape == (1, 4, 5)
    assert picture(torch.rand(1, 4, 3)).shape == (1, 4, 3)


@pytest.mark.parametrize(
    ("given", "error", "message"),
    [
        ("cat.png", TypeError, r"must be a PIL image or a tensor \(C, H, W\), got str"),
        (torch.zeros(3, 4, 5, dtype=torch.int64), TypeError, r"must be uint8, or float in \[0, 1\], got torch.int64"),
        (torch.rand(1, 3, 4, 5), ValueError, r"must be \(C, H, W\), got shape \(1, 3, 4, 5\)"),
        (torch.rand(3, 0, 5), ValueError, r"must be \(C, H, W\), got shape \(3, 0, 5\)"),
        (np.zeros((8, 9, 3), np.uint8), ValueError, r"\(8, 9, 3\), which looks like \(H, W, C\): permute it"),
    ],
)
def test_what_is_no_image_is_refused(given, error, message):
    with pytest.raises(error, match=message):
        picture(given)


def test_pictures_outside_the_range_are_noticed_and_stretched():
    assert in_range(torch.rand(2, 3, 4, 4))
    assert in_range(torch.tensor([[[1.0001]]]))
    assert in_range(torch.zeros(0, 3, 4, 4))
    pictures = torch.randn(2, 3, 4, 4)
    assert not in_range(pictures)
    shown = stretched(pictures)
    assert shown.amin((1, 2, 3)).tolist() == [0, 0]
    assert shown.amax((1, 2, 3)).tolist() == [1, 1]
    assert (stretched(torch.full((3, 2, 2), 7.0)) == 0).all()


# --- datasets ---


def test_a_dataset_of_images_and_labels():
    items = [(colour(), 1), (colour().convert("L"), torch.tensor(0)), (colour(), "owl"), (colour(), None)]
    source = open_images(Listed(items, classes=["cat", "dog"], name="my pets"))
    assert source.dataset == "my pets"
    assert source.names == ("image 0", "image 1", "image 2", "image 3")
    assert source.labels is None  # only reading would tell
    assert [source.load_labelled(index)[1] for index in range(4)] == ["dog", "cat", "owl", None]
    assert source.load(1).mode == "L"
    assert source.prepare(1).shape == (1, 4, 5)


def test_texts_of_a_dataset_that_utf8_cannot_hold_are_replaced():
    items = [(colour(), 0), (colour(), "\udce9"), OSError("\udce8.png")]
    source = open_images(Listed(items, classes=["\ud800"], names=["a\udce9", "b", "c"], name="d\udce9"))
    assert source.dataset == "d\ufffd"
    assert source.names == ("a\ufffd", "b", "c")
    assert [source.load_labelled(index)[1] for index in range(2)] == ["\ufffd", "\ufffd"]
    with pytest.raises(UnreadableImage, match=r"c: \ufffd\.png"):
        source.load(2)


def test_labels_and_names_are_known_without_reading():
    items = [torch.rand(1, 4, 4), torch.rand(1, 4, 4)]
    source = open_images(Listed(items, targets=[1, 0], classes=("cat", "dog"), names=["one.png", "two.png"]))
    assert source.labels == ("dog", "cat")
    assert source.names == ("one.png", "two.png")
    assert source.dataset == "Listed"
    assert open_images(Listed(items, targets=torch.tensor([5, 7]))).labels == ("5", "7")
    assert open_images(Listed(items, targets=[[1, 2], [3, 4]])).labels is None
    assert open_images(Listed(items, targets=[1])).labels is None


def test_tensor_datasets_and_subsets():
    images = torch.rand(6, 1, 4, 4)
    dataset = TensorDataset(images, torch.arange(6))
    dataset.classes = list("abcdef")
    dataset.title = "letters"
    source = open_images(Subset(Subset(dataset, [5, 3, 1]), [2, 0]))
    assert len(source) == 2
    assert source.labels == ("b", "f")
    assert source.names == ("image 1", "image 5")
    assert source.dataset == "letters"
    assert torch.equal(source.prepare(1), images[5])


def test_an_image_folder_dataset_keeps_its_paths(classes):
    from torchvision.datasets import ImageFolder

    (classes / "cat" / "._a.jpg").unlink()
    source = open_images(ImageFolder(classes))
    assert source.names == ("cat/a.jpg", "cat/b.png", "dog/d.PNG", "dog/deep/c.webp")
    assert source.labels == ("cat", "cat", "dog", "dog")
    (classes / "cat/b.png").write_bytes(b"")
    with pytest.raises(UnreadableImage, match=r"cat/b\.png: cannot identify"):
        source.load(1)


def test_a_dataset_that_fails_to_read_is_told_by_name():
    source = open_images(Listed([OSError("broken stripe"), colour(), ValueError()], names=["a.png", "b.png", "c.png"]))
    with pytest.raises(UnreadableImage, match=r"^a\.png: broken stripe$"):
        source.prepare(0)
    with pytest.raises(UnreadableImage, match=r"^c\.png: ValueError$"):
        source.prepare(2)
    assert source.prepare(1).shape == (3, 4, 5)


class Stream(IterableDataset):
    def __iter__(self):
        return iter([colour()])


@pytest.mark.parametrize(
    ("given", "error", "message"),
    [
        (Stream(), TypeError, r"looked up again by index, so they must be a map-style dataset .* got Stream"),
        (iter([1]), TypeError, r"map-style dataset .* or the path of a folder; got list_iterator"),
        (3, TypeError, r"map-style dataset .* got int"),
        (
            DataLoader(Listed([colour()])),
            TypeError,
            r"give the dataset itself \(loader\.dataset\), not a DataLoader",
        ),
        (Listed([]), ValueError, r"the dataset Listed is empty"),
        (Listed(["a.png"]), TypeError, r"image 0 of Listed: an image must be a PIL image or a tensor .* got str"),
        (Listed([{"image": 1}]), TypeError, r"image 0 of Listed: .* got dict"),
        (Listed([()]), TypeError, r"image 0 of Listed: .* got NoneType"),
        (Listed([torch.zeros(9, 9, 3)]), TypeError, r"image 0 of Listed: .* looks like \(H, W, C\)"),
    ],
)
def test_what_has_no_images_is_refused(given, error, message):
    with pytest.raises(error, match=message):
        open_images(given)


def test_preprocessing_sees_the_image_as_loaded():
    seen = []

    def preprocess(image):
        seen.append(image)
        return image.resize((2, 3)) if isinstance(image, Image.Image) else image[:, :2]

    raw = torch.zeros(3, 4, 4, dtype=torch.uint8) + 255
    source = open_images(Listed([Image.new("RGBA", (5, 4)), raw]))
    assert source.prepare(0, preprocess).shape == (3, 3, 2)
    assert torch.equal(source.prepare(1, preprocess), torch.ones(3, 2, 4))
    assert seen[0].mode == "RGB"
    assert seen[1].dtype == torch.uint8
    assert not in_range(source.prepare(1, lambda image: image.float() / 255 * 4 - 2))
    with pytest.raises(TypeError, match="must be a PIL image or a tensor"):
        source.prepare(0, lambda image: None)


def test_sources_work_in_a_loader_with_workers(classes):
    source = open_images(classes)
    loader = DataLoader(_Prepared(source), batch_size=2, num_workers=1)
    assert [tuple(batch.shape) for batch in loader] == [(2, 3, 2, 2)] * 2


class _Prepared(Dataset):
    def __init__(self, source):
        self.source = source

    def __len__(self):
        return len(self.source)

    def __getitem__(self, index):
        return self.source.prepare(index, Geometry((4,), (2,)))


def test_the_base_class_asks_for_its_parts():
    with pytest.raises(NotImplementedError):
        len(ImageSource())
    with pytest.raises(NotImplementedError):
        ImageSource().load(0)
    with pytest.raises(NotImplementedError):
        _ = ImageSource().labels
