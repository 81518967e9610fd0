# Everything a person types. `make gate` and `make test` need Python 3.11 or newer, make, and nothing else.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
PORT ?= 8080

# Telemetry of every dependency is off, here and in the code.
export DO_NOT_TRACK := true
export LITELLM_LOCAL_MODEL_COST_MAP := True
export MLFLOW_DISABLE_TELEMETRY := true
export RAGAS_DO_NOT_TRACK := true

.DEFAULT_GOAL := help
.PHONY: help install gate gate-leaky gate-enterprise5 gate-scifact selftest serve test check docs format lock ui clean

help: ## Show what can be made
	@grep -E '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "make %-18s %s\n", $$1, $$2}'

install: $(INSTALLED) ## Make .venv from the hash-locked lock file

$(INSTALLED): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "error: $(PYTHON) is older than 3.11; next: make install PYTHON=/path/to/python3.11"; exit 4; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps --compile -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

gate: install ## Judge the reference system: exit code 0 where it may be promoted
	$(BIN)/harness gate suites/release.yaml

gate-leaky: install ## Judge the same system with one isolation fault: exit code 1, with the leak shown
	$(BIN)/harness gate suites/release.yaml --target reference-leaky --tracking none

gate-enterprise5: install ## Judge the reference system on 1,066 questions that nobody here wrote
	$(BIN)/harness gate suites/enterprise5.yaml

gate-scifact: install ## Judge its retrieval on SciFact; the first run embeds 45,000 sentences, up to an hour
	$(BIN)/harness gate suites/scifact.yaml

selftest: install ## Judge systems made faulty on purpose: exit code 0 where every fault is caught by the right check
	$(BIN)/harness selftest

serve: .work/documents.jsonl ## Serve the reference system with the shipped corpus and a local issuer on PORT (8080)
	$(BIN)/python -m system_under_test serve --documents $< --local-issuer .work/issuer --port $(PORT)

.work/documents.jsonl: $(INSTALLED)
	@for tenant in aldermoor brightwater castellan dunmore; do \
		$(BIN)/python -m system_under_test ingest datasets/four-firms/1.0.0/documents/$$tenant --tenant $$tenant \
			--out .work/documents/$$tenant.jsonl --quiet || exit; done
	@cat .work/documents/*.jsonl > $@

test: install ## Run the tests, the long ones left out
	$(BIN)/pytest -m "not slow" -n 2

check: install ## What CI runs: format, lint, types, imports, docstrings, all tests, docs
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/interrogate --quiet harness system_under_test
	$(BIN)/pytest -n 2

docs: install ## Rewrite the outputs on the pages from real runs
	$(BIN)/python tests/docs/blocks.py

format: install ## Format the code
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

lock: install ## Resolve the dependencies again and write requirements.lock
	$(BIN)/uv pip compile pyproject.toml --extra dev --universal --python-version 3.11 --generate-hashes \
		--no-emit-index-url --no-header --no-annotate --quiet --output-file requirements.lock

ui: install ## Open the local MLflow in a browser at http://127.0.0.1:5000
	$(BIN)/mlflow server --backend-store-uri sqlite:///mlflow.db --host 127.0.0.1 --port 5000

clean: ## Remove what was built; runs under reports/ are kept
	rm -rf $(VENV) .cache .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache build dist *.egg-info
