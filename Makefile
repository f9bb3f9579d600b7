# Everything runs from .venv, which the first target that needs it makes from the locked requirements.
PYTHON ?= $(shell for p in python3.13 python3.12 python3.11 python3; do \
  $$p -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 && { echo $$p; break; }; done)
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/pip --disable-pip-version-check --quiet
# How many rounds `make soak` plays.
ROUNDS ?= 200
# For how long `make fuzz` plays with each target.
SECONDS ?= 60
# Both vendors' OpenAPI files, for the contract tests; without them those tests say what to set, and skip.
export EASEL_SPECS ?= $(wildcard $(CURDIR)/../shared/specs)

.PHONY: help install demo run test lint format check bench soak fuzz messages screenshots wheel lock clean

help: ## what each target does
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

$(BIN)/python:
	@test -n "$(PYTHON)" || { echo "Easel needs Python 3.11 or newer with venv and pip (on Debian: apt install python3-venv)."; exit 1; }
	@echo "Making $(VENV) with $(PYTHON) …"
	@$(PYTHON) -m venv $(VENV)

define locked
	@echo "Installing requirements/$(1).txt …"
	@$(PIP) install --require-hashes --requirement requirements/$(1).txt
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@
endef

# The development set holds the demo's, so a demo after `make test` installs nothing.
$(VENV)/.demo: requirements/demo.txt pyproject.toml | $(BIN)/python
	$(call locked,demo)

$(VENV)/.dev: requirements/dev.txt pyproject.toml | $(BIN)/python
	$(call locked,dev)
	@touch $(VENV)/.demo

$(VENV)/.fuzz: requirements/fuzz.txt $(VENV)/.dev
	@echo "Installing requirements/fuzz.txt …"
	@$(PIP) install --require-hashes --requirement requirements/fuzz.txt
	@touch $@

install: $(VENV)/.dev ## the development environment

demo: $(VENV)/.demo ## the try-it room in a browser: no account, no token
	@$(BIN)/easel demo

run: $(VENV)/.demo ## the bot, with the settings of .env
	@$(BIN)/easel run

test: $(VENV)/.dev ## all tests
	@$(BIN)/pytest --numprocesses 2 --dist worksteal

lint: $(VENV)/.dev ## format, lint, strict types, import contracts
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/pyright
	@$(BIN)/lint-imports

format: $(VENV)/.dev ## rewrite what `make lint` would complain about, where it can
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

check: lint test ## what CI runs

bench: $(VENV)/.dev ## measure against the promised floors, on both databases (NAMES="answers" for some alone)
	@$(BIN)/python -m bench $(NAMES)

messages: $(VENV)/.dev ## bring the catalogues for translators up to date (LANGUAGE=fr begins one), and show what is untranslated
	@$(BIN)/python -m tests.docs.messages $(LANGUAGE)

screenshots: $(VENV)/.dev ## take the documents' pictures of the demo anew (NAMES="log edit" for some alone; takes a Chromium)
	@$(BIN)/python -m tests.docs.screenshots $(NAMES)

wheel: $(VENV)/.demo ## the wheel, in dist/
	@$(BIN)/hatchling build --target wheel --directory dist

UV_COMPILE := $(BIN)/uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes \
	--no-header --no-annotate --quiet
lock: $(VENV)/.dev ## compile the lock files anew (UPGRADE=--upgrade to take newer versions)
	$(UV_COMPILE) $(UPGRADE) --output-file requirements/run.txt
	$(UV_COMPILE) $(UPGRADE) --extra demo --group build --constraint requirements/run.txt --output-file requirements/demo.txt
	$(BIN)/uv pip compile --group pyproject.toml:build --universal --python-version 3.11 --generate-hashes \
		--no-header --no-annotate --quiet --constraint requirements/demo.txt --output-file requirements/build.txt
	$(UV_COMPILE) $(UPGRADE) --extra demo --group build --group dev --constraint requirements/demo.txt --output-file requirements/dev.txt
	$(BIN)/uv pip compile --group pyproject.toml:fuzz --universal --python-version 3.11 --generate-hashes \
		--no-header --no-annotate --quiet $(UPGRADE) --output-file requirements/fuzz.txt

soak: $(VENV)/.dev ## ROUNDS of random kills, on SQLite and on PostgreSQL, and their counts (SEED repeats them)
	@$(BIN)/python -m tests.process.soak --rounds $(ROUNDS) $(if $(SEED),--seed $(SEED))

fuzz: $(VENV)/.fuzz ## throw bytes at what strangers' bytes reach, for SECONDS each, and count (Linux on x86-64)
	@$(BIN)/python -m tests.fuzz --seconds $(SECONDS)

clean: ## remove the environment and caches, never data/
	rm -rf $(VENV) .ruff_cache .import_linter_cache .hypothesis build dist
