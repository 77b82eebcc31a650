"""Small search spaces whose results are known, for tests of strategies."""

from collections.abc import Callable
from itertools import product

from kerasnas.genome import BranchesSpace, ChainSpace, HierarchicalSpace, TableSpace, VariableChainSpace
from kerasnas.genome.cells import PRIMITIVES
from kerasnas.results import Result
from kerasnas.search.strategy import Strategy, trial_generator


def table(alphabet: str = "0123", length: int = 3) -> TableSpace:
    return TableSpace("".join(letters) for letters in product(alphabet, repeat=length))


def chain() -> ChainSpace:
    return ChainSpace((8, 8, 1), 3, shape="NC-FL", filters=(2, 4, 8), kernels=(1, 3), activations=("relu", "tanh"))


_ONE = {"filters": (2, 4), "kernels": (1,), "activations": ("relu",)}
SEQUENCES = {
    "chain": VariableChainSpace((8, 8, 1), 3, (1, 2), ("NC", "MP"), **_ONE),
    "branches": BranchesSpace((8, 8, 1), 3, (1, 2), ("NC",), **{**_ONE, "filters": (2,)}),
    "hierarchical": HierarchicalSpace((8, 8, 1), 3, (1, 2), (1, 1), widths=(2, 4), nodes=1, operations=PRIMITIVES[:2]),
}
"""Small spaces whose genomes differ in length."""


def hill(genome: object) -> Result:
    """One peak, and a cost that grows on the way up to it."""
    digits = [int(letter) for letter in str(genome)]
    return Result(str(genome), validation_accuracy=50.0 + 3 * sum(digits), parameters=10 + sum(digits))


def bumps(genome: object) -> Result:
    """Two peaks, ties, and a failure at every genome that begins with 0 and ends with 1."""
    digits = [int(letter) for letter in str(genome)]
    if digits[0] == 0 and digits[-1] == 1:
        return Result(str(genome), status="failed", reason="made to fail")
    height = max(sum(digits), 2 * sum(3 - digit for digit in digits))
    return Result(str(genome), validation_accuracy=float(40 + height // 2 * 2), parameters=10 + sum(digits))


def flat(genome: object) -> Result:
    """The same for all."""
    return Result(str(genome), validation_accuracy=50.0, parameters=10)


def run(strategy: Strategy, evaluate: Callable[[object], Result], trials: int, seed: int = 0) -> list[Result]:
    """Return the history of a search."""
    history: list[Result] = []
    for trial in range(trials):
        history.append(evaluate(strategy.propose(history, trial_generator(seed, trial))))
    return history
