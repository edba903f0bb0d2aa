# Two commands a new user needs: `make demo` and `make test`. Everything is installed into .venv on the first run.
#   make demo ARGS="--surge-rate 300"     options of `fastscale demo`
#   make test ARGS=tests/decide           some of the tests; WORKERS=4 uses more cores
#   make bench NAME=surge                 one benchmark; the last line it prints is JSON
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
ARGS ?=
NAME ?=
WORKERS ?= 2

.PHONY: demo test lint typecheck format bench diagrams clean

demo: $(VENV)/.installed-demo
	@$(BIN)/fastscale demo $(ARGS)

test: $(VENV)/.installed-dev lint typecheck
	@$(BIN)/pytest --numprocesses=$(WORKERS) --dist=loadfile $(ARGS)

lint: $(VENV)/.installed-dev
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check

typecheck: $(VENV)/.installed-dev
	@$(BIN)/mypy

format: $(VENV)/.installed-dev
	@$(BIN)/ruff check --fix
	@$(BIN)/ruff format

bench: $(VENV)/.installed-bench
	@grep -qs __main__ "benchmarks/$(NAME).py" || { echo "usage: make bench NAME=$$(cd benchmarks && grep -l __main__ *.py | sed 's/\.py$$//' | paste -sd'|' -)"; exit 2; }
	@$(BIN)/python -m benchmarks.$(NAME) $(ARGS)

$(VENV)/.installed-%: pyproject.toml constraints.txt tools/install.py
	@$(PYTHON) tools/install.py --venv $(VENV) --extra $*

diagrams: docs/diagrams/architecture.svg docs/diagrams/scaling-flow.svg

docs/diagrams/%.svg: docs/diagrams/%.dot
	dot -Tsvg $< -o $@

clean:
	rm -rf $(VENV) build dist cdk.out out .fastscale .mypy_cache .pytest_cache .ruff_cache
