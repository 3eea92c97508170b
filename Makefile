# `make run` and `make test` work on a fresh machine with nothing configured.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet --quiet
REQUIREMENTS := requirements-server.txt requirements-client.txt
SIZE_MB ?= 300
STORAGE ?= local
PYTEST := $(BIN)/python -m pytest --numprocesses 2 --dist loadfile

.PHONY: run test test-all image-test lint format openapi texts icon demo demo-trust desktop-bundle screenshots bench clean help demo-link offline-page screenshots-page

help:  ## what there is
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1\t/' | expand -t 20

run: $(VENV)/installed  ## install, start a server on 127.0.0.1:5000 with its data in ./data, and open the window where there is a screen
	@exec sh client/gui/bundle/run.sh $(BIN)

test: $(VENV)/installed-for-tests  ## the tests, without the slow ones
	$(PYTEST) -m "not slow"

test-all: $(VENV)/installed-for-tests  ## every test
	$(PYTEST)

image-test: $(VENV)/installed-for-tests  ## docker/: the image built, run and asked, and compose.scale.yml brought up, without an engine; some minutes, as root on Debian
	SEALCASE_IMAGES=1 $(BIN)/python -m pytest tests/images

lint: $(VENV)/installed-for-tests  ## ruff, mypy --strict, import-linter; the OpenAPI document and the SHA-256 of the page for one's own disk against the code
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy --strict
	$(BIN)/lint-imports
	$(BIN)/sealcase-server admin openapi | diff -u docs/openapi.json -
	$(BIN)/python -m tests.web.offline_page | diff -u docs/offline-page.sha256 -  # make offline-page writes it anew

format: $(VENV)/installed-for-tests  ## let ruff lay out the code
	$(BIN)/ruff check --fix --quiet
	$(BIN)/ruff format

openapi: $(VENV)/installed-for-tests  ## write docs/openapi.json anew
	$(BIN)/sealcase-server admin openapi > docs/openapi.json

texts: $(VENV)/installed-for-tests  ## gather the window's texts into its translations, and compile those
	@$(BIN)/python -m tests.support.texts

icon: $(VENV)/installed-for-tests  ## draw the window's icon in all its sizes
	@$(BIN)/python -m tests.support.icon

demo: $(VENV)/installed-for-tests $(if $(filter ipfs,$(STORAGE)),$(VENV)/ipfs/installed)  ## two people send and receive, then all that the server keeps is searched; SIZE_MB=300 STORAGE=local|s3|ipfs
	@SIZE_MB=$(SIZE_MB) STORAGE=$(STORAGE) $(BIN)/python -m tests.demo

demo-trust: $(VENV)/installed-for-tests  ## two people verify each other; keys change, are blocked, rotated, lost and restored
	@$(BIN)/python -m tests.demo.trust

demo-link: $(VENV)/installed-for-tests  ## a link made and opened by a browser, a file left by one in a drop box; WAIT=1 leaves time to click
	@$(BIN)/python -m tests.demo.link

offline-page: $(VENV)/installed-for-tests  ## the page that opens sealed files, as one file for one's own disk, in dist/; writes its SHA-256 to docs/offline-page.sha256
	@$(BIN)/python -m tests.web.offline_page dist

desktop-bundle: $(VENV)/installed-for-bundle  ## the window as a folder that needs no Python, in dist/; built and tried out
	@$(BIN)/python -m tests.gui.bundle dist

screenshots: $(VENV)/installed-for-tests  ## pictures of every tab and dialog, to docs/screenshots
	@$(BIN)/python -m tests.gui.screenshots

screenshots-page: $(VENV)/installed-for-tests  ## pictures of the browser's pages, to docs/screenshots
	@$(BIN)/python -m tests.browser.screenshots

bench: $(VENV)/installed-for-benchmarks  ## Sealcase and its peers side by side, half an hour; writes benchmarks/results/
	@$(BIN)/python -m benchmarks

clean:  ## remove what make made; never ./data
	rm -rf $(VENV) build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis benchmarks/.peers benchmarks/results/quick

$(VENV)/bin/python:
	@command -v $(PYTHON) >/dev/null || { echo "Sealcase needs Python 3.11 or newer; on Debian and Ubuntu: sudo apt install python3 python3-venv"; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Sealcase needs Python 3.11 or newer, and $(PYTHON) is older: make PYTHON=python3.12 run"; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || { echo "Python lacks its venv module; on Debian and Ubuntu: sudo apt install python3-venv"; exit 1; }
	@echo "Making a virtual environment in $(VENV) ..."
	@$(PYTHON) -m venv $(VENV)

$(VENV)/installed: $(VENV)/bin/python $(REQUIREMENTS) pyproject.toml
	@echo "Installing what Sealcase needs into $(VENV) ..."
	@$(PIP) install -r requirements-server.txt -r requirements-client.txt
	@$(PIP) install --no-deps -e .
	@touch $@

$(VENV)/installed-for-tests: $(VENV)/installed
	@echo "Installing what its tests need ..."
	@$(PIP) install -e ".[test]"
	@touch $@

$(VENV)/installed-for-bundle: $(VENV)/installed-for-tests
	@echo "Installing what builds the bundle ..."
	@$(PIP) install -e ".[bundle]"
	@touch $@

$(VENV)/installed-for-benchmarks: $(VENV)/installed
	@echo "Installing what the charts need ..."
	@$(PIP) install -e ".[bench]"
	@touch $@

$(VENV)/ipfs/installed: tests/services/ipfs_node/package.json  ## the IPFS node that tests and demo run; needs Node.js 20 or newer, and npm
	@command -v npm >/dev/null || { echo "The IPFS node of the tests needs Node.js 20 or newer, with npm."; exit 1; }
	@echo "Installing an IPFS node for the tests into $(VENV)/ipfs ..."
	@mkdir -p $(VENV)/ipfs
	@cp $< $(VENV)/ipfs/
	@cd $(VENV)/ipfs && npm install --omit=optional --fetch-retries=0 --no-audit --no-fund --no-package-lock --loglevel=error >/dev/null
	@touch $@
