"""The commands that come to a result again."""

from __future__ import annotations

import shlex

from kerasnas.results import Protocol
from kerasnas.results.protocol import ADDED_LATER

_FLAGS = {"auxiliary_weight": "--auxiliary", "division": "--random-split"}

_WITHOUT_OPTION = (*_FLAGS, "estimator")
"""What was estimated in some other way is trained when it is built again."""

_ALWAYS = ("dataset", "epochs", "patience", "batch_size", "learning_rate", "train_fraction", "validation_fraction")


def protocol_options(protocol: Protocol) -> str:
    """Return the options that ask for `protocol` but for its seed, quoted for a shell."""
    where_set = (name for name, usual in ADDED_LATER.items() if getattr(protocol, name) != usual)
    names = [*_ALWAYS, *(name for name in where_set if name not in _WITHOUT_OPTION)]
    words = [word for name in names for word in (f"--{name.replace('_', '-')}", str(getattr(protocol, name)))]
    return shlex.join([*words, *(flag for name, flag in _FLAGS.items() if getattr(protocol, name))])
