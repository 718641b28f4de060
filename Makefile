# Nothing has to be installed first but Python 3.11+, git and make.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
COMPILE := $(BIN)/uv pip compile -q --universal --python-version 3.11 --no-header \
	--no-emit-index-url --no-annotate pyproject.toml

.PHONY: help demo run test check soak storm bench format requirements clean

help:  ## Show what can be made
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

demo: $(VENV)/.installed  ## Watch the bot at work on this machine, without any account
	@$(BIN)/python -m bot demo $(ARGS)

run: $(VENV)/.installed  ## Run the bot with the settings in .env
	@$(BIN)/python -m bot run

test: $(VENV)/.installed-dev  ## Run all tests
	$(BIN)/python -m pytest -q -n auto --dist worksteal $(ARGS)

check: $(VENV)/.installed-dev  ## Format, lint, types, import contracts, tests
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	$(BIN)/python -m pytest -q -n auto --dist worksteal $(ARGS)

soak: $(VENV)/.installed-dev  ## Ten minutes of faults and kills (SECONDS=60: one)
	$(BIN)/python -m tests.faults.soak --seconds $(or $(SECONDS),600) $(ARGS)

bench: $(VENV)/.installed-dev  ## Measure how fast the bot is, beside floors and peers (ARGS="--quick accepting")
	@$(BIN)/python -m tests.bench $(ARGS)

storm: $(VENV)/.installed-dev  ## Many machines: 2,000 tasks while processes and PostgreSQL die (ARGS="--tasks 200")
	$(BIN)/python -m tests.fleet.storm $(ARGS)

format: $(VENV)/.installed-dev  ## Format the code and mend what can be mended
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

requirements: $(VENV)/.installed-dev  ## Pin what pyproject.toml asks for
	$(COMPILE) --extra dev -o requirements-dev.txt
	$(COMPILE) --extra scale -c requirements-dev.txt -o requirements.txt

clean:  ## Remove what was installed and built
	rm -rf $(VENV) .mypy_cache .ruff_cache .import_linter_cache .hypothesis build *.egg-info

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "Python 3.11 or newer is needed: make PYTHON=python3.12 …"; exit 1; }
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: requirements.txt $(VENV)/bin/python
	@echo "Installing into $(VENV) …"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	@touch $@

$(VENV)/.installed-dev: requirements-dev.txt $(VENV)/bin/python
	@echo "Installing into $(VENV) …"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@touch $@ $(VENV)/.installed
