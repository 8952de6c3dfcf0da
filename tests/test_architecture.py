"""The boundaries that DESIGN draws: who may import whom, and what may be nowhere."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
MODULES = sorted(path for package in ("index", "rag", "ui") for path in (ROOT / package).rglob("*.py"))
# Each heavy library is imported by these modules only, and inside functions.
IMPORTERS = {
    "faiss": {"index/search/dense.py"},
    "gradio": {
        "ui/web/api.py",
        "ui/web/evaluation_tab.py",
        "ui/web/library_tab.py",
        "ui/web/page.py",
        "ui/web/queue.py",
        "ui/web/reading_pane.py",
        "ui/web/server.py",
        "ui/web/uploads.py",
    },
    "mcp": {"ui/web/mcp.py"},
    "openai": {"rag/answering/prose/connection.py"},
    "httpx2": {"rag/answering/prose/connection.py"},
    "matplotlib": {"ui/report/plots.py"},
    "langchain_text_splitters": {"index/splitting/passages.py"},
    "limits": {"ui/web/limits.py"},
    "pymilvus": {"index/search/served.py"},
    "milvus_lite": {"index/search/served.py"},
    "ray": {"index/cluster.py"},
    "sentencex": {"index/splitting/sentences.py"},
    "scipy": {"rag/evaluation/statistics.py", "rag/evaluation/calibrate.py"},
    "ir_measures": {"rag/evaluation/measures.py"},
    "sentence_transformers": {"index/models/encoder.py"},
    "transformers": {"index/models/encoder.py"},
    "safetensors": {"rag/reader/weights.py"},
    "pypdfium2": {"index/documents/pdf/pdfium.py"},
    "watchfiles": {"index/sync.py"},
    "trafilatura": {"index/documents/html.py"},
    "httpx": {"index/documents/fetch.py"},
    "lxml": {f"index/documents/{name}.py" for name in ("html", "html_blocks", "html_contact", "html_tree", "markup")},
    "torch": {"index/models/encoder.py"},
}


# A subclass needs its base at once; these modules are themselves imported in functions only.
LATE = {"ui.web.queue": "ui/web/queue.py"}


def is_module(name: str) -> bool:
    """Return whether a name is a module of ours, and not something in one."""
    return (ROOT / f"{name.replace('.', '/')}.py").exists()


def imports(path: Path) -> Iterator[tuple[str, bool]]:
    """Yield the module names that a file imports, and whether at its top."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        names = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            wholes = [f"{node.module}.{alias.name}" for alias in node.names]
            names = [one if is_module(one) else node.module or "" for one in wholes]
        for name in names:
            yield name, node in tree.body


@pytest.mark.parametrize(("package", "forbidden"), [("index", {"rag", "ui"}), ("rag", {"ui"})])
def test_imports_go_one_way(package: str, forbidden: set[str]) -> None:
    for path in (ROOT / package).rglob("*.py"):
        assert not {name.split(".")[0] for name, _ in imports(path)} & forbidden, path


@pytest.mark.parametrize("package", ["index", "rag", "ui"])
def test_no_module_imports_itself_by_way_of_others(package: str) -> None:
    names = {
        path.relative_to(ROOT).with_suffix("").as_posix().replace("/", ".").removesuffix(".__init__"): path
        for path in (ROOT / package).rglob("*.py")
    }
    graph = {
        name: {found for found, _ in imports(path) if found in names and found != name} for name, path in names.items()
    }
    # Raises CycleError, which names the circle.
    list(TopologicalSorter(graph).static_order())
    assert len(graph) > 10


@pytest.mark.parametrize("library", IMPORTERS)
def test_a_heavy_library_has_its_importers_and_is_imported_late(library: str) -> None:
    found = set()
    for path in MODULES:
        for name, at_top in imports(path):
            if name.split(".")[0] == library:
                found.add(path.relative_to(ROOT).as_posix())
                late = path.relative_to(ROOT).as_posix() in LATE.values()
                assert late or not at_top, f"{path} imports {library} when it is imported itself"
            assert not (at_top and name in LATE), f"{path} imports {name} when it is imported itself"
    assert found <= IMPORTERS[library]


def test_there_is_no_pickle_anywhere() -> None:
    for path in MODULES:
        assert not {"pickle", "joblib", "dill", "shelve", "marshal"} & {name.split(".")[0] for name, _ in imports(path)}
        assert "allow_pickle=True" not in path.read_text(encoding="utf-8")


def test_no_input_is_validated_by_assert() -> None:
    for path in MODULES:
        assert not [
            node for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, ast.Assert)
        ]
