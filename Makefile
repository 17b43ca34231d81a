# One target per thing a person wants; `make` lists them.
PYTHON ?= python3
PORT ?= 8080
DATA ?= data

VENV := .venv
BIN := $(VENV)/bin
RUN := $(VENV)/run.stamp
DEV := $(VENV)/dev.stamp
LOCK := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url
# The lock files name every package with its hashes; --no-deps keeps anything else out.
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-compile
CHECKED := schemas services $(wildcard streams) tests deploy

.DEFAULT_GOAL := help
.PHONY: help setup run run-cluster test check bench installed servers servers-stop lock clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: $(RUN) ## install tianzhuo into .venv (needs Python 3.11 or later, nothing else)

run: $(RUN) ## start tianzhuo with a sample season (PORT=8080 DATA=data)
	@$(BIN)/python deploy/run.py --data $(DATA) --port $(PORT)

run-cluster: $(DEV) installed ## start it with Kafka, ClickHouse and two workers (PORT=8080 DATA=data-cluster)
	@$(BIN)/python -m deploy.run_cluster --data $(if $(filter data,$(DATA)),data-cluster,$(DATA)) --port $(PORT)

test: $(DEV) installed ## run all tests against real servers (ARGS='-k name')
	@$(BIN)/python -m pytest -n auto --dist worksteal $(ARGS)

check: $(DEV) ## lint, format, types, import direction
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy $(CHECKED)
	@$(BIN)/lint-imports --no-logo

bench: $(DEV) installed ## measure against the peers and write docs/benchmarks.md
	@$(BIN)/python -m tests.bench $(ARGS)

installed: $(DEV) ## install the servers that tests and benchmarks start
	@$(BIN)/python -m tests.servers install

servers: $(DEV) ## start a Kafka broker and a ClickHouse server that stay, on ports 9092 and 8123
	@$(BIN)/python -m tests.servers start $(ARGS)

servers-stop: $(DEV) ## end them
	@$(BIN)/python -m tests.servers stop

lock: $(DEV) ## write the lock files anew from pyproject.toml (UPGRADE=--upgrade)
	@$(LOCK) $(UPGRADE) --group pyproject.toml:build --output-file requirements/build.lock
	@$(LOCK) $(UPGRADE) pyproject.toml --output-file requirements/run.lock
	@$(LOCK) $(UPGRADE) pyproject.toml --group dev --constraints requirements/run.lock --output-file requirements/dev.lock

clean: ## remove what make installed and built, not the data
	@rm -rf $(VENV) build dist *.egg-info

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "tianzhuo needs Python 3.11 or later: make PYTHON=/path/to/python3.11 ..."; exit 1; }
	@$(PYTHON) -m venv $(VENV)

$(RUN): requirements/build.lock requirements/run.lock pyproject.toml | $(BIN)/python
	@echo "installing into $(VENV) ..."
	@$(INSTALL) --require-hashes -r requirements/build.lock -r requirements/run.lock
	@$(INSTALL) --no-build-isolation --config-settings editable_mode=compat --editable .
	@touch $@

$(DEV): requirements/dev.lock $(RUN)
	@echo "installing the developer's tools ..."
	@$(INSTALL) --require-hashes -r requirements/dev.lock
	@touch $@
