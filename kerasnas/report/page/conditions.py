"""Rows that may be compared with each other: those of one protocol, whatever their seed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random
from statistics import fmean
from typing import get_args

from kerasnas.errors import ResultsError
from kerasnas.report.page.inputs import Row
from kerasnas.results import Protocol, Table
from kerasnas.results.protocol import RANDOM
from kerasnas.search.candidates import Comparable, Cost, comparable, pareto_front
from kerasnas.search.fitness import DEFAULT_PENALTY
from kerasnas.search.table_climb import climb

RESTARTS = 100
COSTS = get_args(Cost)


@dataclass(frozen=True)
class Conditions:
    """The rows measured under one protocol, of all its seeds.

    Attributes:
        protocol: with the seed 0; None for rows that state none.
        rows: the numbers of the rows.
        seeds: of the rows.
        fronts: the rows of the Pareto front of accuracy against each of `COSTS`, the smallest first.
        chosen: the row that the hill climb chooses, or None where no row has an accuracy and a size.
        accuracy: which accuracy front and choice go by.
        notes: what was passed over for them, and why.
    """

    protocol: Protocol | None
    rows: list[int]
    seeds: list[int]
    fronts: dict[str, list[int]]
    chosen: int | None
    accuracy: str
    notes: list[str]


def without_seed(protocol: Protocol | None) -> Protocol | None:
    """Return the protocol with the seed 0: what rows of all seeds share."""
    return None if protocol is None else replace(protocol, seed=0)


def conditions_of(rows: Sequence[Row]) -> list[Conditions]:
    """Return the conditions that there are, those with most rows first."""
    groups: dict[Protocol | None, list[int]] = {}
    for number, row in enumerate(rows):
        groups.setdefault(without_seed(row.result.protocol), []).append(number)
    ordered = sorted(groups.items(), key=lambda group: -len(group[1]))
    found = [_conditions(protocol, numbers, rows) for protocol, numbers in ordered]
    for one in found:
        if one.protocol is not None and one.protocol.division == RANDOM:
            one.notes.append(_flattery(one, found, rows))
    return found


def _flattery(divided: Conditions, all_conditions: Sequence[Conditions], rows: Sequence[Row]) -> str:
    """Return a note on how much higher accuracies are where images were divided at random than by subject."""

    def accuracies(conditions: Conditions) -> dict[str, float]:
        results = [rows[number].result for number in conditions.rows]
        return {r.genome: r.testing_accuracy for r in results if r.ok and r.testing_accuracy is not None}

    def without_data(protocol: Protocol | None) -> Protocol | None:
        return protocol and replace(protocol, division="", data_hash="")

    note = "the images were divided at random: a subject may be trained on and tested on, which flatters"
    here = accuracies(divided)
    for other in all_conditions:
        if other is divided or without_data(other.protocol) != without_data(divided.protocol):
            continue
        there = accuracies(other)
        if other.protocol and not other.protocol.division and (both := here.keys() & there.keys()):
            points = fmean(here[genome] - there[genome] for genome in both)
            what = f"{len(both)} genomes that are" if len(both) > 1 else "one genome that is"
            note += f"; {what} here with subjects kept apart too: {points:+.1f} points of testing accuracy at random"
    return note


def _conditions(protocol: Protocol | None, numbers: list[int], rows: Sequence[Row]) -> Conditions:
    seeds = sorted({p.seed for number in numbers if (p := rows[number].result.protocol) is not None})
    # One protocol for all, or `comparable` would keep the rows of one seed.
    results = {number: replace(rows[number].result, protocol=protocol) for number in numbers}
    fronts: dict[str, list[int]] = {}
    chosen, accuracy, notes = None, "validation accuracy", []
    for size in COSTS:
        try:
            table = comparable(Table(Path("results"), list(results.values())), size)
        except ResultsError:
            fronts[size] = []
            continue
        number_of = {id(result): number for number, result in results.items()}
        numbers_of_rows = [number_of[id(row)] for row in table.rows]
        fronts[size] = _front(table, numbers_of_rows)
        if size == "parameters":
            best = climb(table.candidates, penalty=DEFAULT_PENALTY, restarts=RESTARTS, rng=Random(0)).best
            chosen = numbers_of_rows[table.candidates.index(best)]
            accuracy, notes = table.accuracy_column, list(table.notes)
    if len(seeds) > 1:
        notes.append(f"{len(seeds)} seeds, each with validation images of its own, stand side by side")
    return Conditions(protocol, numbers, seeds, fronts, chosen, accuracy, notes)


def _front(table: Comparable, numbers: Sequence[int]) -> list[int]:
    number_of = dict(zip(table.candidates, numbers, strict=True))
    return [number_of[candidate] for candidate in pareto_front(table.candidates)]
