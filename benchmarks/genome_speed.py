"""How fast genomes are parsed and their costs computed, and what the command line costs to start.

    python benchmarks/genome_speed.py

CPU time of this process, the best of seven passes over 5,000 distinct genomes; for the commands, the CPU time of
the whole process, the median of five. The first pass of `parse` meets every text for the first time; the caches
of genes and layers are those that a search would have.
"""

from __future__ import annotations

import resource
import statistics
import subprocess
import sys
import time
from random import Random

from kerasnas.genome import ChainSpace, parse
from kerasnas.genome.language import _remembered_gene
from kerasnas.model.cost import cost

EXAMPLE = "NC 4 5 sigmoid;RC 64 3 relu;NC 4 5 sigmoid;RC 64 3 relu;FL gelu"
GENOMES = 5_000
PASSES = 7


def rate(work, items: list) -> float:
    """Return how many items a second of CPU time are worked on, the best of the passes."""
    seconds = []
    for _ in range(PASSES):
        started = time.process_time()
        for item in items:
            work(item)
        seconds.append(time.process_time() - started)
    return len(items) / min(seconds)


def uncached_parse(text: str) -> object:
    """Parse as if no gene had been met before."""
    _remembered_gene.cache_clear()
    return parse(text)


def command_seconds(*arguments: str) -> float:
    """Return the median CPU seconds of `kerasnas ARGUMENTS`."""
    seconds = []
    for _ in range(5):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run([sys.executable, "-m", "kerasnas", *arguments], check=True, capture_output=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        seconds.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return statistics.median(seconds)


def main() -> None:
    space = ChainSpace((28, 28, 1), 10)
    rng = Random(0)
    genomes = [space.sample(rng) for _ in range(GENOMES)]
    texts = [str(genome) for genome in genomes]
    print(f"parse, genes met before   {rate(parse, texts):>10,.0f} a second")
    print(f"parse, every gene new     {rate(uncached_parse, texts):>10,.0f} a second")
    print(f"cost                      {rate(lambda genome: cost(genome, (28, 28, 1), 10), genomes):>10,.0f} a second")
    print(f"kerasnas --help           {command_seconds('--help'):>10.2f} s of CPU time")
    print(f"kerasnas inspect          {command_seconds('inspect', EXAMPLE):>10.2f} s of CPU time")


if __name__ == "__main__":
    main()
