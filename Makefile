# Every target sets up what it needs; `make` alone prints this list.
.DEFAULT_GOAL := help
PYTHON := .venv/bin/python

help: ## this list
	@awk -F ':.*## ' '/^[a-z][a-z0-9-]*:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

serve: setup site ## set up and run the product: http://localhost:8000
	@.venv/bin/ashao serve --local

dev: setup ## the same for development: reloading a page runs the edited sources
	@scripts/dev

# More processes than cores: tests wait for each other's processes more than they compute.
BESIDE := --numprocesses $$(( $$(nproc) * 2 )) --dist loadgroup --no-loadscope-reorder

test: setup-tests site ## set up, run every check and a sample of the tests (six minutes)
	@began=$$(date +%s); scripts/check && \
	ASHAO_TEST_CHECKS_S=$$(( $$(date +%s) - began )) $(PYTHON) -m pytest $(BESIDE)

test-matrix: setup-tests site ## the checks, and all tests on every store and database
	@scripts/check && $(PYTHON) -m pytest --matrix $(BESIDE)

coverage: setup-tests site ## which lines and branches the tests run (of TESTS=tests/server only)
	@$(PYTHON) -m coverage erase
	@$(PYTHON) -m coverage run -m pytest $(BESIDE) $(TESTS)
	@$(PYTHON) -m coverage combine --quiet
	@$(PYTHON) -m coverage report

check: setup-check ## format, lint, types, imports, spelling
	@scripts/check

fix: setup-check ## let the tools mend what they can
	@$(PYTHON) -m ruff check --fix --quiet . ; $(PYTHON) -m ruff format --quiet . ; npx --no-install biome check --write

e2e: setup-tests site ## only the tests in a real browser
	@$(PYTHON) -m pytest -m e2e

chaos: setup-tests site ## the long run in which everything is killed at random
	@ASHAO_CHAOS_S=$${ASHAO_CHAOS_S:-120} $(PYTHON) -m pytest --matrix -m chaos tests/chaos tests/server/jobs

bench: setup-tests site ## measure beside floors and peers into bench/RESULTS.md (a quarter of an hour)
	@$(PYTHON) -m bench.peers
	@$(PYTHON) -m bench

conformance: setup-tests ## try real clients of other makers into docs/conformance.md (ten minutes at first)
	@$(PYTHON) -m tests.conformance

model: setup ## build the demonstration model again from its sources (needs emscripten)
	@$(PYTHON) build/tiny_model/build.py

lock: setup-check ## pin every dependency again
	@scripts/lock

sbom: setup-check ## list what the lock files pin, as CycloneDX in dist/sbom (needs npm 10)
	@scripts/sbom

setup:
	@scripts/setup

setup-check:
	@scripts/setup --check

setup-tests:
	@scripts/setup --tests

site: setup small-model
	@$(PYTHON) build/bundle.py

small-model: setup
	@$(PYTHON) build/small_model.py

.PHONY: help serve dev test test-matrix coverage check fix e2e chaos bench conformance model lock sbom
.PHONY: setup setup-check setup-tests site small-model
