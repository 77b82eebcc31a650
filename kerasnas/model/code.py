"""A genome as plain Keras code, which builds the same model without kerasnas."""

from __future__ import annotations

import inspect
from collections import Counter
from collections.abc import Sequence

from kerasnas.genome import Genome, Network, expand
from kerasnas.genome.language import format_gene
from kerasnas.genome.operations import Operation
from kerasnas.model.layers import layer_arguments

_IMAGE = "image"
_RUNNING = "x"
"""The variable of a map that the next line alone reads; a map that others read has a name of its own."""


def keras_code(genome: Genome, input_shape: Sequence[int], classes: int) -> str:
    """Return Python code that builds the Keras model of `genome` and leaves it in the variable `model`.

    The code imports Keras alone. Its model has the layers of `kerasnas.model.build.build` in the same order, so that
    `get_weights` of one fits `set_weights` of the other.

    Args:
        genome: the architecture.
        input_shape: the shape of one image, `(height, width, channels)`.
        classes: the number of classes.

    Raises:
        GenomeError: the network cannot exist on such images.
    """
    network = expand(genome, input_shape, classes)
    lines = [
        "import keras",
        "from keras import layers",
        "",
        f"# {genome}",
        f"{_IMAGE} = keras.Input({network.input_shape})",
    ]
    names = _names(network)
    layer = -1
    for number, node in enumerate(network.nodes):
        if node.layer != layer:
            layer = node.layer
            lines += ["", f"# {format_gene(genome.genes[layer])}"]
        read = [names[source] for source in node.inputs]
        maps = read[0] if len(read) == 1 else f"[{', '.join(read)}]"
        lines.append(f"{names[number]} = {_layer(node.operation)}({maps})")
    lines += ["", f"model = keras.Model({_IMAGE}, {names[len(network.nodes) - 1]})"]
    return "\n".join(lines) + "\n"


def _names(network: Network) -> dict[int, str]:
    """Return the variable that holds the output of each node; -1 is the network's input."""
    readers = Counter(source for node in network.nodes for source in set(node.inputs))
    last = len(network.nodes) - 1
    names = {-1: _IMAGE}
    for number in range(len(network.nodes)):
        next_alone = number < last and readers[number] == 1 and number in network.nodes[number + 1].inputs
        names[number] = _RUNNING if next_alone or number == last else f"h{number}"
    return names


def _layer(operation: Operation) -> str:
    """Return the call that makes the Keras layer of `operation`, less what Keras does unasked."""
    kind, arguments = layer_arguments(operation)
    assert isinstance(kind, type)
    words = []
    for name, parameter in inspect.signature(kind.__init__).parameters.items():
        if name not in arguments or _same(arguments[name], parameter.default):
            continue
        required = parameter.default is inspect.Parameter.empty
        value = _written(arguments[name])
        words.append(value if required else f"{name}={value}")
    return f"layers.{kind.__name__}({', '.join(words)})"


def _written(value: object) -> str:
    return f'"{value}"' if isinstance(value, str) else repr(value)


def _same(value: object, default: object) -> bool:
    """Tell whether a value is the default, which Keras may write once for each side, as in `(1, 1)`."""
    return value == default or (isinstance(default, tuple) and default == (value,) * len(default))
