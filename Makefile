# Everything happens in .venv, which each target makes first. A second run installs nothing.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
BENCH_VENV := .venv-bench
READY := $(VENV)/ready
# What requirements.txt pins; the extra markdown is part of site
EXTRAS := site pdf zensical test dev
# A message of Material for MkDocs on every build, about its own future
export NO_MKDOCS_2_WARNING := 1

.PHONY: serve site pdf lighthouse bench test mutants lock

serve: $(READY)
	$(BIN)/mkdocs serve

site: $(READY)
	@# In a folder of its own first: MkDocs empties its target before it finds a mistake
	$(BIN)/mkdocs build --strict --site-dir .cache/site
	@rm -rf site && mv .cache/site site

pdf: site
	$(BIN)/dlfigs pdf site --to course.pdf

lighthouse: site # needs Node.js and Chromium, and a quiet machine
	$(BIN)/python benchmarks/lighthouse.py site

bench: $(BENCH_VENV)/ready # BENCH="gradients sweep" for some; fifty minutes for all, on a quiet machine
	$(BENCH_VENV)/bin/python benchmarks/run.py $(BENCH)

test: $(READY)
	$(BIN)/dlfigs build
	$(BIN)/python -m pytest --numprocesses auto --dist worksteal

mutants: $(READY) # MODULE="dlfigs/theory/selu.py" for one; hours for all, less with MODULE="--share 0.2"
	$(BIN)/python tests/mutants.py $(MODULE)

COMPILE = $(BIN)/uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes \
  --no-header --no-emit-index-url --no-annotate $(UPGRADE) --quiet
lock: UPGRADE = --upgrade
lock: $(READY)
	$(COMPILE) $(addprefix --extra ,$(EXTRAS)) --output-file requirements.txt
	$(COMPILE) $(addprefix --extra ,$(EXTRAS) bench) --constraint requirements.txt \
	  --output-file benchmarks/requirements.txt

$(READY): requirements.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=python3.11 ...")'
	@test -x $(BIN)/pip || $(PYTHON) -m venv --clear $(VENV) || { echo "no virtual environments here: on Debian, apt install python3-venv"; exit 1; }
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $(READY)

$(BENCH_VENV)/ready: benchmarks/requirements.txt
	$(PYTHON) -m venv --clear $(BENCH_VENV)
	$(BENCH_VENV)/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes --requirement benchmarks/requirements.txt
	$(BENCH_VENV)/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $(BENCH_VENV)/ready
