import json

import pytest

from training.errors import SourceError
from training.importers import IMPORTERS

UNLABELLED = ("stance", "toward", "sentiment")


def write(tmp_path, name, text):
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return path


def spell(record):
    return {a["actor"]: [record["text"][s:e] for s, e in a["mentions"]] for a in record["actors"]}


@pytest.mark.parametrize(
    ("gid", "group"),
    [("allsides_1000_401_25_Ann Lee_0_6", "allsides_1000"), ("polusa_v1_11370_-1_35_Ann_1_4", "polusa_v1_11370")],
)
def test_newsmtsc_sentences_of_one_article_are_one_group(tmp_path, gid, group):
    row = {"primary_gid": gid, "sentence_normalized": "Ann left.", "targets": [{"from": 0, "to": 3, "polarity": 4.0}]}
    (record,) = IMPORTERS["newsmtsc"](write(tmp_path, "train.jsonl", json.dumps(row) + "\n"))
    assert record["group"] == group


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
    assert all(key not in record for record in records for key in UNLABELLED)
    assert all(key not in actor for record in records for actor in record["actors"] for key in ("stance", "toward"))


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
    assert all(key not in first["actors"][1] for key in UNLABELLED)
    assert all(key not in record for record in (first, nested, alone) for key in UNLABELLED)
    assert all(key not in first["actors"][0] for key in ("toward", "sentiment"))
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
    assert all(key not in entry for r in records for entry in (r, *r["actors"]) for key in UNLABELLED)
    assert [record["extras"][0]["label"] for record in records] == ["p_positive", "neutral", "q_negative"]
    assert records[2]["text"] == "Ann, says Bob, lies."
    assert spell(records[2]) == {"P": ["Ann"], "Q": ["Bob"]}


def test_dse_cells_are_quoted_as_csv(tmp_path):
    (record,) = IMPORTERS["dse"](write(tmp_path, "d.txt", '"""Ah,"" said [ Ann ] of [""Bob""]."\tAnn\t"""Bob"""\t3\n'))
    assert record["text"] == '"Ah," said  Ann  of "Bob".'
    assert spell(record) == {"P": ["Ann"], "Q": ['"Bob"']}
    assert record["extras"][0]["label"] == "p_negative"


NK_HEADER = "sample_id,post_id,country,title,text,annotator_1_frame,annotator_2_frame,final_frame,notes,v2_annotation,"
NK_ROWS = [
    '1,a,NK,"Seoul, Tokyo\nmeet ",[deleted],DIPLOMACY,DIPLOMACY,DIPLOMACY,,DIPLOMACY,DIPLOMACY',
    "2,b,IRAN,Tehran test-fires a rocket,,THREAT,NEUTRAL,THREAT,unsure,THREAT,THREAT",
    "3,c,CHINA,Beijing lifts a tariff,,ECONOMIC,ECONOMIC,ECONOMIC,,NEUTRAL,unmatched",
]


def test_nk_frames(tmp_path):
    path = write(tmp_path, "batch_1.csv", "\n".join([NK_HEADER, *NK_ROWS]) + "\n")
    records = IMPORTERS["nk_frames"](path)
    assert [record["text"] for record in records] == [
        "Seoul, Tokyo meet", "Tehran test-fires a rocket", "Beijing lifts a tariff",
    ]  # fmt: skip
    assert [[e["label"] for e in record["extras"]] for record in records] == [["DIPLOMACY"], ["THREAT"], []]
    assert records[0]["extras"] == [{"head": "nk_frame", "source": "", "target": "", "label": "DIPLOMACY"}]
    assert all(key not in record for record in records for key in ("actors", *UNLABELLED))
    assert [record["group"] for record in records[1:]] == ["tehran test-fires a rocket", "beijing lifts a tariff"]


def test_nk_frames_reads_a_folder(tmp_path):
    for number, row in enumerate(NK_ROWS):
        write(tmp_path, f"batch_{number}.csv", f"{NK_HEADER}\n{row}\n")
    records = IMPORTERS["nk_frames"](tmp_path)
    assert [record["id"] for record in records] == ["nk_frames:1", "nk_frames:2", "nk_frames:3"]
    (tmp_path / "none").mkdir()
    with pytest.raises(SourceError, match=r"a folder with \.csv files expected"):
        IMPORTERS["nk_frames"](tmp_path / "none")


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
        ("nk_frames", "title\nx\n", ":2: not an NK frames row: KeyError: 'final_frame'"),
        (
            "nk_frames",
            f"{NK_HEADER}\n{NK_ROWS[1].replace('THREAT', 'WAR')}\n",
            ":2: a title and a final_frame of THREAT",
        ),
        ("records", "{\n", ":1: not JSON"),
        ("records", "[]\n", ":1: an object with 'text' expected"),
    ],
)
def test_bad_row_is_named(tmp_path, name, text, message):
    path = write(tmp_path, "bad", text)
    with pytest.raises(SourceError) as caught:
        IMPORTERS[name](path)
    assert f"{path}{message}" in str(caught.value)
