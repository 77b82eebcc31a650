"""The commands that come to a result again."""

from __future__ import annotations

import shlex

from kerasnas.results import Protocol
from kerasnas.results.protocol import ADDED_LATER

_WITHOUT_OPTION = ("auxiliary_weight", "estimator")
"""The first is asked for by a flag, and what was estimated in some other way is trained when it is built again."""

_ALWAYS = ("dataset", "epochs", "patience", "batch_size", "learning_rate", "train_fraction", "validation_fraction")


def protocol_options(protocol: Protocol) -> str:
    """Return the options that ask for `protocol` but for its seed, quoted for a shell."""
    where_set = (name for name, usual in ADDED_LATER.items() if getattr(protocol, name) != usual)
    names = [*_ALWAYS, *(name for name in where_set if name not in _WITHOUT_OPTION)]
    words = [word for name in names for word in (f"--{name.replace('_', '-')}", str(getattr(protocol, name)))]
    return shlex.join([*words, *(["--auxiliary"] if protocol.auxiliary_weight else [])])
