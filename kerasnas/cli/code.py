"""`kerasnas code`: a genome as plain Keras code."""

from __future__ import annotations

from kerasnas.cli import options
from kerasnas.cli.output import print_json


def code(
    genome: options.Genome,
    input_shape: options.InputShape = "28,28,1",
    classes: options.Classes = 10,
    seed: options.Seed = 0,
    json: options.Json = False,
) -> None:
    """Print Keras code that builds the genome's model without kerasnas, to paste into a notebook or a file.

    The model takes images scaled to 0..1. Its layers stand in kerasnas' order: weights of a model.keras that kerasnas
    saved fit it, `model.set_weights(keras.models.load_model("model.keras").get_weights())`. Nothing is drawn at random
    here; --seed is taken so that every command takes it.

    Example: kerasnas code "NC 4 5 sigmoid;RC 64 3 relu;FL gelu" --input-shape 32,32,3 > model.py
    """
    from kerasnas.genome import parse, validate
    from kerasnas.training.quiet import import_backend_quietly

    parsed, shape = parse(genome), options.parse_shape(input_shape)
    validate(parsed, shape, classes)
    import_backend_quietly()
    from kerasnas.model.code import keras_code

    text = keras_code(parsed, shape, classes)
    if json:
        print_json({"genome": str(parsed), "input_shape": list(shape), "classes": classes, "code": text})
    else:
        print(text, end="")
