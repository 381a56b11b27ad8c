# `make help` lists the targets.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

VENV    := .venv
BIN     := $(VENV)/bin
PYTHON  ?= $(shell command -v python3.11 || command -v python3)
BASE    ?= main
BENCHMARK ?= SPY
export PATH := $(CURDIR)/$(BIN):$(PATH)
# DVC's anonymous usage report needs a network; the project has none to give.
export DVC_NO_ANALYTICS := 1
# Trust what the machine trusts, as pip does: behind a proxy that is more than uv brings along.
export UV_SYSTEM_CERTS := 1

.PHONY: help
help: ## list the targets
	@grep -hE '^[a-z-]+:.*?## ' $(MAKEFILE_LIST) | sort | awk -F ':.*?## ' '{printf "  %-12s %s\n", $$1, $$2}'

# uv itself is installed from the same hashed lock, then installs the rest.
$(VENV)/.installed: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11) and f"Python 3.11 is needed, $(PYTHON) is {sys.version.split()[0]}: make PYTHON=/path/to/python3.11")'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	awk '/^[^ #]/ {keep = /^uv==/} keep && !/^ *#/' requirements.lock > $(VENV)/uv.lock
	$(BIN)/python -m pip install --quiet --no-deps --require-hashes -r $(VENV)/uv.lock
	$(BIN)/uv pip sync --quiet --python $(BIN)/python --require-hashes requirements.lock
	$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	touch $@

.PHONY: env
env: $(VENV)/.installed ## create the environment from requirements.lock

.PHONY: lock
lock: env ## resolve requirements.lock anew
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header \
	    --no-emit-index-url --no-emit-find-links --no-annotate --group dev pyproject.toml -o requirements.lock

.PHONY: run
run: env ## bring the DAG up to date and print the forecast
	mlrisk run

.PHONY: serve
serve: env ## the API on 127.0.0.1:8000
	mlrisk serve

.PHONY: dashboard
dashboard: env ## the dashboard on 127.0.0.1:8501
	mlrisk dashboard

.PHONY: screenshots
screenshots: env ## docs/images: pictures of every page of the dashboard, by Chromium
	mlrisk screenshots

.PHONY: all
all: env ## the DAG, then the API and the dashboard, until Ctrl-C
	mlrisk all

.PHONY: image
image: ## the container image ml-risk:local
	docker build --build-arg GIT_COMMIT="$$(git rev-parse HEAD)" --tag ml-risk:local .

.PHONY: test
test: lint ## lint, then every test
	pytest -n 2 -q

.PHONY: lint
lint: env ## format, lint, types, arrows between packages, the workflow, the containers
	ruff format --check .
	ruff check .
	mypy
	lint-imports --cache-dir .import_linter_cache
	check-jsonschema --builtin-schema vendor.github-workflows .github/workflows/ci.yml
	check-jsonschema --builtin-schema vendor.compose-spec docker-compose.yml deploy/keys.yml
	hadolint Dockerfile

.PHONY: format
format: env ## format the code and mend what can be mended
	ruff format .
	ruff check --fix .

.PHONY: params
params: env ## compose conf/ into params.yaml
	mlrisk compose

.PHONY: sweep
sweep: env ## every combination as an experiment: make sweep S='model=lightgbm,xgboost features=core,market'
	mlrisk sweep $(foreach setting,$(S),-S '$(setting)')

.PHONY: report
report: env ## report/: what the workspace changes against BASE (main); the report of a session: make report DATE=2025-10-24
	mlrisk report $(if $(DATE),--date $(DATE),$(BASE))

.PHONY: real
real: env ## the DAG on real data: make real ROOT=folder [BENCHMARK=QQQ]
	@test -n "$(ROOT)" || { echo "Say where the data lies: make real ROOT=folder" >&2; exit 2; }
	mlrisk real --root "$(ROOT)" --benchmark "$(BENCHMARK)"

.PHONY: benchmarks
SECTORS := XLB,XLE,XLF,XLI,XLK,XLP,XLU,XLV,XLY
benchmarks: env ## the DAG on real data for the nine sector funds: make benchmarks ROOT=folder
	@test -n "$(ROOT)" || { echo "Say where the data lies: make benchmarks ROOT=folder" >&2; exit 2; }
	mlrisk benchmarks --root "$(ROOT)" --symbols $(SECTORS)

.PHONY: daily
daily: env ## the last complete session as a commit: make daily [AS_OF=2026-05-01]
	mlrisk daily $(if $(AS_OF),--as-of $(AS_OF))

.PHONY: prove
prove: env ## daily runs, one run and killed runs end in the same bytes: make prove ROOT=folder
	@test -n "$(ROOT)" || { echo "Say where the data lies: make prove ROOT=folder" >&2; exit 2; }
	mlrisk prove --root "$(ROOT)"

.PHONY: bench
bench: env ## time the DAG against the project's bounds
	mlrisk bench

.PHONY: load
load: env ## 100 requests a second for a minute, a new model in the middle
	mlrisk load
