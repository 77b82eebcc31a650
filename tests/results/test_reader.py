import pytest
from hypothesis import given
from hypothesis import strategies as st

from kerasnas.errors import ResultsError
from kerasnas.results import COLUMNS, Result, read
from tests.strategies import EXAMPLE

HEADER = "Genome string,Parameters,Training Accuracy,Testing Accuracy"
FIRST = Result(EXAMPLE, 16598, 90.58, 88.55)
SECOND = Result("FL relu", 22, 40.0, 39.5)
ROWS = f"{EXAMPLE},16598,90.58,88.55\nFL relu,22,40,39.5\n"


@pytest.fixture
def read_text(tmp_path):
    def write_and_read(text, encoding="utf-8"):
        path = tmp_path / "foreign.csv"
        path.write_bytes(text.encode(encoding))
        return read(path)

    return write_and_read


@pytest.mark.parametrize(
    "text",
    [
        f"{HEADER}\n{ROWS}",
        f"{HEADER}\n{ROWS}".rstrip("\n"),
        f"{HEADER}\n{ROWS}".replace("\n", "\r\n"),
        f"{HEADER}\n{ROWS}".replace("\n", "\r"),
        f"\ufeff{HEADER}\n{ROWS}",
        f"{HEADER}\n\n{ROWS}\n,,,\n  ,,,\n",
        f"GENOME STRING, parameters ,training_accuracy,Testing-Accuracy\n{ROWS}",
        f"genome,Params,Train Accuracy,test_accuracy\n{ROWS}",
        f",{HEADER}\n0,{EXAMPLE},16598,90.58,88.55\n1,FL relu,22,40,39.5\n",
        f"Unnamed: 0,{HEADER}\n0,{EXAMPLE},16598,90.58,88.55\n1,FL relu,22,40,39.5\n",
        f"Notes,{HEADER},FLOPs\nbest,{EXAMPLE},16598,90.58,88.55,n/a\n,FL relu,22,40,39.5,\n",
        f'{HEADER}\n"{EXAMPLE}","16,598",90.58%,88.55 %\n FL relu ,22.0, 40 ,39.5\n',
    ],
    ids=[
        "as ours",
        "no last line break",
        "CRLF",
        "CR",
        "byte-order mark",
        "blank lines",
        "other capitals and punctuation",
        "other names",
        "unnamed index",
        "index named by pandas",
        "extra columns",
        "as a spreadsheet writes",
    ],
)
def test_reads_files_made_by_others(read_text, text):
    table = read_text(text)
    assert table.problems == []
    assert table.results == [FIRST, SECOND]


def test_columns_may_stand_in_any_order(read_text):
    assert read_text(f"Testing Accuracy,Parameters,Genome string\n88.55,16598,{EXAMPLE}\n").results == [
        Result(EXAMPLE, 16598, testing_accuracy=88.55)
    ]


def test_missing_values_are_none_and_the_row_stays(read_text):
    assert read_text(f"{HEADER}\n{EXAMPLE},,90.58,\n").results == [Result(EXAMPLE, None, 90.58, None)]


@pytest.mark.parametrize(
    ("row", "words"),
    [
        (f"{EXAMPLE},many,90,88", ["column 'Parameters'", "'many'", "not a number"]),
        (f"{EXAMPLE},16598.5,90,88", ["column 'Parameters'", "'16598.5'", "not a whole number"]),
        (f"{EXAMPLE},-1,90,88", ["column 'Parameters'", "'-1'", "negative"]),
        (f"{EXAMPLE},1e999,90,88", ["column 'Parameters'", "'1e999'", "finite"]),
        (f"{EXAMPLE},16598,nan,88", ["column 'Training Accuracy'", "'nan'", "finite"]),
        (f"{EXAMPLE},16598,90,inf", ["column 'Testing Accuracy'", "'inf'", "finite"]),
        (f"{EXAMPLE},16598,90,100.5", ["column 'Testing Accuracy'", "'100.5'", "percentage"]),
        (f"{EXAMPLE},16598,90,-3", ["column 'Testing Accuracy'", "'-3'", "percentage"]),
        (f'{EXAMPLE},16598,90,"88,5"', ["column 'Testing Accuracy'", "'88,5'", "not a number"]),
        (",16598,90,88", ["column 'Genome string'", "no genome"]),
        (f"{EXAMPLE},16598,90", ["3 cells", "header has 4"]),
        (f"{EXAMPLE},16598,90,88,7", ["5 cells", "header has 4"]),
        (f'"{EXAMPLE},16598,90,88', ["1 cells", "header has 4"]),
    ],
)
def test_unreadable_row_is_named_by_line_and_column_and_passed_over(read_text, row, words):
    table = read_text(f"{HEADER}\nFL relu,22,40,39.5\n{row}\n")
    assert table.results == [SECOND]
    (problem,) = table.problems
    assert problem.startswith("line 3")
    assert [word for word in words if word not in problem] == []
    assert len(problem.splitlines()) == 1


def test_lines_are_counted_as_an_editor_counts_them(read_text):
    table = read_text(f'Note,{HEADER}\n"one\ntwo\nthree",{EXAMPLE},16598,90.58,88.55\n\n"a\nb",FL relu,x,40,39\n')
    assert table.results == [FIRST]
    assert [problem.split(",")[0] for problem in table.problems] == ["line 6"]


def test_an_unclosed_quote_names_the_line_where_it_opens(read_text):
    table = read_text(f'{HEADER}\n"{EXAMPLE},16598,90,88\n{ROWS}')
    assert [problem.split(":")[0] for problem in table.problems] == ["line 2"]


def test_duplicates_are_all_returned(read_text):
    assert read_text(f"{HEADER}\n{ROWS}{ROWS}").results == [FIRST, SECOND, FIRST, SECOND]


def test_header_alone_has_no_rows(read_text):
    table = read_text(HEADER)
    assert (table.results, table.problems) == ([], [])


def test_a_failed_row_says_so(read_text):
    (result,) = read_text(f"{HEADER},Status,Reason\n{EXAMPLE},16598,,,diverged,the loss is not finite\n").results
    assert not result.ok
    assert (result.status, result.reason) == ("diverged", "the loss is not finite")


def test_an_empty_status_is_ok(read_text):
    (result,) = read_text(f"{HEADER},Status\n{EXAMPLE},16598,90,88,\n").results
    assert result.ok


def test_a_very_long_cell_does_not_hide_the_other_rows(read_text):
    table = read_text(f"{HEADER}\n{'x' * 300_000},,,\n{ROWS}")
    assert table.results[1:] == [FIRST, SECOND]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", ["is empty", HEADER]),
        (b"\n\n", ["is empty"]),
        (b"Genome string,Parameters\n", ["no column 'Testing Accuracy'", "'Parameters'"]),
        (b"a,b\n1,2\n", ["no column 'Genome string' or 'Parameters' or 'Testing Accuracy'", "'a', 'b'"]),
        (f"{HEADER},genome\n".encode(), ["two columns", "'genome'"]),
        (b"\xff\xfe\x00G", ["UTF-8"]),
        (f"{HEADER}\n".encode("utf-16"), ["UTF-8"]),
    ],
)
def test_file_that_is_no_table_of_results_is_refused(tmp_path, content, words):
    path = tmp_path / "foreign.csv"
    path.write_bytes(content)
    with pytest.raises(ResultsError) as caught:
        read(path)
    message = str(caught.value)
    assert [word for word in [str(path), *words] if word not in message] == []
    assert len(message.splitlines()) == 1


def test_missing_file_is_refused_with_the_way_to_make_one(tmp_path):
    with pytest.raises(ResultsError, match="no such file; `kerasnas evaluate"):
        read(tmp_path / "none.csv")


def test_folder_is_refused(tmp_path):
    with pytest.raises(ResultsError, match="cannot be read"):
        read(tmp_path)


@given(st.text() | st.text('",\r\n;\x00 0123456789.%NCRFLrelu', max_size=60))
def test_any_body_is_read_with_every_problem_on_one_line(tmp_path, body):
    path = tmp_path / "any.csv"
    path.write_bytes(f"{','.join(COLUMNS[:4])}\n{body}".encode(errors="replace"))
    table = read(path)
    assert all(result.genome for result in table.results)
    assert all(len(problem.splitlines()) == 1 and problem.startswith("line ") for problem in table.problems)


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused_in_one_line(tmp_path, content):
    path = tmp_path / "any.csv"
    path.write_bytes(content)
    with pytest.raises(ResultsError) as caught:  # no such bytes name the three columns
        read(path)
    assert len(str(caught.value).splitlines()) == 1
