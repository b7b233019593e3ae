# Everything a newcomer needs is Python 3.11 to 3.13, git and make; `make help` lists what there is.
# Python's packages live in .venv/, made from the locks in requirements/. A stamp file there says what is done already.

PORT ?= 8000
HOST ?= 127.0.0.1
MODELS ?= models
PYTHON ?=
UPGRADE := --upgrade

BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check -qq
CODE := $(wildcard inference resolvers schema server tests examples benchmarks docs)
WEB := $(wildcard web/*.* web/src/* web/src/*/* web/public/*)

# These tests run side by side. The others come after them, alone: they load servers, or depend on what time work takes.
ANY_COMPANY := $(addprefix tests/,docs estimators examples resolvers schema server/cli \
  $(addprefix inference/,formats outputs signature tables) server/test_explorer.py \
  $(addprefix end_to_end/test_,audit.py estimators.py fuzz.py generated_queries.py))

# uv resolves once for every Python and platform that pyproject.toml names. dev.txt holds all there is and is made
# first; the others are cut from it, so a package has the same version in all of them.
LOCK = $(BIN)/uv pip compile pyproject.toml --quiet --universal --python-version 3.11 --generate-hashes --no-header \
  --no-annotate --no-strip-extras

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
# pip cannot work twice in one environment at a time, and what a target needs stands in the order in which it is made.
.NOTPARALLEL:
.PHONY: help serve demo test coverage check fuzz fix lock web web-if-possible browser clean

help: ## Show this list
	@echo "make TARGET [NAME=VALUE ...]"; echo
	@sed -nE 's/^([a-z]+):.*## (.*)/  \1|\2/p' $(MAKEFILE_LIST) | awk -F'|' '{ printf "%-10s %s\n", $$1, $$2 }'

serve: .venv/.demo .venv/.project web-if-possible ## Serve MODELS=models on HOST=127.0.0.1 PORT=8000; trains the demo models if there are none
	@[ -f "$(MODELS)" ] || ls "$(MODELS)"/* >/dev/null 2>&1 || $(BIN)/predictql demo "$(MODELS)"
	@exec $(BIN)/predictql serve "$(MODELS)" --host "$(HOST)" --port "$(PORT)"

demo: .venv/.demo .venv/.project ## Train the demo models that MODELS=models has not got yet
	@$(BIN)/predictql demo "$(MODELS)"

test: .venv/.dev .venv/.project web browser ## Run the tests; ARGS="..." goes to pytest, which then runs one at a time
ifeq ($(strip $(ARGS)),)
	@$(BIN)/python -m pytest --numprocesses auto --maxprocesses 4 --dist loadfile $(ANY_COMPANY)
	@$(BIN)/python -m pytest $(addprefix --ignore=,$(ANY_COMPANY))
else
	@$(BIN)/python -m pytest $(ARGS)
endif

coverage: .venv/.dev .venv/.project web browser ## Run the tests with branch coverage, which takes half as long again
	@$(BIN)/python -m pytest --cov --cov-report=term $(ARGS)

check: .venv/.dev .venv/.project web/node_modules/.made ## Look for mistakes in style, types and imports; edits nothing
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(HAS_NODE) && cd web && npm run --silent check

fuzz: .venv/.dev .venv/.project ## Compare the lanes on requests made at random; ARGS="--cases 1000000"
	@$(BIN)/python -m tests.schema.plan.fuzz $(ARGS)

fix: .venv/.dev ## Format the code and mend what can be mended by itself
	@$(BIN)/ruff check --fix
	@$(BIN)/ruff format

lock: .venv/.dev ## Renew the locks in requirements/; UPGRADE= keeps every version that still fits
	@echo "Resolving ..."
	@$(LOCK) $(UPGRADE) --extra demo --extra skops --extra onnx --extra parquet --group dev --group friends --group bench --group build -o requirements/dev.txt >/dev/null
	@$(LOCK) $(UPGRADE) -c requirements/dev.txt -o requirements/runtime.txt >/dev/null
	@$(LOCK) $(UPGRADE) -c requirements/dev.txt --extra demo -o requirements/demo.txt >/dev/null
	@$(subst pyproject.toml,,$(LOCK)) $(UPGRADE) -c requirements/dev.txt --group build -o requirements/build.txt >/dev/null
	@$(subst pyproject.toml,,$(LOCK)) $(UPGRADE) --group node -o requirements/node.txt >/dev/null
	@grep -c == requirements/*.txt

web: web/dist/.made ## Build the front end's files, so that GraphiQL needs no other host

clean: ## Remove what make has made, except models
	rm -rf .venv web/dist web/node_modules .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .coverage*

# --- the environment ---

# It is made anew where a PYTHON is named that is not the one it was made with, and where the checkout has been moved:
# its scripts hold its path.
VERSION := import platform; print(platform.python_version())
ifneq ($(wildcard .venv/.made),)
ifneq ($(shell cat .venv/.made),$(if $(PYTHON),$(shell $(PYTHON) -c '$(VERSION)' 2>/dev/null),$(firstword $(shell cat .venv/.made))) $(CURDIR))
.PHONY: .venv/.made
endif
endif

.venv/.made:
	@fits='import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))'; \
	for python in $(or $(PYTHON),python3.13 python3.12 python3.11 python3 python); do \
	  "$$python" -c "$$fits" >/dev/null 2>&1 || continue; \
	  if ! "$$python" -c 'import ensurepip, venv' >/dev/null 2>&1; then without_venv=$$python; continue; fi; \
	  echo "Making .venv with $$("$$python" --version) ..."; \
	  "$$python" -m venv --clear .venv && $(BIN)/python -c '$(VERSION)' > $@ && echo "$(CURDIR)" >> $@; exit; \
	done; \
	if [ -n "$$without_venv" ]; then \
	  echo "$$without_venv cannot make virtual environments; on Debian and Ubuntu: apt-get install python3-venv" >&2; \
	else \
	  echo "No Python 3.11, 3.12 or 3.13 found (tried: $(or $(PYTHON),python3.13 python3.12 python3.11 python3 python));" \
	    "install one, or name it: make $(MAKECMDGOALS) PYTHON=/path/to/python3.13" >&2; \
	fi; exit 1

.venv/.demo: requirements/demo.txt requirements/build.txt .venv/.made
	@echo "Installing what the server and the demo models need (once, about a minute) ..."
	@$(PIP) install --require-hashes -r requirements/demo.txt -r requirements/build.txt
	@touch $@

.venv/.dev: requirements/dev.txt .venv/.made
	@echo "Installing what the server and its tests need (once, about a minute) ..."
	@$(PIP) install --require-hashes -r requirements/dev.txt
	@touch $@

# The build backend is in .venv already, from one of the locks above: nothing is downloaded.
.venv/.project: pyproject.toml .venv/.made
	@$(PIP) install --no-build-isolation --no-deps --no-index --editable .
	@touch $@

# --- the front end, and a browser to test it with ---

# Where Node.js is missing or too old, the one in .venv is taken, which is installed when it is first needed.
HAS_NODE := PATH="$(CURDIR)/$(BIN):$$PATH"; command -v npm >/dev/null && node -e \
  'const [major, minor] = process.versions.node.split(".").map(Number); process.exit(major > 20 || (major === 20 && minor >= 19) ? 0 : 1)' 2>/dev/null

.venv/.node: requirements/node.txt .venv/.made
	@echo "Installing Node.js into .venv ..."
	@$(PIP) install --require-hashes -r requirements/node.txt
	@touch $@

web/node_modules/.made: web/package.json web/package-lock.json
	@($(HAS_NODE)) || $(MAKE) --no-print-directory .venv/.node
	@echo "Installing what the front end needs ..."
	@$(HAS_NODE) && cd web && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error >/dev/null
	@touch $@

web/dist/.made: web/node_modules/.made $(WEB)
	@echo "Building the front end ..."
	@$(HAS_NODE) && cd web && npm run --silent build >/dev/null
	@touch $@

web-if-possible:
	@if $(MAKE) -q --no-print-directory web/dist/.made; then :; \
	elif ! ($(HAS_NODE)); then \
	  echo "Node.js 20.19 or newer, with npm, is not installed: GraphiQL's files will come from a CDN. make web mends that."; \
	else \
	  $(MAKE) --no-print-directory web || \
	    echo "The front end could not be built, for the reason above: GraphiQL's files will come from a CDN."; \
	fi

browser: .venv/.dev
	@for name in chromium chromium-browser google-chrome; do command -v $$name >/dev/null && exit 0; done; \
	echo "Installing Chromium for the tests of the pages ..."; \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	  apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium >/dev/null; \
	else \
	  $(BIN)/playwright install chromium; \
	fi || { echo "The tests of the pages need Chromium; on Debian: sudo apt-get install chromium" >&2; exit 1; }
