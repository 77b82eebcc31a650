"""Hypothesis strategies, and the search spaces that the contract tests go through."""

import os
from random import Random

from hypothesis import strategies as st

from kerasnas.genome import ChainSpace, Convolution, FinalLayers, Genome, ReductionConvolution
from kerasnas.genome.arguments import ACTIVATIONS, MAX_KERNEL, MAX_WIDTH
from kerasnas.results import Protocol, Result

EXAMPLE = "NC 4 5 sigmoid;RC 64 3 relu;NC 4 5 sigmoid;RC 64 3 relu;FL gelu"

BUILDS = 4 if os.environ.get("KERAS_BACKEND") == "jax" else 30
"""How many models a property test builds: JAX compiles the initial weights of every new shape."""

SPACES = {
    "default": ChainSpace((28, 28, 1), 10),
    "tight": ChainSpace((9, 12, 3), 2, shape="RC-NC-RC-FL", filters=(1, 3)),
    "no choice but activations": ChainSpace((1, 1, 1), 2, shape="nc-fl", filters=(2,), kernels=(1,)),
}

spaces = st.sampled_from(list(SPACES.values()))
generators = st.integers(0, 2**32).map(Random)
activations = st.sampled_from(ACTIVATIONS)
_widths = st.integers(1, MAX_WIDTH)
_kernels = st.integers(1, MAX_KERNEL)
_convolutions = st.one_of(
    st.builds(Convolution, _widths, _kernels, activations),
    st.builds(ReductionConvolution, _widths, _kernels, activations),
)
final_layers = st.builds(FinalLayers, activations, st.none() | _widths)
genomes = st.builds(lambda body, last: Genome((*body, last)), st.lists(_convolutions, max_size=6), final_layers)

_blanks = st.text(" \t\n\r\u00a0\u2003", max_size=3)


@st.composite
def sloppy_texts(draw: st.DrawFn, genome: Genome) -> str:
    """Return another text of `genome`: other white space and capitals, leading zeros, perhaps a `;` at the end."""
    genes = []
    for gene in str(genome).split(";"):
        words = [draw(_recased(word)) for word in gene.split()]
        gaps = [" " + draw(_blanks) for _ in words[1:]]
        genes.append(draw(_blanks) + words[0] + "".join(gap + word for gap, word in zip(gaps, words[1:], strict=True)))
    return ";".join(genes) + draw(_blanks) + draw(st.sampled_from(["", ";", "; ", ";\n"]))


def _recased(word: str) -> st.SearchStrategy[str]:
    if word.isdigit():
        return st.sampled_from([word, "0" + word])
    return st.lists(st.booleans(), min_size=len(word), max_size=len(word)).map(
        lambda capitals: "".join(c.upper() if up else c.lower() for c, up in zip(word, capitals, strict=True))
    )


_fractions = st.floats(0, 1, exclude_min=True)
_positive = st.integers(1, 2**31 - 1)
_percentages = st.none() | st.integers(0, 1_000_000).map(lambda n: n / 10_000)
_amounts = st.none() | st.integers(0, 2**60)
_finite = st.none() | st.floats(allow_nan=False, allow_infinity=False)
_plain = st.text("abcXYZ019 ._-,\"'é", max_size=12).map(str.strip)

protocols = st.builds(
    Protocol,
    dataset=_plain,
    data_hash=st.text("0123456789abcdef", min_size=12, max_size=12),
    image_shape=st.just("28x28x1"),
    classes=_positive,
    validation_fraction=_fractions,
    train_fraction=_fractions,
    epochs=_positive,
    patience=_positive,
    batch_size=_positive,
    learning_rate=st.floats(0, exclude_min=True, allow_infinity=False),
    seed=_positive,
    recipe=_positive,
    auxiliary_weight=st.floats(0, 10),
    drop_path=_fractions,
    cutout=_positive,
    augment=st.sampled_from(["", "crop", "flip", "crop,flip"]),
    class_weights=st.sampled_from(["", "balanced"]),
)
odd_texts = st.text(max_size=30) | st.text("\r\n\x00\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029\",;'\\ aé\ud800", max_size=12)
results = st.builds(
    Result,
    genome=genomes.map(str),
    parameters=_amounts,
    training_accuracy=_percentages,
    testing_accuracy=_percentages,
    validation_accuracy=_percentages,
    status=st.sampled_from(["ok", "failed", "out of memory"]),
    reason=odd_texts,
    macs=_amounts,
    peak_activation_bytes=_amounts,
    epochs_run=_amounts,
    best_epoch=_amounts,
    training_loss=_finite,
    validation_loss=_finite,
    seconds=st.none() | st.floats(0, 1e9),
    attempts=_amounts,
    estimate=_plain,
    finished=_plain,
    kerasnas=_plain,
    keras=_plain,
    backend=_plain,
    testing_balanced_accuracy=_percentages,
    validation_balanced_accuracy=_percentages,
    testing_roc_auc=st.none() | _fractions,
    testing_confusion=st.sampled_from(["", "50 3; 4 60"]),
    protocol=st.none() | protocols,
)
