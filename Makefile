# Everything that is done with this project. `make help` lists it. Nothing needs to be installed first but Python, make and git.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
MAKEFLAGS += --no-builtin-rules --no-print-directory
.DELETE_ON_ERROR:
.NOTPARALLEL:
.DEFAULT_GOAL := help

BIN := .venv/bin
RUN := .venv/.ready-to-run
WORK := .venv/.ready-to-work
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
INSTALL := $(PIP) install --no-build-isolation --require-hashes
LOCK := uv pip compile pyproject.toml --quiet --no-config --system-certs --universal --python-version 3.11 --generate-hashes --custom-compile-command 'make lock'
SERVE ?= 1

.PHONY: help
help:  ## list the commands
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 16

.PHONY: demo
demo: $(RUN)  ## analyse a real study of 435 sorts and write its report to demo/climate
	@$(BIN)/qmethod analyse climate --factors 1 --no-flag-majority --bipolar split --out demo/climate
	@echo; echo "The report: $(CURDIR)/demo/climate/report.html"

.PHONY: test
test: $(WORK)  ## every check there is: style, types, imports, documentation, all tests
	@$(MAKE) lint docs
	@tools/find-chromium --install
	$(BIN)/pytest -n 2 --dist worksteal -rs

.PHONY: lint
lint: $(WORK)  ## style, types and the direction of imports
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

.PHONY: docs
docs: $(WORK)  ## documentation in docs/_build/html; a warning is an error
	$(BIN)/sphinx-build -W --keep-going --quiet -b html docs docs/_build/html

.PHONY: bench
bench: $(WORK)  ## time and memory of the method on small and large studies
	$(BIN)/python benchmarks/growth.py

.PHONY: agreement
agreement: $(WORK)  ## how far the figures are from those of other programs
	$(BIN)/python -m benchmarks.agreement

.PHONY: lock
lock: $(WORK)  ## renew requirements/ from pyproject.toml
	$(BIN)/$(LOCK) --upgrade --output-file requirements/runtime.txt
	$(BIN)/$(LOCK) --upgrade --constraint requirements/runtime.txt --group dev --output-file requirements/dev.txt
	$(BIN)/$(subst compile pyproject.toml,compile,$(LOCK)) --constraint requirements/dev.txt --group build --output-file requirements/build.txt

.PHONY: clean
clean:  ## remove what these commands made, .venv included
	rm -rf .venv demo dist docs/_build .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -prune -exec rm -rf {} +

# Set-up. A stamp file is older than what it depends on exactly when there is something to do.
$(BIN)/python:
	@python=$${PYTHON:-$$(tools/find-python)} && echo "Making .venv with $$($$python --version)" && $$python -m venv --clear .venv

$(RUN): requirements/build.txt requirements/runtime.txt pyproject.toml | $(BIN)/python
	@echo "Installing what the engine needs ..."
	@$(INSTALL) --no-compile -r requirements/build.txt
	@$(INSTALL) -r requirements/runtime.txt
	@$(PIP) install --no-build-isolation --no-deps --editable .
	@touch $@

$(WORK): $(RUN) requirements/dev.txt
	@echo "Installing the tools for development ..."
	@$(INSTALL) --no-compile -r requirements/dev.txt
	@touch $@
