# Each target builds the virtual environment it needs; nothing has to be installed before.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: demo test lint format bench hosts slow docs clean

$(VENV)/run.stamp: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check -e .
	touch $@

$(VENV)/dev.stamp: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check -e '.[dev]'
	touch $@ $(VENV)/run.stamp

demo: $(VENV)/run.stamp
	$(BIN)/headwater demo

test: $(VENV)/dev.stamp
	$(BIN)/python -m pytest -n logical --maxprocesses 4 --dist worksteal -q

lint: $(VENV)/dev.stamp
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/pyright --pythonpath $(BIN)/python
	$(BIN)/lint-imports

format: $(VENV)/dev.stamp
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(VENV)/dev.stamp
	$(BIN)/python -m benchmarks

hosts: $(VENV)/dev.stamp
	$(BIN)/python -m pytest -m hosts

slow: $(VENV)/dev.stamp
	$(BIN)/python -m pytest -m slow

docs: $(VENV)/dev.stamp
	$(BIN)/python -m headwater.server.reference > docs/tools.md
	$(BIN)/python -m headwater.graph.states > docs/states.md
	$(BIN)/python -m headwater.graph.events > docs/events.md
	$(BIN)/python -m headwater.graph.notices > docs/notices.md
	$(BIN)/python -m headwater.hosts

clean:
	rm -rf $(VENV)
