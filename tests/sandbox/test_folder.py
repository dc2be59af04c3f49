"""The work folder seen from outside: everything in it is hostile."""

import os
from pathlib import Path

import pytest

from core.sandbox.jail import folder as work


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A work folder beside things that must not be touched."""
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "secret.txt").write_text("secret")
    (tmp_path / "work").mkdir()
    return tmp_path / "work"


def deep(place: Path, levels: int) -> None:
    """Folders in folders, deeper than a path can be long."""
    handle = os.open(place, os.O_RDONLY)
    for _ in range(levels):
        os.mkdir("dddddddddd", dir_fd=handle)
        inner = os.open("dddddddddd", os.O_RDONLY, dir_fd=handle)
        os.close(handle)
        handle = inner
    os.close(os.open("bottom.txt", os.O_CREAT | os.O_WRONLY, dir_fd=handle))
    os.close(handle)


def test_depth_is_no_obstacle(place: Path):
    deep(place, 1500)
    assert work.usage(str(place), 10_000, 0)[1] == 1501
    assert work.bring_back(str(place), {}, 10, 1 << 20) == []
    work.remove(str(place))
    assert not place.exists()


def test_links_are_never_followed(place: Path):
    (place / "file").symlink_to(place.parent / "outside" / "secret.txt")
    (place / "folder").symlink_to(place.parent / "outside")
    (place / "up").symlink_to("..")
    assert work.bring_back(str(place), {}, 10, 1 << 20) == []
    assert work.usage(str(place), 100, 0)[1] == 3
    work.remove(str(place))
    assert (place.parent / "outside" / "secret.txt").read_text() == "secret"


def test_closed_folders_are_opened_and_removed(place: Path):
    (place / "a" / "b").mkdir(parents=True)
    (place / "a" / "b" / "c.txt").write_text("c")
    (place / "a" / "b").chmod(0)
    (place / "a").chmod(0o100)
    place.chmod(0)
    assert work.bring_back(str(place), {}, 10, 1 << 20) == [("a/b/c.txt", b"c")]
    place.chmod(0)
    work.remove(str(place))
    assert not place.exists()


def test_only_what_changed_comes_back(place: Path):
    work.place(str(place), "same", b"same", None)
    work.place(str(place), "changed", b"old", None)
    before = work.files_in(str(place))
    (place / "changed").write_bytes(b"new")
    (place / "new").write_bytes(b"n")
    assert work.bring_back(str(place), before, 10, 1 << 20) == [("changed", b"new"), ("new", b"n")]


def test_the_time_of_a_change_cannot_be_forged(place: Path):
    work.place(str(place), "a", b"old", None)
    before, status = work.files_in(str(place)), (place / "a").stat()
    (place / "a").write_bytes(b"new")
    os.utime(place / "a", ns=(status.st_atime_ns, status.st_mtime_ns))
    assert work.bring_back(str(place), before, 10, 1 << 20) == [("a", b"new")]


def test_files_are_placed_in_stead_of_links(place: Path):
    (place / "a").symlink_to(place.parent / "outside" / "secret.txt")
    work.place(str(place), "a", b"new", None)
    assert (place / "a").read_bytes() == b"new"
    assert (place.parent / "outside" / "secret.txt").read_text() == "secret"


def test_open_files_without_a_name_count(place: Path):
    with open(place / "gone", "wb") as file:
        file.write(bytes(1 << 20))
        file.flush()
        os.fsync(file.fileno())
        (place / "gone").unlink()
        assert work.usage(str(place), 10, os.getpid())[0] >= 1 << 20
    assert work.usage(str(place), 10, os.getpid()) == (0, 0)


def test_pipes_and_sockets_are_not_read(place: Path):
    os.mkfifo(place / "p.png")
    assert work.bring_back(str(place), {}, 10, 1 << 20) == []
    work.remove(str(place))


def test_a_folder_that_is_not_there_is_empty(tmp_path: Path):
    missing = str(tmp_path / "missing")
    assert (work.files_in(missing), work.usage(missing, 5, 0)) == ({}, (0, 0))
    work.remove(missing)


def test_an_odd_number_of_odd_names_is_removed(place: Path):
    for name in (b"\xff", b"a\nb", b"-rf", b" ", b"\\", b"\xe2\x80\xae"):
        os.mkdir(os.path.join(os.fsencode(place), name))
        (Path(os.fsdecode(os.path.join(os.fsencode(place), name))) / "x").touch()
    work.remove(str(place))
    assert not place.exists()
