# make demo   the main job on bundled data, in its own .venv      make test        lint, types, layers, tests
# make test-faults the fault tests in full: every kill            make test-full   everything, however long it takes
# make benchmarks  the figures of benchmarks/README.md            make docs        the site, into build/site
# make release-check sdist, wheel, clean install, demo            make minimum-versions the tests on the oldest dependencies

PYTHON ?= python3
BIN := .venv/bin
DEMO := runs/demo
EXAMPLE := NC 4 5 sigmoid;RC 64 3 relu;NC 4 5 sigmoid;RC 64 3 relu;FL gelu

INSTALLED := .venv/installed
RELEASE := build/release
MINIMUM := build/minimum

.PHONY: demo test test-faults test-full lint benchmarks docs release-check minimum-versions clean

.venv/installed: setup.cfg pyproject.toml
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .
	@touch $@

.venv/installed-dev: .venv/installed
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable ".[dev]"
	@touch $@

$(DEMO)/genomes.txt: | $(INSTALLED)
	@mkdir -p $(DEMO)
	$(BIN)/kerasnas sample 7 --max-macs 1000000 --seed 1 > $@.part
	@mv $@.part $@

$(DEMO)/results.csv: $(DEMO)/genomes.txt
	$(BIN)/kerasnas evaluate $(DEMO)/genomes.txt "$(EXAMPLE)" --dataset digits --epochs 8 --batch-size 32 --out $@

$(DEMO)/results.png: $(DEMO)/results.csv
	$(BIN)/kerasnas plot $(DEMO)/results.csv --out $@

$(DEMO)/best/model.keras: $(DEMO)/results.csv
	$(BIN)/kerasnas hillclimb $(DEMO)/results.csv --retrain --epochs 20 --batch-size 32 --out $(DEMO)/best

demo: $(DEMO)/results.png $(DEMO)/best/model.keras
	@echo
	@echo "The demo is done:"
	@echo "  $(DEMO)/results.csv       eight genomes, trained on scikit-learn's digits"
	@echo "  $(DEMO)/results.png       parameters against testing accuracy, the hill climb's choice marked"
	@echo "  $(DEMO)/best/             the chosen genome, trained in full: model.keras, curves.png, result.json"
	@echo "Next, on real images:"
	@echo "  $(BIN)/kerasnas hillclimb results/fashion_mnist_120.csv"
	@echo "  $(BIN)/kerasnas train-genome \"$(EXAMPLE)\" --dataset fashion_mnist --epochs 20"
	@echo "  $(BIN)/kerasnas --help"

lint: .venv/installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

test: lint
	$(BIN)/python -m pytest -n 2 --dist loadfile -m "not slow"
	KERAS_BACKEND=jax $(BIN)/python -m pytest -n 2 --dist loadfile -m "backend and not slow"

test-faults: .venv/installed-dev
	$(BIN)/python -m pytest tests/evaluation

test-full: lint
	$(BIN)/python -m pytest
	KERAS_BACKEND=jax $(BIN)/python -m pytest -m backend

benchmarks: .venv/installed
	$(BIN)/python benchmarks/genome_speed.py
	$(BIN)/python benchmarks/train_speed.py
	$(BIN)/python benchmarks/batch_throughput.py
	$(BIN)/python benchmarks/training_variants.py

.venv/installed-docs: .venv/installed
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable ".[docs]"
	@touch $@

docs: .venv/installed-docs
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict

release-check: .venv/installed-dev
	rm -rf $(RELEASE)
	$(BIN)/python -m build --outdir $(RELEASE)/dist .
	$(PYTHON) -m venv $(RELEASE)/env
	$(RELEASE)/env/bin/python -m pip install --quiet --disable-pip-version-check "$$(echo $(RELEASE)/dist/*.whl)[report]"
	$(MAKE) demo BIN=$(RELEASE)/env/bin DEMO=$(RELEASE)/demo INSTALLED=
	cd $(RELEASE)/demo && ../env/bin/kerasnas report results.csv --out report.html
	@echo "Ready: $(RELEASE)/dist. Then: CHANGELOG, kerasnas/_version.py, a tag, and the upload."

minimum-versions: .venv/installed-dev
	rm -rf $(MINIMUM)
	$(PYTHON) -m venv $(MINIMUM)
	$(BIN)/python tools/minimum_versions.py > $(MINIMUM)/constraints.txt
	$(MINIMUM)/bin/python -m pip install --quiet --disable-pip-version-check --constraint $(MINIMUM)/constraints.txt \
		--editable ".[report,jax]" hypothesis pytest selenium
	$(MINIMUM)/bin/python -m pytest -m "not slow" tests/genome tests/model tests/results tests/training tests/search tests/report

clean:
	rm -rf .venv runs build
