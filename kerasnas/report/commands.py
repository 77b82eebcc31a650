"""The commands that come to a result again."""

from __future__ import annotations

import shlex

from kerasnas.results import Protocol

_ALWAYS = ("dataset", "epochs", "patience", "batch_size", "learning_rate", "train_fraction", "validation_fraction")
_WHERE_SET = ("drop_path", "cutout", "augment")


def protocol_options(protocol: Protocol) -> str:
    """Return the options that ask for `protocol` but for its seed, quoted for a shell."""
    names = [*_ALWAYS, *(name for name in _WHERE_SET if getattr(protocol, name))]
    words = [word for name in names for word in (f"--{name.replace('_', '-')}", str(getattr(protocol, name)))]
    return shlex.join([*words, *(["--auxiliary"] if protocol.auxiliary_weight else [])])
