# `make demo` and `make test` set up everything they need in .venv.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

.PHONY: demo test test-fast test-all lint docs bench sample clean

demo: $(STAMP)
	$(BIN)/likely run dimuon-z --out runs/demo
	@echo "The report is at runs/demo/report.html"

test: $(STAMP) lint
	$(BIN)/python -m pytest -n 2 -m "not slow"

test-fast: $(STAMP)
	$(BIN)/python -m pytest -n 2 -m "not slow" -x -q --ignore=tests/test_docs.py --ignore=tests/test_cli.py --ignore=tests/test_studies.py

test-all: $(STAMP) lint
	$(BIN)/python -m pytest -n 2

lint: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/pyright --pythonpath $(BIN)/python

docs: $(STAMP)
	$(BIN)/mkdocs build --strict

bench: $(STAMP)
	bash benchmarks/run.sh

sample:
	$(PYTHON) -m venv .venv-sample
	.venv-sample/bin/pip install -q "pythia8mc==8.317.2" "uproot>=5.7" awkward numpy fastjet vector scikit-learn
	.venv-sample/bin/python tools/make_dimuon.py
	.venv-sample/bin/python tools/make_higgs_categories.py
	.venv-sample/bin/python tools/make_digits.py

$(STAMP): pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade pip
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e ".[dev]"
	@touch $(STAMP)

clean:
	rm -rf $(VENV) .venv-* site runs
