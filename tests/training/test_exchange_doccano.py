"""What annotators do in doccano, by project type, and what cannot be named there."""

import copy

import pytest

from tests.training.test_exchange import OPTIONS, RECORDS, bring_back, export, write_lines
from training.corpus.exchange import export_records, import_records
from training.errors import CorpusError


def edit_relations(row):
    """As a project with relations exports it: own ids; a moved relation, a new entity; ``cats`` as they went."""
    shift = {entity["id"]: entity["id"] + 500 for entity in row["entities"]}
    entities = [{**entity, "id": shift[entity["id"]]} for entity in row["entities"]]
    relations = [{**r, "from_id": shift[r["from_id"]], "to_id": shift[r["to_id"]]} for r in row["relations"]]
    new = {"id": 900, "label": "PRK", "start_offset": 18, "end_offset": 24}
    codes = {entity["id"]: entity["label"] for entity in entities}
    kept = [relation for relation in relations if codes[relation["to_id"]] == "JPN"]
    moved = {"id": 901, "from_id": kept[0]["from_id"], "to_id": 900, "type": "pressure"}
    return {**row, "id": 77, "Comments": [], "entities": [*entities, new], "relations": [*kept, moved]}


def edit_intents(row, renamed, added=(), entities=()):
    """As a project of intents exports it: entities without ids, other ``cats``; ``relations`` as they went."""
    found = [[e["start_offset"], e["end_offset"], e["label"]] for e in row["entities"]]
    cats = [*(renamed.get(name, name) for name in row["cats"]), *added]
    return {**row, "id": 77, "entities": sorted([*found, *entities]), "cats": cats}


def test_edits_in_doccano_with_relations_arrive(tmp_path):
    row = edit_relations(export(tmp_path, "doccano", RECORDS)[0])
    (record,) = bring_back(tmp_path, "doccano", [row])
    expected = copy.deepcopy(RECORDS[0])
    expected["actors"][0]["toward"]["pressure"] = ["JPN", "PRK"]
    expected["actors"].append({"actor": "PRK", "mentions": [[15, 20]]})
    assert record == expected


def test_edits_in_doccano_s_intents_arrive(tmp_path):
    row = export(tmp_path, "doccano", RECORDS)[0]
    renamed = {"KOR pressure opposes": "KOR pressure favors", "military mixed": "military null"}
    row = edit_intents(row, renamed, ["PRK military mixed"], [[18, 24, "PRK"]])
    (record,) = bring_back(tmp_path, "doccano", [row])
    expected = copy.deepcopy(RECORDS[0])
    expected["stance"]["military"] = None
    expected["actors"][0]["stance"]["pressure"] = "favors"
    expected["actors"].append({"actor": "PRK", "mentions": [[15, 20]], "stance": {"military": "mixed"}})
    assert record == expected


def test_actor_without_mentions_goes_with_its_categories(tmp_path):
    row = export(tmp_path, "doccano", RECORDS)[0]
    assert "USA pressure null" in row["cats"]
    gone = {entity["id"] for entity in row["entities"] if entity["label"] == "USA"}
    row["entities"] = [entity for entity in row["entities"] if entity["id"] not in gone]
    row["relations"] = [relation for relation in row["relations"] if relation["to_id"] not in gone]
    (record,) = bring_back(tmp_path, "doccano", [row])
    expected = copy.deepcopy(RECORDS[0])
    korea, _, japan = expected["actors"]
    korea["toward"]["pressure"] = ["JPN"]
    assert record == {**expected, "actors": [korea, japan]}


def test_intents_without_any_mention_leave_old_relations_behind(tmp_path):
    row = {**export(tmp_path, "doccano", RECORDS)[0], "entities": []}
    (record,) = bring_back(tmp_path, "doccano", [row])
    assert record == {**RECORDS[0], "actors": []}


def test_toward_of_a_stance_set_to_null_is_dropped_in_doccano_s_intents(tmp_path):
    row = edit_intents(export(tmp_path, "doccano", RECORDS)[0], {"KOR pressure opposes": "KOR pressure null"})
    (record,) = bring_back(tmp_path, "doccano", [row])
    assert record["actors"][0]["stance"] == {"pressure": None, "cooperation": None}
    assert record["actors"][0]["toward"] == {"cooperation": []}


def test_relation_of_a_null_stance_is_refused(tmp_path):
    row = edit_relations(export(tmp_path, "doccano", RECORDS)[0])
    row["relations"][0]["type"] = "cooperation"
    path = write_lines(tmp_path / "bad.jsonl", [row])
    with pytest.raises(CorpusError, match=r"task 77: record full: KOR: cooperation is null, but toward \['JPN'\]"):
        import_records(path, "doccano", OPTIONS)


def test_doccano_project_without_relations_keeps_toward(tmp_path):
    row = export(tmp_path, "doccano", RECORDS)[0]
    row["entities"] = sorted([e["start_offset"], e["end_offset"], e["label"]] for e in row["entities"])
    (record,) = bring_back(tmp_path, "doccano", [row])
    assert record == {**RECORDS[0], "actors": record["actors"]}
    assert [actor.get("toward") for actor in record["actors"]] == [a.get("toward") for a in RECORDS[0]["actors"]]


def test_options_that_doccano_cannot_name_are_refused(tmp_path):
    record = {"id": "a", "text": "x", "stance": {"arms control": "favors", "sentiment": None, "tax": "mixed"}}
    with pytest.raises(CorpusError, match=r"option 'arms control': one word.*\noption 'sentiment': one word") as caught:
        export_records([record], "doccano", tmp_path / "out.jsonl", OPTIONS)
    assert "tax" not in str(caught.value)
    assert not list(tmp_path.iterdir())
    assert bring_back(tmp_path, "label-studio", export(tmp_path, "label-studio", [record])) == [record]
