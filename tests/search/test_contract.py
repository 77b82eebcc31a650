"""What every strategy must do, whatever its idea."""

import json
import os
import subprocess
import sys
from random import Random
from zlib import crc32

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kerasnas.errors import SearchError
from kerasnas.genome import BranchesSpace, NasBench201Space, TableSpace
from kerasnas.results import Result
from kerasnas.search import Limits, trial_generator
from kerasnas.search.registry import STRATEGIES, strategy_named
from tests.search.landscapes import SEQUENCES, bumps, chain, flat, hill, run, table

IN_ANOTHER_PROCESS = """
import importlib, json, sys
from kerasnas.search.registry import strategy_named
from tests.search.landscapes import SEQUENCES, bumps, run, table
importlib.import_module(sys.argv[2])
print(json.dumps([result.genome for result in run(strategy_named(sys.argv[1])(table()), bumps, 30, seed=5)]))
"""

NAMES = sorted(name for name, strategy in STRATEGIES.items() if strategy.__module__.startswith("kerasnas.search."))
"""Whoever registers others tests them by this class."""


@pytest.fixture(params=NAMES)
def name(request):
    return request.param


class TestEveryStrategy:
    def test_proposes_from_the_space_and_never_twice(self, name):
        space = table()
        proposed = [result.genome for result in run(strategy_named(name)(space), bumps, 64)]
        assert all(genome in space for genome in proposed)
        assert len(set(proposed)) == 64

    def test_says_when_the_space_is_exhausted(self, name):
        with pytest.raises(SearchError, match="exhausted"):
            run(strategy_named(name)(table("01", 2)), hill, 5)

    def test_one_genome_is_proposed_once(self, name):
        strategy = strategy_named(name)(TableSpace(["7"]))
        assert strategy.propose([], Random(0)) == "7"
        with pytest.raises(SearchError):
            strategy.propose([hill("7")], Random(0))

    def test_is_pure(self, name):
        history = run(strategy_named(name)(table()), bumps, 30)
        strategy = strategy_named(name)(table())
        for trial in (30, 12, 29, 0, 12):
            fresh = strategy_named(name)(table())
            first = strategy.propose(history[:trial], Random(trial))
            assert first == strategy.propose(history[:trial], Random(trial))
            assert first == fresh.propose(list(history[:trial]), Random(trial))

    def test_history_is_not_changed(self, name):
        history = run(strategy_named(name)(table()), bumps, 25)
        before = list(history)
        strategy_named(name)(table()).propose(history, Random(0))
        assert history == before

    def test_resumes_with_the_very_proposals_that_would_have_come(self, name):
        whole = run(strategy_named(name)(table()), bumps, 40, seed=3)
        resumed = strategy_named(name)(table())
        for trial in range(20, 40):
            assert resumed.propose(whole[:trial], trial_generator(3, trial)) == whole[trial].genome

    def test_another_process_agrees(self, name):
        environment = {**os.environ, "PYTHONHASHSEED": "77"}
        output = subprocess.run(
            [sys.executable, "-c", IN_ANOTHER_PROCESS, name, STRATEGIES[name].__module__],
            env=environment,
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        here = [result.genome for result in run(strategy_named(name)(table()), bumps, 30, seed=5)]
        assert json.loads(output) == here

    def test_seeds_differ(self, name):
        runs = [[r.genome for r in run(strategy_named(name)(table()), bumps, 10, seed)] for seed in (0, 1, 2)]
        assert runs[0] != runs[1] != runs[2]

    def test_finds_the_only_peak(self, name):
        history = run(strategy_named(name)(table("0123", 4)), hill, 200)
        assert max(result.validation_accuracy for result in history) == 50 + 3 * 12

    @pytest.mark.parametrize("landscape", [flat, lambda g: Result(str(g), status="failed")], ids=["ties", "failures"])
    def test_goes_through_a_space_that_teaches_nothing(self, name, landscape):
        assert len({result.genome for result in run(strategy_named(name)(table("012", 3)), landscape, 27)}) == 27

    def test_takes_rows_of_other_spaces_and_values_that_are_no_numbers(self, name):
        history = [
            Result("not a genome", validation_accuracy=99.0),
            Result("000", validation_accuracy=float("nan")),
            Result("001"),
            Result("002", status="pending"),
        ]
        assert strategy_named(name)(table()).propose(history, Random(0)) not in ("000", "001", "002")

    def test_works_on_chains(self, name):
        space = chain()

        def evaluate(genome):
            return Result(str(genome), validation_accuracy=float(len(str(genome))), parameters=len(str(genome)))

        history = run(strategy_named(name)(space), evaluate, 24)
        assert {result.genome for result in history} == {str(genome) for genome in space}

    @pytest.mark.parametrize("space", SEQUENCES.values(), ids=SEQUENCES)
    def test_goes_through_genomes_of_different_lengths(self, name, space):
        genomes = {str(genome) for genome in space}

        def evaluate(genome):
            return Result(str(genome), validation_accuracy=float(crc32(str(genome).encode()) % 97), parameters=1)

        history = run(strategy_named(name)(space), evaluate, len(genomes))
        assert {result.genome for result in history} == genomes

    def test_works_on_a_large_space_of_different_lengths(self, name):
        space = BranchesSpace((28, 28, 1), 10)
        history = run(strategy_named(name)(space), lambda g: Result(str(g), validation_accuracy=1.0 * len(str(g))), 16)
        assert len({space.read(result.genome) for result in history}) == 16

    def test_works_on_cells(self, name):
        space = NasBench201Space(cells=1, width=4)

        def evaluate(genome):
            return Result(str(genome), validation_accuracy=float(str(genome).count("nor_conv")), parameters=1)

        history = run(strategy_named(name)(space), evaluate, 24)
        assert len({space.read(result.genome) for result in history}) == 24

    def test_no_genome_within_the_limits_is_an_error(self, name):
        with pytest.raises(SearchError):
            strategy_named(name)(table(), admits=lambda genome: False).propose([], Random(0))


LIMITS = st.one_of(
    st.builds(Limits, st.just((8, 8, 1)), st.just(3), max_parameters=st.integers(60, 400)),
    st.builds(Limits, st.just((8, 8, 1)), st.just(3), max_macs=st.integers(500, 20_000)),
    st.builds(Limits, st.just((8, 8, 1)), st.just(3), max_activation_bytes=st.integers(400, 2_000)),
    st.builds(Limits, st.just((8, 8, 1)), st.just(3), max_model_bytes=st.integers(240, 1_600)),
)


@settings(max_examples=40, deadline=None)
@given(st.sampled_from(NAMES), LIMITS, st.integers(0, 1000))
def test_limits_hold(name, limits, seed):
    strategy = strategy_named(name)(chain(), admits=limits)
    admitted = [str(genome) for genome in chain() if limits(genome)]

    def evaluate(genome):
        return Result(str(genome), validation_accuracy=float(crc32(str(genome).encode()) % 97), parameters=10)

    assert {result.genome for result in run(strategy, evaluate, len(admitted), seed)} == set(admitted)
