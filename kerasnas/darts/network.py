"""The macro-networks of supernets: DARTS' and NAS-Bench-201's."""

from collections.abc import Sequence
from typing import Any

import keras
from keras import ops

from kerasnas.darts.cell import MixedCell
from kerasnas.darts.layers import BatchNorm, ConvBatchNorm, FactorizedReduce, fan_in_uniform
from kerasnas.darts.options.base import MakeEdges
from kerasnas.darts.outline import OutlinedCalls, Wanted
from kerasnas.darts.primitives import Primitive
from kerasnas.darts.state import StateEdges

Tensor = Any

STEM_MULTIPLIER = 3


class DartsCell(keras.layers.Layer):
    """A mixed cell with the 1x1 blocks that bring its two inputs to its own width and size.

    Args:
        primitives: the operations of each edge.
        before_previous: channels of the cell before the previous one.
        previous: channels of the previous cell.
        channels: channels of this cell's states.
        nodes: number of nodes; the output concatenates them all.
        reduction: whether this cell halves height and width.
        previous_reduction: whether the previous one did.
        outlined: the traced functions, shared by all cells of a supernet.
        make_edges: see `MixedCell`.

    Call arguments:
        inputs: the outputs of the two cells before, the older first.
        mixture: [edges, operations], the softmax of alpha.
        training: see `BatchNorm`.
        wanted: the gradients that will be asked for.
    """

    def __init__(
        self,
        primitives: Sequence[Primitive],
        before_previous: int,
        previous: int,
        channels: int,
        nodes: int,
        reduction: bool,
        previous_reduction: bool,
        outlined: OutlinedCalls,
        make_edges: MakeEdges = StateEdges,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.reduction = reduction
        self.preprocess0 = (
            FactorizedReduce(before_previous, channels)
            if previous_reduction
            else ConvBatchNorm(before_previous, channels, 1)
        )
        self.preprocess1 = ConvBatchNorm(previous, channels, 1)
        self.mixed = MixedCell(
            primitives, channels, nodes, inputs=2, reduction=reduction, outlined=outlined, make_edges=make_edges
        )
        self.built = True

    def call(
        self,
        inputs: Sequence[Tensor],
        mixture: Tensor,
        training: bool = False,
        wanted: Wanted = Wanted.BOTH,
    ) -> Tensor:
        """[batch, height', width', nodes * channels]; see the class."""
        states = [
            self.preprocess0(inputs[0], training=training),
            self.preprocess1(inputs[1], training=training),
        ]
        return ops.concatenate(self.mixed(states, mixture, training=training, wanted=wanted), axis=-1)


class DartsNetwork(keras.layers.Layer):
    """The search network of DARTS (Liu et al. 2019) between image and logits.

    Args:
        primitives: the operations of each edge.
        channels: channels of the first cells; they double in each of the two reduction cells.
        layers: number of cells.
        nodes: nodes of each cell.
        image_channels: channels of the images.
        classes: number of classes.
        outlined: the traced functions; new ones by default.
        make_edges: see `MixedCell`.

    Call arguments:
        x: images, [batch, height, width, image channels].
        mixtures: the softmax of the alphas of normal and of reduction cells, each [edges, operations].
        training: see `BatchNorm`.
        wanted: the gradients that will be asked for.
    """

    def __init__(
        self,
        primitives: Sequence[Primitive],
        channels: int,
        layers: int,
        nodes: int,
        image_channels: int,
        classes: int,
        outlined: OutlinedCalls | None = None,
        make_edges: MakeEdges = StateEdges,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        outlined = outlined or OutlinedCalls()
        before_previous = previous = STEM_MULTIPLIER * channels
        self.stem = ConvBatchNorm(image_channels, previous, 3, affine=True, relu=False)
        self.cells = []
        previous_reduction = False
        for i in range(layers):
            reduction = i in reduction_cells(layers)
            channels *= 2 if reduction else 1
            cell = DartsCell(
                primitives,
                before_previous,
                previous,
                channels,
                nodes,
                reduction,
                previous_reduction,
                outlined,
                make_edges,
            )
            self.cells.append(cell)
            before_previous, previous, previous_reduction = previous, nodes * channels, reduction
        self.classifier = Classifier(previous, classes)
        self.built = True

    def call(
        self,
        x: Tensor,
        mixtures: Sequence[Tensor],
        training: bool = False,
        wanted: Wanted = Wanted.BOTH,
    ) -> Tensor:
        """Logits, [batch, classes]; see the class."""
        normal, reduce = mixtures
        older = newer = self.stem(x, training=training)
        for cell in self.cells:
            mixture = reduce if cell.reduction else normal
            older, newer = newer, cell([older, newer], mixture, training=training, wanted=wanted)
        return self.classifier(newer)


def reduction_cells(layers: int) -> set[int]:
    """Which of `layers` cells halve height and width: those after one and two thirds."""
    return {layers // 3, 2 * layers // 3}


class ResidualBlock(keras.layers.Layer):
    """NAS-Bench-201's block between stages: two 3x3 convolutions beside a pooled 1x1 one, at stride 2.

    Args:
        channels: input channels.
        filters: output channels.
    """

    def __init__(self, channels: int, filters: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.first = ConvBatchNorm(channels, filters, 3, stride=2, affine=True)
        self.second = ConvBatchNorm(filters, filters, 3, affine=True)
        self.shortcut = keras.layers.Conv2D(filters, 1, use_bias=False, kernel_initializer=fan_in_uniform(channels))
        self.shortcut.build((None, None, None, channels))
        self.built = True

    def call(self, x: Tensor, training: bool = False) -> Tensor:
        """[batch, h, w, channels] to [batch, h / 2, w / 2, filters]; see the class."""
        pooled = ops.average_pool(x, 2, strides=2, padding="valid", data_format="channels_last")
        return self.shortcut(pooled) + self.second(self.first(x, training=training), training=training)


class NasBench201Network(keras.layers.Layer):
    """The supernet of NAS-Bench-201 (Dong and Yang, ICLR 2020) between image and logits.

    A 3x3 stem; three stages of equal cells, each twice as wide as the one before, with a residual block of
    stride 2 between; batch norm and ReLU; global pooling; a linear classifier. A cell's output is its
    last node.

    Args:
        primitives: the operations of each edge.
        channels: channels of the first stage; the paper's is 16.
        cells_per_stage: cells of each of the three stages; the paper's is 5.
        nodes: nodes of a cell besides its input; the paper's is 3.
        image_channels: channels of the images.
        classes: number of classes.
        outlined: the traced functions; new ones by default.
        make_edges: see `MixedCell`.

    Call arguments:
        x: images, [batch, height, width, image channels].
        mixtures: the softmax of the one alpha, a list of one tensor [edges, operations].
        training: see `BatchNorm`.
        wanted: the gradients that will be asked for.
    """

    def __init__(
        self,
        primitives: Sequence[Primitive],
        channels: int,
        cells_per_stage: int,
        nodes: int,
        image_channels: int,
        classes: int,
        outlined: OutlinedCalls | None = None,
        make_edges: MakeEdges = StateEdges,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.stem = ConvBatchNorm(image_channels, channels, 3, affine=True, relu=False)
        outlined = outlined or OutlinedCalls()
        widths = (channels, 2 * channels, 4 * channels)
        # One flat list, since Keras saves no lists within lists.
        self.cells = [
            MixedCell(primitives, width, nodes, inputs=1, pool_norm=False, outlined=outlined, make_edges=make_edges)
            for width in widths
            for _ in range(cells_per_stage)
        ]
        self._cells_per_stage = cells_per_stage
        self.between = [ResidualBlock(width, 2 * width) for width in widths[:-1]]
        self.last_norm = BatchNorm(widths[-1], affine=True)
        self.classifier = Classifier(widths[-1], classes)
        self.built = True

    def call(
        self,
        x: Tensor,
        mixtures: Sequence[Tensor],
        training: bool = False,
        wanted: Wanted = Wanted.BOTH,
    ) -> Tensor:
        """Logits, [batch, classes]; see the class."""
        x = self.stem(x, training=training)
        for i, cell in enumerate(self.cells):
            stage, place = divmod(i, self._cells_per_stage)
            if stage and not place:
                x = self.between[stage - 1](x, training=training)
            x = cell([x], mixtures[0], training=training, wanted=wanted)[-1]
        return self.classifier(ops.relu(self.last_norm(x, training=training)))


class Classifier(keras.layers.Layer):
    """Global average pooling and a linear layer, with PyTorch's default initial values."""

    def __init__(self, channels: int, classes: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        bound = fan_in_uniform(channels)
        self.dense = keras.layers.Dense(classes, kernel_initializer=bound, bias_initializer=fan_in_uniform(channels))
        self.dense.build((None, channels))
        self.built = True

    def call(self, x: Tensor) -> Tensor:
        """[batch, height, width, channels] to logits, [batch, classes]."""
        # Not ops.mean: on JAX, Keras computes it in single precision even for inputs in double precision.
        return self.dense(ops.sum(x, axis=(1, 2)) / (x.shape[1] * x.shape[2]))
