"""Genomes built, compiled and fitted by KerasTuner."""

import keras
import keras_tuner
import numpy as np
import pytest

from kerasnas.data import load
from kerasnas.errors import SearchError, SettingsError
from kerasnas.genome import ChainSpace, TableSpace, parse
from kerasnas.model.cost import cost
from kerasnas.oracles import GenomeHyperModel, GenomeOracle, Hyperband, hypermodel
from kerasnas.search import Limits
from kerasnas.search.hill_climb import HillClimb
from kerasnas.search.random_search import RandomSearch
from kerasnas.training.fit import cosine_decay
from kerasnas.training.settings import TrainingSettings
from tests.marks import slow_on_jax
from tests.search.landscapes import SEQUENCES

SPACE = ChainSpace((8, 8, 1), 10, shape="NC-FL", filters=(2, 4, 8), kernels=(1, 3), activations=("relu", "tanh"))
SETTINGS = TrainingSettings(epochs=2, batch_size=32)


@pytest.fixture(scope="module")
def images():
    """A few digits of 8 x 8 pixels, as `keras.Model.fit` takes them."""
    digits = load("digits")
    scaled = digits.train_images[:, 2:26:3, 2:26:3].astype("float32") / 255
    return {
        "x": scaled[:160],
        "y": digits.train_labels[:160],
        "validation_data": (scaled[160:260], digits.train_labels[160:260]),
    }


def tuner(made, folder, **settings):
    limits = settings.pop("limits", None)
    model = GenomeHyperModel(SPACE, settings=SETTINGS, limits=limits)
    return keras_tuner.Tuner(made, model, directory=folder, project_name="project", **settings)


@pytest.mark.backend
@slow_on_jax
def test_a_search_trains_and_gives_back_its_best_model(tmp_path, images):
    made = GenomeOracle(HillClimb(SPACE), max_trials=2)
    search = tuner(made, tmp_path)
    search.search(verbose=0, **images)
    best = made.get_best_trials()[0]
    genome = parse(best.hyperparameters.get("genome"))
    model = search.get_best_models()[0]
    assert model.count_params() == cost(genome, (8, 8, 1), 10).parameters
    _, found = model.evaluate(*images["validation_data"], verbose=0)
    assert found == pytest.approx(best.score, abs=1e-5)
    result = made.history[0]
    assert (result.status, result.parameters) == ("ok", cost(parse(result.genome), (8, 8, 1), 10).parameters)


@pytest.mark.backend
def test_the_learning_rate_decays_as_in_training(images):
    model_of = GenomeHyperModel(SPACE, settings=SETTINGS)
    hp = keras_tuner.HyperParameters()
    model = model_of.build(hp)
    model_of.fit(hp, model, verbose=0, **images)
    schedule = model.optimizer._learning_rate
    found = [float(schedule(step)) for step in range(10)]
    expected = np.concatenate([cosine_decay(0.01, epoch, epochs=2, steps=5) for epoch in range(2)])
    assert found == pytest.approx(expected.tolist(), abs=1e-7)
    assert int(model.optimizer.iterations) == 10
    assert float(schedule(10)) == pytest.approx(0, abs=1e-9)


def fitted(model_of, monkeypatch, hp, optimizer=None):
    """Return the model, and the arguments that its `fit` is called with; nothing is trained."""
    called = {}
    model = model_of.build(hp)
    if optimizer is not None:
        model.compile(optimizer, "sparse_categorical_crossentropy", ["accuracy"])
    monkeypatch.setattr(model, "fit", lambda *args, **kwargs: called.update(kwargs))
    model_of.fit(hp, model, np.zeros((100, 8, 8, 1)), np.zeros(100), callbacks=["of the tuner"])
    return model, called


def test_an_optimizer_of_the_tuner_stays(monkeypatch):
    model_of = GenomeHyperModel(SPACE, settings=SETTINGS)
    model, _ = fitted(model_of, monkeypatch, keras_tuner.HyperParameters(), keras.optimizers.SGD(0.125))
    assert float(model.optimizer.learning_rate) == 0.125


def test_the_settings_hold_where_the_tuner_says_nothing(monkeypatch):
    model_of = GenomeHyperModel(SPACE, settings=TrainingSettings(epochs=7, batch_size=50, patience=3))
    model, called = fitted(model_of, monkeypatch, keras_tuner.HyperParameters())
    kept, stop = called.pop("callbacks")
    assert called == {"epochs": 7, "batch_size": 50}
    assert (kept, stop.patience, stop.monitor) == ("of the tuner", 3, "val_accuracy")
    assert model.optimizer._learning_rate.decay_steps == 14


def test_epochs_of_the_strategy_go_before_all_others(tmp_path, monkeypatch):
    made = GenomeOracle(Hyperband(SPACE, max_epochs=3), max_trials=4)
    made.verbose = 0
    made._set_project_dir(tmp_path, "project")
    model_of = GenomeHyperModel(SPACE, settings=SETTINGS)
    hp = made.create_trial("tuner0").hyperparameters
    model, called = fitted(model_of, monkeypatch, hp)
    assert (called["initial_epoch"], called["epochs"]) == (0, 1)
    assert model.optimizer._learning_rate.decay_steps == 4
    assert [result.protocol.epochs for result in made.history] == [1]


class Untrained(GenomeHyperModel):
    """Builds, and does not train."""

    def fit(self, hp, model, *args, **kwargs):
        return {"val_accuracy": 1 / model.count_params()}


def test_kerastuners_own_tuners_choose_position_by_position(tmp_path):
    search = keras_tuner.RandomSearch(
        Untrained(SPACE), "val_accuracy", max_trials=3, seed=1, directory=tmp_path, project_name="project"
    )
    assert [hp.name for hp in search.oracle.get_space().space] == [f"position_{n:02d}" for n in range(4)]
    search.search(verbose=0)
    trials = search.oracle.trials.values()
    assert [t.status for t in trials] == ["COMPLETED"] * 3
    assert all(str(t.hyperparameters.get("position_01")) in "13" for t in trials)


@pytest.mark.parametrize("space", SEQUENCES.values(), ids=SEQUENCES)
def test_kerastuner_chooses_among_genomes_of_different_lengths(tmp_path, space):
    model = GenomeHyperModel(space)
    hp = keras_tuner.HyperParameters()
    assert model.genome(hp) in space
    oracle = keras_tuner.oracles.RandomSearchOracle("val_accuracy", max_trials=8, seed=2, hyperparameters=hp)
    oracle.verbose = 0
    oracle._set_project_dir(tmp_path, "project")
    genomes = [model.genome(oracle.create_trial(f"tuner{number}").hyperparameters) for number in range(8)]
    assert all(genome in space for genome in genomes)
    assert len({len(genome.genes) for genome in genomes}) > 1


def test_what_is_over_the_limits_is_never_built(tmp_path, monkeypatch):
    limits = Limits((8, 8, 1), 10, max_parameters=64)
    built = []

    def building(genome, *args, **kwargs):
        built.append(genome)
        return build(genome, *args, **kwargs)

    build = hypermodel.build
    monkeypatch.setattr(hypermodel, "build", building)
    oracle = keras_tuner.oracles.RandomSearchOracle(
        "val_accuracy", max_trials=5, seed=2, max_consecutive_failed_trials=5
    )
    model = Untrained(SPACE, limits=limits)
    keras_tuner.Tuner(oracle, model, directory=tmp_path, project_name="project").search(verbose=0)
    trials = oracle.trials.values()
    assert {t.status for t in trials} == {"COMPLETED", "FAILED"}
    assert all(limits(genome) for genome in built)
    assert all("over the limits" in t.message for t in trials if t.status == "FAILED")


def test_what_cannot_be_built_fails_its_trial():
    small = ChainSpace((4, 4, 1), 2, shape="RC-RC-FL", filters=(2,), kernels=(1, 3, 4), activations=("relu",))
    model = GenomeHyperModel(small)
    hp = keras_tuner.HyperParameters()
    hp.values = {"position_01": 4, "position_04": 4}
    with pytest.raises(keras_tuner.errors.FailedTrialError, match="cannot be built"):
        model.build(hp)


def test_making_a_tuner_builds_a_genome_that_may_be(tmp_path, monkeypatch):
    """KerasTuner builds the defaults once to learn the hyperparameters; that is no trial, and must not fail."""
    built = []
    monkeypatch.setattr(hypermodel, "build", lambda genome, *_, **__: built.append(genome) or keras.Sequential())
    limits = Limits((8, 8, 1), 10, max_parameters=64)
    made = GenomeOracle(RandomSearch(SPACE, admits=limits), seed=3)
    tuner(made, tmp_path, limits=limits)
    keras_tuner.RandomSearch(
        GenomeHyperModel(SPACE, limits=limits), "val_accuracy", directory=tmp_path, project_name="other"
    )
    assert len(built) == 2
    assert all(limits(genome) for genome in built)
    assert made.history == []
    assert made.create_trial("tuner0").hyperparameters.get("genome") == str(built[0])


def test_a_space_that_knows_no_images_needs_their_shape():
    with pytest.raises(SettingsError, match="input_shape"):
        GenomeHyperModel(TableSpace(["01", "10"]))


def test_texts_that_are_no_networks_are_refused():
    model = GenomeHyperModel(TableSpace(["01", "10"]), (8, 8, 1), 10)
    hp = keras_tuner.HyperParameters()
    hp.Fixed("genome", "01")
    with pytest.raises(SettingsError, match="no network"):
        model.build(hp)


def test_limits_that_nothing_meets_are_an_error():
    with pytest.raises(SearchError, match="exhausted"):
        GenomeHyperModel(SPACE, limits=Limits((8, 8, 1), 10, max_parameters=1))


def test_positions_of_several_types_are_texts():
    from kerasnas.oracles.positions import choices, declare, to_combination, to_values

    class Mixed:
        positions = ((None, 16, 32), ("a",), (1, 2))

    assert choices(Mixed)[0] == ("position_00", ["None", "16", "32"])
    hp = keras_tuner.HyperParameters()
    assert declare(hp, Mixed, (1, 0, 1)) == (1, 0, 1)
    assert hp.values == to_values(Mixed, (1, 0, 1)) == {"position_00": "16", "position_02": 2}
    assert to_combination(Mixed, hp.values) == (1, 0, 1)
