import pytest

from training.corpus.__main__ import main
from training.corpus.markup import Rules, assign_split, build_records, parse_label, parse_text
from training.errors import CorpusError

OPTIONS = ("pressure", "cooperation", "military")
GOOD = """\
- id: k-1
  genre: news
  date: 2017-08-14
  phenomena: [metonym]
  text: |-
    [KOR|Seoul] told [JPN|Tokyo] that
    [KOR|it] would wait.
  labels:
    paragraph: none; neutral
    KOR: opposes pressure > JPN; neutral
    JPN: none; negative
"""


def write(tmp_path, text):
    (tmp_path / "a.yaml").write_text(text, encoding="utf-8")
    return tmp_path


def test_markup_becomes_a_record(tmp_path):
    (record,) = build_records(write(tmp_path, GOOD))
    assert record["text"] == "Seoul told Tokyo that it would wait."
    korea, japan = record["actors"]
    assert [record["text"][start:end] for start, end in korea["mentions"]] == ["Seoul", "it"]
    assert korea["stance"] == {"pressure": "opposes", "cooperation": None, "military": None}
    assert korea["toward"] == {"pressure": ["JPN"]}
    assert japan["sentiment"] == "negative"
    assert record["date"] == "2017-08-14"
    assert record["group"] == "k-1"


FAULTS = [
    ("genre: news", "genre: gossip", "unknown genre 'gossip'"),
    ("[metonym]", "[metonyms]", "unknown phenomena ['metonyms']"),
    ("  date:", "  day:", "unknown keys ['day']"),
    ("[KOR|it]", "[KOR|it", "stray '[', ']' or '|' outside a mention"),
    ("[KOR|it]", "[Kor|it]", "actor code 'Kor' is not three capitals"),
    ("[KOR|it]", "[KOR| it]", "is empty or has outer blanks"),
    ("[KOR|it]", "[PRK|it]", "labels are for ['JPN', 'KOR', 'paragraph'], the text mentions ['JPN', 'KOR', 'PRK']"),
    ("opposes pressure", "opposes trade", "'opposes trade > JPN' is not"),
    ("opposes pressure", "favours pressure", "'favours pressure > JPN' is not"),
    ("> JPN", "> USA", "KOR pressure is toward ['USA'], not another actor mentioned here"),
    ("> JPN", "> KOR", "KOR pressure is toward ['KOR'], not another actor mentioned here"),
    ("none; negative", "none; sad", "must end in '; ' and one of negative, neutral, positive"),
    ("2017-08-14", "2017-13-41", "month must be in 1..12"),
    ("2017-08-14", "yesterday", "a date YYYY-MM-DD expected, got 'yesterday'"),
    ("[KOR|it]", "[KRO|it]", "unknown actor codes ['KRO']; list new ones under 'actors' in corpus.yaml"),
    ("    KOR: ", "    JPN: none; neutral\n    KOR: ", "key 'JPN' stands twice"),
    ("paragraph: none", "paragraph: favors pressure > JPN", "the paragraph has no toward"),
]


@pytest.mark.parametrize(("old", "new", "message"), FAULTS, ids=[new for _, new, _ in FAULTS])
def test_fault_is_named_with_file_and_line(tmp_path, old, new, message):
    with pytest.raises(CorpusError) as caught:
        build_records(write(tmp_path, GOOD + GOOD.replace("k-1", "k-2").replace(old, new)))
    assert str(caught.value).startswith("a.yaml:12: ")
    assert message in str(caught.value)


def test_repeated_id_and_text_are_refused(tmp_path):
    with pytest.raises(CorpusError, match=r"a.yaml:12: id 'k-1' stands already at a.yaml:1"):
        build_records(write(tmp_path, GOOD + GOOD))
    with pytest.raises(CorpusError, match=r"a.yaml:12: the text stands already at a.yaml:1"):
        build_records(write(tmp_path, GOOD + GOOD.replace("k-1", "k-2")))


def test_label_of_several_options():
    label = parse_label("favors pressure > PRK, mixed cooperation > CHN KOR, opposes military; positive", OPTIONS)
    assert label["stance"] == {"pressure": "favors", "cooperation": "mixed", "military": "opposes"}
    assert label["toward"] == {"pressure": ["PRK"], "cooperation": ["CHN", "KOR"], "military": []}


def test_option_twice_is_refused():
    with pytest.raises(ValueError, match="pressure is labelled twice"):
        parse_label("favors pressure, opposes pressure; neutral", OPTIONS)


def test_text_without_mentions():
    assert parse_text("Rain fell.") == ("Rain fell.", {})


def test_split_stays_when_the_corpus_grows():
    percent = {"test": 13, "dev": 10}
    names = [f"scene-{i}" for i in range(2000)]
    splits = [assign_split(name, percent) for name in names]
    assert splits[:100] == [assign_split(name, percent) for name in names[:100]]
    assert 0.10 < splits.count("test") / 2000 < 0.16
    assert 0.07 < splits.count("dev") / 2000 < 0.13


def test_late_batches_have_a_split_of_their_own():
    rules = Rules(
        options=(), genres=frozenset(), phenomena=frozenset(), split_percent={"test": 100},
        late_batches=frozenset({"z"}), late_split_percent={"dev": 100},
    )  # fmt: skip
    assert rules.assign_split("a-s1") == "test"
    assert rules.assign_split("z-s1") == "dev"
    assert rules.assign_split("zz-s1") == "test"


def test_shipped_corpus_is_valid_and_has_no_text_in_two_splits():
    rules = Rules.load()
    records = build_records()
    assert len(records) >= 400
    by_text = {" ".join(r["text"].lower().split()): rules.assign_split(r["group"]) for r in records}
    assert len(by_text) == len(records)


def test_build_writes_a_file_per_split(tmp_path, capsys):
    assert main(["build", "--texts", str(write(tmp_path, GOOD)), "-o", str(tmp_path / "out")]) == 0
    assert {path.name for path in (tmp_path / "out").iterdir()} == {"train.jsonl", "dev.jsonl", "test.jsonl"}
    assert "1 paragraphs, 2 actor units: all valid" in capsys.readouterr().out


def test_folder_without_texts_is_refused(tmp_path, capsys):
    assert main(["check", "--texts", str(tmp_path)]) == 1
    assert "a folder with authored .yaml files expected, there is none in it" in capsys.readouterr().err


def test_check_fails_with_the_fault(tmp_path, capsys):
    assert main(["check", "--texts", str(write(tmp_path, "- id: x\n"))]) == 1
    assert "a.yaml:1: unknown keys [], missing keys ['genre', 'labels', 'text']" in capsys.readouterr().err
