"""The options that ask for a protocol again."""

import shlex
from dataclasses import replace

from kerasnas.report.commands import protocol_options
from tests.report.rows import PROTOCOL


def test_all_that_differs_from_the_usual_recipe_is_asked_for():
    asked = replace(
        PROTOCOL,
        auxiliary_weight=0.4,
        drop_path=0.2,
        cutout=16,
        augment="crop,flip",
        class_weights="balanced",
        division="random",
    )
    words = shlex.split(protocol_options(asked))
    assert words[: words.index("--drop-path")] == shlex.split(protocol_options(PROTOCOL))
    assert words[words.index("--drop-path") :] == [
        "--drop-path", "0.2", "--cutout", "16", "--augment", "crop,flip", "--class-weights", "balanced", "--auxiliary",
        "--random-split",
    ]  # fmt: skip
