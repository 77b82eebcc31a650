"""What a genome costs, computed from its text: exact, and before anything is built."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod

from kerasnas.genome import Genome, Network, expand
from kerasnas.genome.operations import IN_PLACE

BYTES_PER_VALUE = 4


@dataclass(frozen=True, slots=True)
class Cost:
    """The cost of one network for one image.

    Attributes:
        parameters: all weights, batch norm's moving statistics among them, as Keras' `count_params` has it.
        trainable_parameters: the weights that training changes.
        macs: multiply-adds of the convolutions and dense layers.
        peak_activation_bytes: the most memory that activations need at once in float32: while an operation
            runs, its inputs, its output, and whatever later operations still wait for. Batch norm and
            activations overwrite their input, as inference runtimes do.
    """

    parameters: int
    trainable_parameters: int
    macs: int
    peak_activation_bytes: int

    @property
    def model_bytes(self) -> int:
        """What the weights take in float32."""
        return self.parameters * BYTES_PER_VALUE


def cost(genome: Genome, input_shape: Sequence[int], classes: int, *, auxiliary: bool = False) -> Cost:
    """Return the exact cost of `genome` on images of `input_shape` `(height, width, channels)`.

    `auxiliary` counts the auxiliary head, which stands in training only.

    Raises:
        GenomeError: the network cannot exist on such images.
    """
    return network_cost(expand(genome, input_shape, classes, auxiliary=auxiliary))


def network_cost(network: Network) -> Cost:
    """Return the exact cost of a network."""
    trainable = other = macs = 0
    for node in network.nodes:
        trainable += node.trainable_parameters
        other += node.other_parameters
        macs += node.macs
    return Cost(trainable + other, trainable, macs, peak_activation_bytes(network))


def peak_activation_bytes(network: Network) -> int:
    """Return the largest sum of the activations alive at once, in bytes, for one image in float32."""
    last_reader = {source: number for number, node in enumerate(network.nodes) for source in node.inputs}
    sizes = {-1: prod(network.input_shape)}
    alive = peak = sizes[-1]
    for number, node in enumerate(network.nodes):
        sizes[number] = prod(node.shape)
        dying = [sizes[source] for source in set(node.inputs) if last_reader[source] == number]
        if not (dying and isinstance(node.operation, IN_PLACE)):
            alive += sizes[number]
            peak = max(peak, alive)
            alive -= sum(dying)
    return peak * BYTES_PER_VALUE
