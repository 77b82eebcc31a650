"""Hypothesis strategies, and the search spaces that the contract tests go through."""

import os
from random import Random

from hypothesis import strategies as st

from kerasnas.genome import (
    BranchesSpace,
    ChainSpace,
    Convolution,
    FinalLayers,
    Genome,
    HierarchicalSpace,
    ReductionConvolution,
    VariableChainSpace,
)
from kerasnas.genome.arguments import ACTIVATIONS, MAX_KERNEL, MAX_PERCENT, MAX_WIDTH
from kerasnas.genome.genes import AveragePooling, Dropout, Join, MaxPooling, ReductionSeparable, SeparableConvolution
from kerasnas.genome.joins import Sources
from kerasnas.results import Protocol, Result

EXAMPLE = "NC 4 5 sigmoid;RC 64 3 relu;NC 4 5 sigmoid;RC 64 3 relu;FL gelu"

BUILDS = 4 if os.environ.get("KERAS_BACKEND") == "jax" else 20
"""How many models a property test builds: JAX compiles the initial weights of every new shape."""

SPACES = {
    "default": ChainSpace((28, 28, 1), 10),
    "tight": ChainSpace((9, 12, 3), 2, shape="RC-NC-RC-FL", filters=(1, 3)),
    "all kinds of layers": ChainSpace((20, 20, 2), 3, shape="SC-MP-DO-RS-AP-FL", filters=(2, 4)),
    "no choice but activations": ChainSpace((1, 1, 1), 2, shape="nc-fl", filters=(2,), kernels=(1,)),
}

SEQUENCE_SPACES = {
    "chain of any length": VariableChainSpace((28, 28, 1), 10),
    "tight chain of any length": VariableChainSpace((7, 5, 2), 3, (1, 4), filters=(1, 3), kernels=(1, 2, 3)),
    "branches": BranchesSpace((12, 9, 2), 3, (1, 4), filters=(2, 3), kernels=(1, 3)),
    "hierarchical": HierarchicalSpace((9, 8, 3), 3, (1, 3), (1, 2), widths=(2, 4), nodes=2),
}
"""Those whose genomes differ in length, and in which not every position counts in every genome."""

fixed_spaces = st.sampled_from(list(SPACES.values()))
sequence_spaces = st.sampled_from(list(SEQUENCE_SPACES.values()))
spaces = fixed_spaces | sequence_spaces
generators = st.integers(0, 2**32).map(Random)
activations = st.sampled_from(ACTIVATIONS)
_widths = st.integers(1, MAX_WIDTH)
_kernels = st.integers(1, MAX_KERNEL)
_CONVOLUTIONS = (Convolution, ReductionConvolution, SeparableConvolution, ReductionSeparable)


def layers(widths: st.SearchStrategy[int] = _widths) -> st.SearchStrategy:
    """Return a strategy for any layer of a chain but the last."""
    return st.one_of(
        *(st.builds(kind, widths, _kernels, activations) for kind in _CONVOLUTIONS),
        *(st.builds(kind, _kernels) for kind in (MaxPooling, AveragePooling)),
        st.builds(Dropout, st.integers(1, MAX_PERCENT)),
    )


final_layers = st.builds(FinalLayers, activations, st.none() | _widths)


@st.composite
def branching_genomes(draw: st.DrawFn, widths: st.SearchStrategy[int] = _widths, max_layers: int = 5) -> Genome:
    """Return a genome whose layers read any earlier ones, and every layer of which is read."""
    genes, unread = [draw(layers(widths))], {1}
    for _ in range(draw(st.integers(0, max_layers - 1))):
        _read(draw(st.sets(st.integers(0, len(genes)), min_size=1, max_size=4)), draw(st.booleans()), genes, unread)
        genes.append(draw(layers(widths)))
        unread.add(len(genes))
    _read(unread | draw(st.sets(st.integers(0, len(genes)), max_size=2)), draw(st.booleans()), genes, unread)
    return Genome((*genes, draw(final_layers)))


def _read(numbers: set[int], summed: bool, genes: list, unread: set[int]) -> None:
    """Append a join of the layers `numbers`, where it says more than that the layer before is read."""
    if numbers != {len(genes)}:
        kind = "sum" if summed or len(numbers) == 1 else "concatenation"
        genes.append(Join(Sources(tuple(sorted(numbers)), kind)))
        unread.add(len(genes))
    unread -= numbers | {len(genes)}


genomes = branching_genomes() | st.builds(
    lambda body, last: Genome((*body, last)), st.lists(layers(), max_size=6), final_layers
)

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
    decay_epochs=_positive,
    fidelity=st.sampled_from(["", "shrink=2", "channels=0.5,cells=0.5"]),
    estimator=st.sampled_from(["", "one-shot"]),
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
    cpu_seconds=st.none() | st.floats(0, 1e9),
    score=_finite,
    protocol=st.none() | protocols,
)
