"""What is no document is refused in one line, at once: pipes, devices, files that grow, what may not be read."""

from __future__ import annotations

import os
import socket
import subprocess
import threading
from pathlib import Path

import pytest

from index import ArticleError, IndexFolderError, load_index, read_article, read_articles
from index.errors import FeedbackError
from index.input_file import read_input
from rag.feedback import FeedbackFile
from tests.shell import BELEG, beleg, check_refused

COMMANDS = {
    "article": ("ask", "Wann?", "--article"),
    "build": ("index", "build", "--out", "out"),
    "export": ("verify-export",),
    "questions": ("eval",),
    "settings": ("ask", "Wann?", "--settings"),
    "report": ("eval", "--from"),
    "users": ("user", "list", "--users"),
}


@pytest.mark.parametrize("command", COMMANDS)
def test_a_pipe_is_named_and_not_waited_for(tmp_path: Path, command: str) -> None:
    os.mkfifo(tmp_path / "pipe.txt")
    check_refused(beleg(*COMMANDS[command], tmp_path / "pipe.txt", folder=tmp_path), "it is a pipe", "pipe.txt")


def test_a_pipe_in_an_index_and_for_feedback_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "manifest.json")
    with pytest.raises(IndexFolderError, match=r"its manifest\.json cannot be read"):
        load_index(tmp_path)
    with pytest.raises(FeedbackError, match="it is no regular file"):
        FeedbackFile(tmp_path / "manifest.json")


@pytest.mark.parametrize("path", ["/dev/zero", "/dev/null", "/dev/stdin"])
def test_a_device_is_not_read(path: str) -> None:
    run = subprocess.run(
        [BELEG, "ask", "Wann?", "--article", path], stdin=subprocess.PIPE, capture_output=True, text=True, timeout=60
    )
    check_refused(run, path, "only regular files are read")


def test_a_socket_and_a_loop_of_links_are_refused(tmp_path: Path) -> None:
    (tmp_path / "loop.txt").symlink_to(tmp_path / "loop.txt")
    with socket.socket(socket.AF_UNIX) as made:
        made.bind(str(tmp_path / "a.txt"))
        for name, said in (("a.txt", "it is a socket"), ("loop.txt", "cannot be read"), ("x" * 300, "cannot be read")):
            with pytest.raises(ArticleError, match=said):
                read_article(tmp_path / name)
            with pytest.raises(ArticleError, match=said):
                list(read_articles([tmp_path / name]))


def test_a_pipe_among_a_folders_files_is_named_and_the_others_are_read(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("Ein Satz steht hier.")
    os.mkfifo(tmp_path / "b.txt")
    faults: list[ArticleError] = []
    assert [Path(one.source).name for one in read_articles([tmp_path], faults)] == ["a.txt"]
    assert len(faults) == 1 and "b.txt" in str(faults[0]) and "it is a pipe" in str(faults[0])


def test_of_a_file_that_grows_no_more_is_read_than_there_was(tmp_path: Path) -> None:
    path = tmp_path / "grows.txt"
    path.write_bytes(b"a" * 1000)
    done = threading.Event()

    def grow() -> None:
        with path.open("ab", buffering=0) as stream:
            while not done.is_set():
                stream.write(b"b" * 100_000)

    thread = threading.Thread(target=grow)
    thread.start()
    try:
        assert len(read_input(path, 5000)) <= 5001
    finally:
        done.set()
        thread.join()


def test_a_question_without_an_end_is_refused() -> None:
    with subprocess.Popen(["yes"], stdout=subprocess.PIPE) as endless:
        run = subprocess.run([BELEG, "ask", "-"], stdin=endless.stdout, capture_output=True, text=True, timeout=60)
        endless.kill()
    check_refused(run, "Expected at most 4000")


@pytest.mark.parametrize("encoding", ["UTF-32LE", "UTF-32BE", "UTF-16LE", "UTF-16BE"])
@pytest.mark.parametrize("text", ["Größe und Höhe des Turmes.", "Высота башни большая.", "塔的高度是三百三十米。 Yes."])
def test_an_encoding_without_a_mark_is_called_what_it_is(tmp_path: Path, encoding: str, text: str) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(text.encode(encoding))
    # Two bytes a character without a mark can only be told where most of them are Latin.
    said = f"iconv -f {encoding}" if encoding.startswith("UTF-32") or text.startswith("G") else "."
    with pytest.raises(ArticleError, match=said):
        read_article(path)


def test_a_cut_utf_32_file_is_called_what_it_is(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes("Ein Satz steht hier.".encode("utf-32")[:-2])
    check_refused(beleg("ask", "Wann?", "--article", tmp_path / "a.txt"), "looks like UTF-32", "iconv -f UTF-32 ")


# Root may read everything, but for one who gave up CAP_DAC_OVERRIDE and CAP_DAC_READ_SEARCH.
WITHOUT_RIGHTS = """
import ctypes, os, sys
if os.geteuid() == 0:
    rights = (ctypes.c_uint32 * 6)(*[0xFFFFFFF9, 0xFFFFFFF9, 0, 0, 0, 0])
    libc = ctypes.CDLL(None, use_errno=True)
    libc.capget((ctypes.c_uint32 * 2)(0x20080522, 0), rights)
    rights[0], rights[1] = rights[0] & ~6, rights[1] & ~6
    assert libc.capset((ctypes.c_uint32 * 2)(0x20080522, 0), rights) == 0
sys.argv = ["beleg", *sys.argv[1:]]
from ui.cli.main import main
main()
"""


@pytest.mark.parametrize("closed", ["folder", "folder/a.txt"])
def test_what_may_not_be_read_is_bad_input(tmp_path: Path, closed: str) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "a.txt").write_text("Ein Satz.")
    (tmp_path / closed).chmod(0)
    out, python = tmp_path / "out", Path(BELEG).with_name("python")
    folder, file = tmp_path / "folder", tmp_path / "folder" / "a.txt"
    for command in (("ask", "Wann?", "--article", file), ("index", "build", folder, "--out", out)):
        run = subprocess.run([python, "-c", WITHOUT_RIGHTS, *command], capture_output=True, text=True)
        check_refused(run, str(tmp_path / closed), "Permission denied")
    (tmp_path / closed).chmod(0o700)
