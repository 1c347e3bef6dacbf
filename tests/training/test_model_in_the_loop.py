"""``disagree`` and ``next``, with a scorer of set probabilities."""

import csv
import json

import pytest

import stance
from training.corpus.__main__ import main
from training.corpus.disagreement import find_disagreements
from training.corpus.sampling import measure_uncertainty, pick_next
from training.errors import SourceError

NOTHING = {"favors": 0.0, "opposes": 0.0}


class FakeScorer:
    """Gives each unit the stance on ``pressure`` that stands under its record and code; ``None`` is not scored."""

    options = ("pressure",)

    def __init__(self, probabilities):
        self._probabilities = probabilities

    def predict(self, records):
        for position, record in enumerate(records):
            name = record.get("id", str(position))
            codes = [actor["actor"] for actor in record.get("actors") or []]
            units = [self._score(name, code) for code in ("", *codes)]
            labels = [{"stance": self._label(unit["stance"]["pressure"])} for unit in units]
            yield {
                "id": name, **units[0],
                "actors": [{"actor": code, **unit} for code, unit in zip(codes, units[1:], strict=True)],
                "labels": {
                    **labels[0], "actors": [{"actor": c, **label} for c, label in zip(codes, labels[1:], strict=True)],
                },
            }  # fmt: skip

    def _score(self, record_id, code):
        favors, opposes = self._probabilities.get((record_id, code), (0.0, 0.0)) or (None, None)
        return {"stance": {"pressure": {"favors": favors, "opposes": opposes}}}

    def _label(self, score):
        if score["favors"] is None:
            return {}
        named = [name for name, p in score.items() if p >= 0.3]
        return {"pressure": "mixed" if len(named) == 2 else named[0] if named else None}


def record(name, paragraph=None, text="Seoul told Tokyo.", **actors):
    spans = {"KOR": [0, 5], "JPN": [11, 16]}
    units = [{"actor": c, "mentions": [spans[c]], "stance": {"pressure": label}} for c, label in actors.items()]
    return {"id": name, "text": text, "stance": {"pressure": paragraph}, "actors": units}


LABELLED = [
    record("a", "favors", KOR="favors", JPN=None),
    record("b", None, KOR="mixed"),
    record("c", "opposes", JPN="favors"),
    {"id": "d", "text": "Rain fell."},
]
SCORER = FakeScorer({
    ("a", ""): (0.9, 0.0), ("a", "KOR"): (0.05, 0.8), ("a", "JPN"): (0.4, 0.0),
    ("b", ""): (0.99, 0.1), ("b", "KOR"): (0.9, 0.2),
    ("c", ""): None, ("c", "JPN"): (0.6, 0.0), ("d", ""): (0.9, 0.9),
})  # fmt: skip


def test_confident_disagreements_come_worst_first():
    found = [
        (entry.id, entry.unit, entry.option, entry.label, entry.model, entry.polarity, entry.probability)
        for entry in find_disagreements(SCORER, LABELLED)
    ]
    assert found == [
        ("b", "paragraph", "pressure", "null", "favors", "favors", 0.99),
        ("a", "KOR", "pressure", "favors", "opposes", "favors", 0.05),
        ("b", "KOR", "pressure", "mixed", "favors", "opposes", 0.2),
    ]
    assert len(find_disagreements(SCORER, LABELLED, least=0.3)) == 4


UNLABELLED = [
    record("sure", text="Seoul sanctioned a bank."),
    record("twin", text="Seoul told Tokyo to wait for rain."),
    record("unsure", text="Seoul told Tokyo to wait for rain"),
    record("other", text="A carrier sailed south."),
    record("foreign", text="서울은 기다렸다."),
]
CHOOSER = FakeScorer({
    ("sure", ""): (0.99, 0.01), ("twin", ""): (0.45, 0.4), ("unsure", ""): (0.5, 0.5), ("other", ""): (0.2, 0.2),
    ("foreign", ""): None,
})  # fmt: skip


def test_next_is_uncertain_and_unlike_what_was_picked():
    picks = pick_next(CHOOSER, UNLABELLED, 3)
    assert [pick.record["id"] for pick in picks] == ["unsure", "other", "twin"]
    assert picks[0].uncertainty == pytest.approx(1.0)
    assert picks[1].novelty == pytest.approx(1.0)
    assert picks[2].novelty < 0.5
    assert len(pick_next(CHOOSER, UNLABELLED, 99)) == 4


def test_record_without_id_is_named_by_its_place(tmp_path, monkeypatch):
    records = [record("sure"), {"text": "A carrier sailed south."}, {"text": "Rain fell."}]
    scorer = FakeScorer({("sure", ""): (0.99, 0.01), ("1", ""): (0.3, 0.3), ("2", ""): (0.5, 0.5)})
    assert [pick.to_row()["id"] for pick in pick_next(scorer, records, 3)] == ["2", "1", "sure"]
    monkeypatch.setattr(stance, "load", lambda model: scorer)
    path, out = tmp_path / "r.jsonl", tmp_path / "out.csv"
    path.write_text("".join(json.dumps(row) + "\n" for row in records), encoding="utf-8")
    assert main(["next", "m", str(path), "-n", "1", "-o", str(out)]) == 0
    assert out.read_text(encoding="utf-8").splitlines()[1].startswith("2,1.0,")


def test_uncertainty_is_that_of_the_least_certain_unit():
    scorer = FakeScorer({("a", ""): (0.0, 1.0), ("a", "KOR"): (0.5, 0.5), ("a", "JPN"): (0.0, 0.5)})
    (predicted,) = scorer.predict([record("a", KOR=None, JPN=None)])
    assert measure_uncertainty(predicted) == pytest.approx(1.0)


def test_nothing_to_pick_from_is_said():
    with pytest.raises(SourceError, match="none of 1 records can be scored"):
        pick_next(CHOOSER, UNLABELLED[-1:], 3)


@pytest.fixture
def files(tmp_path, monkeypatch):
    monkeypatch.setattr(stance, "load", lambda model: {"m": SCORER, "c": CHOOSER}[str(model)])
    for name, records in (("labelled", LABELLED), ("unlabelled", UNLABELLED)):
        lines = "".join(json.dumps(row) + "\n" for row in records)
        (tmp_path / f"{name}.jsonl").write_text(lines, encoding="utf-8")
    return tmp_path


def test_disagree_shows_a_table_or_writes_a_file(files, capsys):
    data = str(files / "labelled.jsonl")
    assert main(["disagree", "m", "--data", data, "-n", "2"]) == 0
    shown = capsys.readouterr().out
    assert "3 labels of 4 records differ by 0.5 or more" in shown
    assert shown.index("0.99") < shown.index("0.95")
    assert "mixed" not in shown
    assert main(["disagree", "m", "--data", data, "-o", str(files / "out.csv")]) == 0
    with (files / "out.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["id"], row["unit"], row["doubt"]) for row in rows][1] == ("a", "KOR", "0.95")
    assert main(["disagree", "m", "--data", data, "-o", str(files / "out.jsonl")]) == 0
    assert json.loads((files / "out.jsonl").read_text(encoding="utf-8").splitlines()[0])["probability"] == 0.99


def test_next_writes_the_records_themselves(files, capsys):
    data = str(files / "unlabelled.jsonl")
    assert main(["next", "c", data, "-n", "2", "-o", str(files / "out.jsonl")]) == 0
    written = [json.loads(line) for line in (files / "out.jsonl").read_text(encoding="utf-8").splitlines()]
    assert written == [UNLABELLED[2], UNLABELLED[3]]
    assert main(["next", "c", data, "-n", "2"]) == 0
    assert "2 of 5 records" in capsys.readouterr().out


def test_other_suffix_is_refused_before_scoring(files, capsys):
    assert main(["next", "none", str(files / "unlabelled.jsonl"), "-o", "out.xlsx"]) == 1
    assert "out.xlsx: a name that ends in .jsonl or .csv expected" in capsys.readouterr().err


def test_arguments_that_say_nothing_are_refused(files, capsys):
    data = str(files / "labelled.jsonl")
    assert main(["disagree", "m", "--data", data, "--split", "dev"]) == 1
    assert "--split is of the authored files" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        main(["next", "m", data, "-n", "0"])
    assert "a number of 1 or more expected, got '0'" in capsys.readouterr().err


def test_words_in_brackets_are_shown_as_they_stand(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(stance, "load", lambda model: FakeScorer({("b", ""): (0.9, 0.0)}))
    path = tmp_path / "r.jsonl"
    path.write_text(json.dumps(record("b", text="Seoul [red]told[/] Tokyo.")), encoding="utf-8")
    assert main(["disagree", "m", "--data", str(path)]) == 0
    assert "Seoul [red]told[/] Tokyo." in capsys.readouterr().out


def test_real_model_serves_both(tiny_folder, tmp_path, records):
    data = tmp_path / "records.jsonl"
    data.write_text("".join(json.dumps(row) + "\n" for row in records), encoding="utf-8")
    model, out = str(tiny_folder.path), tmp_path / "out.jsonl"
    assert main(["disagree", model, "--data", str(data), "--least", "0", "-o", str(out)]) == 0
    assert main(["next", model, str(data), "-n", "3", "-o", str(out)]) == 0
    assert len(out.read_text(encoding="utf-8").splitlines()) == 3
