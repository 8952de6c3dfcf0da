# Every target makes .venv and installs when pyproject.toml or constraints.txt changed, and not otherwise.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
# Two at a time, one thread each: with all cores' threads each, they wait for one another. A file's tests run in one of the
# two, so that its fixtures are made once. In order: xdist would leave the files of few tests, the browser's, to the end,
# where one of the two runs the last of them alone.
PYTEST := OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder
Q ?= Wann trafen sich Yoon und Kishida zuletzt?
DATA ?= ../shared/data/xquad-r-dev

.PHONY: help chat ask test test-all check format dist bench clean
.DEFAULT_GOAL := help

help:
	@echo "make chat          open the web chat"
	@echo "make ask Q=\"…\"     ask one question in the shell"
	@echo "make test          the fast tests"
	@echo "make test-all      with the slow ones: programs, model, browser, README, package"
	@echo "make check         format, lint, types, tests"
	@echo "make dist          the sdist and the wheel, in dist/"
	@echo "make bench         the figures of docs/accuracy.md (DATA=folder of XQuAD-R)"
	@echo "make clean         remove .venv and caches of the tools"

$(STAMP): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Beleg needs Python 3.11 or newer, found: $$($(PYTHON) --version). Try: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 1; }
	@echo "Installing into $(VENV), about 2.5 GB; this happens once."
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --disable-pip-version-check --progress-bar on --constraint constraints.txt 'pip>=25.1'
	$(BIN)/python -m pip install --disable-pip-version-check --progress-bar on --constraint constraints.txt --editable '.[eval,mcp,llm]' --group dev
	@touch $(STAMP)

chat: $(STAMP)
	$(BIN)/beleg chat

ask: export QUESTION = $(value Q)
ask: $(STAMP)
	@$(BIN)/beleg ask "$$QUESTION"

test: $(STAMP)
	$(PYTEST)

test-all: $(STAMP)
	$(PYTEST) -m ""

format: $(STAMP)
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

check: $(STAMP)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(PYTEST)

dist: $(STAMP)
	$(BIN)/python -m build --no-isolation

bench: $(STAMP)
	$(BIN)/python -m benchmarks.retrieval $(DATA)
	$(BIN)/python -m benchmarks.dialogues
	$(BIN)/python -m benchmarks.speed
	$(BIN)/python -m benchmarks.indexing $(DATA)
	$(BIN)/python -m benchmarks.precision
	$(BIN)/python -m benchmarks.evaluation $(DATA)
	$(BIN)/python -m benchmarks.first_paint
	$(BIN)/python -m benchmarks.long_article

clean:
	rm -rf $(VENV) build dist .mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
