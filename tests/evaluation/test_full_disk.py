"""A disk that fills up in mid-run: a real, small file system."""

from __future__ import annotations

import csv
import subprocess
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.running import kerasnas

# They cannot be built, so that each becomes its row at once.
GENOMES = [f"RC {filters} 7 relu;RC 4 7 relu;RC 4 7 relu;FL relu" for filters in range(1, 31)]


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=16k", "tmpfs", str(disk)], capture_output=True)
    if mounted.returncode:
        pytest.skip("mounting a file system needs root")
    yield disk
    subprocess.run(["umount", str(disk)], check=True)


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.slow
def test_the_run_ends_with_every_earlier_row_whole_and_goes_on_once_there_is_room(small_disk: Path) -> None:
    out = small_disk / "results.csv"
    filler = small_disk / "filler"
    filler.write_bytes(b"x" * 4096)
    full = kerasnas("evaluate", *GENOMES, "--dataset", "digits", "--workers", 1, "--out", out)
    assert full.returncode == 1
    assert "every earlier row is whole" in full.stderr.strip().splitlines()[-1]
    assert "Traceback" not in full.stderr
    kept = rows(out)
    assert 0 < len(kept) < len(GENOMES)
    assert out.read_bytes().endswith(b"\n")

    filler.unlink()
    subprocess.run(["mount", "-o", "remount,size=64k", str(small_disk)], check=True)
    assert kerasnas("evaluate", *GENOMES, "--dataset", "digits", "--workers", 1, "--out", out).returncode == 0
    assert rows(out)[: len(kept)] == kept
    assert Counter(row["Genome string"] for row in rows(out)) == Counter(GENOMES)
