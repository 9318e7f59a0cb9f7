# Everything happens in .venv, into which each target first puts what it needs. A second run installs nothing.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/ready
# A message of Material for MkDocs on every build, about its own future
export NO_MKDOCS_2_WARNING := 1
# Python keeps what it compiles when a package is first used: all of it at once would take longer than the rest of the set-up
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help serve site pdf zip lighthouse bench test test-slow test-all test-torch robust mutants lock

help: ## these lines
	@sed -n 's/^\([a-z][a-z-]*\):.*## \(.*\)/\1\t\2/p' Makefile | expand -t 12

serve: $(READY)-site ## the site at http://127.0.0.1:8000/course/, at once; its figures follow
	$(BIN)/mkdocs serve

site: $(READY)-site ## the site, strictly, into site/
	@# In a folder of its own first: MkDocs empties its target before it finds a mistake
	$(BIN)/mkdocs build --strict --site-dir .cache/site
	@rm -rf site && mv .cache/site site

pdf: site $(READY)-pdf ## the site as one PDF, course.pdf, and the slides of its lectures as PDFs in site/
	$(BIN)/dlfigs pdf site --to course.pdf
	$(BIN)/dlfigs slides site

zip: site ## the site as files that open from disk, course.zip
	$(BIN)/dlfigs zip site --to course.zip

lighthouse: site $(READY)-test ## Lighthouse on the site; needs Node.js and Chromium, and a quiet machine
	$(BIN)/python benchmarks/lighthouse.py site

bench: $(READY)-bench ## benchmarks, BENCH="gradients sweep" for some; all take up to an hour and a half, on a quiet machine
	$(BIN)/python benchmarks/run.py $(BENCH)

test: $(READY)-test ## all figures and tests, but what takes long and rarely tells
	$(BIN)/dlfigs build
	$(PYTEST) -m "not slow"

PYTEST = $(BIN)/python -m pytest --numprocesses auto --dist worksteal
test-slow: $(READY)-test ## what takes long and rarely tells
	$(BIN)/dlfigs build
	$(PYTEST) -m slow

test-all: test test-slow ## all tests

test-torch: $(READY)-test $(READY)-torch ## the blocks and tests with PyTorch, for which it is installed
	$(BIN)/python -m pytest -m torch

SEEDS ?= 1 2 3
robust: $(READY)-test ## claims with other root seeds, SEEDS=2 for one, and verdicts at other settings, FEW=7 for a few of these
	@mkdir -p .cache/seeds .cache/dlfigs/compiled && ln -sfn ../dlfigs/compiled .cache/seeds/compiled
	@for seed in $(SEEDS); do echo "every claim with --seed $$seed"; \
	  $(BIN)/dlfigs check --seed $$seed --cache .cache/seeds >.cache/seeds.txt 2>&1 || { cat .cache/seeds.txt; exit 1; }; \
	  tail -n 1 .cache/seeds.txt; done
	@# All of them are kept in figures/robustness.csv; a few, drawn with the seed FEW, are compared with it
	$(BIN)/dlfigs check --vary $(if $(FEW),--few $(FEW))

mutants: $(READY)-test ## what tests do not notice, MODULE="dlfigs/theory/selu.py" for one; hours for all, less with MODULE="--share 0.2"
	$(BIN)/python tests/mutants.py $(MODULE)

# requirements.txt has what any target but bench and test-torch may need, the other file that and what these need: in the same versions
COMPILE = $(AS_PIP); $(BIN)/uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes \
  --no-header --no-emit-index-url --no-annotate $(UPGRADE) --quiet --extra test --extra dev
lock: UPGRADE = --upgrade
lock: $(BIN)/uv ## newer versions of all packages into requirements.txt
	@$(COMPILE) --output-file requirements.txt
	@$(COMPILE) --extra bench --constraint requirements.txt --output-file benchmarks/requirements.txt

# uv is told the index and the certificates that pip is set up with
AS_PIP = eval "$$($(BIN)/python -m pip config list | sort -r | \
  sed -n -e 's/^[^.]*\.index-url=/export UV_DEFAULT_INDEX=/p' -e 's/^[^.]*\.cert=/export SSL_CERT_FILE=/p')"
export UV_SYSTEM_CERTS ?= 1
ELSE = { echo "If that cannot be mended: README.md, \"Without make\", does the same with pip alone"; exit 1; }

# .venv/ready-EXTRA: what that extra of pyproject.toml needs is installed, and the project itself
LOCK = requirements.txt
$(READY)-bench $(READY)-torch: LOCK = benchmarks/requirements.txt
$(READY)-bench $(READY)-torch: benchmarks/requirements.txt
$(READY)-site: SIZE = 250 MB
$(READY)-pdf: SIZE = 50 MB
$(READY)-test: SIZE = 400 MB, less what is there
$(READY)-bench: SIZE = 3 GB, less what is there
$(READY)-torch: SIZE = 3 GB on Linux, where PyPI has PyTorch only with NVIDIA's libraries

$(READY)-site $(READY)-pdf $(READY)-test $(READY)-torch $(READY)-bench: $(READY)-%: requirements.txt pyproject.toml | $(BIN)/uv
	@echo "Getting packages for \"$*\" into $(VENV) ($(SIZE), once) ..."
	@$(AS_PIP); $(BIN)/uv pip install --quiet --python $(BIN)/python \
	  --require-hashes --requirements pyproject.toml --extra $* --extra dev --constraints $(LOCK) || $(ELSE)
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --offline --editable .
	@touch $@

# The first step: pip installs uv, of the version and with the hashes that requirements.txt has
$(BIN)/uv:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=python3.11 ...")'
	@echo "Making a virtual environment in $(VENV) ..."
	@test -x $(BIN)/pip || $(PYTHON) -m venv --clear $(VENV) || { echo "no virtual environments here: on Debian, apt install python3-venv"; exit 1; }
	@sed -n '/^uv==/,/[^\\]$$/p' requirements.txt | \
	  $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement /dev/stdin || $(ELSE)
