"""Inputs of every kind -> articles, paragraphs and records; bad input -> its exact message."""

import codecs
import csv
import datetime as dt
import io
import json
import random
import subprocess
import sys
import time
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from stance.documents import parse_text, read_documents, read_records
from stance.errors import DocumentError
from stance.furniture import normalise

EXAMPLE = Path(__file__).parents[1] / "data" / "example_article.txt"
DAY = dt.date(2017, 10, 12)
HTML = """<html><head><title>Envoy lands in Seoul</title><meta property="og:site_name" content="The Daily">
<meta property="article:published_time" content="2017-10-12T16:11:00+09:00"></head><body>
<nav><a href="/">Home</a></nav><article><h1>Envoy lands in Seoul</h1><p>By Jane Doe</p>
<p>The envoy landed in Seoul on Monday for talks about the sanctions that the council passed last week.</p>
<h2>What next</h2><p>He will meet the minister on Tuesday; “naïve” hopes for a quick deal are few, officials said.</p>
</article></body></html>"""


def texts(path, **kwargs):
    return [p.text for article in read_documents([path], **kwargs) for p in article.paragraphs]


def written(folder, name, content):
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def parquet(path, **columns):
    pq.write_table(pa.table(columns), path)
    return path


class TestParseText:
    def test_example_article(self):
        article = parse_text(EXAMPLE.read_text("utf-8"), "example")
        assert (article.date, article.outlet) == (DAY, "The Peninsula Courier")
        assert article.title == "Beijing urges restraint as Washington weighs next step on Pyongyang"
        assert [f.kind for f in article.furniture] == (
            ["outlet", "section", "headline", "byline", "date", "button", "caption", "caption", "byline", "credit"]
        )
        assert len(article.paragraphs) == 18
        assert article.paragraphs[0].text.startswith("White House aides")
        assert article.paragraphs[1].text.startswith("Skeptics in Seoul")
        assert article.paragraphs[-1].text.endswith("a third time.")
        assert {(p.article_id, p.date, p.flags) for p in article.paragraphs} == {("example", DAY, ())}
        assert [p.id for p in article.paragraphs] == [f"example#p{n}" for n in range(1, 19)]

    @pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
    def test_line_ends_make_no_difference(self, newline):
        text = EXAMPLE.read_text("utf-8")
        assert parse_text(text.replace("\n", newline)) == parse_text(text)

    def test_date_given_wins(self):
        article = parse_text(
            "Published : Oct. 12, 2017\n\nThe council met again on Monday to vote.", date=dt.date(2018, 1, 2)
        )
        assert (article.date, article.paragraphs[0].date) == (dt.date(2018, 1, 2),) * 2

    @pytest.mark.parametrize(
        "text", ["Link copied", "By Jane Doe", "Kim fires (left) (Yonhap)", "  one\tword\u00a0 more "]
    )
    def test_one_block_is_a_paragraph(self, text):
        article = parse_text(text, flags=("decoded",))
        assert [(p.text, p.flags) for p in article.paragraphs] == [(normalise(text), ("decoded",))]
        assert article.furniture == ()

    def test_blank_text_has_no_paragraphs(self):
        assert parse_text(" \n\n\t").paragraphs == ()

    @pytest.mark.parametrize("seed", range(100))
    def test_plain_paragraphs_are_all_kept(self, seed):
        dice = random.Random(seed)
        words = [
            "the",
            "council",
            "Beijing",
            "Kim",
            "said",
            "would",
            "sanctions",
            "talks",
            "“now”",
            "oil,",
            "and",
            "By",
        ]
        blocks = [" ".join(dice.choices(words, k=dice.randint(8, 60))) + "." for _ in range(dice.randint(1, 9))]
        assert [p.text for p in parse_text("\n\n".join(blocks)).paragraphs] == blocks

    @pytest.mark.parametrize("seed", range(100))
    def test_every_line_of_a_shuffled_page_is_somewhere_once(self, seed):
        lines = [line for line in EXAMPLE.read_text("utf-8").splitlines() if line.strip()]
        dice = random.Random(seed)
        dice.shuffle(lines)
        text = "".join(line + dice.choice(("\n", "\n\n")) for line in lines)
        article = parse_text(text)
        kept = [p.text for p in article.paragraphs] + [f.text for f in article.furniture]
        assert sorted(" ".join(kept).split()) == sorted(text.split())

    def test_five_megabytes_in_one_line(self):
        text = "Beijing, he said, would act. " * 175_000
        began = time.perf_counter()
        article = parse_text(text)
        assert time.perf_counter() - began < 1.0
        assert [len(p.text) for p in article.paragraphs] == [len(text) - 1]


class TestFormats:
    def test_txt_is_named_by_its_file(self, tmp_path):
        (article,) = read_documents([written(tmp_path, "a.txt", "One paragraph.")], date=DAY)
        assert (article.id, article.date) == ("a.txt", DAY)
        assert article.paragraphs[0].id == "a.txt#p1"

    @pytest.mark.parametrize("name", ["a.html", "a.HTM"])
    def test_html(self, tmp_path, name):
        (article,) = read_documents([written(tmp_path, name, HTML)])
        assert (article.id, article.title, article.outlet) == (name, "Envoy lands in Seoul", "The Daily")
        assert article.date == article.paragraphs[0].date == DAY
        assert [p.text[:12] for p in article.paragraphs] == ["The envoy la", "He will meet"]
        assert [(f.kind, f.text) for f in article.furniture if f.kind != "byline"] == [
            ("headline", "Envoy lands in Seoul"),
            ("subheading", "What next"),
        ]

    def test_html_in_the_charset_that_it_declares(self, tmp_path):
        page = HTML.replace("<head>", '<head><meta charset="euc-kr">').replace("“naïve”", "“서울”")
        (article,) = read_documents([written(tmp_path, "a.html", page.encode("euc-kr"))])
        assert "“서울”" in article.paragraphs[1].text
        assert article.paragraphs[1].flags == ()

    def test_jsonl(self, tmp_path):
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

    def test_csv(self, tmp_path):
        long = "word, " * 100_000
        buffer = io.StringIO()
        writer = csv.writer(buffer)
        writer.writerows([["text", "id", "date", "note"], ["two\nlines", "a", "", "x"], [long, "", "2017-10-12", ""]])
        limit = csv.field_size_limit()
        first, second = read_documents([written(tmp_path, "c.csv", buffer.getvalue())])
        assert (first.id, first.paragraphs[0].text, first.date) == ("a", "two\nlines", None)
        assert (second.id, second.paragraphs[0].text, second.date) == ("c:4", long, DAY)
        assert csv.field_size_limit() == limit

    def test_csv_keeps_its_empty_rows(self, tmp_path):
        assert texts(written(tmp_path, "c.csv", 'text\n""\n\nb\n')) == ["", "b"]

    def test_parquet(self, tmp_path):
        actors = [[{"actor": "USA", "mentions": [[0, 2]]}], None]
        path = parquet(
            tmp_path / "p.parquet", text=["US", "b"], id=[1, None], date=[DAY, None], actors=actors, x=[1, 2]
        )
        assert [(a.id, a.date) for a in read_documents([path])] == [("1", DAY), ("p:2", None)]
        first, second = read_records([path])
        assert first["actors"] == actors[0]
        assert "actors" not in second

    @pytest.mark.parametrize("name", ["c.csv", "p.parquet"])
    def test_a_table_without_rows_is_no_error(self, tmp_path, name):
        path = tmp_path / name
        parquet(path, text=pa.array([], pa.string())) if name == "p.parquet" else path.write_text("id,text\n")
        assert texts(path) == []

    def test_folder(self, tmp_path):
        for name in ("b/x.txt", "a.txt", "c.jsonl", "b/.hidden.txt", "b/readme.md", ".git/x.txt", "b.txt"):
            written(tmp_path, name, '{"text": "T."}' if name == "c.jsonl" else "T.")
        assert [a.id for a in read_documents([tmp_path])] == ["a.txt", "b/x.txt", "b.txt", "c:1"]

    def test_stdin_and_order_of_inputs(self, tmp_path, monkeypatch):
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO("Café talks failed.".encode())))
        path = written(tmp_path, "a.txt", "One.")
        assert [(a.id, a.paragraphs[0].text) for a in read_documents([str(path), "-"])] == [
            ("a.txt", "One."),
            ("stdin", "Café talks failed."),
        ]

    def test_one_path_need_not_be_in_a_list(self, tmp_path):
        assert [a.id for a in read_documents(str(written(tmp_path, "a.txt", "One.")))] == ["a.txt"]

    def test_rows_own_date_wins_over_the_given_one(self, tmp_path):
        path = written(tmp_path, "r.jsonl", '{"text": "a", "date": "2017-10-12T08:00:00Z"}\n{"text": "b"}')
        assert [a.date for a in read_documents([path], date=dt.date(2018, 1, 2))] == [DAY, dt.date(2018, 1, 2)]


class TestRecords:
    def test_records_carry_what_a_row_said(self, tmp_path):
        actors = [{"actor": "USA", "mentions": [[0, 2]], "stance": {}}]
        rows = [
            {"text": "US acts", "id": "k", "actors": actors, "outlet": "KH"},
            {"text": "b", "actors": []},
            {"text": "c"},
        ]
        path = written(tmp_path, "r.jsonl", "\n".join(map(json.dumps, rows)))
        base = {"date": "2017-10-12", "article_id": "", "outlet": "", "flags": []}
        assert list(read_records([path], date=DAY)) == [
            {**base, "id": "k", "text": "US acts", "outlet": "KH", "actors": actors},
            {**base, "id": "r:2", "text": "b", "actors": []},
            {**base, "id": "r:3", "text": "c"},
        ]

    def test_records_of_an_article_are_its_paragraphs(self):
        (article,) = read_documents([EXAMPLE])
        records = list(read_records([EXAMPLE]))
        assert [(r["id"], r["text"]) for r in records] == [(p.id, p.text) for p in article.paragraphs]
        assert {(r["article_id"], r["date"]) for r in records} == {("example_article.txt", "2017-10-12")}

    @pytest.mark.parametrize("suffix", ["jsonl", "csv", "parquet"])
    def test_rows_stream(self, tmp_path, suffix):
        path = tmp_path / f"big.{suffix}"
        if suffix == "parquet":
            parquet(path, text=["a"] * 5000 + [None])
        else:
            path.write_text({"jsonl": '{"text": "a"}\n' * 5000 + "{", "csv": "text\n" + "a\n" * 5000 + "a,b\n"}[suffix])
        records = read_records([path])
        assert [next(records)["text"] for _ in range(5000)] == ["a"] * 5000
        with pytest.raises(DocumentError):
            next(records)


class TestEncodings:
    @pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-be-bom"])
    @pytest.mark.parametrize("name", ["a.txt", "a.jsonl", "a.csv", "a.html"])
    def test_unicode_marks_are_read_without_a_flag(self, tmp_path, name, encoding):
        body = {"a.jsonl": '{"text": "naïve — 서울"}\n', "a.csv": "text\nnaïve — 서울\n", "a.html": HTML}.get(
            name, "naïve — 서울"
        )
        data = codecs.BOM_UTF16_BE + body.encode("utf-16-be") if encoding == "utf-16-be-bom" else body.encode(encoding)
        (article,) = read_documents([written(tmp_path, name, data)])
        assert "naïve" in article.paragraphs[-1].text
        assert article.paragraphs[-1].flags == ()

    def test_windows_text_is_decoded_with_a_flag(self, tmp_path):
        (article,) = read_documents([written(tmp_path, "a.txt", "“naïve” – so\n\nTwo.".encode("cp1252") + b" \x81")])
        assert [(p.text, p.flags) for p in article.paragraphs] == [
            ("“naïve” – so", ("decoded",)),
            ("Two. \ufffd", ("decoded",)),
        ]

    @pytest.mark.parametrize("name", ["a.jsonl", "a.csv"])
    def test_only_the_rows_that_were_decoded_are_flagged(self, tmp_path, name):
        rows = {"a.jsonl": ['{"text": "na\xefve"}', '{"text": "b"}'], "a.csv": ["text", "na\xefve", "b"]}[name]
        path = written(tmp_path, name, "\n".join(rows).encode("cp1252"))
        assert [(r["text"], r["flags"]) for r in read_records([path])] == [("naïve", ["decoded"]), ("b", [])]

    def test_lone_surrogates_are_replaced_one_for_one(self, tmp_path):
        path = written(tmp_path, "a.jsonl", r'{"text": "a\ud800b \ud83d\ude00"}')
        assert [(r["text"], r["flags"]) for r in read_records([path])] == [("a\ufffdb 😀", ["decoded"])]

    def test_half_a_utf16_file_is_flagged(self, tmp_path):
        path = written(tmp_path, "a.txt", "naïve".encode("utf-16") + b"x")
        assert [r["flags"] for r in read_records([path])] == [["decoded"]]


KINDS = ".txt, .html, .htm, .jsonl, .csv or .parquet"
BAD = [
    ("a.txt", b"", ": text expected, the file is empty; leave it out or fill it"),
    ("a.jsonl", b"", ": text expected, the file is empty; leave it out or fill it"),
    ("a.parquet", b"", ": text expected, the file is empty; leave it out or fill it"),
    *(
        (f"a.{s}", b" \n\t\n", ": text expected, the file holds only blanks; leave it out or fill it")
        for s in ("txt", "html", "jsonl", "csv")
    ),
    *(
        (f"a.{s}", b"PK\x03\x04\x00\x00", ": text expected, binary data came (a NUL byte); export it as UTF-8 text")
        for s in ("txt", "html", "jsonl", "csv")
    ),
    ("a.docx", b"x", f": {KINDS} expected, '.docx' came; convert it or pipe its text to `-`"),
    ("a", b"x", f": {KINDS} expected, no suffix came; convert it or pipe its text to `-`"),
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
    (
        "a.html",
        b"<html><head><title>T</title></head><body></body></html>",
        ": an article expected, no story text in the HTML; save the article's own page",
    ),
]


class TestBadInput:
    @pytest.mark.parametrize(("name", "content", "message"), BAD)
    def test_message(self, tmp_path, name, content, message):
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
    def test_parquet_message(self, tmp_path, columns, message):
        path = parquet(tmp_path / "a.parquet", **columns)
        with pytest.raises(DocumentError) as error:
            list(read_records([path]))
        assert str(error.value) == f"{path}{message}"

    def test_what_is_no_parquet_file(self, tmp_path):
        path = written(tmp_path, "a.parquet", b"not parquet at all")
        with pytest.raises(DocumentError) as error:
            list(read_documents([path]))
        assert str(error.value).startswith(f"{path}: a Parquet file expected, row 1: ")

    def test_missing_file(self, tmp_path):
        path = tmp_path / "none.txt"
        with pytest.raises(DocumentError) as error:
            list(read_documents([path]))
        assert str(error.value) == f"{path}: a file or folder expected, nothing is there; check the path"

    def test_folder_without_documents(self, tmp_path):
        written(tmp_path, "readme.md", "x")
        with pytest.raises(DocumentError) as error:
            list(read_documents([tmp_path]))
        assert str(error.value) == f"{tmp_path}: a folder with {KINDS} files expected, none found; check the path"

    def test_no_permission(self, tmp_path, monkeypatch):
        path = written(tmp_path, "a.txt", "One.")

        def refuse(*_):
            raise PermissionError(13, "Permission denied")

        monkeypatch.setattr(Path, "open", refuse)
        with pytest.raises(DocumentError) as error:
            list(read_documents([path]))
        assert str(error.value) == f"{path}: a readable file expected, permission denied; change its mode or owner"
        monkeypatch.setattr(Path, "iterdir", refuse)
        with pytest.raises(DocumentError) as error:
            list(read_documents([tmp_path]))
        assert str(error.value) == f"{tmp_path}: a readable folder expected, permission denied; change its mode"

    def test_nothing_on_stdin(self, monkeypatch):
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"")))
        with pytest.raises(DocumentError) as error:
            list(read_documents(["-"]))
        assert str(error.value) == "-: text expected, nothing came on standard input; pipe text to it"


def test_slow_libraries_are_imported_only_where_used():
    code = (
        "import sys, stance.documents; print(*{'torch', 'pandas', 'pyarrow', 'trafilatura', 'lxml'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""
