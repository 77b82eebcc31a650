"""Options by the names that command lines and settings files use: `partial-channels=4`, `edge-normalisation`."""

from __future__ import annotations

from collections.abc import Callable

from kerasnas.darts.options.auxiliary_skip import AuxiliarySkip
from kerasnas.darts.options.base import SearchOption
from kerasnas.darts.options.beta_decay import BetaDecay
from kerasnas.darts.options.edge_normalisation import EdgeNormalisation
from kerasnas.darts.options.gumbel import GumbelSampling
from kerasnas.darts.options.partial_channels import PartialChannels
from kerasnas.darts.options.warm_up import WarmUp
from kerasnas.errors import SettingsError

OPTIONS: dict[str, tuple[Callable[..., SearchOption], Callable[[str], float] | None]] = {
    "partial-channels": (PartialChannels, int),
    "edge-normalisation": (EdgeNormalisation, None),
    "gumbel": (GumbelSampling, float),
    "auxiliary-skip": (AuxiliarySkip, float),
    "beta-decay": (BetaDecay, float),
    "warm-up": (WarmUp, float),
}
"""The class of each option, and what reads the value that may follow `=`, its first argument."""


def read_option(text: str) -> SearchOption:
    """Return the option that `text` writes.

    Raises:
        SettingsError: the name is unknown, or the value is not one of this option's.
    """
    name, separator, value = text.partition("=")
    if name not in OPTIONS:
        raise SettingsError(f"option {text!r}: unknown name; expected one of {', '.join(OPTIONS)}.")
    make, read = OPTIONS[name]
    if not separator:
        return make()
    if read is None:
        raise SettingsError(f"option {text!r}: {name} takes no value.")
    try:
        number = read(value)
    except ValueError:
        raise SettingsError(f"option {text!r}: {value!r} is not a number; write {name}=NUMBER or {name}.") from None
    return make(number)
