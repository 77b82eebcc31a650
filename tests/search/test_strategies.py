"""What makes each strategy the one that it is."""

from random import Random

import numpy as np
import pytest

from kerasnas.errors import GenomeError, ResultsError, SettingsError
from kerasnas.genome import TableSpace, parse
from kerasnas.results import Result
from kerasnas.search import FAILED, Fitness, Limits
from kerasnas.search.evolution import RegularisedEvolution
from kerasnas.search.hill_climb import HillClimb, SteepestHillClimb
from kerasnas.search.nsga2 import Nsga2
from kerasnas.search.pareto import crowding, dominates, fronts
from kerasnas.search.predictor import PredictorGuided, log_regrets
from kerasnas.search.random_search import RandomSearch
from kerasnas.search.registry import register
from kerasnas.search.reinforce import Reinforce
from tests.search.landscapes import hill, run, table


def known(genome: str, accuracy: float, parameters: int = 10) -> Result:
    return Result(genome, validation_accuracy=accuracy, parameters=parameters)


def test_random_search_is_uniform():
    counts = dict.fromkeys(table("01", 2), 0)
    for seed in range(400):
        counts[RandomSearch(table("01", 2)).propose([known("00", 1.0)], Random(seed))] += 1
    assert counts.pop("00") == 0
    assert all(100 < count < 170 for count in counts.values())


def test_hill_climb_stays_near_the_best_until_a_neighbour_is_better():
    space = table("01", 3)
    history = [known("000", 10.0), known("001", 9.0)]
    proposals = {HillClimb(space).propose(history, Random(seed)) for seed in range(30)}
    assert proposals == {"010", "100"}
    moved = [*history, known("010", 11.0)]
    assert {HillClimb(space).propose(moved, Random(seed)) for seed in range(30)} == {"110", "011"}


def test_steepest_hill_climb_looks_at_all_neighbours_first():
    space = table("01", 3)
    history = [known("000", 10.0), known("001", 11.0)]
    assert {SteepestHillClimb(space).propose(history, Random(seed)) for seed in range(30)} == {"010", "100"}
    complete = [*history, known("010", 12.0), known("100", 9.0)]
    assert {SteepestHillClimb(space).propose(complete, Random(seed)) for seed in range(30)} == {"110", "011"}


def test_hill_climb_starts_again_from_a_local_optimum():
    history = [known("00", 10.0), known("01", 9.0), known("10", 9.0)]
    assert HillClimb(table("01", 2)).propose(history, Random(0)) == "11"


def test_hill_climb_crosses_a_plateau():
    line = TableSpace(["00", "01", "11", "12", "22", "99"])
    history = [known("00", 10.0), known("01", 10.0)]
    assert {HillClimb(line).propose(history, Random(seed)) for seed in range(20)} == {"11"}


def test_evolution_forgets_the_oldest():
    space = table("01", 4)
    strategy = RegularisedEvolution(space, population=2, tournament=2)
    history = [known("1111", 99.0), known("0000", 10.0), known("0001", 11.0)]
    proposals = {strategy.propose(history, Random(seed)) for seed in range(40)}
    assert proposals == {"0011", "0101", "1001"}


def test_fronts_and_crowding():
    points = [(1.0, 4.0), (2.0, 2.0), (4.0, 1.0), (3.0, 3.0), (5.0, 5.0)]
    assert fronts(points) == [[0, 1, 2], [3], [4]]
    assert dominates(points[1], points[3])
    assert not dominates(points[1], points[1])
    distances = crowding(points[:3])
    assert distances[0] == distances[2] == float("inf")
    assert distances[1] == pytest.approx(2.0)


def test_nsga2_keeps_the_cheap_as_well_as_the_accurate():
    space = table("0123", 3)
    strategy = Nsga2(space, population=4)
    history = run(strategy, hill, 64)
    points = [strategy.point(result) for result in history]
    assert {history[number].genome for number in fronts(points)[0]} >= {"000", "333"}


def test_reinforce_comes_to_prefer_what_paid():
    space = table("01", 4)
    history = [known(genome, 90.0 if genome[0] == "1" else 10.0) for genome in list(space)[:4] + list(space)[8:12]]
    proposals = [Reinforce(space).propose(history, Random(seed)) for seed in range(200)]
    assert sum(proposal[0] == "1" for proposal in proposals) > 120


def test_predictor_extrapolates():
    space = table("0123", 3)
    history = [hill(genome) for genome in list(space)[1:40:3]]
    assert PredictorGuided(space).propose(history, Random(0)) in ("333", "332", "323", "233", "322", "232")


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        (RegularisedEvolution, {"population": 3, "tournament": 4}),
        (Nsga2, {"population": 1}),
        (PredictorGuided, {"initial": 1}),
    ],
)
def test_options_that_make_no_sense_are_refused(kind, options):
    with pytest.raises(SettingsError):
        kind(table(), **options)


def test_a_name_is_registered_once():
    class Random2(RandomSearch):
        name = "random"

    with pytest.raises(SettingsError, match="exists already"):
        register(Random2)


def test_fitness_is_accuracy_less_points_per_tenfold():
    assert Fitness()(known("0", 80.0)) == 80.0
    assert Fitness(penalty=2.0)(known("0", 80.0, parameters=1000)) == pytest.approx(74.0)
    assert Fitness()(Result("0", status="failed", validation_accuracy=80.0)) == FAILED
    assert Fitness()(Result("0")) == FAILED
    with pytest.raises(ResultsError, match="no parameters to penalise"):
        Fitness(penalty=1.0)(Result("0", validation_accuracy=80.0))
    with pytest.raises(SettingsError, match="points of accuracy"):
        Fitness(penalty=-1.0)


def test_limits_say_what_is_exceeded():
    genome = parse("NC 4 3 relu;FL relu")
    assert Limits((8, 8, 1), 3)(genome)
    limits = Limits((8, 8, 1), 3, max_parameters=10, max_macs=10, max_activation_bytes=10, max_model_bytes=10)
    assert not limits(genome)
    from kerasnas.model.cost import cost

    phrases = limits.exceeded(cost(genome, (8, 8, 1), 3))
    assert [phrase.split(", at most ")[1] for phrase in phrases] == ["10"] * 4
    with pytest.raises(SettingsError, match="max_macs must be a positive"):
        Limits((8, 8, 1), 3, max_macs=0)


def test_limits_refuse_images_that_a_genome_does_not_fit():
    with pytest.raises(GenomeError):
        Limits((2, 2, 1), 3)(parse("NC 4 3 relu;FL relu"))


def test_a_predictor_learns_differences_near_the_top():
    targets = log_regrets([80.0, 89.0, 89.9, 90.0, 50.0, FAILED])
    assert targets is not None
    assert list(np.argsort(targets)) in ([4, 5, 0, 1, 2, 3], [5, 4, 0, 1, 2, 3])
    assert targets[4] == targets[5]
    assert targets[3] - targets[1] > targets[0] - targets[4]
    assert targets.mean() == pytest.approx(0)
    assert targets.std() == pytest.approx(1)
    assert log_regrets([70.0, 70.0, FAILED]) is None
    assert log_regrets([]) is None
