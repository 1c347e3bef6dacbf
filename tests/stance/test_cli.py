import json
import re

import pandas as pd
import pytest

from stance.cli import main
from stance.results import ROW_COLUMNS

ARTICLE = "Washington pressed Beijing for sanctions on the bank.\n\nPyongyang said it would test the <missile> again.\n"


@pytest.fixture
def article(tmp_path):
    path = tmp_path / "story.txt"
    path.write_text(ARTICLE, encoding="utf-8")
    return path


@pytest.fixture
def run(tiny_folder):
    return lambda *words: main(["score", *map(str, words), "--model", str(tiny_folder.path), "--date", "2017-09-29"])


def test_tables_show_paragraphs_and_actors(run, article, capsys):
    assert run(article) == 0
    out = capsys.readouterr().out
    assert "<missile>" in out
    assert re.search(r"PRK North Korea\s*│\s*1", out)
    assert "KOR" not in out


@pytest.mark.parametrize("suffix", ["jsonl", "csv", "parquet"])
def test_every_format_holds_every_paragraph(run, article, tmp_path, suffix):
    out = tmp_path / f"scores.{suffix}"
    assert run(article, "-o", out) == 0
    if suffix == "jsonl":
        rows = [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]
        assert [row["id"] for row in rows] == ["story.txt#p1", "story.txt#p2"]
        assert rows[0]["actors"][0]["actor"] == "USA"
        assert rows[0]["date"] == "2017-09-29"
        return
    # An empty cell is the paragraph's own unit, not a missing value.
    frame = pd.read_csv(out, keep_default_na=False) if suffix == "csv" else pd.read_parquet(out)
    assert list(frame.columns) == list(ROW_COLUMNS)
    assert len(frame) == (3 + 2) * 3
    assert set(frame["actor"]) == {"", "USA", "CHN", "PRK"}


def test_records_keep_their_own_actors(run, tmp_path):
    source, out = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    record = {"id": "k", "text": "Our side waits.", "actors": [{"actor": "ZZ", "mentions": [[0, 8]]}]}
    source.write_text(json.dumps(record) + "\n", encoding="utf-8")
    assert run(source, "-o", out) == 0
    assert json.loads(out.read_text(encoding="utf-8"))["actors"][0]["actor"] == "ZZ"


def test_existing_output_is_kept_unless_forced(run, article, tmp_path, capsys):
    out = tmp_path / "scores.csv"
    out.write_text("mine")
    assert run(article, "-o", out) == 1
    assert capsys.readouterr().err == f"stance: {out}: exists already; give another path, or --force to replace it\n"
    assert out.read_text() == "mine"
    assert run(article, "-o", out, "--force") == 0
    assert out.read_text().startswith("article_id,")


def test_failed_run_leaves_no_output(run, article, tmp_path, capsys):
    out = tmp_path / "scores.jsonl"
    bad = tmp_path / "bad.jsonl"
    bad.write_text('{"id": "r9", "text": "Seoul waits.", "actors": [{"actor": "KOR", "mentions": [[0, 99]]}]}\n')
    assert run(article, bad, "-o", out) == 1
    assert "record r9: actor KOR: mention [0, 99] is outside the text of 12 characters" in capsys.readouterr().err
    assert sorted(path.name for path in tmp_path.iterdir()) == ["bad.jsonl", "story.txt"]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["none.txt"], "none.txt: "),
        (["story.txt", "-o", "out.xlsx"], "out.xlsx: a format of jsonl, csv, parquet expected"),
        (
            ["story.txt", "-o", "none/out.csv"],
            "none/out.csv: cannot be written: there is no folder none; make it first",
        ),
    ],
)
def test_refusals_say_why(run, article, monkeypatch, capsys, words, message):
    monkeypatch.chdir(article.parent)
    assert run(*words) == 1
    assert capsys.readouterr().err.startswith(f"stance: {message}")


def test_bad_date_is_refused(capsys):
    with pytest.raises(SystemExit):
        main(["score", "x.txt", "--date", "yesterday"])
    assert "a date YYYY-MM-DD expected, got 'yesterday'" in capsys.readouterr().err


def test_interrupt_leaves_a_word_and_no_file(run, article, tmp_path, monkeypatch, capsys):
    def interrupt(*args):
        raise KeyboardInterrupt

    monkeypatch.setattr("stance.scorer.StanceScorer.score_records", interrupt)
    assert run(article, "-o", tmp_path / "out.csv") == 130
    assert "interrupted" in capsys.readouterr().err
    assert not (tmp_path / "out.csv").exists()


def test_catalogue_is_shown(capsys):
    assert main(["actors"]) == 0
    assert "PRK*" in capsys.readouterr().out


def test_files_of_one_name_are_two_articles(run, tmp_path):
    for folder, text in (("a", "Pyongyang tested a missile."), ("b", "The regime refused to talk.")):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "1.txt").write_text(text, encoding="utf-8")
    assert run(tmp_path / "a", tmp_path / "b", "-o", tmp_path / "out.jsonl") == 0
    first, second = map(json.loads, (tmp_path / "out.jsonl").read_text(encoding="utf-8").splitlines())
    assert first["article_id"] != second["article_id"]
    assert second["actors"] == []


def test_file_named_twice_and_table_of_scores_are_no_input(run, article, tmp_path, capsys):
    assert run(article, article) == 1
    assert "each file once expected, it is named twice; leave one out" in capsys.readouterr().err
    assert run(article, "-o", tmp_path / "out.csv") == 0
    assert run(tmp_path / "out.csv") == 1
    assert "a table of scores came (a result of stance); leave it out" in capsys.readouterr().err


def test_output_that_is_no_file_is_left_alone(run, article, tmp_path, capsys):
    (tmp_path / "x.csv").mkdir()
    assert run(article, "-o", tmp_path / "x.csv", "--force") == 1
    assert "a file expected, something else is there; give another path" in capsys.readouterr().err


def test_actor_code_that_looks_like_markup(run, tmp_path, capsys):
    record = {"text": "Our side waits.", "actors": [{"actor": "[/x]", "mentions": [[0, 8]]}]}
    (tmp_path / "in.jsonl").write_text(json.dumps(record), encoding="utf-8")
    assert run(tmp_path / "in.jsonl") == 0
    assert "[/x]" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--threads", "0"], "threads is a number from 1 to 1024, got 0"),
        (["--actors", "none.yaml"], "none.yaml: a catalogue file expected, No such file or directory; check the path"),
        (["--format", "csv"], "--format and --force are about a file: name it with -o"),
    ],
)
def test_options_that_cannot_be_met(run, article, capsys, words, message):
    assert run(article, *words) == 1
    assert capsys.readouterr().err == f"stance: {message}\n"
