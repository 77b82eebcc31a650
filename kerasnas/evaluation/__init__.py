"""Evaluation: genomes in, results out, in this process or in many. Importing this package imports no backend."""

from kerasnas.evaluation.batch import Batch, evaluate_into, existing_results, plan, read_genomes
from kerasnas.evaluation.evaluator import Evaluator, Job
from kerasnas.evaluation.in_process import InProcessEvaluator
from kerasnas.evaluation.measures import Measures
from kerasnas.evaluation.pool import PoolEvaluator
from kerasnas.evaluation.progress import Progress
from kerasnas.evaluation.task import TrainingTask

__all__ = [
    "Batch",
    "Evaluator",
    "InProcessEvaluator",
    "Job",
    "Measures",
    "PoolEvaluator",
    "Progress",
    "TrainingTask",
    "evaluate_into",
    "existing_results",
    "plan",
    "read_genomes",
]
