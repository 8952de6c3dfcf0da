"""The shell, as a user runs it: real processes, their output and exit status."""

from __future__ import annotations

import functools
import http.server
import json
import re
import subprocess
import sys
import threading
from importlib import metadata
from pathlib import Path

import pytest

from rag import Assistant
from tests.pdf_files import PdfFile
from tests.shell import beleg, check_refused

QUESTION = "Wann trafen sich Yoon und Kishida zuletzt?"


@pytest.mark.parametrize("command", [[], ["ask"], ["chat"], ["index"], ["index", "build"], ["doctor"]])
def test_every_command_has_help(command: list[str]) -> None:
    run = beleg(*command, "--help")
    assert run.returncode == 0 and "Usage:" in run.stdout


def test_help_loads_nothing_heavy() -> None:
    code = "import sys, ui.cli.main; print([m for m in ('torch', 'faiss', 'gradio', 'numpy.random') if m in sys.modules][:3])"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert "torch" not in run.stdout and "gradio" not in run.stdout and "faiss" not in run.stdout, run.stdout


def test_the_version_and_the_short_option_for_help() -> None:
    assert beleg("--version").stdout == f"beleg {metadata.version('beleg')}\n"
    assert beleg("ask", "-h").stdout == beleg("ask", "--help").stdout


def test_a_question_need_not_be_quoted() -> None:
    words = "wann trafen sich yoon und kishida zuletzt".split()
    assert "im Mai in Seoul" in beleg("ask", *words).stdout


def test_files_before_and_behind_the_question_are_asked(tmp_path: Path) -> None:
    (tmp_path / "boats.md").write_text("# Boats\n\nThe ketch was built in 1931.", encoding="utf-8")
    (tmp_path / "crew.txt").write_text("Ole Berg steers the ketch.", encoding="utf-8")
    (tmp_path / "crew").mkdir()
    asked = ["When was the ketch built?"]
    for words in (
        ["boats.md", *asked],
        [*asked, "./boats.md"],
        ["-a", "boats.md", "crew.txt", *asked],
        ["-a", "crew.txt", *asked, "boats.md"],
    ):
        run = beleg("ask", *words, folder=tmp_path)
        assert "1931" in run.stdout and run.stderr == "", words
    # Without quotes, the words may be names of folders, and what was taken for a document is said.
    run = beleg("ask", *"when was the ketch built boats.md".split(), folder=tmp_path)
    assert "1931" in run.stdout and run.stderr.startswith("beleg: asking boats.md, as with -a")
    run = beleg("ask", *"crew of the ketch".split(), "-a", "crew.txt", folder=tmp_path)
    assert "Ole Berg" in run.stdout and run.stderr == ""


def test_a_name_beside_the_question_that_is_no_file_is_complained_of(tmp_path: Path) -> None:
    (tmp_path / "boats.md").write_text("The ketch was built in 1931.", encoding="utf-8")
    check_refused(beleg("ask", "bots.md", "When was it built?", folder=tmp_path), "did you mean boats.md?")
    check_refused(beleg("ask", "boats.md", folder=tmp_path), "there is no question, only boats.md", 'beleg ask "')


def test_a_question_without_ask_is_answered_with_the_command() -> None:
    check_refused(beleg("when did they meet?"), "no command", "beleg ask 'when did they meet?'")
    check_refused(beleg("when", "did", "they", "meet"), "beleg ask when did they meet")
    run = beleg("aks", "when?")
    assert run.returncode == 2 and "Did you mean 'ask'" in run.stderr


def test_an_answer_is_printed_with_its_source_and_nothing_else() -> None:
    run = beleg("ask", QUESTION)
    assert run.returncode == 0 and run.stderr == ""
    assert "im Mai in Seoul" in run.stdout and "[1] Yoon und Kishida beim NATO-Gipfel, Satz" in run.stdout
    assert "\x1b" not in run.stdout, "no colours into a pipe"
    # "99 %" or "> 99 %": no estimate is certain.
    assert re.search("\nSicherheit: (>\u00a0)?9[0-9]\u00a0%\n$", run.stdout), run.stdout


def test_json_is_the_answers_own(assistant: Assistant) -> None:
    run = beleg("ask", QUESTION, "--json", "-k", "1")
    assert json.loads(run.stdout)["citations"][0]["text"] == assistant.retrieve(QUESTION, k=1)[0].text
    abstained = beleg("ask", "Wie backt man Brot?", "--json")
    assert abstained.returncode == 3
    assert json.loads(abstained.stdout) == assistant.ask("Wie backt man Brot?").to_dict()


def test_wrong_input_is_one_line_and_status_2(tmp_path: Path) -> None:
    (tmp_path / "empty.txt").write_text("")
    (tmp_path / "binary.txt").write_bytes(b"\x00\x01\x02\xff")
    (tmp_path / "latin1.txt").write_bytes("Müller kam.".encode("latin-1"))
    check_refused(beleg("ask", "", "--article", tmp_path / "none.txt"), "the question is empty")
    check_refused(beleg("ask", "?!"), "the question is empty")
    check_refused(beleg("ask", "x" * 5000), "5000 characters")
    for name, said in (("none", "does not exist"), ("empty", "is empty"), ("binary", "binary"), ("latin1", "iconv")):
        check_refused(beleg("ask", "Wer?", "--article", tmp_path / f"{name}.txt"), said)
    check_refused(beleg("ask", "Wer?", "--article", tmp_path), "is a folder", "beleg index build")
    check_refused(beleg("ask", "Wer?", "--index", tmp_path / "none"), "does not exist", "beleg index build")
    check_refused(beleg("ask", "Wer?", "--index", tmp_path), "has no manifest.json")
    check_refused(beleg("index", "build", tmp_path / "empty.txt", "--out", tmp_path / "out"), "is empty")
    check_refused(beleg("index", "build", tmp_path / "latin1.txt", "--out", tmp_path), "not a Beleg index")
    assert beleg("ask").returncode == 2 and beleg("nonsense").returncode == 2
    both = beleg("ask", "Wer?", "--index", tmp_path, "--article", tmp_path / "empty.txt")
    assert both.returncode == 2 and "exclude each other" in both.stderr
    assert not (tmp_path / "out").exists()


def test_a_model_that_cannot_be_had_is_one_line(tmp_path: Path) -> None:
    check_refused(beleg("ask", "Wer?", "--model", tmp_path), "cannot be loaded", "embedded multilingual-e5-small")


def test_articles_and_indexes_of_ones_own(tmp_path: Path) -> None:
    (tmp_path / "brot.txt").write_text("Brot backt man bei 230 Grad.\n\nDer Teig ruht eine Stunde.", encoding="utf-8")
    (tmp_path / "turm.md").write_text("# Der Turm\n\nDer Turm ist 330 Meter hoch.", encoding="utf-8")
    run = beleg("ask", "Bei wie viel Grad backt man Brot?", "-a", tmp_path / "brot.txt")
    assert run.returncode == 0 and "230 Grad. [1]" in run.stdout
    built = beleg("index", "build", tmp_path, "--out", tmp_path / "out")
    assert built.returncode == 0 and "2 articles, 3 sentences" in built.stdout, built.stderr
    run = beleg("ask", "Wie hoch ist der Turm?", "--index", tmp_path / "out")
    assert run.returncode == 0 and "[1] Der Turm, Satz 1" in run.stdout
    info = beleg("index", "info", tmp_path / "out").stdout
    assert "multilingual-e5-small@1571fc982750" in info and "articles         2" in info
    assert "whole, 2 articles" in beleg("index", "verify", tmp_path / "out").stdout
    with (tmp_path / "out" / "articles.jsonl").open("a") as lines:
        lines.write(" ")
    check_refused(beleg("index", "verify", tmp_path / "out"), "articles.jsonl is not as it was written")
    check_refused(beleg("ask", "Wer?", "--index", tmp_path / "out"), "beleg index build")


def test_other_formats_and_addresses_say_where_a_quotation_stands(tmp_path: Path) -> None:
    file = PdfFile()
    file.page().lines(72, 100, "Die Bäckerei liegt in Bremen am Markt.\nSie ist sehr alt.")
    file.page().lines(72, 100, "Das Brot backt eine Stunde bei 230 Grad.\nDanach kühlt es aus.")
    (tmp_path / "brot.pdf").write_bytes(file.content())
    run = beleg("ask", "Bei wie viel Grad backt das Brot?", "-a", tmp_path / "brot.pdf")
    assert run.returncode == 0 and "[1] brot, Seite 2, Satz 3" in run.stdout, run.stderr
    run = beleg("ask", "Bei wie viel Grad backt das Brot?", "-a", tmp_path / "brot.pdf", "--json")
    assert json.loads(run.stdout)["citations"][0]["place"]["page"] == 2
    (tmp_path / "zeiten.csv").write_text("Filiale;Montag\nMarkt;7 bis 18 Uhr\nHafen;8 bis 16 Uhr\n", encoding="utf-8")
    handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=str(tmp_path))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_port}"
        run = beleg("ask", "Wann hat der Hafen am Montag geöffnet?", "--article", f"{url}/zeiten.csv")
        assert run.returncode == 0 and "Spalten: Filiale | Montag, Satz" in run.stdout, run.stderr
        built = beleg("index", "build", f"{url}/brot.pdf", tmp_path / "zeiten.csv", "--out", tmp_path / "out")
        assert built.returncode == 0 and "2 articles" in built.stdout, built.stderr
        check_refused(beleg("ask", "Wer?", "-a", f"{url}/none.pdf"), "404")
        server.shutdown()
    check_refused(beleg("ask", "Wer?", "-a", "ftp://example.org/a.txt"), "no address of a web page")


def test_the_doctor_says_what_is_well_and_what_repairs_what_is_not(tmp_path: Path) -> None:
    well = beleg("doctor")
    assert well.returncode == 0 and "WRONG" not in well.stdout and "Seoul" in well.stdout
    (tmp_path / "file").write_text("in the way")
    ill = beleg("doctor", BELEG_CACHE=str(tmp_path / "file"))
    assert ill.returncode == 1 and "WRONG cache" in ill.stdout and "BELEG_CACHE" in ill.stdout


def test_an_unexpected_failure_is_one_line_and_status_1() -> None:
    code = (
        "import ui.cli.main as c, sys; c.open_assistant = lambda *a, **k: 1 / 0; sys.argv = ['beleg', 'chat']; c.main()"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert run.returncode == 1 and run.stderr.startswith("beleg: ZeroDivisionError") and "beleg doctor" in run.stderr
    assert run.stderr.count("\n") == 1
