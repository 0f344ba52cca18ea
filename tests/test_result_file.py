"""The result file: round trips, interrupted saves, and every way in which a file can be wrong."""

import json
import pickle
import zipfile

import numpy as np
import pytest
from synthetic import synthetic_comparison

import convergent_widgets as cw
from convergent_widgets import result_file


@pytest.fixture(scope="module")
def comparison():
    return synthetic_comparison({"<script>alert(1)</script>": 6, "ünï/çode": 5}, ("../conv",), images=20)


@pytest.fixture
def path(comparison, tmp_path):
    comparison.save(tmp_path / "made.npz")
    return tmp_path / "made.npz"


def test_names_of_any_kind_survive_and_equal_results_are_equal_files(comparison, path, tmp_path):
    loaded = cw.Comparison.load(path)
    assert loaded.nets == comparison.nets
    assert loaded.layers == ("../conv",)
    loaded.save(tmp_path / "again.npz")
    assert (tmp_path / "again.npz").read_bytes() == path.read_bytes()


def test_members_are_read_when_asked_for(path, monkeypatch):
    loaded = cw.Comparison.load(path)
    read = []
    original = result_file.ResultFile._read
    monkeypatch.setattr(
        result_file.ResultFile, "_read", lambda self, info: read.append(info.filename) or original(self, info)
    )
    loaded.correlation("../conv", *loaded.nets)
    assert read
    assert not any("pictures" in name or "top" in name for name in read)


def test_plain_numpy_reads_it_without_pickle(path):
    with np.load(path, allow_pickle=False) as archive:
        assert json.loads(archive["manifest"].tobytes())["format"] == result_file.FORMAT


def test_an_interrupted_save_leaves_the_old_file_and_nothing_else(path, monkeypatch):
    before = path.read_bytes()

    def interrupted(*_arguments):
        raise KeyboardInterrupt

    monkeypatch.setattr(result_file, "_write_member", interrupted)
    with pytest.raises(KeyboardInterrupt):
        cw.Comparison.load(path).save(path)
    assert path.read_bytes() == before
    assert list(path.parent.iterdir()) == [path]


def test_a_file_can_be_protected(comparison, path):
    with pytest.raises(FileExistsError, match="exists"):
        comparison.save(path, overwrite=False)
    with pytest.raises(FileNotFoundError):
        cw.Comparison.load(path.parent / "absent.npz")
    with pytest.raises(FileNotFoundError, match="there is no folder"):
        comparison.save(path.parent / "absent" / "made.npz")


def test_a_folder_is_no_result_file(tmp_path):
    with pytest.raises(cw.FileFormatError, match="is a folder, not a result file"):
        cw.Comparison.load(tmp_path)


@pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 0.99])
def test_a_truncated_file_is_one_clear_error(path, share):
    raw = path.read_bytes()
    path.write_bytes(raw[: int(len(raw) * share)])
    with pytest.raises(cw.FileFormatError, match="not a result file, or it is cut short"):
        cw.Comparison.load(path)


def test_a_damaged_member_is_one_clear_error(path):
    with zipfile.ZipFile(path) as archive:
        info = archive.getinfo("layer/0/r/0/0-1.npy")
    raw = bytearray(path.read_bytes())
    raw[info.header_offset + 250] ^= 255
    path.write_bytes(raw)
    loaded = cw.Comparison.load(path)
    with pytest.raises(cw.FileFormatError, match="is damaged: member 'layer/0/r/0/0-1'"):
        loaded.correlation("../conv", *loaded.nets)


def as_member(value):
    """JSON as whoever else might write it, also what UTF-8 cannot hold."""
    return np.frombuffer(json.dumps(value).encode(), np.uint8)


def rewrite(path, change=lambda manifest: manifest, compression=zipfile.ZIP_STORED, drop=(), other=()):
    """The same file with another manifest, compression, fewer members or `other` ones."""
    loaded = result_file.ResultFile(path)
    manifest = change(dict(loaded.manifest))
    members = {**{name: loaded[name] for name in loaded if name not in drop}, **dict(other)}
    with zipfile.ZipFile(path, "w", compression) as archive:
        for name, values in {"manifest": as_member(manifest), **members}.items():
            with archive.open(f"{name}.npy", "w") as stream:
                np.lib.format.write_array(stream, values)


def test_a_newer_format_says_so(path):
    rewrite(path, lambda manifest: {**manifest, "version": result_file.VERSION + 1})
    with pytest.raises(cw.FileFormatError, match=r"format version 2, this convergent_widgets reads up to 1"):
        cw.Comparison.load(path)


def test_a_pickle_or_another_npz_is_refused(tmp_path):
    class Evil:
        def __reduce__(self):
            return (open, (str(tmp_path / "pwned"), "w"))

    (tmp_path / "evil.npz").write_bytes(pickle.dumps(Evil()))
    with pytest.raises(cw.FileFormatError, match="not a result file"):
        cw.Comparison.load(tmp_path / "evil.npz")
    np.savez(tmp_path / "other.npz", a=np.zeros(3))
    with pytest.raises(cw.FileFormatError, match="no manifest"):
        cw.Comparison.load(tmp_path / "other.npz")
    np.savez(tmp_path / "object.npz", manifest=np.array([Evil()], dtype=object))
    with pytest.raises(cw.FileFormatError, match="damaged"):
        cw.Comparison.load(tmp_path / "object.npz")
    np.savez(tmp_path / "list.npz", manifest=np.frombuffer(b"[" * 100000, np.uint8))
    with pytest.raises(cw.FileFormatError, match="damaged"):
        cw.Comparison.load(tmp_path / "list.npz")
    assert not (tmp_path / "pwned").exists()


def test_a_compressed_file_that_could_swell_is_refused(path):
    rewrite(path, compression=zipfile.ZIP_DEFLATED)
    with pytest.raises(cw.FileFormatError, match="compressed"):
        cw.Comparison.load(path)


def test_a_header_that_promises_more_than_there_is_takes_no_memory(path):
    with zipfile.ZipFile(path, "a") as archive, archive.open("huge.npy", "w") as stream:
        np.lib.format.write_array_header_1_0(stream, {"descr": "<f8", "fortran_order": False, "shape": (2**60,)})
        stream.write(b"0" * 16)
    with pytest.raises(cw.FileFormatError, match="member 'huge'"):
        result_file.ResultFile(path)["huge"]


@pytest.mark.parametrize(
    "change",
    [
        lambda m: {**m, "nets": ["a"]},
        lambda m: {**m, "nets": [1, 2]},
        lambda m: {**m, "nets": ["a", "a"]},
        lambda m: {**m, "layers": []},
        lambda m: {**m, "picture_set": [0, 7]},
        lambda m: {**m, "images_seen": "many"},
        lambda m: {**m, "layers": [{**m["layers"][0], "units": [10**30, -1]}]},
        lambda m: {**m, "layers": [{**m["layers"][0], "fields": [{}, {}]}]},
        lambda m: {**m, "layers": m["layers"] * 2},
        lambda m: {**m, "picture_sets": [{**m["picture_sets"][0], "picture": [0, 0]}]},
        lambda m: {**m, "dataset": "\ud800"},
        lambda m: {**m, "nets": ["a", "\udce9"]},
        lambda m: {**m, "settings": {"\ud800": [1]}},
        lambda m: {key: value for key, value in m.items() if key != "dataset"},
    ],
)
def test_a_manifest_of_wrong_parts_is_refused(path, change):
    rewrite(path, change)
    with pytest.raises(cw.FileFormatError, match="damaged: its manifest"):
        cw.Comparison.load(path)


def test_more_units_than_there_are_is_refused_before_memory_is_taken(path):
    rewrite(path, lambda m: {**m, "layers": [{**m["layers"][0], "units": [10**7, 5]}]})
    with pytest.raises(cw.FileFormatError, match=r"damaged: its manifest says 10000005 units in layer '../conv'"):
        cw.Comparison.load(path)


@pytest.mark.parametrize("table", [np.zeros((2, 4), np.int32), np.full((2, 6), 5, np.int32)])
def test_a_matching_of_other_units_is_one_clear_error(path, table):
    rewrite(path, other={"layer/0/match/0-1": table})
    loaded = cw.Comparison.load(path)
    for ask in (loaded.match, loaded.baseline):
        with pytest.raises(cw.FileFormatError, match=r"damaged: the matching of .* does not fit their units"):
            ask("../conv", *loaded.nets)


@pytest.mark.parametrize(
    "text",
    [
        {"names": ["a", "\udce9"], "labels": None},
        {"names": ["a", "b"], "labels": ["\ud800", "x"]},
        {"names": ["a", 1], "labels": None},
        {"names": ["a", "b"], "labels": ["x"]},
        {"names": ["a"]},
        ["a"],
    ],
)
def test_names_of_images_that_are_no_texts_are_one_clear_error(path, text):
    rewrite(path, other={"images": as_member(text)})
    loaded = cw.Comparison.load(path)
    with pytest.raises(cw.FileFormatError, match="damaged: the names and labels of the images"):
        _ = loaded.images


def test_a_missing_member_is_one_clear_error(path):
    rewrite(path, drop=("layer/0/r/0/0-1",))
    loaded = cw.Comparison.load(path)
    with pytest.raises(cw.FileFormatError, match="lacks 'layer/0/r/0/0-1'"):
        loaded.correlation("../conv", *loaded.nets)


def test_a_file_that_is_not_there_is_said_by_name(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"there is no file .*missing\.npz"):
        cw.Comparison.load(tmp_path / "missing.npz")
