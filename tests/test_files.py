"""Files that are whole or not there: names, links, modes, and two that belong together."""

import os
import stat
from pathlib import Path

import pytest

from convergent_widgets.files import check_target, written_together, written_whole


def write(path, content=b"new", **options):
    with written_whole(path, **options) as stream:
        stream.write(content)


def write_both(paths):
    with written_together(paths) as streams:
        for stream in streams:
            stream.write(b"new")


def write_half(path, **options):
    with written_whole(path, **options) as stream:
        stream.write(b"half")
        raise KeyboardInterrupt


def test_a_name_as_long_as_the_disk_takes(tmp_path):
    path = tmp_path / ("n" * 250 + ".html")
    write(path)
    assert path.read_bytes() == b"new"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("there", [True, False])
def test_a_link_stays_one_and_what_it_leads_to_is_written(tmp_path, there):
    (tmp_path / "far").mkdir()
    target, link = tmp_path / "far" / "page.html", tmp_path / "page.html"
    if there:
        target.write_bytes(b"old")
    link.symlink_to(target)
    check_target(link, ".html", overwrite=True)
    write(link)
    assert link.is_symlink()
    assert target.read_bytes() == b"new"
    assert list((tmp_path / "far").iterdir()) == [target]


def test_a_link_to_a_folder_that_is_gone_is_refused(tmp_path):
    link = tmp_path / "page.html"
    link.symlink_to(tmp_path / "gone" / "page.html")
    with pytest.raises(FileNotFoundError, match="gone"):
        check_target(link, ".html", overwrite=True)


@pytest.mark.skipif(os.name == "nt", reason="modes of POSIX")
@pytest.mark.parametrize("mask", [0o022, 0o077])
def test_the_mode_follows_the_umask_which_no_other_thread_sees_changed(tmp_path, monkeypatch, mask):
    before = os.umask(mask)
    try:
        with monkeypatch.context() as patched:
            patched.setattr(os, "umask", lambda _: pytest.fail("the umask belongs to all threads"))
            write(tmp_path / "page.html")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "page.html").stat().st_mode) == 0o666 & ~mask


@pytest.mark.parametrize("there", [True, False])
@pytest.mark.parametrize("linked", [True, False], ids=["hard links", "no hard links"])
@pytest.mark.parametrize("failing", ["b.html", "b.mjs"])
def test_two_files_are_both_new_or_both_old(tmp_path, monkeypatch, there, linked, failing):
    paths = [tmp_path / "b.mjs", tmp_path / "b.html"]
    if there:
        for path in paths:
            path.write_bytes(b"old")
    replace = Path.replace

    def refuse(self, target):
        if Path(target).name == failing and self.read_bytes() == b"new":
            raise PermissionError(f"{target} is open elsewhere")
        return replace(self, target)

    def no_link(*_):
        raise OSError("no hard links here")

    with monkeypatch.context() as patched:
        patched.setattr(Path, "replace", refuse)
        if not linked:
            patched.setattr(os, "link", no_link)
        with pytest.raises(PermissionError, match="open elsewhere"):
            write_both(paths)
    assert sorted(tmp_path.iterdir()) == (sorted(paths) if there else [])
    assert all(path.read_bytes() == b"old" for path in paths if there)
    write_both(paths)
    assert sorted(tmp_path.iterdir()) == sorted(paths)
    assert all(path.read_bytes() == b"new" for path in paths)


def test_what_was_there_is_kept_also_on_another_disk(tmp_path, monkeypatch):
    path, kept = tmp_path / "run.ckpt", tmp_path / "run.ckpt.before"
    write(path, b"first", kept_as=kept)
    assert not kept.exists()
    write(path, b"second", kept_as=kept)
    assert (path.read_bytes(), kept.read_bytes()) == (b"second", b"first")
    replace = Path.replace

    def far(self, target):
        if target == kept:
            raise OSError("another disk")
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", far)
    write(path, b"third", kept_as=kept)
    assert (path.read_bytes(), kept.read_bytes()) == (b"third", b"second")


def test_an_error_while_writing_leaves_the_old_files(tmp_path):
    path = tmp_path / "page.html"
    path.write_bytes(b"old")
    with pytest.raises(KeyboardInterrupt):
        write_half(path, kept_as=tmp_path / "kept")
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]
