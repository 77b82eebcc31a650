"""`kerasnas --help`, `inspect` and `sample`."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from kerasnas.genome import BranchesSpace, HierarchicalSpace, SequenceSpace, VariableChainSpace, parse
from kerasnas.model.cost import cost
from tests.cli.running import EXAMPLE, kerasnas, kerasnas_json, kerasnas_process, refused

COMMANDS = (
    "inspect",
    "convert",
    "show",
    "code",
    "sample",
    "train-genome",
    "evaluate",
    "hillclimb",
    "plot",
    "report",
    "watch",
    "export",
    "benchmark",
)


def test_help_names_every_command() -> None:
    shown = kerasnas("--help")
    assert shown.returncode == 0
    assert all(command in shown.stdout for command in COMMANDS)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_with_an_example_and_takes_seed_and_json(command: str) -> None:
    shown = kerasnas(command, "--help").stdout
    assert f"Example: kerasnas {command}" in shown
    assert "--seed" in shown
    assert "--json" in shown


def test_help_and_inspect_import_no_backend() -> None:
    script = (
        "import sys\n"
        "from kerasnas.cli.main import app\n"
        f"for arguments in (['--help'], ['inspect', {EXAMPLE!r}]):\n"
        "    try: app(arguments)\n"
        "    except SystemExit as end: assert not end.code\n"
        "heavy = {'keras', 'tensorflow', 'jax', 'numpy', 'pandas', 'sklearn', 'matplotlib'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_inspect_of_the_example_genome() -> None:
    found = kerasnas_json("inspect", EXAMPLE + ";")
    assert found["parameters"] == 16_598
    assert found["genome"] == EXAMPLE
    assert (found["trainable_parameters"], found["macs"]) == (16_326, 1_637_056)
    assert sum(layer["parameters"] for layer in found["layers"]) == 16_598
    assert found["layers"][1]["output_shape"] == [13, 13, 64]


def test_inspect_takes_other_images_and_classes() -> None:
    found = kerasnas_json("inspect", "rc 8 3 RELU ; fl relu", "--input-shape", "9,7,3", "--classes", 2)
    costs = cost(parse("RC 8 3 relu;FL relu"), (9, 7, 3), 2)
    assert found["parameters"] == costs.parameters
    assert found["peak_activation_bytes"] == costs.peak_activation_bytes


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["NC 4 5 rulu;FL relu"], "character 8: unknown activation 'rulu'"),
        (["RC 4 7 relu;RC 4 7 relu;RC 4 7 relu;FL relu"], "7x7 kernel is larger than the 3x3 map"),
        ([EXAMPLE, "--input-shape", "28x28"], "--input-shape must be height,width,channels"),
        ([EXAMPLE, "--classes", "1"], "number of classes must be from 2"),
    ],
)
def test_inspect_refuses_in_one_line(arguments: list[str], message: str) -> None:
    line = refused("inspect", *arguments)
    assert line.startswith("kerasnas: error: ")
    assert message in line


def test_sample_gives_distinct_genomes_within_the_limits_by_seed() -> None:
    arguments = ("sample", 30, "--max-parameters", 5000, "--max-macs", 500_000, "--seed", 7)
    genomes = kerasnas(*arguments).stdout.split("\n")[:-1]
    assert len(set(genomes)) == 30
    for text in genomes:
        costs = cost(parse(text), (28, 28, 1), 10)
        assert costs.parameters <= 5000
        assert costs.macs <= 500_000
    assert kerasnas_json(*arguments)["genomes"] == genomes
    assert kerasnas_json(*arguments[:-1], 8)["genomes"] != genomes


def test_sample_says_when_the_limits_leave_too_few() -> None:
    done = kerasnas("sample", 3, "--max-parameters", 50)
    assert done.returncode == 1
    assert "only 0 of 3 genomes were found within the limits" in done.stderr
    assert "unknown layer type 'XX'" in refused("sample", 3, "--shape", "XX-FL")


def test_a_process_ends_as_the_entry_point_says() -> None:
    done = kerasnas_process("inspect", "NC 4 5 rulu;FL relu")
    assert (done.returncode, done.stdout) == (1, "")
    (line,) = done.stderr.splitlines()
    assert line == refused("inspect", "NC 4 5 rulu;FL relu")
    assert kerasnas_process("inspect", EXAMPLE).stdout == kerasnas("inspect", EXAMPLE).stdout


def test_unknown_options_and_commands_are_refused_in_words() -> None:
    assert "nonsense" in refused("nonsense")
    assert "--nonsense" in refused("inspect", EXAMPLE, "--nonsense")


def test_sample_of_cells() -> None:
    found = kerasnas_json("sample", 3, "--space", "cells", "--channels", 4, "--cells", 3, "--nodes", 2)
    genomes = [parse(text) for text in found["genomes"]]
    assert len(set(genomes)) == 3
    assert {(genome.genes[1].channels, genome.genes[1].cells) for genome in genomes} == {(4, 3)}
    assert all(len(genome.genes[1].normal.nodes) == 2 for genome in genomes)


def test_show_draws_in_the_terminal_and_into_a_file(tmp_path: Path) -> None:
    shown = kerasnas("show", EXAMPLE)
    assert shown.returncode == 0, shown.stderr
    assert [line.split("  ")[0] for line in shown.stdout.splitlines()[::2]] == ["image", *EXAMPLE.split(";")]
    found = kerasnas_json("show", EXAMPLE, "--out", tmp_path / "genome.svg")
    assert found["text"] == shown.stdout.rstrip("\n")
    assert (tmp_path / "genome.svg").read_text().startswith("<?xml")
    assert "must end in" in refused("show", EXAMPLE, "--out", tmp_path / "genome.jpeg")
    below = tmp_path / "genome.svg" / "below.svg"
    assert "cannot be written (File exists); name another --out" in refused("show", EXAMPLE, "--out", below)
    assert "the genome is empty" in refused("show", "")


def test_code_prints_keras_code_and_refuses_what_cannot_be_built() -> None:
    assert 'layers.Conv2D(4, 5, padding="same")' in kerasnas_json("code", EXAMPLE)["code"]
    assert "kernel is larger" in refused("code", EXAMPLE, "--input-shape", "3,3,1")


@pytest.mark.parametrize(
    ("arguments", "space"),
    [
        (
            ("--space", "chain", "--layers", "2-3", "--operations", "nc,MP", "--filters", "4,8"),
            VariableChainSpace((28, 28, 1), 10, (2, 3), ("NC", "MP"), (4, 8)),
        ),
        (("--space", "branches", "--layers", "3"), BranchesSpace((28, 28, 1), 10, (3, 3))),
        (
            ("--space", "hierarchical", "--stages", "1-2", "--cells", 2, "--nodes", 2, "--filters", "8,16"),
            HierarchicalSpace((28, 28, 1), 10, (1, 2), (1, 2), (8, 16), 2),
        ),
    ],
    ids=lambda given: getattr(given, "name", None),
)
def test_sample_of_spaces_whose_genomes_differ_in_length(arguments: tuple, space: SequenceSpace) -> None:
    genomes = [parse(text) for text in kerasnas_json("sample", 20, *arguments)["genomes"]]
    assert len(set(genomes)) == 20
    assert all(genome in space for genome in genomes)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--layers", "6-2"), "layers must be from 1 to 64, the smaller number first, found 6-2"),
        (("--layers", "two"), "--layers: expected a whole number such as 4 or a range such as 2-6, found 'two'"),
        (("--layers", "2-3", "--shape", "NC-FL"), "--shape fixes the layers of a chain"),
        (("--operations", "NC"), "give --layers too"),
        (("--space", "branches", "--operations", "NC,XC"), "unknown layer type 'XC'"),
        (("--space", "cells", "--layers", "2"), "--layers is for --space chain or branches, not for cells"),
        (("--space", "branches", "--stages", "2"), "--stages is for --space hierarchical, not for branches"),
    ],
)
def test_sample_refuses_options_that_make_no_sense(arguments: tuple, message: str) -> None:
    assert message in refused("sample", 1, *arguments)


def test_inspect_counts_what_a_join_costs() -> None:
    found = kerasnas_json("inspect", "NC 2 3 relu;RC 4 3 relu;JN 1+2;JN 0;MP 2;JN 3,5;FL relu", "--classes", 3)
    rows = {layer["layer"]: layer for layer in found["layers"]}
    assert rows["JN 1+2"]["output_shape"] == [13, 13, 4]
    assert (rows["JN 1+2"]["parameters"], rows["JN 1+2"]["macs"]) == (2 * 4 + 4 * 4, 13 * 13 * 2 * 4)
    assert (rows["JN 0"]["output_shape"], rows["JN 0"]["parameters"]) == ([28, 28, 1], 0)
    assert rows["JN 3,5"]["output_shape"] == [13, 13, 5]
    assert found["parameters"] == sum(layer["parameters"] for layer in found["layers"])
