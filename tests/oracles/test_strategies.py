"""KerasTuner's algorithms as strategies."""

from dataclasses import replace
from random import Random
from types import SimpleNamespace

import keras_tuner
import pytest
from keras_tuner.engine.trial import Trial as TunerTrial
from threadpoolctl import threadpool_limits

from kerasnas.errors import SearchError, SettingsError
from kerasnas.oracles import BayesianOptimization, Hyperband
from kerasnas.results import Result
from kerasnas.search import Limits, trial_generator
from kerasnas.search.registry import strategy_named
from kerasnas.search.strategy import Trial
from kerasnas.training.settings import TrainingSettings
from tests.oracles.searches import strategy
from tests.search.landscapes import bumps, chain, hill, run, table
from tests.search.test_contract import TestEveryStrategy as Contract


class TestHyperbandKeepsTheContract(Contract):
    @pytest.fixture
    def name(self):
        return "hyperband"


@pytest.mark.slow
class TestBayesianOptimizationKeepsTheContract(Contract):
    @pytest.fixture
    def name(self):
        return "bayesian"

    def test_finds_the_only_peak(self, name):
        """In fewer trials than the others are given: each takes a second."""
        history = run(strategy_named(name)(table("0123", 4)), hill, 40)
        assert max(result.validation_accuracy for result in history) == 50 + 3 * 12


def at(result: Result, epochs: int) -> Result:
    """Return `result` as one of a training for so many epochs."""
    images = SimpleNamespace(name="none", fingerprint="000000000000", image_shape=(8, 8, 1), classes=3, division="")
    return replace(result, protocol=TrainingSettings(epochs=epochs).protocol(images))


def search(made, evaluate, trials, seed=0):
    """Return what a search evaluates at which epochs, and its history."""
    history, proposed = [], []
    for number in range(trials):
        trial = made.propose_trial(history, trial_generator(seed, number))
        proposed.append((trial.genome, trial.epochs))
        history.append(at(evaluate(trial.genome), trial.epochs))
    return proposed, history


class TestBayesianOptimization:
    def test_is_found_by_its_name(self):
        assert strategy_named("bayesian") is BayesianOptimization

    def test_begins_with_random_genomes(self):
        space = table()
        bayesian, at_random = BayesianOptimization(space), strategy_named("random")(space)
        assert bayesian.num_initial_points == 9
        history = [hill(genome) for genome in ("000", "111", "222")]
        assert bayesian.propose(history, Random(1)) == at_random.propose(history, Random(1))

    def test_proposes_what_kerastuner_proposes(self):
        space = table()
        known = ("012", "100", "213", "330", "002")
        hyperparameters = keras_tuner.HyperParameters()
        for number in range(3):
            hyperparameters.Choice(f"position_{number:02d}", list("0123"))
        oracle = keras_tuner.oracles.BayesianOptimizationOracle(
            objective=keras_tuner.Objective("fitness", "max"),
            num_initial_points=5,
            seed=Random(7).randrange(1, 2**31),
            hyperparameters=hyperparameters,
        )
        for genome in known:
            values = hyperparameters.copy()
            values.values = {f"position_{number:02d}": letter for number, letter in enumerate(genome)}
            trial = TunerTrial(values, trial_id=genome, status="COMPLETED")
            trial.score = hill(genome).validation_accuracy
            oracle.trials[genome] = trial
        with threadpool_limits(1):
            expected = "".join(oracle.populate_space("next")["values"].values())
        assert expected not in known
        bayesian = BayesianOptimization(space, num_initial_points=5)
        assert bayesian.propose([hill(genome) for genome in known], Random(7)) == expected

    def test_climbs(self):
        """Random search finds the peak of 64 genomes in 12 trials in one run of five."""
        bayesian = BayesianOptimization(table(), num_initial_points=4)
        history = []
        while len(history) < 12 and "333" not in [result.genome for result in history]:
            history.append(hill(bayesian.propose(history, trial_generator(0, len(history)))))
        assert history[-1].genome == "333"
        assert len(history) > 4

    def test_goes_past_what_is_known_failed_or_pending(self):
        bayesian = BayesianOptimization(table("01", 3), num_initial_points=3)
        history = [
            hill("000"),
            hill("001"),
            hill("011"),
            Result("111", status="pending"),
            Result("110", status="failed"),
        ]
        proposed = []
        for number in range(3):
            proposed.append(bayesian.propose(history, trial_generator(0, number)))
            history.append(hill(proposed[-1]))
        assert sorted(proposed) == ["010", "100", "101"]
        with pytest.raises(SearchError, match="exhausted"):
            bayesian.propose(history, Random(0))

    def test_is_pure(self):
        history = [bumps(genome) for genome in ("012", "100", "213", "330")] + [Result("222", status="pending")]
        bayesian = BayesianOptimization(table(), num_initial_points=3)
        first = bayesian.propose(history, Random(3))
        assert first == BayesianOptimization(table(), num_initial_points=3).propose(list(history), Random(3))

    def test_limits_hold(self):
        limits = Limits((8, 8, 1), 3, max_parameters=60)
        bayesian = strategy("bayesian", admits=limits)
        history = []
        for number in range(6):
            genome = bayesian.propose(history, trial_generator(0, number))
            assert limits(genome)
            history.append(Result(str(genome), validation_accuracy=float(number)))

    def test_refuses_to_begin_with_nothing(self):
        with pytest.raises(SettingsError, match="at least one genome"):
            BayesianOptimization(table(), num_initial_points=0)


class TestHyperband:
    def test_is_found_by_its_name(self):
        assert strategy_named("hyperband") is Hyperband

    def test_runs_the_brackets_that_kerastuner_runs(self):
        """The same numbers of trials at the same epochs, and the same genomes going on."""
        oracle = keras_tuner.oracles.HyperbandOracle(
            objective=keras_tuner.Objective("fitness", "max"), max_epochs=9, factor=3, hyperband_iterations=2, seed=1
        )
        for number in range(3):
            oracle.hyperparameters.Choice(f"position_{number:02d}", list("0123"))
        expected, genomes = [], []
        while (answer := oracle.populate_space(str(len(expected))))["status"] == "RUNNING":
            values = answer["values"]
            genome = "".join(values[f"position_{number:02d}"] for number in range(3))
            expected.append((values["tuner/epochs"], values.get("tuner/trial_id")))
            hyperparameters = oracle.get_space()
            hyperparameters.values = values
            trial = TunerTrial(hyperparameters, trial_id=str(len(genomes)), status="COMPLETED")
            trial.score = hill(genome).validation_accuracy
            oracle.trials[trial.trial_id] = trial
            oracle._record_values(trial)
            genomes.append(genome)

        drawn = iter([genome for genome, (_, past) in zip(genomes, expected, strict=True) if past is None])
        made = Hyperband(table(), max_epochs=9, factor=3, iterations=2)
        made.fresh = lambda seen, rng: next(drawn)  # the very genomes that KerasTuner drew
        proposed, history = search(made, hill, len(expected))
        assert proposed == [(g, epochs) for g, (epochs, _) in zip(genomes, expected, strict=True)]
        with pytest.raises(SearchError, match="2 iterations"):
            made.propose_trial(history, Random(0))

    def test_sends_the_best_on(self):
        made = Hyperband(table(), max_epochs=3, factor=3)
        proposed, history = search(made, hill, 4)
        assert [epochs for _, epochs in proposed] == [1, 1, 1, 3]
        assert proposed[3][0] == max(history[:3], key=lambda result: result.validation_accuracy).genome

    def test_resumes_with_the_very_proposals_that_would_have_come(self):
        whole, history = search(Hyperband(table(), max_epochs=9), bumps, 40, seed=3)
        resumed = Hyperband(table(), max_epochs=9)
        for trial in (5, 13, 14, 27, 39):
            found = resumed.propose_trial(history[:trial], trial_generator(3, trial))
            assert (found.genome, found.epochs) == whole[trial]

    def test_never_repeats_a_genome_at_the_same_epochs(self):
        proposed, _ = search(Hyperband(table(), max_epochs=9), bumps, 60)
        assert len(set(proposed)) == 60
        assert len({genome for genome, _ in proposed}) < 60

    @pytest.mark.parametrize("side_by_side", [2, 5])
    def test_results_may_come_in_any_order(self, side_by_side):
        """With workers, results come in another order than they were proposed in, and some are pending."""
        made = Hyperband(table(), max_epochs=9, factor=3)
        ended, pending, seen, rng = [], [], [], Random(4)
        for number in range(40):
            trial = made.propose_trial([*ended, *pending], trial_generator(0, number))
            seen.append((trial.genome, trial.epochs))
            pending.append(at(Result(trial.genome, status="pending"), trial.epochs))
            if len(pending) == side_by_side:
                done = pending.pop(rng.randrange(len(pending)))
                ended.append(at(hill(done.genome), done.protocol.epochs))
        assert len(set(seen)) == 40
        gone_on = [genome for genome, epochs in seen if epochs == 3 and (genome, 1) in seen]
        assert len(gone_on) >= 3

    def test_a_failure_does_not_go_on(self):
        made = Hyperband(table(), max_epochs=3, factor=3)
        _, history = search(made, lambda genome: Result(genome, status="failed"), 3)
        trial = made.propose_trial(history, trial_generator(0, 3))
        assert trial.genome not in [result.genome for result in history]

    def test_rows_without_a_protocol_are_not_drawn_again(self):
        made = Hyperband(table("01", 2), max_epochs=3)
        history = [hill("00"), hill("01"), hill("11")]
        assert made.propose_trial(history, Random(0)) == Trial("10", 1, 3)

    def test_limits_hold(self):
        limits = Limits((8, 8, 1), 3, max_parameters=60)
        made = strategy("hyperband", admits=limits)
        proposed, _ = search(made, lambda genome: Result(str(genome), validation_accuracy=1.0), 5)
        assert all(limits(genome) for genome, _ in proposed)
        assert all(genome in chain() for genome, _ in proposed)

    @pytest.mark.parametrize("settings", [{"max_epochs": 0}, {"factor": 1}, {"iterations": 0}])
    def test_refuses_settings_that_make_no_sense(self, settings):
        with pytest.raises(SettingsError, match="at least"):
            Hyperband(table(), **settings)
