"""Write hyper_steps.npz, on TensorFlow, from the repository's root: python -m tests.darts.golden.make_hyper_golden."""

from pathlib import Path

import numpy as np

from tests.darts.golden import hyper_rule
from tests.darts.hyper_steps import steps

if __name__ == "__main__":
    found = {f"{kind}.{name}": value for kind in hyper_rule.KINDS for name, value in steps(kind).items()}
    np.savez_compressed(Path(__file__).parent / "hyper_steps.npz", **found)
