"""The same evaluator over a real Ray cluster of two nodes, one of which dies in mid-run."""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from kerasnas.data import load
from kerasnas.evaluation import InProcessEvaluator, Job
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
    for result in evaluator.evaluate(map(Job, genomes)):
        results.append(result)
        if len(results) == 4:
            cluster.remove_node(next(node for node in cluster.worker_nodes), allow_graceful=False)
    assert Counter(result.genome for result in results) == Counter(genomes)
    assert {result.status for result in results} == {OK}


@pytest.mark.slow
def test_a_genome_that_aborts_or_hangs_becomes_a_row(cluster) -> None:  # type: ignore[no-untyped-def]
    healthy = "NC 9 3 relu;FL relu"
    statuses = {}
    for genomes, timeout in (([ABORTING, healthy], None), ([HANGING], 5)):
        evaluator = RayEvaluator(
            None,  # type: ignore[arg-type]
            SETTINGS,
            PROTOCOL,
            address=cluster.address,
            timeout=timeout,
            train=slow_result,
        )
        statuses |= {result.genome: result.status for result in evaluator.evaluate(map(Job, genomes))}
    assert statuses == {ABORTING: "crashed", healthy: OK, HANGING: "timeout"}


@pytest.mark.slow
def test_training_there_gives_what_training_here_gives(cluster) -> None:  # type: ignore[no-untyped-def]
    digits = load("digits")
    genome = "RC 2 5 relu;FL relu"
    evaluator = RayEvaluator(digits, SETTINGS, SETTINGS.protocol(digits), address=cluster.address)
    (there,) = evaluator.evaluate([Job(genome)])
    (here,) = InProcessEvaluator(digits, SETTINGS).evaluate([Job(genome)])
    assert there.status == OK
    assert there.protocol == here.protocol
    # The number of threads differs, and with it the last digits.
    assert there.training_loss == pytest.approx(here.training_loss, rel=1e-3)
