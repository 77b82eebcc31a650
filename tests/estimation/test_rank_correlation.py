import pytest

from kerasnas.estimation.rank_correlation import agreement, agreement_of_curves, agreement_of_rows
from kerasnas.results import Result
from kerasnas.training.epoch import Epoch

ACCURACIES = [70.0, 80.0, 90.0, 85.0]


def test_tau_is_kendalls_and_regret_is_what_the_first_choice_costs():
    found = agreement("mine", ACCURACIES, [1, 2, 3, 4], cost=0.1)
    assert found.tau == pytest.approx(4 / 6)  # five pairs of six agree, one does not
    assert found.regret == pytest.approx(5.0)
    assert found.low <= found.tau <= found.high
    assert agreement("mine", ACCURACIES, [-a for a in ACCURACIES], cost=0.1).tau == pytest.approx(-1)


def test_rows_are_matched_by_genome_and_scores_count_where_there_is_no_accuracy():
    full = {str(a): Result(str(a), validation_accuracy=a, cpu_seconds=10.0) for a in ACCURACIES}
    scored = {str(a): Result(str(a), score=a / 7, cpu_seconds=0.5) for a in reversed(ACCURACIES[1:])}
    found = agreement_of_rows("mine", full, scored, once=1.5)
    assert (found.genomes, found.tau, found.regret) == (3, pytest.approx(1), 0)
    assert found.cost == pytest.approx((3 * 0.5 + 1.5) / 30)
    assert agreement_of_rows("mine", full, {"70.0": scored.get("70.0", Result("70.0"))}) is None


def test_beginnings_of_curves_are_compared_with_their_ends():
    def epochs(end):
        return [Epoch(n, 20, 1.0, 0.0, 1.0, end * (1 - 0.5 / n), 1.0) for n in range(1, 21)]

    curves = {str(a): epochs(a) for a in ACCURACIES}
    rows = {str(a): Result(str(a), validation_accuracy=a, seconds=25.0) for a in ACCURACIES}
    first, *_ = found = agreement_of_curves(curves, rows)
    assert [row.estimator for row in found] == [f"curve after {n} of 20 epochs" for n in (3, 6, 10)]
    assert first.tau == pytest.approx(1)
    assert first.cost == pytest.approx(1 - 17 / 25)
