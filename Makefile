PYTHON ?= python3
VENV = .venv
BIN = $(VENV)/bin
PIP = $(BIN)/python -m pip install --disable-pip-version-check -q -c constraints.txt

.PHONY: serve test check bench screenshots clean

serve: $(VENV)/serve.stamp
	$(BIN)/qa build --if-stale
	exec $(BIN)/qa serve

test: $(VENV)/test.stamp
	$(BIN)/python -m pytest --ignore=tests/benchmarks

check: $(VENV)/test.stamp
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

bench: $(VENV)/test.stamp
	$(BIN)/python -m pytest tests/benchmarks -s

screenshots: $(VENV)/test.stamp
	$(BIN)/python -m tests.screenshots

$(VENV)/serve.stamp: pyproject.toml constraints.txt
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(PIP) -e .
	touch $@

$(VENV)/test.stamp: pyproject.toml constraints.txt
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(PIP) -e '.[test]'
	touch $@ $(VENV)/serve.stamp

clean:
	rm -rf $(VENV) index/gen-* index/CURRENT index/build.lock
