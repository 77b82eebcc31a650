# make demo   the main job on bundled data, in its own .venv      make test        lint, types, layers, tests
# make test-faults the fault tests in full: every kill            make test-full   everything, however long it takes
# make benchmarks  the figures of benchmarks/README.md

PYTHON ?= python3
BIN := .venv/bin
DEMO := runs/demo
EXAMPLE := NC 4 5 sigmoid;RC 64 3 relu;NC 4 5 sigmoid;RC 64 3 relu;FL gelu

.PHONY: demo test test-faults test-full lint benchmarks clean

.venv/installed: setup.cfg pyproject.toml
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .
	@touch $@

.venv/installed-dev: .venv/installed
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable ".[dev]"
	@touch $@

$(DEMO)/genomes.txt: | .venv/installed
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

clean:
	rm -rf .venv runs
