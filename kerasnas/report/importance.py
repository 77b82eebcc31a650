"""Which genes matter: how much worse accuracy is foretold when one gene's values are shuffled."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from typing import TypeAlias

import numpy as np

from kerasnas.genome import Cell, Gene, Genome
from kerasnas.genome.cells import TwoInputCell

FEWEST = 20
"""Genomes; fewer say nothing."""
MOST = 600
"""Genomes that are looked at; of more, so many are drawn at random."""
LEAST_R2 = 0.1
"""Under this, on genomes held out, the figures are said to mean nothing."""
FOLDS = 5
REPEATS = 3
TREES = 30

Features: TypeAlias = "dict[str, str | int]"


@dataclass(frozen=True)
class Importance:
    """What was found.

    Attributes:
        genes: with the mean and the standard deviation over the folds of the loss in R², the weightiest first.
        r2: of the forest on genomes held out; near or under 0, it foretells nothing and the figures mean nothing.
        genomes: how many were looked at.
        note: why there is nothing, or what was left out.
    """

    genes: list[tuple[str, float, float]]
    r2: float
    genomes: int
    note: str = ""


def gene_importance(genomes: Sequence[Genome], accuracies: Sequence[float], seed: int = 0) -> Importance:
    """Return the permutation importance of each gene's arguments, and of each edge's operation in cells.

    A random forest learns accuracy from the genes of four fifths of the genomes; on the fifth that is held out, the
    values of one gene after the other are shuffled, and the loss in R² is its importance; this for each fifth. Genes
    that go together share what they know, so that each of them looks less weighty than it is.

    Args:
        genomes: the architectures; those of the most frequent shape are looked at.
        accuracies: of each, in percent.
        seed: of all that is drawn at random.

    Source: Breiman, "Random Forests", Machine Learning 2001; the measure on held-out data as in scikit-learn.
    """
    tables = [features(genome) for genome in genomes]
    shapes = Counter(tuple(table) for table in tables)
    if not shapes:
        return Importance([], 0.0, 0, "no genome can be read")
    shape, count = shapes.most_common(1)[0]
    kept = [number for number, table in enumerate(tables) if tuple(table) == shape]
    note = "" if count == len(tables) else f"{len(tables) - count} genomes of other shapes were left out"
    if count > MOST:
        kept = sorted(np.random.default_rng(seed).choice(kept, MOST, replace=False).tolist())
        note = f"{note}; {MOST:,} of {count:,} genomes, drawn at random".lstrip("; ")
    names = _distinct([tables[number] for number in kept])
    if len(kept) < FEWEST or not names:
        return Importance([], 0.0, len(kept), f"{len(kept)} genomes of one shape; {FEWEST} that differ are needed")
    columns = np.array([[tables[number][name] for name in names] for number in kept], dtype=object)
    targets = np.array([accuracies[number] for number in kept])
    drops, scores = _held_out(columns, targets, seed)
    order = np.argsort(-drops.mean(axis=0), kind="stable")
    genes = [(names[i], float(drops[:, i].mean()), float(drops[:, i].std())) for i in order]
    r2 = float(np.mean(scores))
    if r2 < LEAST_R2:
        note = f"the genes foretell next to nothing here, so their importance means nothing; {note}".rstrip("; ")
    return Importance(genes, r2, len(kept), note)


def features(genome: Genome) -> Features:
    """Return what may be chosen in a genome, by name, such as `layer 1 (NC) kernel`."""
    found: Features = {}
    for number, gene in enumerate(genome.genes, start=1):
        found |= {f"layer {number} ({gene.token}) {name}": value for name, value in _choices(gene)}
    return found


def _choices(gene: Gene) -> Iterable[tuple[str, str | int]]:
    for field in fields(gene):
        value = getattr(gene, field.name)
        if isinstance(value, Cell | TwoInputCell):
            for node, edges in enumerate(value.nodes, start=1 if isinstance(value, Cell) else 2):
                for place, edge in enumerate(edges, start=1):
                    yield f"{field.name}: node {node}, edge {place}", edge.primitive
                    yield f"{field.name}: node {node}, edge {place} reads", edge.source
        elif isinstance(value, str | int):
            yield field.name, value


def _distinct(tables: Sequence[Features]) -> list[str]:
    """Return the names of what differs between genomes, one of those that always go together."""
    names: dict[tuple[str | int, ...], str] = {}
    for name in tables[0]:
        values = tuple(table[name] for table in tables)
        if len(set(values)) > 1:
            names.setdefault(values, name)
    return list(names.values())


def _held_out(columns: np.ndarray, targets: np.ndarray, seed: int) -> tuple[np.ndarray, list[float]]:
    """Return the losses in R², `(folds, columns)`, and the R² of each fold."""
    from sklearn.compose import make_column_transformer
    from sklearn.ensemble import RandomForestRegressor
    from sklearn.inspection import permutation_importance
    from sklearn.model_selection import KFold
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder

    named = [i for i in range(columns.shape[1]) if isinstance(columns[0, i], str)]
    drops, scores = [], []
    for train, held_out in KFold(FOLDS, shuffle=True, random_state=seed).split(columns):
        model = make_pipeline(
            make_column_transformer((OneHotEncoder(handle_unknown="ignore"), named), remainder="passthrough"),
            RandomForestRegressor(TREES, min_samples_leaf=2, random_state=seed),
        ).fit(columns[train], targets[train])
        scores.append(model.score(columns[held_out], targets[held_out]))
        found = permutation_importance(
            model, columns[held_out], targets[held_out], n_repeats=REPEATS, random_state=seed
        )
        drops.append(found.importances_mean)
    return np.array(drops), scores
