# Two targets do all the set-up: `make run` runs the agent on this machine, `make test` passes its tests.

PYTHON ?= python3
BIN := .venv/bin

.PHONY: run test test-root bench lint clean

run: .venv/agent
	$(BIN)/miner-agent run --table

test: .venv/dev
	$(BIN)/pytest

test-root: .venv/dev
	$(BIN)/pytest -m root

lint: .venv/dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

bench: .venv/bench
	$(BIN)/python -m bench

clean:
	rm -rf .venv dist build

.venv/pip:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or later is needed; set PYTHON=")'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --upgrade 'pip>=25.1'
	touch $@

.venv/agent: .venv/pip pyproject.toml
	$(BIN)/python -m pip install --quiet --editable .
	touch $@

.venv/dev: .venv/agent
	$(BIN)/python -m pip install --quiet --group dev
	touch $@

.venv/bench: .venv/dev
	$(BIN)/python -m pip install --quiet --group bench
	touch $@
