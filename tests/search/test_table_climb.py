"""The hill climb over trained models, as the workflow's authors describe it."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kerasnas.search.fitness import fitness
from kerasnas.search.table_climb import Candidate, climb

candidates = st.lists(
    st.builds(
        Candidate,
        genome=st.uuids().map(str),
        accuracy=st.floats(0, 100).map(lambda x: round(x, 2)),
        size=st.integers(1, 10**7),
    ),
    min_size=1,
    max_size=40,
)


def row(*models: tuple[int, float]) -> list[Candidate]:
    return [Candidate(f"genome {size}", accuracy, size) for size, accuracy in models]


def sizes(path: tuple[Candidate, ...]) -> list[int]:
    return [candidate.size for candidate in path]


class Always(Random):
    """Starts every climb at one place."""

    def __init__(self, place: int) -> None:
        super().__init__(0)
        self.place = place

    def randrange(self, *bounds: int) -> int:  # type: ignore[override]
        return self.place


def test_fitness_is_accuracy_less_points_per_tenfold() -> None:
    assert fitness(90, 10_000, 2) == pytest.approx(82)
    assert fitness(90, 100_000, 2) == pytest.approx(80)
    assert fitness(90, 0, 2) == 90


def test_a_smaller_more_accurate_neighbour_is_preferred_to_a_larger_one() -> None:
    found = climb(row((10, 80), (20, 70), (30, 99)), penalty=0, restarts=1, rng=Always(1))
    assert sizes(found.path) == [20, 10]


def test_a_larger_neighbour_must_be_worth_its_size() -> None:
    models = row((100, 80), (1000, 81.5))
    assert climb(models, penalty=1, restarts=1, rng=Always(0)).best.size == 1000
    assert climb(models, penalty=2, restarts=1, rng=Always(0)).best.size == 100


def test_a_smaller_neighbour_is_taken_although_a_larger_one_is_fitter() -> None:
    found = climb(row((10, 71), (20, 70), (30, 99), (40, 98)), penalty=0, restarts=1, rng=Always(1))
    assert found.best.size == 10


def test_restarts_find_what_one_climb_misses() -> None:
    models = row((1, 50), (2, 40), (3, 30), (4, 60), (5, 90))
    assert climb(models, penalty=0, restarts=1, rng=Always(1)).best.accuracy == 50
    found = climb(models, penalty=0, restarts=50, rng=Random(0))
    assert found.best.accuracy == 90
    assert found.optima == 2


@given(candidates, st.floats(0, 10), st.integers(0, 1000))
def test_every_path_climbs_and_ends_at_a_local_optimum(models: list[Candidate], penalty: float, seed: int) -> None:
    found = climb(models, penalty=penalty, restarts=5, rng=Random(seed))
    accuracies = [candidate.accuracy for candidate in found.path]
    assert accuracies == sorted(set(accuracies))
    assert found.path[-1] == found.best
    assert 1 <= found.optima <= 5
    ordered = sorted(models, key=lambda c: (c.size, -c.accuracy, c.genome))
    place = ordered.index(found.best)
    if place > 0:
        assert ordered[place - 1].accuracy <= found.best.accuracy
    if place + 1 < len(ordered):
        right = ordered[place + 1]
        assert right.accuracy <= found.best.accuracy or right.fitness(penalty) <= found.best.fitness(penalty)


@given(candidates, st.integers(0, 1000))
def test_the_same_seed_gives_the_same_climb_whatever_the_order_of_the_rows(models: list[Candidate], seed: int) -> None:
    one = climb(models, penalty=2, restarts=5, rng=Random(seed))
    other = climb(models[::-1], penalty=2, restarts=5, rng=Random(seed))
    assert one == other
