"""Records out to Label Studio and doccano and back: nothing lost, edits arrive, bad files are refused by task."""

import copy
import json
import re
from xml.etree import ElementTree

import pytest

from stance.errors import OutputError
from training.corpus.__main__ import main
from training.corpus.exchange import export_records, import_records
from training.corpus.units import choose_options
from training.errors import CorpusError, SourceError

OPTIONS = ("pressure", "cooperation", "military")
# Characters beyond the first plane come before mentions: one code point, two UTF-16 code units, each.
ASTRAL = "🇰🇷🎉 Seoul told 𝕋okyo:\n“it” would wait for Tokyo and the two 🤝."
SEOUL, IT, TOKYO = [4, 9], [23, 25], [42, 47]
RECORDS = [
    {
        "id": "full",
        "text": ASTRAL,
        "date": "2017-08-14", "source": "authored", "group": "g1", "genre": "news", "phenomena": ["metonym", "irony"],
        "stance": {"military": "mixed", "pressure": None, "cooperation": "favors"},
        "sentiment": "neutral",
        "actors": [
            {
                "actor": "KOR", "mentions": [IT, SEOUL], "sentiment": "positive",
                "stance": {"pressure": "opposes", "cooperation": None},
                "toward": {"pressure": ["USA", "JPN"], "cooperation": []},
            },
            {"actor": "USA", "mentions": [[56, 59]], "stance": {"pressure": None}, "toward": {}, "gloss": {"x": [1]}},
            {"actor": "JPN", "mentions": [TOKYO]},
        ],
        "adjudication": {"by": "third", "note": "two readings\nkept", "was": {"KOR": None}},
        "weight": 0.5,
    },
    {"id": "bare", "text": "Rain fell."},
    {"id": "nothing", "text": "Snow fell.", "stance": {}, "sentiment": None, "actors": []},
    {"id": "nulls", "text": "Hail fell.", "stance": None, "actors": None, "note": ""},
    {"id": "paragraph", "text": "Talks 🙂 opened.", "stance": {"cooperation": "opposes"}, "flags": ["decoded"]},
    {"id": "mentions", "text": "🙂 Seoul slept.", "actors": [{"actor": "KOR", "mentions": [[2, 7]], "toward": None}]},
    {"id": "undirected", "text": "Seoul drilled.", "actors": [{
        "actor": "KOR", "mentions": [[0, 5]], "stance": {"military": "favors"}, "toward": {"military": []},
    }]},
    {"text": "No id 🙂.", "sentiment": "negative", "options": 3, "record": "x", "meta": {"y": None}, "label": "z"},
    {"id": 7, "text": "Half \ud83d a character.", "sentiment": "neutral"},
]  # fmt: skip
TOOLS = {"label-studio": "json", "doccano": "jsonl"}


def write_lines(path, rows):
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def read_lines(path):
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def export(tmp_path, tool, records):
    path = tmp_path / f"tasks.{TOOLS[tool]}"
    data = write_lines(tmp_path / "records.jsonl", records)
    assert main(["export", "--to", tool, "--data", str(data), "-o", str(path)]) == 0
    return read_lines(path) if tool == "doccano" else json.loads(path.read_text(encoding="utf-8"))


def bring_back(tmp_path, tool, tasks):
    path = tmp_path / f"exported.{TOOLS[tool]}"
    if tool == "doccano":
        write_lines(path, tasks)
    else:
        path.write_text(json.dumps(tasks), encoding="utf-8")
    assert main(["import", str(path), "--from", tool, "-o", str(tmp_path / "back.jsonl")]) == 0
    return read_lines(tmp_path / "back.jsonl")


@pytest.mark.parametrize("tool", TOOLS)
def test_out_and_back_is_the_same(tmp_path, tool):
    assert ASTRAL[slice(*SEOUL)] == "Seoul"
    assert ASTRAL[slice(*TOKYO)] == "Tokyo"
    before = copy.deepcopy(RECORDS)
    back = bring_back(tmp_path, tool, export(tmp_path, tool, RECORDS))
    for record, returned in zip(before, back, strict=True):
        assert returned == record
        assert json.dumps(returned.get("actors")) == json.dumps(record.get("actors"))  # also in order


def test_label_studio_counts_code_points_and_doccano_utf16(tmp_path):
    task = export(tmp_path, "label-studio", RECORDS)[0]
    regions = [r["value"] for r in task["annotations"][0]["result"] if r["from_name"] == "actor"]
    assert {"start": 4, "end": 9, "text": "Seoul", "labels": ["KOR"]} in regions
    row = export(tmp_path, "doccano", RECORDS)[0]
    assert {(e["label"], e["start_offset"], e["end_offset"]) for e in row["entities"]} == {
        ("KOR", 7, 12), ("KOR", 27, 29), ("JPN", 46, 51), ("USA", 60, 63),
    }  # fmt: skip


def test_config_has_a_control_for_every_result(tmp_path):
    tasks = export(tmp_path, "label-studio", RECORDS)
    config = ElementTree.parse(tmp_path / "tasks.xml").getroot()
    controls = {element.get("name"): element for element in config.iter() if element.get("toName") == "text"}
    results = [r for t in tasks for a in (*t["annotations"], *t.get("predictions", [])) for r in a["result"]]
    assert {result["from_name"] for result in results} <= controls.keys()
    for result in results:
        control = controls[result["from_name"]]
        assert result["type"] == control.tag.lower()
        allowed = {element.get("value") for element in control}
        assert control.tag == "TextArea" or set(result["value"][control.tag.lower()]) <= allowed
        assert ("start" in result["value"]) == (control.tag == "Labels" or control.get("perRegion") == "true")
    assert config.find("Text").get("value") == "$text"
    assert {"USA", "RUS"} <= {element.get("value") for element in controls["actor"]}


def test_only_what_is_labelled_is_an_annotation(tmp_path):
    tasks = {task["data"]["id"]: task for task in export(tmp_path, "label-studio", RECORDS)}
    assert tasks["bare"]["annotations"] == tasks["mentions"]["annotations"] == []
    assert len(tasks["mentions"]["predictions"]) == len(tasks["full"]["annotations"]) == 1


def pick(results, control, code=None):
    regions = {r["id"] for r in results if r["from_name"] == "actor" and code in (None, *r["value"]["labels"])}
    return next(r for r in results if r["from_name"] == control and (code is None or r["id"] in regions))


def edit_label_studio(task):
    """What an annotator does: changed choices, a new mention of a new actor with labels, one deleted."""
    task |= {"id": 31, "project": 2, "inner_id": 1}
    annotation = task["annotations"][0]
    annotation |= {"id": 9, "completed_by": 1, "was_cancelled": False, "ground_truth": False, "lead_time": 4.2}
    results = annotation["result"]
    pick(results, "actor_stance_pressure", "KOR")["value"]["choices"] = ["favors"]
    pick(results, "actor_toward_pressure", "KOR")["value"]["text"] = ["JPN, PRK"]
    pick(results, "paragraph_stance_military")["value"]["choices"] = ["null"]
    results.remove(pick(results, "paragraph_sentiment"))
    gone = pick(results, "actor", "USA")["id"]
    results[:] = [result for result in results if result["id"] != gone]
    place = {"start": 15, "end": 20, "text": "𝕋okyo"}
    new = {"id": "Zx_3aB-9q1", "to_name": "text", "origin": "manual"}
    results += [
        {**new, "from_name": "actor_stance_military", "type": "choices", "value": {**place, "choices": ["mixed"]}},
        {**new, "from_name": "actor", "type": "labels", "value": {**place, "labels": ["other"]}},
        {**new, "from_name": "actor_code", "type": "textarea", "value": {**place, "text": ["PRK"]}},
        {**new, "from_name": "actor_toward_military", "type": "textarea", "value": {**place, "text": ["none"]}},
    ]


def test_edits_in_label_studio_arrive(tmp_path):
    tasks = export(tmp_path, "label-studio", RECORDS)[:1]
    edit_label_studio(tasks[0])
    (record,) = bring_back(tmp_path, "label-studio", tasks)
    expected = copy.deepcopy(RECORDS[0])
    expected["stance"]["military"] = None
    del expected["sentiment"]
    korea, _, japan = expected["actors"]
    korea["stance"]["pressure"] = "favors"
    korea["toward"]["pressure"] = ["JPN", "PRK"]
    new = {"actor": "PRK", "mentions": [[15, 20]], "stance": {"military": "mixed"}, "toward": {"military": []}}
    expected["actors"] = [korea, japan, new]
    assert record == expected


def test_task_that_nobody_annotated_comes_back_as_it_went(tmp_path):
    tasks = export(tmp_path, "label-studio", RECORDS)[:1]
    tasks[0]["annotations"][0] |= {"was_cancelled": True, "result": []}
    assert bring_back(tmp_path, "label-studio", tasks) == RECORDS[:1]


def test_prediction_is_nobody_s_label(tmp_path):
    task = export(tmp_path, "label-studio", RECORDS)[0]
    guess = task.pop("annotations")
    pick(guess[0]["result"], "actor_stance_pressure", "KOR")["value"]["choices"] = ["favors"]
    tasks = [{**task, "predictions": guess}, {"id": 5, "data": {"text": ASTRAL}, "predictions": guess}]
    assert bring_back(tmp_path, "label-studio", tasks) == [RECORDS[0], {"id": "5", "text": ASTRAL}]


def test_ground_truth_is_the_annotation_that_counts(tmp_path):
    tasks = export(tmp_path, "label-studio", RECORDS[:1])
    tasks[0]["annotations"] += [{"result": [], "ground_truth": True}]
    (record,) = bring_back(tmp_path, "label-studio", tasks)
    assert record["actors"] == []
    assert record["stance"] == {}
    assert "sentiment" not in record


def test_task_from_elsewhere_becomes_a_record(tmp_path):
    result = {"id": "a", "from_name": "actor", "type": "labels", "value": {"start": 0, "end": 5, "labels": ["KOR"]}}
    tasks = [{"id": 5, "data": {"text": "Seoul slept.", "url": "u"}, "annotations": [{"result": [result]}]}]
    assert bring_back(tmp_path, "label-studio", tasks) == [
        {"id": "5", "text": "Seoul slept.", "url": "u", "actors": [{"actor": "KOR", "mentions": [[0, 5]]}]}
    ]


BROKEN = [
    (lambda t: pick(t, "actor")["value"].update(end=99), r"\[23, 99\] is not within the text of 62 characters"),
    (lambda t: pick(t, "actor")["value"].update(labels=["Person"]), "unknown label 'Person'"),
    (lambda t: pick(t, "actor")["value"].update(labels=["KOR", "JPN"]), "one actor expected"),
    (lambda t: pick(t, "actor", "JPN")["value"].update(start=46, end=51), "its words are 'Tokyo', but"),
    (lambda t: pick(t, "paragraph_stance_military")["value"].update(choices=["maybe"]), "unknown label 'maybe'"),
    (lambda t: pick(t, "actor_toward_pressure")["value"].update(text=["RUS"]), r"KOR: pressure is toward \['RUS'\]"),
    (
        lambda t: pick(t, "actor_stance_pressure", "KOR")["value"].update(choices=["null"]),
        r"KOR: pressure is null, but toward \['USA', 'JPN'\]",
    ),
    (lambda t: t.append({**t[0], "from_name": "actor_mood", "id": "x"}), "unknown control 'actor_mood'"),
    (lambda t: t.append({**pick(t, "actor_stance_pressure"), "id": "x"}), "of region x, which has no actor"),
    (
        lambda t: t.append({**pick(t, "actor_sentiment"), "id": "KOR-0", "value": {"choices": ["negative"]}}),
        "'positive' on one mention, 'negative' on another",
    ),
    (lambda t: t.append("x"), "not in Label Studio's format"),
]


@pytest.mark.parametrize(("damage", "message"), BROKEN, ids=[message for _, message in BROKEN])
def test_bad_label_studio_task_is_named(tmp_path, capsys, damage, message):
    tasks = export(tmp_path, "label-studio", RECORDS)
    tasks[0]["id"] = 31
    damage(tasks[0]["annotations"][0]["result"])
    path = tmp_path / "bad.json"
    path.write_text(json.dumps(tasks), encoding="utf-8")
    capsys.readouterr()
    assert main(["import", str(path), "--from", "label-studio", "-o", str(tmp_path / "back.jsonl")]) == 1
    error = capsys.readouterr().err
    assert error.startswith("bad.json: task 31 (full): ")
    assert re.search(message, error)
    assert not (tmp_path / "back.jsonl").exists()


@pytest.mark.parametrize(
    ("tool", "text", "error", "message"),
    [
        ("label-studio", '[{"id": 3, "data": {"id": "k"}}]', CorpusError, r"task 3 \(k\): an object whose 'data' has"),
        ("label-studio", "{}", CorpusError, "a JSON list of tasks expected, got dict"),
        ("label-studio", "[", CorpusError, "not JSON"),
        ("doccano", '{"id": 3, "label": []}', SourceError, ":1: an object with 'text' expected"),
        ("doccano", '{"id": 3, "text": "🙂", "label": [[0, 1, "KOR"]]}', CorpusError, ":1: task 3: entity .* in two"),
        ("doccano", '{"id": 3, "text": "ab", "label": [[0, 1]]}', CorpusError, r":1: task 3: entity \[0, 1\]: \[START"),
        ("doccano", '{"text": "a", "label": [[0, 2, "KOR"]]}', CorpusError, "not within the text of 1 UTF-16"),
        ("doccano", '{"text": "a", "label": [[0, 1, "Person"]]}', CorpusError, "unknown label 'Person'"),
        ("doccano", '{"text": "a", "cats": ["trade favors"]}', CorpusError, "unknown label 'trade favors'"),
        ("doccano", '{"text": "a", "cats": ["USA military favors"]}', CorpusError, "an actor that no entity mentions"),
        ("doccano", '{"text": "a", "cats": ["military maybe"]}', CorpusError, "unknown label 'maybe'"),
    ],
)
def test_bad_file_is_refused(tmp_path, tool, text, error, message):
    path = tmp_path / "bad"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(error, match=message):
        import_records(path, tool, OPTIONS)


@pytest.mark.parametrize("tool", TOOLS)
def test_records_that_cannot_be_shown_are_all_named(tmp_path, capsys, tool):
    records = [
        {"id": "a", "text": "x", "stance": {"pressure": "maybe"}},
        {"id": "b", "text": "x", "actors": [{"actor": "KOR", "mentions": [[0, 9]]}]},
        {"id": "c", "text": "x", "actors": [{"actor": "KOR", "mentions": [[0, 1]], "toward": {"pressure": ["KOR"]}}]},
    ]
    data = write_lines(tmp_path / "records.jsonl", records)
    assert main(["export", "--to", tool, "--data", str(data), "-o", str(tmp_path / "out")]) == 1
    lines = capsys.readouterr().err.splitlines()
    assert [line.split(":")[0] for line in lines] == ["record a", "record b", "record c"]
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("code", ["none", "other", "KOR,JPN"])
def test_code_with_a_meaning_in_label_studio_is_refused(tmp_path, code):
    record = {"id": "a", "text": "Seoul slept.", "actors": [{"actor": code, "mentions": [[0, 5]]}]}
    with pytest.raises(CorpusError, match=f"record a: actor '{code}': a code without commas"):
        export_records([record], "label-studio", tmp_path / "out.json", OPTIONS)
    assert not list(tmp_path.iterdir())
    assert bring_back(tmp_path, "doccano", export(tmp_path, "doccano", [record])) == [record]


def test_labelling_config_stands_beside_its_tasks(tmp_path):
    for name in ("one.json", "two.json"):
        written = export_records(RECORDS, "label-studio", tmp_path / name, OPTIONS)
        assert written == [tmp_path / name, (tmp_path / name).with_suffix(".xml")]
    with pytest.raises(CorpusError, match=r"out\.xml: .* end it in \.json"):
        export_records(RECORDS, "label-studio", tmp_path / "out.xml", OPTIONS)
    (tmp_path / "out.xml").mkdir()
    with pytest.raises(OutputError, match="a file expected, something else is there"):
        export_records(RECORDS, "label-studio", tmp_path / "out.json", OPTIONS)
    assert {path.name for path in tmp_path.iterdir()} == {"one.json", "one.xml", "two.json", "two.xml", "out.xml"}


def test_options_are_the_corpus_s_unless_records_name_others():
    assert choose_options([{"stance": {"military": None}}, {}], OPTIONS) == OPTIONS
    assert choose_options([{"stance": {"tax": "favors"}}], OPTIONS) == ("tax",)


def test_authored_corpus_goes_out_and_back(tmp_path):
    from training.corpus.markup import build_records

    records = build_records()[:200]
    for tool in TOOLS:
        export_records(records, tool, tmp_path / tool, OPTIONS)
        assert import_records(tmp_path / tool, tool, OPTIONS) == records
