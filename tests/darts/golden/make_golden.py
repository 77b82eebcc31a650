"""Make golden numbers by running the paper's PyTorch code.

    python tests/darts/golden/make_golden.py --peer DIR

DIR is a checkout of the DARTS authors' repository (commit f276dd3 was used, with torch 2.13.0 on a CPU).
Weights and inputs follow `rule.py`. Written beside this file: `forward.npz`, the logits, the loss and its
gradients by the parameters' names; `steps.npz`, alphas and some weights after each of two search steps, first
and second order.
"""

import argparse
import sys
from pathlib import Path

import numpy as np
import rule
import torch

HERE = Path(__file__).parent
ADAM = {"lr": 3e-4, "betas": (0.5, 0.999), "weight_decay": 1e-3}
KEPT = (
    "stem.0.weight",
    "cells.0._ops.0._ops.5.op.5.weight",
    "cells.2.preprocess0.conv_1.weight",
    "classifier.bias",
)


def network(module):
    criterion = torch.nn.CrossEntropyLoss()
    model = module.Network(rule.CHANNELS, rule.CLASSES, rule.LAYERS, criterion, steps=rule.NODES, multiplier=rule.NODES)
    with torch.no_grad():
        for name, value in model.named_parameters():
            value.copy_(torch.from_numpy(rule.parameter(name, value.shape)))
        for value, name in zip(model.arch_parameters(), ("normal", "reduce"), strict=True):
            value.copy_(torch.from_numpy(rule.alpha(name)))
    return model


def batch(which, step):
    images, labels = rule.batch(which, step)
    return torch.from_numpy(images), torch.from_numpy(labels)


def forward_numbers(module):
    model = network(module)
    images, labels = batch(0, 0)
    logits = model(images)
    loss = torch.nn.functional.cross_entropy(logits, labels)
    loss.backward()
    numbers = {"logits": logits, "loss": loss}
    numbers |= {name: value.grad for name, value in model.named_parameters()}
    alphas = zip(("normal", "reduce"), model.arch_parameters(), strict=True)
    numbers |= {f"alphas.{name}": value.grad for name, value in alphas}
    numbers |= {name: value for name, value in model.named_buffers() if name.startswith("stem.1.running")}
    return {name: value.detach().numpy() for name, value in numbers.items()}


def step_numbers(module, architect_module, unrolled):
    model = network(module)
    fresh = network(module)
    model.new = lambda: with_alphas_of(model, fresh)
    settings = argparse.Namespace(
        momentum=0.9, weight_decay=3e-4, arch_learning_rate=ADAM["lr"], arch_weight_decay=ADAM["weight_decay"]
    )
    architect = architect_module.Architect(model, settings)
    optimizer = torch.optim.SGD(
        model.parameters(), rule.LEARNING_RATE, momentum=settings.momentum, weight_decay=settings.weight_decay
    )
    numbers = {}
    for step in range(rule.STEPS):
        train, valid = batch(0, step), batch(1, step)
        architect.step(*train, *valid, rule.LEARNING_RATE, optimizer, unrolled=unrolled)
        order = "second" if unrolled else "first"
        for name, value in zip(("normal", "reduce"), model.arch_parameters(), strict=True):
            numbers[f"{order}.{step}.alphas.{name}"] = value.detach().numpy().copy()
            numbers[f"{order}.{step}.alphas_gradient.{name}"] = value.grad.numpy().copy()
        optimizer.zero_grad()
        torch.nn.functional.cross_entropy(model(train[0]), train[1]).backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 5.0)
        optimizer.step()
        weights = dict(model.named_parameters())
        numbers |= {f"{order}.{step}.{name}": weights[name].detach().numpy().copy() for name in KEPT}
        for value in model.arch_parameters():
            value.grad = None
    return numbers


def with_alphas_of(model, other):
    for ours, theirs in zip(other.arch_parameters(), model.arch_parameters(), strict=True):
        ours.data.copy_(theirs.data)
        ours.grad = None
    other.zero_grad()
    return other


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--peer", required=True, help="checkout of the DARTS authors' repository")
    folder = Path(parser.parse_args().peer) / "cnn"
    sys.path.insert(0, str(folder))
    torch.Tensor.cuda = torch.nn.Module.cuda = lambda self, *_: self  # the reference assumes a GPU
    import architect
    import model_search

    np.savez_compressed(HERE / "forward.npz", **forward_numbers(model_search))
    numbers = step_numbers(model_search, architect, False) | step_numbers(model_search, architect, True)
    np.savez_compressed(HERE / "steps.npz", **numbers)


if __name__ == "__main__":
    main()
