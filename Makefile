# Two commands set everything up by themselves on a machine with Python 3.11 or newer and make: `make chat`, `make test`.
.DEFAULT_GOAL := help
SHELL := /bin/bash

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
BASE ?= Qwen/Qwen2-0.5B
# Where torch comes from; on Linux the CPU build is much smaller than the default one with CUDA.
TORCH_INDEX ?=
PIP := $(BIN)/python -m pip --disable-pip-version-check -q
RUN ?= demo-$(shell date +%Y%m%d-%H%M%S)

help:  ## This page
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1|/' | awk -F'|' '{printf "  make %-10s %s\n", $$1, $$2}'
	@echo
	@echo "  BASE=models/codeact-mini make train   offline, from the bundled model"
	@echo "  TORCH_INDEX=https://download.pytorch.org/whl/cpu make setup   a torch without CUDA"

setup: $(VENV)/.ready  ## Create .venv with everything that runs here

$(VENV)/.ready: pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Python 3.11 or newer is needed, and $(PYTHON) is older: make PYTHON=python3.12 …"; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || \
	  { echo "Python cannot make virtual environments here: on Debian and Ubuntu, apt install python3-venv"; exit 1; }
	@echo "Setting up $(VENV): this takes some minutes once."
	@$(PYTHON) -m venv $(VENV)
	@$(PIP) install -c constraints.txt $(if $(TORCH_INDEX),--extra-index-url $(TORCH_INDEX)) torch
	@$(PIP) install -c constraints.txt -e '.[all,dev]'
	@touch $@

chat: setup  ## Talk to the bot in the terminal, offline, on the bundled model
	@$(BIN)/codeact chat

test: setup  ## Run all tests
	@$(BIN)/python -m pytest -m 'not soak'

check: setup  ## Format, lint, types, import contracts
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

fix: setup  ## Format and mend what can be mended
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

train: setup  ## Data set, fine-tuning, evaluation (BASE=…)
	@$(BIN)/codeact dataset
	@$(BIN)/codeact finetune --data data/codeact_train.jsonl --no-seed-rows --base $(BASE) --out $(RUN)
	@$(BIN)/codeact evaluate --model models/runs/$(RUN) --suite demo

serve: setup  ## Answer on Discord and Slack, wherever tokens are set
	@$(BIN)/codeact serve

soak: setup  ## The tests that take long
	@$(BIN)/python -m pytest -m soak

clean:  ## Remove the virtual environment and caches; data and models stay
	@rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .import_linter_cache codeact_bot.egg-info

.PHONY: help setup chat test check fix train serve soak clean
