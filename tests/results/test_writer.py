import csv
import os
import signal
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kerasnas.errors import ResultsError
from kerasnas.results import COLUMNS, Result, ResultsWriter, read
from tests.processes import run_python, start_python
from tests.strategies import EXAMPLE, results

RESULT = Result(EXAMPLE, 16598, 90.58, 88.55)


def numbered(count: int) -> list[Result]:
    return [replace(RESULT, parameters=number) for number in range(count)]


def write(path, rows) -> ResultsWriter:
    with ResultsWriter(path) as writer:
        for row in rows:
            writer.append(row)
    return writer


def names(folder) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_writes_what_the_reader_reads_and_leaves_no_other_file(tmp_path):
    path = tmp_path / "new" / "folder" / "results.csv"
    writer = write(path, numbered(3))
    assert read(path).results == numbered(3)
    assert writer.damaged is None
    assert names(path.parent) == {"results.csv"}


def test_appends_to_what_is_there(tmp_path):
    path = tmp_path / "results.csv"
    write(path, numbered(3)[:2])
    write(path, numbered(3)[2:])
    assert read(path).results == numbered(3)
    assert path.read_text().count("Genome string") == 1


def test_each_row_is_in_the_file_before_append_returns(tmp_path):
    path = tmp_path / "results.csv"
    with ResultsWriter(path) as writer:
        for count, row in enumerate(numbered(3), start=1):
            writer.append(row)
            assert len(read(path).results) == count


@given(results)
def test_any_result_takes_exactly_one_line(tmp_path, result):
    path = tmp_path / "any.csv"
    path.unlink(missing_ok=True)
    write(path, [result, RESULT])
    lines = path.read_bytes().split(b"\n")
    assert len(lines) == 4
    assert read(path).results[1] == RESULT


@given(cut=st.floats(0, 1))
@settings(max_examples=40)
def test_a_torn_last_line_is_set_aside_wherever_it_tore(tmp_path, cut):
    path, damaged = tmp_path / "results.csv", tmp_path / "results.csv.damaged"
    path.unlink(missing_ok=True)
    damaged.unlink(missing_ok=True)
    write(path, numbered(2))
    whole = path.read_bytes()
    write(path, [RESULT])
    line = path.read_bytes()[len(whole) :]
    torn = line[: 1 + int(cut * (len(line) - 2))]
    path.write_bytes(whole + torn)
    writer = write(path, [RESULT])
    assert writer.damaged == damaged
    assert damaged.read_bytes() == torn + b"\n"
    assert path.read_bytes() == whole + line


def test_a_torn_header_is_set_aside_and_written_anew(tmp_path):
    path = tmp_path / "results.csv"
    path.write_text("Genome str")
    write(path, [RESULT])
    assert read(path).results == [RESULT]
    assert (tmp_path / "results.csv.damaged").read_text() == "Genome str\n"


def test_damaged_lines_gather_in_one_file(tmp_path):
    path = tmp_path / "results.csv"
    for torn in ("one", "two"):
        write(path, [])
        with path.open("a") as file:
            file.write(torn)
    write(path, [])
    assert (tmp_path / "results.csv.damaged").read_text() == "one\ntwo\n"


@pytest.mark.parametrize(
    "content",
    ["a,b\n1,2\n", "Genome string,Parameters,Training Accuracy,Testing Accuracy\nFL relu,1,2,3\n", "\n", "\xff\n"],
)
def test_a_file_with_other_columns_is_refused_and_left_as_it_is(tmp_path, content):
    path = tmp_path / "theirs.csv"
    path.write_bytes(content.encode("latin-1"))
    with pytest.raises(ResultsError, match="columns"), ResultsWriter(path):
        pass
    assert path.read_bytes() == content.encode("latin-1")
    assert names(tmp_path) == {"theirs.csv"}


def test_a_spreadsheets_byte_order_mark_and_crlf_are_no_other_columns(tmp_path):
    path = tmp_path / "results.csv"
    path.write_bytes(b"\xef\xbb\xbf" + ",".join(COLUMNS).encode() + b"\r\n")
    write(path, [RESULT])
    assert read(path).results == [RESULT]


HOLDER = """
import sys
from kerasnas.results import ResultsWriter
with ResultsWriter(sys.argv[1]):
    print("locked", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def holder(tmp_path):
    """A process that holds the lock of results.csv until it is killed."""
    process = start_python(HOLDER, tmp_path / "results.csv")
    assert process.stdout.readline() == "locked\n"
    yield process
    process.kill()
    process.communicate()


def test_a_second_writer_is_told_who_holds_the_file(tmp_path, holder):
    path = tmp_path / "results.csv"
    for _ in range(2):
        with pytest.raises(ResultsError, match=rf"results\.csv is being written by process {holder.pid} on .* since"):
            write(path, [RESULT])
    assert read(path).results == []


def test_a_killed_writer_holds_the_file_no_longer(tmp_path, holder):
    holder.send_signal(signal.SIGKILL)
    holder.wait()
    write(tmp_path / "results.csv", [RESULT])
    assert read(tmp_path / "results.csv").results == [RESULT]


def test_two_files_in_one_folder_are_locked_apart(tmp_path, holder):
    write(tmp_path / "other.csv", [RESULT])
    assert read(tmp_path / "other.csv").results == [RESULT]


def test_the_same_process_cannot_write_twice_at_once(tmp_path):
    path = tmp_path / "results.csv"
    with ResultsWriter(path) as first:
        with pytest.raises(ResultsError, match=f"process {os.getpid()}"), ResultsWriter(path):
            pass
        first.append(RESULT)
    assert read(path).results == [RESULT]


ENDLESS = """
import sys
from kerasnas.results import Result, ResultsWriter
with ResultsWriter(sys.argv[1]) as writer:
    for number in range(10**9):
        writer.append(Result("FL relu", parameters=number, reason="x" * 3000))
        print(number, flush=True)
"""


def test_no_row_that_was_reported_is_lost_when_the_writer_is_killed(tmp_path):
    path = tmp_path / "results.csv"
    for rows in range(1, 9):
        process = start_python(ENDLESS, path)
        for _ in range(rows):
            process.stdout.readline()
        process.send_signal(signal.SIGKILL)
        reported = rows + len(process.stdout.read().splitlines())
        process.communicate()
        write(path, [])
        table = read(path)
        assert table.problems == []
        assert [result.parameters for result in table.results] == list(range(len(table.results)))
        assert len(table.results) in (reported, reported + 1)
        path.unlink()


DISK_FULL = """
import resource, signal, sys
from kerasnas.errors import ResultsError
from kerasnas.results import Result, ResultsWriter
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]), resource.RLIM_INFINITY))
written = 0
try:
    with ResultsWriter(sys.argv[1]) as writer:
        for written in range(1000):
            writer.append(Result("FL relu", parameters=written))
except ResultsError as error:
    print(written)
    print(error)
"""


@pytest.mark.parametrize("limit", [10, 300, 2000, 2037])
def test_a_full_disk_leaves_every_earlier_row_whole(tmp_path, limit):
    path = tmp_path / "results.csv"
    written, message = run_python(DISK_FULL, path, limit).splitlines()
    assert f"{path}: cannot be written (File too large)" in message
    assert (int(written) > 0) == (limit >= 2000)
    assert not path.exists() or path.read_bytes()[-1:] in (b"", b"\n")
    write(path, [])
    assert [result.parameters for result in read(path).results] == list(range(int(written)))
    assert names(tmp_path) == {"results.csv"}


def test_a_folder_that_takes_no_files_is_refused_in_one_line(tmp_path):
    (tmp_path / "file").write_text("")
    for path in (tmp_path / "file" / "results.csv", tmp_path / "file" / "deeper" / "results.csv", "/proc/results.csv"):
        with pytest.raises(ResultsError) as caught:
            write(path, [])
        assert str(caught.value).startswith(f"{path}: cannot be written (")
        assert len(str(caught.value).splitlines()) == 1


def test_a_folder_in_the_files_place_is_refused(tmp_path):
    with pytest.raises(ResultsError, match="cannot be written"):
        write(tmp_path, [])


def test_the_header_is_the_documented_one(tmp_path):
    write(tmp_path / "results.csv", [])
    with (tmp_path / "results.csv").open(newline="") as file:
        assert tuple(next(csv.reader(file))) == COLUMNS
