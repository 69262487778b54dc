# Two commands matter: `make run` (the program) and `make test` (proof). Both start from Python 3.11 and make alone.

# The first Python that is new enough; `make run PYTHON=...` chooses another.
PYTHON := $(shell for p in python3.11 python3.12 python3.13 python3.14 python3 python; do \
	"$$p" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo "$$p" && break; done)
IN := .venv/bin/python
# Where code of ours lies.
CODE := abmops accounts signals plays scoreboard governance tests bench tools manage.py

.DEFAULT_GOAL := help
.PHONY: help run test check lint bench lock openapi clean python

help:
	@echo "make run     start the program on PORT (8000), data in ABMOPS_DATA_DIR (.abmops)"
	@echo "make test    the whole suite, real browser included"
	@echo "make check   what CI runs: lint, types, imports, drift, deploy check, then the suite"
	@echo "make bench   the benchmarks, one JSON line a figure"
	@echo "make lock    write the locks anew from pyproject.toml and package.json"
	@echo "make openapi write openapi.yaml anew from the code"

python:
	@test -n "$(PYTHON)" || { echo "abmops: Python 3.11 or newer is needed." >&2; exit 1; }

run: python
	@$(PYTHON) tools/bootstrap.py
	@exec $(IN) -m abmops.embedded

test: python
	@$(PYTHON) tools/bootstrap.py --dev --browser
	@exec $(IN) -m pytest -n auto $(ARGS)

lint: python
	@$(PYTHON) tools/bootstrap.py --dev
	@exec $(IN) tools/lint.py

check: lint test

bench: python
	@$(PYTHON) tools/bootstrap.py --dev
	@exec $(IN) -m bench $(ARGS)

openapi: python
	@$(PYTHON) tools/bootstrap.py --dev
	$(IN) manage.py spectacular --validate --fail-on-warn --file openapi.yaml

lock: python
	@$(PYTHON) tools/bootstrap.py --dev
	@exec $(IN) tools/lock.py $(ARGS)

clean:
	rm -rf .venv node_modules .mypy_cache .ruff_cache .pytest_cache
