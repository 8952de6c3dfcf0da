"""The wheel and the sdist in environments of their own, and the Dockerfile's steps as far as they go without Docker.

Not checked, for want of an engine: the base image and its system libraries, `useradd` and `USER`, the volume's owner,
PyTorch's own index (the torch that pip finds here is installed), and the size of the image.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import time
import tomllib
import urllib.error
import urllib.request
import venv
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGES = ("index", "rag", "ui")
QUESTION = "Wann trafen sich Yoon und Kishida zuletzt?"
SECONDS = 600

pytestmark = pytest.mark.package


def run(
    *command: str | Path, folder: Path, environment: Mapping[str, str] | None = None, said: str = ""
) -> subprocess.CompletedProcess[str]:
    """Run a command that must succeed."""
    done = subprocess.run(
        list(map(str, command)),
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        input=said,
    )
    assert done.returncode == 0, (command, done.returncode, done.stdout[-2000:], done.stderr[-2000:])
    return done


@contextmanager
def chat(command: list[str], folder: Path, environment: Mapping[str, str]) -> Iterator[str]:
    """Start a chat, and give its address once it says it."""
    process = subprocess.Popen(command, cwd=folder, env=environment, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        for line in process.stdout:
            if found := re.search(r"Beleg: (http://\S+)", line):
                break
        else:
            pytest.fail(f"{command} ended with {process.wait()} and served nothing")
        yield found.group(1)
    finally:
        process.terminate()
        process.wait(60)
        process.stdout.close()


def read(url: str) -> str:
    with urllib.request.urlopen(url, timeout=60) as answer:  # noqa: S310
        return str(answer.read().decode("utf-8"))


@pytest.fixture(scope="module")
def dist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the sdist, the wheel that was built of it, and in "direct" the wheel built of the checkout."""
    folder = tmp_path_factory.mktemp("dist")
    run(sys.executable, "-m", "build", "--no-isolation", "--outdir", folder, ROOT, folder=folder)
    run(sys.executable, "-m", "build", "--no-isolation", "--wheel", "--outdir", folder / "direct", ROOT, folder=folder)
    return folder


def files_of(wheel: Path) -> set[str]:
    return set(zipfile.ZipFile(wheel).namelist())


def test_the_wheel_has_every_file_of_the_packages_and_nothing_else(dist: Path) -> None:
    [wheel] = dist.glob("*.whl")
    expected = {
        path.relative_to(ROOT).as_posix()
        for package in PACKAGES
        for path in (ROOT / package).rglob("*")
        if path.is_file() and path.suffix not in (".pyc", ".pyo")
    }
    kinds = {Path(name).suffix for name in expected}
    assert {".html", ".css", ".js", ".toml", ".txt", ".npz", ".safetensors", ".json"} <= kinds
    packed = {name for name in files_of(wheel) if ".dist-info/" not in name}
    assert packed - expected == {"rag/evaluation/eval_questions.json"} and expected <= packed
    version = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    assert wheel.name == f"beleg-{version}-py3-none-any.whl"


def test_the_sdist_makes_the_wheel_that_the_checkout_makes(dist: Path) -> None:
    [sdist], [wheel], [direct] = dist.glob("*.tar.gz"), dist.glob("*.whl"), (dist / "direct").glob("*.whl")
    assert files_of(wheel) == files_of(direct)
    with tarfile.open(sdist) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    assert {"LICENSE", "README.md", "CHANGELOG.md", "pyproject.toml", "eval_questions.json"} <= names


@dataclass
class Installed:
    """An environment with the wheel in it, and an empty folder to use it in."""

    beleg: Path
    folder: Path
    environment: dict[str, str] = field(default_factory=dict)


@pytest.fixture(scope="module")
def installed(dist: Path, tmp_path_factory: pytest.TempPathFactory) -> Installed:
    """The wheel in a new environment, which sees the libraries of this one but not the checkout."""
    root = tmp_path_factory.mktemp("installed")
    venv.create(root / "venv", with_pip=False)
    python = root / "venv" / "bin" / "python"
    [wheel] = dist.glob("*.whl")
    run(sys.executable, "-m", "pip", "--python", python, "install", "--no-deps", wheel, folder=root)
    [packages] = (root / "venv" / "lib").glob("python*/site-packages")
    libraries = [path for path in sys.path if Path(path).name == "site-packages"]
    # A .pth file within these folders, such as the checkout's, is not read again.
    (packages / "libraries.pth").write_text("\n".join(libraries), encoding="utf-8")
    (root / "empty").mkdir()
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    where = "import index, rag, ui; print(index.__file__, rag.__file__, ui.__file__, sep='\\n')"
    for line in run(python, "-c", where, folder=root / "empty", environment=environment).stdout.splitlines():
        assert Path(line).is_relative_to(packages)
    return Installed(python.with_name("beleg"), root / "empty", {**environment, "PYTHONUNBUFFERED": "1"})


def test_it_answers(installed: Installed) -> None:
    asked = run(installed.beleg, "ask", QUESTION, folder=installed.folder, environment=installed.environment)
    assert "im Mai in Seoul" in asked.stdout and asked.stderr == ""


def test_it_evaluates_and_writes_both_reports(installed: Installed) -> None:
    command = ("eval", "--limit", "4", "--json", "report.json", "--html", "report.html")
    asked = run(installed.beleg, *command, folder=installed.folder, environment=installed.environment)
    assert "4 questions of eval_questions.json" in asked.stdout
    about = json.loads((installed.folder / "report.json").read_text(encoding="utf-8"))["about"]
    assert about["questions"] == 4 and about["commit"] == ""
    assert "<html" in (installed.folder / "report.html").read_text(encoding="utf-8")


def test_it_serves_the_chat(installed: Installed) -> None:
    command = [str(installed.beleg), "chat", "--no-browser", "--no-feedback", "--port", "17860"]
    with chat(command, installed.folder, installed.environment) as url:
        page = read(url)
        assert "Beleg" in page and "lang=" in page


@dataclass
class Stage:
    """A stage of the Dockerfile, with an environment in place of its image."""

    python: Path
    variables: dict[str, str]


class Docker:
    """Carries out the lines of a Dockerfile below a folder, each stage in a new virtual environment.

    Absolute paths of the image are those below the folder: /data is FOLDER/data.
    """

    PATHS = re.compile(r"(?<![\w.}/-])/(?=(?:src|wheels|opt|data)\b)")

    def __init__(self, folder: Path, overrides: Mapping[str, str]) -> None:
        self.folder, self.overrides = folder, overrides
        self.stage: Stage
        self.work = folder
        self.skipped: list[str] = []
        self.last: dict[str, str] = {}

    def build(self, dockerfile: str) -> None:
        text = re.sub(r"^\s*#.*\n", "", dockerfile, flags=re.MULTILINE).replace("\\\n", " ")
        for line in filter(None, map(str.strip, text.splitlines())):
            word, _, rest = line.partition(" ")
            self.last[word] = rest
            getattr(self, f"_{word.lower()}", lambda _: None)(self.PATHS.sub(f"{self.folder}/", rest))

    def environment(self) -> dict[str, str]:
        """The stage's variables, with a home and a PATH of its own; of this process only what pip and a locale need."""
        kept = {name: value for name, value in os.environ.items() if name.startswith("PIP_") or name == "LANG"}
        kept["PIP_CACHE_DIR"] = run(sys.executable, "-m", "pip", "cache", "dir", folder=self.folder).stdout.strip()
        path = f"{self.stage.python.parent}{os.pathsep}/usr/bin{os.pathsep}/bin"
        return {**kept, "HOME": str(self.folder / "home"), "PATH": path, **self.stage.variables}

    def shell(self, command: str) -> subprocess.CompletedProcess[str]:
        return run("/bin/sh", "-c", command, folder=self.work, environment=self.environment())

    def _from(self, rest: str) -> None:
        number = len(list(self.folder.glob("venv-*")))
        venv.create(self.folder / f"venv-{number}", with_pip=True)
        self.stage = Stage(self.folder / f"venv-{number}" / "bin" / "python", {})
        self.work = self.folder

    def _workdir(self, rest: str) -> None:
        self.work = Path(rest)
        self.work.mkdir(parents=True, exist_ok=True)

    def _arg(self, rest: str) -> None:
        name, _, value = rest.partition("=")
        self.stage.variables[name] = self.overrides.get(name, value)

    def _env(self, rest: str) -> None:
        self.stage.variables.update(pair.split("=", 1) for pair in rest.split())

    def _copy(self, rest: str) -> None:
        source, target = rest.removeprefix("--from=build ").split()
        if source == ".":
            ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
            shutil.copytree(ROOT, self.work, ignore=shutil.ignore_patterns(*ignored), dirs_exist_ok=True)
        elif rest.startswith("--from"):
            shutil.copytree(source, target)
        else:
            Path(target).mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / source, target)

    def _run(self, rest: str) -> None:
        if rest.startswith("useradd"):
            self.skipped.append(rest)
            for path in re.findall(rf"{self.folder}\S+", rest):
                Path(path).mkdir(parents=True, exist_ok=True)
        else:
            # What was downloaded before is used: the image's own size is not at stake here.
            self.shell(rest.replace("--no-cache-dir ", ""))


def test_the_dockerfiles_steps_make_a_chat_that_is_healthy_and_asks_for_a_login(tmp_path: Path) -> None:
    text = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    docker = Docker(tmp_path, {"TORCH_INDEX": ""})
    docker.build(text)
    assert len(docker.skipped) == 1 and docker.last["USER"] == "beleg"
    assert list((tmp_path / "opt" / "beleg" / "cache").iterdir()), "the model is unpacked when the image is built"
    assert not (tmp_path / "src" / "tests").exists() and not (tmp_path / "src" / ".git").exists()
    # What the user types first, of the commands on top: a user. Then the image's own command, and its health.
    command = json.loads(docker.last["CMD"])
    environment = docker.environment()
    beleg = shutil.which("beleg", path=environment["PATH"])
    assert beleg is not None and Path(beleg).is_relative_to(tmp_path) and command[0] == "beleg"
    run(beleg, "user", "add", "anna", folder=docker.work, environment=environment, said="ein langes Kennwort\n")
    assert (tmp_path / "data" / "users.json").exists()
    with chat([beleg, *command[1:]], docker.work, environment) as url:
        port = url.rstrip("/").rpartition(":")[2]
        health = docker.last["HEALTHCHECK"].partition(" CMD ")[2].replace(":7860/", f":{port}/")
        deadline = time.monotonic() + 120
        while subprocess.run(["/bin/sh", "-c", health], env=environment, capture_output=True).returncode:
            assert time.monotonic() < deadline, "not healthy after two minutes"
            time.sleep(1)
        with pytest.raises(urllib.error.HTTPError, match="401"):
            read(f"http://127.0.0.1:{port}/gradio_api/info")
