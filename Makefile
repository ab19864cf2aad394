# Careline. `make help` lists what there is. Everything is installed below this folder.

PYTHON ?= python3
UV_VERSION := 0.13.9
UV := .tools/uv/bin/uv
ROOT := .venv/bin/python
RASA := assistant/.venv/bin/python
STAMPS := .tools/stamps
export PYTHONPATH := $(CURDIR)
export RASA_TELEMETRY_ENABLED := false

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

help: ## List the commands
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

run: setup train build ## Start the product; the first time, print the owner's sign-in
	@$(ROOT) -m care prepare
	@$(ROOT) scripts/addresses.py
	@$(ROOT) -m honcho -e var/run.env start

setup: $(STAMPS)/root $(STAMPS)/assistant $(STAMPS)/encoder $(STAMPS)/browser ## Install everything that is not installed yet

train: setup ## Train the assistant, if anything that it depends on changed
	@$(RASA) -m assistant.train

build: $(STAMPS)/widget $(STAMPS)/desk ## Build the browser parts, if they changed

test: setup build ## Run every test (installs PostgreSQL, Redis and Chromium where missing)
	@$(ROOT) scripts/test.py

check: setup ## Lint, types, and what Rasa and the linter say of the training data
	@$(ROOT) scripts/check.py

bench: setup build train ## Measure, side by side with what it is compared to
	@$(ROOT) scripts/bench.py $(ONLY)

env: ## Write the secrets for docker-compose.yml into .env
	@$(PYTHON) scripts/write_env.py

channels: setup ## Check the Slack and Telegram set-up and say what is missing
	@$(ROOT) -m care channels

clean: ## Remove what was built and trained; keeps var/ with the care record
	rm -rf .venv assistant/.venv .tools models var/build widget/node_modules desk/node_modules

# --- how things get installed -------------------------------------------------------------------

$(UV):
	@echo "Installing uv $(UV_VERSION) into .tools ..."
	@command -v $(PYTHON) >/dev/null || { echo "Python 3 is missing: install it (Debian: apt-get install python3 python3-venv)."; exit 1; }
	@$(PYTHON) -m venv .tools/uv || { echo "Python's venv is missing (Debian: apt-get install python3-venv)."; exit 1; }
	@.tools/uv/bin/pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)

$(STAMPS)/root: uv.lock pyproject.toml .python-version | $(UV)
	@echo "Installing the care server's packages ..."
	@$(UV) sync --frozen --compile-bytecode --quiet
	@mkdir -p $(STAMPS) && touch $@

$(STAMPS)/assistant: assistant/uv.lock assistant/pyproject.toml assistant/.python-version | $(UV)
	@echo "Installing the assistant's packages (Rasa; about 1.5 GB, some minutes the first time) ..."
	@$(UV) sync --directory assistant --frozen --compile-bytecode
	@mkdir -p $(STAMPS) && touch $@

$(STAMPS)/encoder: assistant/weights.py $(STAMPS)/assistant
	@echo "Preparing the sentence encoder ..."
	@$(RASA) -m assistant.weights
	@touch $@

# Node builds the browser parts: the system's where it is new enough, else the one from PyPI.
$(STAMPS)/browser: widget/package-lock.json desk/package-lock.json scripts/node.py | $(STAMPS)/root
	@echo "Installing the browser parts' tools ..."
	@$(ROOT) scripts/node.py --install
	@touch $@

$(STAMPS)/widget: $(STAMPS)/browser $(shell find widget -type f -not -path '*/node_modules/*' 2>/dev/null)
	@echo "Building the widget ..."
	@$(ROOT) scripts/node.py widget run build
	@touch $@

$(STAMPS)/desk: $(STAMPS)/browser $(shell find desk -type f -not -path '*/node_modules/*' 2>/dev/null)
	@echo "Building the desk ..."
	@$(ROOT) scripts/node.py desk run build
	@touch $@

.PHONY: env help run setup train build test check bench channels clean
