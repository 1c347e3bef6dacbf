"""Rows of .jsonl, .csv and .parquet -> articles and records; bad rows -> their exact message."""

import csv
import datetime as dt
import io
import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from stance.documents import read_documents, read_records
from stance.errors import DocumentError

DAY = dt.date(2017, 10, 12)


def texts(path, **kwargs):
    return [p.text for article in read_documents([path], **kwargs) for p in article.paragraphs]


def written(folder, name, content):
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def parquet(path, **columns):
    pq.write_table(pa.table(columns), path)
    return path


BAD = [
    (
        "a.jsonl",
        b'{"text": "a"}\n\n{"text": \n',
        ", line 3: a JSON object expected, Expecting value at column 9; mend the line",
    ),
    ("a.jsonl", b'["a"]', ", line 1: a JSON object expected, a list came; mend the line"),
    (
        "a.jsonl",
        b'{"text": "a"}\n{"id": "x", "body": "b"}',
        ", line 2: `text` (a string) or `paragraphs` (a list of strings) expected, keys id, body came; add one",
    ),
    (
        "a.jsonl",
        b"{}",
        ", line 1: `text` (a string) or `paragraphs` (a list of strings) expected, keys none came; add one",
    ),
    ("a.jsonl", b'{"text": 5}', ", line 1: `text` as a string expected, a number came; quote it or drop the row"),
    ("a.jsonl", b'{"text": null}', ", line 1: `text` as a string expected, null came; quote it or drop the row"),
    (
        "a.jsonl",
        b'{"paragraphs": ["a", null]}',
        ", line 1: `paragraphs[1]` as a string expected, null came; quote it or drop the row",
    ),
    (
        "a.jsonl",
        b'{"paragraphs": ["a"], "actors": []}',
        ", line 1: `actors` beside `text` expected, `paragraphs` came; write a record per paragraph",
    ),
    ("a.jsonl", b'{"text": "a", "id": []}', ", line 1: `id` as a string expected, a list came; quote it or drop it"),
    *(
        (
            "a.jsonl",
            b'{"text": "a", "date": %s}' % json.dumps(day).encode(),
            f", line 1: `date` as YYYY-MM-DD expected, {day!r} came; mend it or drop it",
        )
        for day in ("2017-13-01", "2017-02-30", "Sept. 29, 2017", "20170929", 20170929)
    ),
    (
        "a.csv",
        b"id,body\n1,b\n",
        ": a column `text` expected, columns id, body came; rename the one that holds the text",
    ),
    ("a.csv", b"id,text\n1,a, b\n", ", line 2: 2 cells expected, 3 came; quote a text that has commas"),
    ("a.csv", b'text\n"a" b\n', ", line 2: CSV expected, ',' expected after '\"'; mend its quotes"),
    (
        "a.csv",
        b"text,date\na,2017-13-01\n",
        ", line 2: `date` as YYYY-MM-DD expected, '2017-13-01' came; mend it or drop it",
    ),
]


def test_jsonl(tmp_path):
    rows = [
        {"text": " kept  as it\nis ", "id": "k-1", "date": "2017-10-12", "outlet": "KH", "article_id": "A"},
        {"text": ""},
        {"paragraphs": ["One.", "Two."], "id": 7, "title": "T"},
    ]
    path = written(tmp_path, "r.jsonl", "\n\n".join(map(json.dumps, rows)) + "\n")
    one, empty, many = read_documents([path])
    assert (one.id, one.outlet, one.date) == ("k-1", "KH", DAY)
    (paragraph,) = one.paragraphs
    assert (paragraph.id, paragraph.text, paragraph.article_id) == ("k-1", " kept  as it\nis ", "A")
    assert (empty.id, empty.paragraphs[0].text, empty.paragraphs[0].article_id) == ("r:3", "", "")
    assert (many.id, many.title, [p.id for p in many.paragraphs]) == ("7", "T", ["7#p1", "7#p2"])


def test_csv(tmp_path):
    long = "word, " * 100_000
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    writer.writerows([["text", "id", "date", "note"], ["two\nlines", "a", "", "x"], [long, "", "2017-10-12", ""]])
    limit = csv.field_size_limit()
    first, second = read_documents([written(tmp_path, "c.csv", buffer.getvalue())])
    assert (first.id, first.paragraphs[0].text, first.date) == ("a", "two\nlines", None)
    assert (second.id, second.paragraphs[0].text, second.date) == ("c:4", long, DAY)
    assert csv.field_size_limit() == limit


def test_csv_takes_actors_as_json(tmp_path):
    actors = [{"actor": "KOR", "mentions": [[0, 5]]}]
    buffer = io.StringIO()
    csv.writer(buffer).writerows([["text", "actors"], ["Seoul met them.", json.dumps(actors)], ["Nobody.", ""]])
    first, second = read_records([written(tmp_path, "c.csv", buffer.getvalue())])
    assert first["actors"] == actors
    assert "actors" not in second
    with pytest.raises(DocumentError, match="line 2: `actors` as a JSON list expected, 'KOR' came; mend it"):
        list(read_records([written(tmp_path, "d.csv", "text,actors\nSeoul met them.,KOR\n")]))


def test_csv_keeps_its_empty_rows(tmp_path):
    assert texts(written(tmp_path, "c.csv", 'text\n""\n\nb\n')) == ["", "b"]


def test_parquet(tmp_path):
    actors = [[{"actor": "USA", "mentions": [[0, 2]]}], None]
    path = parquet(tmp_path / "p.parquet", text=["US", "b"], id=[1, None], date=[DAY, None], actors=actors, x=[1, 2])
    assert [(a.id, a.date) for a in read_documents([path])] == [("1", DAY), ("p:2", None)]
    first, second = read_records([path])
    assert first["actors"] == actors[0]
    assert "actors" not in second


@pytest.mark.parametrize("name", ["c.csv", "p.parquet"])
def test_a_table_without_rows_is_no_error(tmp_path, name):
    path = tmp_path / name
    parquet(path, text=pa.array([], pa.string())) if name == "p.parquet" else path.write_text("id,text\n")
    assert texts(path) == []


def test_rows_own_date_wins_over_the_given_one(tmp_path):
    path = written(tmp_path, "r.jsonl", '{"text": "a", "date": "2017-10-12T08:00:00Z"}\n{"text": "b"}')
    assert [a.date for a in read_documents([path], date=dt.date(2018, 1, 2))] == [DAY, dt.date(2018, 1, 2)]


@pytest.mark.parametrize("suffix", ["jsonl", "csv", "parquet"])
def test_rows_stream(tmp_path, suffix):
    path = tmp_path / f"big.{suffix}"
    if suffix == "parquet":
        parquet(path, text=["a"] * 5000 + [None])
    else:
        path.write_text({"jsonl": '{"text": "a"}\n' * 5000 + "{", "csv": "text\n" + "a\n" * 5000 + "a,b\n"}[suffix])
    records = read_records([path])
    assert [next(records)["text"] for _ in range(5000)] == ["a"] * 5000
    with pytest.raises(DocumentError):
        next(records)


@pytest.mark.parametrize(("name", "content", "message"), BAD)
def test_message(tmp_path, name, content, message):
    path = written(tmp_path, name, content)
    with pytest.raises(DocumentError) as error:
        list(read_documents([path]))
    assert str(error.value) == f"{path}{message}"


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"body": ["b"]}, ": a column `text` expected, columns body came; rename the one that holds the text"),
        ({"text": ["a", None]}, ", row 2: `text` as a string expected, null came; quote it or drop the row"),
        ({"text": [5]}, ", row 1: `text` as a string expected, a number came; quote it or drop the row"),
        ({"text": [b"a"]}, ", row 1: `text` as a string expected, binary data came; quote it or drop the row"),
        (
            {"text": ["a"], "date": ["2017-13-01"]},
            ", row 1: `date` as YYYY-MM-DD expected, '2017-13-01' came; mend it or drop it",
        ),
    ],
)
def test_parquet_message(tmp_path, columns, message):
    path = parquet(tmp_path / "a.parquet", **columns)
    with pytest.raises(DocumentError) as error:
        list(read_records([path]))
    assert str(error.value) == f"{path}{message}"


def test_what_is_no_parquet_file(tmp_path):
    path = written(tmp_path, "a.parquet", b"not parquet at all")
    with pytest.raises(DocumentError) as error:
        list(read_documents([path]))
    assert str(error.value).startswith(f"{path}: a Parquet file expected, row 1: ")
