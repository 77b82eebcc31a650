import numpy as np
import pytest

from kerasnas.estimation.learning_curve import StopUnlikely, extrapolate, replay_stopping

EPOCHS = 20


def power_law(ceiling, drop, rate):
    x = np.arange(1, EPOCHS + 1) / EPOCHS
    return list(100 * (ceiling - drop * x**-rate))


@pytest.mark.parametrize("seen", [4, 8, 14])
def test_curves_of_the_family_are_followed_to_their_end(seen):
    for ceiling, drop, rate in ((0.92, 0.05, 0.5), (0.8, 0.1, 0.4), (0.6, 0.02, 1.0)):
        curve = power_law(ceiling, drop, rate)
        found = extrapolate(curve[:seen], EPOCHS)
        assert abs(found.mean - curve[-1]) < min(3, 2.5 * found.spread)
        assert found.chance_over(found.mean) == pytest.approx(0.5)


def test_more_epochs_make_it_surer():
    rng = np.random.default_rng(0)
    noisy = np.array(power_law(0.9, 0.1, 0.5)) + rng.normal(0, 0.4, EPOCHS)
    misses = [abs(extrapolate(list(noisy[:seen]), EPOCHS).mean - noisy[-1]) for seen in (3, 15)]
    assert misses[1] < max(misses[0], 1.0)


def test_it_never_ends_under_what_was_reached():
    assert extrapolate([50, 80, 60, 40], EPOCHS).mean >= 80


def test_too_few_epochs_and_finished_trainings_have_no_end_to_guess():
    assert extrapolate([50, 60], EPOCHS) is None
    assert extrapolate([50] * EPOCHS, EPOCHS) is None


def test_only_what_is_out_of_reach_is_stopped():
    curve = power_law(0.8, 0.1, 0.4)[:6]
    assert StopUnlikely(95.0, 0.95, EPOCHS)(curve)
    assert not StopUnlikely(60.0, 0.95, EPOCHS)(curve)
    assert not StopUnlikely(None, 0.95, EPOCHS)(curve)
    assert not StopUnlikely(max(curve) - 0.1, 0.5, EPOCHS)(curve)


def test_the_record_of_stopping_counts_what_was_lost():
    good, bad = power_law(0.95, 0.05, 0.5), power_law(0.5, 0.05, 0.5)
    record = replay_stopping([good, bad, bad], 0.95)
    assert (record.trainings, record.stopped, record.would_have_won, record.kept_best) == (3, 2, 0, True)
    assert record.epochs_saved > 0.4
    late = [10.0] * 15 + [99.0] * 5  # nobody could know
    record = replay_stopping([good, late], 0.95)
    assert (record.stopped, record.would_have_won, record.kept_best) == (1, 1, False)
