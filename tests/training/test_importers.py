import json

import pytest

from training.errors import SourceError
from training.importers import IMPORTERS


def write(tmp_path, name, text):
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return path


def spell(record):
    return {a["actor"]: [record["text"][s:e] for s, e in a["mentions"]] for a in record["actors"]}


def test_newsmtsc(tmp_path):
    text = "Rex praised Ann, and Ann thanked him."
    rows = [
        {
            "primary_gid": f"paper_{i}_x_y",
            "sentence_normalized": text,
            "targets": [
                {
                    "from": 0,
                    "to": 3,
                    "polarity": 4.0,
                    "further_mentions": [{"from": 33, "to": 36}, {"from": 0, "to": 3}],
                },
                {"from": 12, "to": 15, "polarity": polarity, "further_mentions": [{"from": 21, "to": 24}]},
            ],
        }
        for i, polarity in enumerate((6.0, 2.0, 4.0))
    ]
    records = IMPORTERS["newsmtsc"](write(tmp_path, "n.jsonl", "".join(json.dumps(row) + "\n" for row in rows)))
    assert [record["actors"][1]["sentiment"] for record in records] == ["positive", "negative", "neutral"]
    assert spell(records[0]) == {"T0": ["Rex", "him"], "T1": ["Ann", "Ann"]}
    assert records[0]["group"] == "paper_0"
    assert "stance" not in records[0]
    assert "stance" not in records[0]["actors"][0]
    assert "sentiment" not in records[0]


def test_plover(tmp_path):
    rows = [
        "sentence_id\tsentence\tmarked_sentence\tsource\ttarget\tgold_penta\tgold_root",
        "1\t-\t<s>Seoul</s> met <t>Tokyo</t>.\tSeoul\tTokyo\t1\tCONSULT",
        "2\t-\t<s><t>Northern</t> troops</s> shelled a hill.\tx\ty\t4\tASSAULT",
        "3\t-\t<s>Seoul</s> protested.\tSeoul\ta recipient\t3\tPROTEST",
    ]
    first, nested, alone = IMPORTERS["plover"](write(tmp_path, "p.tsv", "\n".join(rows) + "\n"))
    assert spell(first) == {"S": ["Seoul"], "T": ["Tokyo"]}
    assert first["actors"][0]["stance"] == {"cooperation": "favors"}
    assert "stance" not in first["actors"][1]
    assert first["extras"][0] == {"head": "plover_root", "source": "S", "target": "T", "label": "CONSULT"}
    assert spell(nested) == {"S": ["Northern troops"], "T": ["Northern"]}
    assert nested["actors"][0]["stance"] == {"military": "favors"}
    assert spell(alone) == {"S": ["Seoul"]}
    assert alone["extras"][1] == {"head": "plover_penta", "source": "S", "target": "", "label": "verbal_conflict"}


def test_dse(tmp_path):
    rows = [
        "[Ann] likes [Bob].\tAnn\tBob\t1",
        "[Ann] and [Bob] met.\tAnn\tBob\t0",
        "[Ann], says [Bob], lies.\tAnn\tBob\t4",
    ]
    records = IMPORTERS["dse"](write(tmp_path, "d.txt", "\n".join(rows) + "\n"))
    assert [record["extras"][0]["label"] for record in records] == ["p_positive", "neutral", "q_negative"]
    assert records[2]["text"] == "Ann, says Bob, lies."
    assert spell(records[2]) == {"P": ["Ann"], "Q": ["Bob"]}


def test_records(tmp_path):
    records = IMPORTERS["records"](
        write(tmp_path, "r.jsonl", '{"text": "a"}\n\n{"text": "b", "id": "x", "article_id": "y"}\n')
    )
    assert [(record["id"], record["group"]) for record in records] == [("r:1", "r:1"), ("x", "y")]


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("newsmtsc", "{}\n", ":1: not a NewsMTSC row: KeyError: 'targets'"),
        ("plover", "a\tb\n1\t2\n", ":2: not a PLV row: KeyError: 'gold_root'"),
        ("dse", "Ann likes Bob.\tAnn\tBob\t1\n", ":1: 'sentence with [p] and [q]<TAB>p<TAB>q<TAB>0..4' expected"),
        ("records", "{\n", ":1: not JSON"),
        ("records", "[]\n", ":1: an object with 'text' expected"),
    ],
)
def test_bad_row_is_named(tmp_path, name, text, message):
    path = write(tmp_path, "bad", text)
    with pytest.raises(SourceError) as caught:
        IMPORTERS[name](path)
    assert f"{path}{message}" in str(caught.value)
