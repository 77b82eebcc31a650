"""Less than a full training: what is written, what is trained, and what the row says."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kerasnas.data import load
from kerasnas.errors import DataError, GenomeError, SettingsError
from kerasnas.genome import Genome, expand, parse
from kerasnas.model.cost import cost
from kerasnas.training.fidelity import Fidelity
from kerasnas.training.settings import TrainingSettings
from kerasnas.training.train import train
from tests.strategies import genomes

DIGITS = load("digits")
shares = st.floats(0.01, 1).map(lambda share: round(share, 3))
fidelities = st.builds(Fidelity, shares, shares, st.integers(1, 8), shares, shares)


@given(fidelities)
def test_what_is_written_reads_as_the_same(fidelity):
    assert Fidelity.read(str(fidelity)) == fidelity


def test_an_empty_text_is_a_full_training():
    full = TrainingSettings(epochs=7)
    assert Fidelity.read("") == Fidelity()
    assert Fidelity.read("").of(full) == full
    assert Fidelity().dataset(DIGITS) is DIGITS


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("epoch=0.5", "unknown part 'epoch'.*did you mean 'epochs'"),
        ("epochs=few", "'few' is not a number; write epochs=NUMBER"),
        ("epochs=2", "epochs must be a share over 0 and at most 1, found 2"),
        ("data=0", "data must be a share"),
        ("channels=nan", "channels must be a share"),
        ("shrink=0", "shrink must be a whole number from 1"),
        ("shrink=1.5", "'1.5' is not a number"),
    ],
)
def test_impossible_fidelities_are_refused(text, words):
    with pytest.raises(SettingsError, match=words):
        Fidelity.read(text)


def test_epochs_and_data_are_those_of_a_shorter_training():
    full = TrainingSettings(epochs=10, train_fraction=0.5)
    found = Fidelity.read("epochs=0.2,data=0.5,shrink=2").of(full)
    assert found == replace(full, epochs=2, train_fraction=0.25, fidelity="shrink=2")
    assert Fidelity(epochs=0.01).of(full).epochs == 1
    with pytest.raises(SettingsError, match="fidelity shrink=2 already"):
        Fidelity(epochs=0.5).of(found)


@given(genomes, shares, shares)
def test_a_smaller_network_is_of_the_same_genes_and_costs_no_more(genome, channels, cells):
    smaller = Fidelity(channels=channels, cells=cells).genome(genome, (28, 28, 1))
    assert isinstance(smaller, Genome)
    assert [type(gene) for gene in smaller.genes] == [type(gene) for gene in genome.genes]
    assert parse(str(smaller)) == smaller
    assert Fidelity().genome(genome, (28, 28, 1)) == genome


def test_filters_units_and_cells_are_scaled():
    chain = parse("NC 8 3 relu;RC 1 3 relu;FL 6 relu")
    assert str(Fidelity(channels=0.5).genome(chain, (28, 28, 1))) == "NC 4 3 relu;RC 1 3 relu;FL 3 relu"
    stack = parse("ST 16 3;CE 5 |nor_conv_3x3~0|+|none~0|skip_connect~1|;RB 32;PC")
    smaller = Fidelity(channels=0.25, cells=0.4).genome(stack, (8, 8, 1))
    assert str(smaller) == "ST 4 3;CE 2 |nor_conv_3x3~0|+|none~0|skip_connect~1|;RB 8;PC"
    assert expand(smaller, (8, 8, 1), 10)


def test_kernels_are_cut_to_the_maps_of_smaller_images():
    genome = parse("NC 4 7 relu;RC 4 5 relu;NC 4 6 relu;MP 3;FL relu")
    assert expand(genome, (28, 28, 1), 10)
    smaller = Fidelity(shrink=4).genome(genome, (7, 7, 1))
    assert [type(gene) for gene in smaller.genes] == [type(gene) for gene in genome.genes]
    assert expand(smaller, (7, 7, 1), 10)
    assert str(smaller) == "NC 4 7 relu;RC 4 5 relu;NC 4 2 relu;MP 2;FL relu"


@given(genomes, st.sampled_from((2, 4)))
def test_a_genome_that_fits_the_images_is_cut_by_no_more_than_smaller_ones_need(genome, shrink):
    try:
        cost(genome, (28 // shrink, 28 // shrink, 1), 10)
    except GenomeError:
        return
    assert Fidelity(shrink=shrink).genome(genome, (28 // shrink, 28 // shrink, 1)) == genome


def test_images_are_means_over_squares():
    images = DIGITS.train_images[:3]
    small = Fidelity(shrink=2).dataset(DIGITS)
    assert small.image_shape == (14, 14, 1)
    expected = images.reshape(3, 14, 2, 14, 2, 1).mean((2, 4))
    assert Fidelity(shrink=2).dataset(DIGITS) is small  # shrunk once
    np.testing.assert_allclose(small.train_images[:3], expected, atol=0.5)
    assert small.test_images.dtype == DIGITS.test_images.dtype
    with pytest.raises(DataError, match="28 x 28 cannot be shrunk by 29, expected from 1 to 28"):
        Fidelity(shrink=29).dataset(DIGITS)


@pytest.mark.backend
def test_a_row_says_what_was_trained_and_has_the_costs_of_the_genome_itself():
    genome = parse("NC 4 3 relu;RC 8 3 relu;FL relu")
    settings = Fidelity(epochs=0.5, data=0.5, shrink=2, channels=0.5).of(TrainingSettings(epochs=2, batch_size=32))
    trained = train(genome, DIGITS, settings)
    result = trained.result
    assert result.parameters == cost(genome, (28, 28, 1), 10).parameters
    assert (result.epochs_run, result.protocol.train_fraction, result.protocol.image_shape) == (1, 0.5, "28x28x1")
    assert result.estimate == "training at shrink=2,channels=0.5"
    assert result.protocol.fidelity == "shrink=2,channels=0.5"
    assert trained.model.input_shape == (None, 14, 14, 1)
    assert str(trained.genome) == "NC 2 3 relu;RC 4 3 relu;FL relu"
