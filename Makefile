# Calder: what a person types. `make demo` shows the product, `make test` proves it.
PYTHON ?= python3
BIN := .venv/bin

.DEFAULT_GOAL := help
.PHONY: help setup setup-test demo test check soak bench fuzz docs corpus lock clean

help:           ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 14

.venv/.setup: requirements.lock pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

.venv/.setup-test: requirements-test.lock .venv/.setup
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-test.lock
	@touch $@

setup: .venv/.setup            ## .venv with the locked dependencies
setup-test: .venv/.setup-test  ## the same with the test tools

demo: setup     ## a morning in Kirklees over real sockets (ONCE=1 ends by itself)
	$(BIN)/calder demo $(if $(ONCE),--once)

check: setup-test  ## the fast part of `make test`: under a minute, no servers
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/calder map check
	$(BIN)/calder map test
	$(BIN)/pytest -n auto tests/unit tests/diagnostics tests/test_laws.py

test: check     ## everything: format, lint, types, contracts, maps, tests with real servers
	.ci/system-packages
	$(BIN)/pytest -n auto tests/property
	$(BIN)/pytest tests/contract tests/acceptance tests/migration tests/weather

soak: setup-test ## hours of bad weather: power cuts that lose pages, and kills, on both stores (SOAK="--store sqlite --cuts 20 --kills 20")
	.ci/system-packages
	$(BIN)/python -m tests.soak.storms $(SOAK)

bench: setup    ## benchmarks, each beside the limit measured in the same run
	$(BIN)/calder bench all --json > bench.json && cat bench.json

fuzz: setup-test ## the coverage-guided fuzzer of the language, until it finds nothing new (`make test` runs a short one)
	$(BIN)/python tests/fuzz/run.py --seconds 600 --plateau 10000

docs: setup      ## the reference pages, made from the code
	$(BIN)/python -m hub.cli.reference

corpus: setup-test  ## real samples end to end: make corpus CORPUS=FOLDER (not part of `make test`)
	$(BIN)/pytest tests/corpus --corpus $(CORPUS)

lock:           ## write the locks anew (needs uv)
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --no-header pyproject.toml --extra build -o requirements.lock
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --no-header pyproject.toml --extra build --extra test -o requirements-test.lock

clean:          ## what can be made again
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache bench.json dist
