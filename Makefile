# Tank. `make` lists what there is; everything needs Python 3.11+ and make, and nothing else.

PYTHON ?= python3
VENV := .venv/bin
# What the tests and the linters are run on; for example: make test TESTS=tests/unit
TESTS ?= tests

.DEFAULT_GOAL := help
.PHONY: help run test env ui ui-dev lint format bench docs screenshot constraints clean

help: ## List the targets
	@echo "Tank: data-driven e-mail that can be trusted"
	@echo
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1	\2/p' $(MAKEFILE_LIST) | expand -t 22

run: env ## Start Tank with demo data, and say where to look
	@$(VENV)/tank demo

test: env ## Run all tests (with throwaway databases where the machine has some)
	@$(VENV)/python scripts/build_ui.py test
	@$(PYTHON) scripts/with_databases.py $(VENV)/python -m pytest $(TESTS)

env: ## Make .venv; afterwards .venv/bin/tank works
	@$(PYTHON) scripts/make_env.py

ui: env ## Build the user interface (make env does too, but goes on when that fails)
	@$(VENV)/python scripts/build_ui.py build

ui-dev: env ## Serve the user interface with changes shown at once; a running Tank answers (TANK_URL)
	@$(VENV)/python scripts/build_ui.py dev

lint: env ## Check format, style, types and layers
	$(VENV)/ruff format --check .
	$(VENV)/ruff check .
	$(VENV)/mypy
	$(VENV)/lint-imports
	$(VENV)/python scripts/build_ui.py lint

format: env ## Format the code
	$(VENV)/ruff format .
	$(VENV)/ruff check --fix .
	$(VENV)/python scripts/build_ui.py format

bench: env ## Measure the speed, beside a naive sender
	@$(VENV)/python -m bench

docs: env ## Write the pages that are made from the code
	$(VENV)/python -c "from tank.config import configuration_page; print(configuration_page(), end='')" > docs/configuration.md

screenshot: env ## Take the picture of the README again (needs chromium)
	@$(VENV)/python scripts/screenshot.py

constraints: env ## Choose the newest versions that fit, and write them to constraints.txt
	$$(test -x .tools/bin/uv && echo .tools/bin/uv || echo uv) export --quiet --upgrade --no-hashes --no-emit-project \
		--no-emit-index-url --no-header --no-annotate --group dev --output-file constraints.txt > /dev/null

clean: ## Remove the environment and what tools left behind; data stays
	rm -rf ui/node_modules src/tank/ui_files ui/.openapi.json ui/src/api/schema.d.ts
	rm -rf .venv .tools .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache build dist uv.lock
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
