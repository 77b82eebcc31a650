"""`import kerasnas as kn`: what it offers, and that it is cheap until it is used."""

import typing

import numpy as np
import pytest

import kerasnas as kn
import kerasnas.search.live
from kerasnas.errors import SettingsError
from tests.processes import run_python
from tests.strategies import EXAMPLE

SMALL = "RC 4 3 relu;FL relu"
pytestmark = pytest.mark.backend


def test_every_public_name_is_there_and_documented():
    assert set(kn.__all__) <= set(dir(kn))
    for name in set(kn.__all__) - {"__version__"}:
        assert getattr(kn, name).__doc__, name
    for name in ("build", "code", "cost", "show", "train"):
        assert "return" in typing.get_type_hints(getattr(kn, name), localns=_names()), name
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = kn.nothing


def _names():
    import keras

    from kerasnas.api import Drawing, Search
    from kerasnas.data import Dataset
    from kerasnas.training.train import Epoch, TrainedGenome

    names = (Drawing, Search, Dataset, Epoch, TrainedGenome)
    return {"keras": keras, **{name.__name__: name for name in names}}


def test_the_import_and_what_needs_no_model_bring_no_backend():
    printed = run_python(
        "import sys, kerasnas as kn\n"
        f"print(kn.cost({EXAMPLE!r}).parameters)\n"
        f"kn.parse({EXAMPLE!r}), kn.Result, kn.read, kn.TrainingSettings, kn.search\n"
        "assert not {'keras', 'tensorflow', 'jax'} & set(sys.modules)\n"
    )
    assert printed.strip() == "16598"


def test_build_gives_the_model():
    assert kn.build(EXAMPLE).count_params() == kn.cost(EXAMPLE).parameters == 16598
    first, again = (kn.build(kn.parse(SMALL), (8, 8, 1), 3, seed=4).get_weights() for _ in range(2))
    assert all(np.array_equal(a, b) for a, b in zip(first, again, strict=True))


def test_a_genome_shows_itself_as_what_makes_it():
    assert repr(kn.parse(SMALL)) == f"parse({SMALL!r})"


def test_texts_of_a_result_do_nothing_in_a_notebook():
    shown = kn.Result("<script>harm()</script>", status="failed", reason="<b>")._repr_html_()
    assert "<script>" not in shown
    assert "&lt;b&gt;" in shown


def test_show_is_a_graph_in_a_notebook_and_text_elsewhere():
    drawing = kn.show(EXAMPLE)
    assert "RC 64 3 relu" in repr(drawing)
    assert "<svg" in drawing._repr_svg_()


def test_train_and_search(tmp_path):
    trained = kn.train(SMALL, "digits", epochs=1, train_fraction=0.2)
    assert trained.result.ok
    assert trained.model.count_params() == trained.result.parameters
    assert f"{trained.result.parameters:,} parameters, 1 epochs, validation" in repr(trained)
    assert trained._repr_html_().count("<tr>") == 2  # the head and the one epoch
    assert f"<td>{trained.result.validation_accuracy:.2f}</td>" in trained.result._repr_html_()
    with pytest.raises(SettingsError, match="epochs"):
        kn.train(SMALL, "digits", epochs=0)
    options = {"trials": 2, "out": tmp_path / "results.csv", "epochs": 1, "train_fraction": 0.1, "max_macs": 300_000}
    found = kn.search("digits", "random", **options)  # called although the package kerasnas.search is imported
    assert len(found.results) == 2
    assert found.best in found.results
    assert all(result.macs <= 300_000 for result in found.results)
    assert all(f"<td>{result.genome}</td>" in found._repr_html_() for result in found.results)
    assert "2 trials" in repr(found)
    trained_now = []
    again = kn.search("digits", "random", **options, on_result=trained_now.append)
    assert [result.genome for result in again.results] == [result.genome for result in found.results]
    assert trained_now == []
