"""Files are whole or absent, whatever happens while they are written."""

import hashlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from likely.core.errors import LikelyError
from likely.core.files import sha256_of, whole_file, write_whole


@pytest.mark.parametrize("content", ["", "mass µ\r\n", b"\x00\xff", "x" * 100_000])
def test_what_is_written_is_what_is_read(tmp_path, content):
    path = tmp_path / "result.json"
    write_whole(path, content)
    expected = content.encode() if isinstance(content, str) else content
    assert path.read_bytes() == expected
    assert os.listdir(tmp_path) == ["result.json"]


def test_an_existing_file_is_replaced(tmp_path):
    path = tmp_path / "a.txt"
    write_whole(path, "a long first version")
    write_whole(str(path), "second")
    assert path.read_text() == "second"


def test_new_files_have_the_permissions_that_others_get(tmp_path):
    write_whole(tmp_path / "ours", "1")
    (tmp_path / "theirs").write_text("1")
    modes = [(tmp_path / name).stat().st_mode for name in ("ours", "theirs")]
    assert modes[0] == modes[1]


@pytest.mark.parametrize("failure", [RuntimeError, KeyboardInterrupt])
def test_a_failure_leaves_the_old_file(tmp_path, failure):
    path = tmp_path / "figure.png"
    write_whole(path, "old")

    def write_half():
        with whole_file(path) as temporary:
            assert temporary.suffix == ".png"  # what a library chooses the format by
            assert temporary.parent == path.parent
            temporary.write_text("half of the n")
            raise failure

    with pytest.raises(failure):
        write_half()
    assert path.read_text() == "old"
    assert os.listdir(tmp_path) == ["figure.png"]


def test_nothing_is_put_in_place_before_the_end(tmp_path):
    path = tmp_path / "a.txt"
    with whole_file(path) as temporary:
        temporary.write_text("all")
        assert not path.exists()
    assert path.read_text() == "all"


WRITER = """
import sys
from likely.core.files import write_whole
for number in range(10**9):
    write_whole(sys.argv[1], str(number % 10) * 1_000_000)
"""


def test_a_killed_writer_leaves_a_whole_file(tmp_path):
    path = tmp_path / "result.json"
    writer = subprocess.Popen([sys.executable, "-c", WRITER, str(path)])
    try:
        deadline = time.monotonic() + 60
        while not path.exists() and time.monotonic() < deadline:
            time.sleep(0.01)
        time.sleep(0.05)
    finally:
        writer.send_signal(signal.SIGKILL)
        writer.wait()
    text = path.read_text()
    assert len(text) == 1_000_000
    assert len(set(text)) == 1


def test_a_missing_folder_is_named(tmp_path):
    with pytest.raises(LikelyError, match="no folder `.*nowhere`; make it first"):
        write_whole(tmp_path / "nowhere" / "a.txt", "1")


def test_a_folder_is_not_overwritten(tmp_path):
    with pytest.raises(LikelyError, match="cannot write .*it is a folder"):
        write_whole(tmp_path, "1")


@pytest.mark.parametrize("name", [".", "", "/"])
def test_a_path_without_a_name_is_no_file(name):
    with pytest.raises(LikelyError, match=r"cannot write `[./]`: it is a folder"):
        write_whole(name, "1")


def test_a_file_in_the_place_of_the_folder_is_named(tmp_path):
    (tmp_path / "a").write_text("1")
    with pytest.raises(LikelyError, match="no folder"):
        write_whole(tmp_path / "a" / "b", "1")


@pytest.mark.parametrize("size", [0, 1, 3_000_000])
def test_fingerprint_against_hashlib(tmp_path, size):
    data = bytes(range(256)) * (size // 256 + 1)
    path = Path(tmp_path / "data.bin")
    path.write_bytes(data[:size])
    assert sha256_of(path) == hashlib.sha256(data[:size]).hexdigest()
