"""The same evaluator over a real Ray cluster of two nodes, one of which dies in mid-run."""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from kerasnas.data import load
from kerasnas.evaluation import InProcessEvaluator
from kerasnas.evaluation.ray_pool import RayEvaluator
from kerasnas.results import OK, Result
from kerasnas.training.settings import TrainingSettings
from tests.evaluation.fault_tasks import ABORTING, HANGING, PROTOCOL

ray = pytest.importorskip("ray", reason="the extra kerasnas[ray] is not installed")
SETTINGS = TrainingSettings(epochs=1, batch_size=64, train_fraction=0.2)
REPOSITORY = str(Path(__file__).parents[2])


def slow_result(text: str, dataset: object, settings: TrainingSettings) -> Result:
    """Stand for a training that takes a while, aborts, or hangs, by its genome."""
    if text == ABORTING:
        os.abort()
    time.sleep(3600 if text == HANGING else 0.4)
    return Result(text, 1, testing_accuracy=50.0, attempts=1, protocol=PROTOCOL)


@pytest.fixture
def cluster(monkeypatch: pytest.MonkeyPatch) -> Iterator[object]:
    from ray.cluster_utils import Cluster

    monkeypatch.setenv("PYTHONPATH", REPOSITORY)
    cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 1})
    cluster.add_node(num_cpus=1)
    cluster.wait_for_nodes()
    yield cluster
    ray.shutdown()
    cluster.shutdown()


def test_every_row_comes_in_although_a_node_dies(cluster) -> None:  # type: ignore[no-untyped-def]
    genomes = [f"NC {filters} 3 relu;FL relu" for filters in range(1, 21)]
    evaluator = RayEvaluator(None, SETTINGS, PROTOCOL, address=cluster.address, train=slow_result)  # type: ignore[arg-type]
    results = []
    for result in evaluator.evaluate(genomes):
        results.append(result)
        if len(results) == 4:
            cluster.remove_node(next(node for node in cluster.worker_nodes), allow_graceful=False)
    assert Counter(result.genome for result in results) == Counter(genomes)
    assert {result.status for result in results} == {OK}


def test_a_genome_that_aborts_or_hangs_is_a_row_and_training_gives_the_numbers_of_this_process(cluster) -> None:  # type: ignore[no-untyped-def]
    faulty = RayEvaluator(None, SETTINGS, PROTOCOL, address=cluster.address, train=slow_result, timeout=4)  # type: ignore[arg-type]
    statuses = {result.genome: result.status for result in faulty.evaluate([ABORTING, HANGING, "NC 9 3 relu;FL relu"])}
    assert statuses == {ABORTING: "crashed", HANGING: "timeout", "NC 9 3 relu;FL relu": OK}

    digits = load("digits")
    genome = "RC 2 5 relu;FL relu"
    protocol = SETTINGS.protocol(digits)
    (there,) = RayEvaluator(digits, SETTINGS, protocol, address=cluster.address).evaluate([genome])
    (here,) = InProcessEvaluator(digits, SETTINGS).evaluate([genome])
    assert there.status == OK
    assert there.protocol == here.protocol
    assert there.testing_accuracy == pytest.approx(here.testing_accuracy, abs=1.0)
