"""Inputs of every kind -> articles, paragraphs and records; bad input -> its exact message."""

import datetime as dt
import io
import json
import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from stance.documents import parse_text, read_documents, read_records
from stance.furniture import normalise

EXAMPLE = Path(__file__).parents[1] / "data" / "example_article.txt"
DAY = dt.date(2017, 10, 12)
HTML = """<html><head><title>Envoy lands in Seoul</title><meta property="og:site_name" content="The Daily">
<meta property="article:published_time" content="2017-10-12T16:11:00+09:00"></head><body>
<nav><a href="/">Home</a></nav><article><h1>Envoy lands in Seoul</h1><p>By Jane Doe</p>
<p>The envoy landed in Seoul on Monday for talks about the sanctions that the council passed last week.</p>
<h2>What next</h2><p>He will meet the minister on Tuesday; “naïve” hopes for a quick deal are few, officials said.</p>
</article></body></html>"""


def written(folder, name, content):
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
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


def test_slow_libraries_are_imported_only_where_used():
    code = (
        "import sys, stance.documents; print(*{'torch', 'pandas', 'pyarrow', 'trafilatura', 'lxml'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""
