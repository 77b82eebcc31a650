"""The operations that a supernet mixes, known by name."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from kerasnas.errors import SettingsError


class Kind(Enum):
    """How an operation is computed."""

    NONE = "zeros of the output's shape"
    SKIP = "identity, or a factorized reduction at stride 2"
    AVERAGE_POOL = "mean over the real pixels of a window"
    MAX_POOL = "maximum over the real pixels of a window"
    SEPARABLE = "ReLU, depthwise convolution, pointwise convolution, batch norm"
    CONVOLUTION = "ReLU, convolution, batch norm"


@dataclass(frozen=True)
class Primitive:
    """One operation of a search space.

    Attributes:
        name: the name that genotypes use.
        kind: how it is computed.
        kernel: side of the window in pixels.
        dilation: distance in pixels between the kernel's taps.
        repeats: how often a separable block is applied; only the first takes the stride.
    """

    name: str
    kind: Kind
    kernel: int = 1
    dilation: int = 1
    repeats: int = 1


_ALL = (
    Primitive("none", Kind.NONE),
    Primitive("skip_connect", Kind.SKIP),
    Primitive("max_pool_3x3", Kind.MAX_POOL, kernel=3),
    Primitive("avg_pool_3x3", Kind.AVERAGE_POOL, kernel=3),
    Primitive("sep_conv_3x3", Kind.SEPARABLE, kernel=3, repeats=2),
    Primitive("sep_conv_5x5", Kind.SEPARABLE, kernel=5, repeats=2),
    Primitive("sep_conv_7x7", Kind.SEPARABLE, kernel=7, repeats=2),
    Primitive("dil_conv_3x3", Kind.SEPARABLE, kernel=3, dilation=2),
    Primitive("dil_conv_5x5", Kind.SEPARABLE, kernel=5, dilation=2),
    Primitive("nor_conv_1x1", Kind.CONVOLUTION, kernel=1),
    Primitive("nor_conv_3x3", Kind.CONVOLUTION, kernel=3),
)

BY_NAME = {primitive.name: primitive for primitive in _ALL}

# The order of the columns of alpha, which is that of the paper's code.
DARTS_PRIMITIVES = (
    "none",
    "max_pool_3x3",
    "avg_pool_3x3",
    "skip_connect",
    "sep_conv_3x3",
    "sep_conv_5x5",
    "dil_conv_3x3",
    "dil_conv_5x5",
)

NASBENCH201_PRIMITIVES = ("none", "skip_connect", "nor_conv_1x1", "nor_conv_3x3", "avg_pool_3x3")


def lookup(names: Sequence[str]) -> tuple[Primitive, ...]:
    """The primitives of these names, in the same order.

    Raises:
        SettingsError: a name is unknown or given twice, or there is none.
    """
    if not names:
        raise SettingsError("primitives: the list is empty; expected at least one name, such as 'skip_connect'.")
    for name in names:
        if name not in BY_NAME:
            raise SettingsError(f"primitives: unknown name {name!r}; expected some of {', '.join(BY_NAME)}.")
        if list(names).count(name) > 1:
            raise SettingsError(f"primitives: {name!r} is given more than once; name each operation once.")
    return tuple(BY_NAME[name] for name in names)
