# Every target sets up what it needs; `make` alone prints this list.
.DEFAULT_GOAL := help
PYTHON := .venv/bin/python

help: ## this list
	@awk -F ':.*## ' '/^[a-z][a-z-]*:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

serve: setup site ## set up and run the product: http://localhost:8000
	@.venv/bin/ashao serve

dev: setup ## the same for development: reloading a page runs the edited sources
	@scripts/dev

test: setup-tests site ## set up and run every check and every test
	@scripts/check
	@$(PYTHON) -m pytest --numprocesses auto --dist loadgroup --no-loadscope-reorder

check: setup-tests ## format, lint, types, imports, spelling
	@scripts/check

fix: setup-tests ## let the tools mend what they can
	@$(PYTHON) -m ruff check --fix --quiet . ; $(PYTHON) -m ruff format --quiet .

e2e: setup-tests site ## only the tests in a real browser
	@$(PYTHON) -m pytest -m e2e

chaos: setup-tests site ## the long run in which everything is killed at random
	@ASHAO_CHAOS_S=$${ASHAO_CHAOS_S:-120} $(PYTHON) -m pytest -m chaos tests/chaos tests/server/jobs

bench: setup-tests site ## measure, side by side with the floor
	@$(PYTHON) -m bench

model: setup ## build the demonstration model again from its sources (needs emscripten)
	@$(PYTHON) build/tiny_model/build.py

lock: setup-tests ## pin every dependency again
	@scripts/lock

setup:
	@scripts/setup

setup-tests:
	@scripts/setup --tests

site: setup
	@$(PYTHON) build/bundle.py

.PHONY: help serve dev test check fix e2e chaos bench model lock setup setup-tests site
