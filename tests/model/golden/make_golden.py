"""Make golden outputs of evaluation networks by running the DARTS authors' PyTorch code.

    python tests/model/golden/make_golden.py --peer DIR

DIR is a checkout of their repository (commit f276dd3 was used, with torch 2.13.0 on a CPU). Networks, weights and
images follow `rule.py`. Written beside this file: `outputs.npz`, for each network the logits with moving statistics
(`.evaluation`), and with a batch's own the logits of the classifier (`.training`) and the auxiliary head
(`.auxiliary`), each [BATCH, CLASSES].
"""

import argparse
import sys
import types
from collections import namedtuple
from pathlib import Path

import numpy as np
import rule
import torch

HERE = Path(__file__).parent


def network(module, case):
    genotype = eval(case.genotype, {"Genotype": namedtuple("Genotype", "normal normal_concat reduce reduce_concat")})
    kind = module.NetworkImageNet if case.imagenet else module.NetworkCIFAR
    model = kind(case.channels, rule.CLASSES, case.cells, True, genotype)
    model.drop_path_prob = 0.0
    with torch.no_grad():
        for name, value in model.state_dict().items():
            if value.is_floating_point():
                value.copy_(torch.from_numpy(rule.tensor(name, value.shape)))
    return model


def outputs(module, case):
    model, images = network(module, case), torch.from_numpy(rule.images(case.side))
    with torch.no_grad():
        evaluation, _ = model.eval()(images)
        training, auxiliary = model.train()(images)
    return {"evaluation": evaluation, "training": training, "auxiliary": auxiliary}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--peer", required=True, help="checkout of the DARTS authors' repository")
    sys.path.insert(0, str(Path(parser.parse_args().peer) / "cnn"))
    for name in ("torchvision", "torchvision.datasets", "torchvision.transforms"):
        sys.modules[name] = types.ModuleType(name)  # the reference imports it for its data sets, which are not used
    sys.modules["torchvision"].datasets = sys.modules["torchvision.datasets"]
    sys.modules["torchvision"].transforms = sys.modules["torchvision.transforms"]
    import model

    numbers = {
        f"{name}.{output}": value.numpy()
        for name, case in rule.CASES.items()
        for output, value in outputs(model, case).items()
    }
    np.savez_compressed(HERE / "outputs.npz", **numbers)


if __name__ == "__main__":
    main()
