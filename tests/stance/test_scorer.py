import datetime as dt
import json
import math
import random
import socket

import pandas as pd
import pytest

from stance import load
from stance.errors import RecordError

NEAR = 1e-5  # float32 sums over batches of other shapes


def flatten(tree, path=()):
    if isinstance(tree, dict):
        return {k: v for key, value in tree.items() for k, v in flatten(value, (*path, key)).items()}
    if isinstance(tree, list):
        return {k: v for i, value in enumerate(tree) for k, v in flatten(value, (*path, i)).items()}
    return {path: tree}


def assert_same(left, right, tolerance=NEAR):
    left, right = flatten(left), flatten(right)
    assert left.keys() == right.keys()
    for key, value in left.items():
        if isinstance(value, float):
            assert value == pytest.approx(right[key], abs=tolerance), key
        elif key[0] != "labels":
            assert value == right[key], key


def test_output_has_the_form_of_the_contract(tiny_scorer, records):
    record = next(r for r in records if len(r["actors"]) > 1)
    scored = next(tiny_scorer.predict([record]))
    assert scored["id"] == record["id"]
    assert set(scored) == {"id", "stance", "sentiment", "actors", "labels", "flags", "n_windows"}
    assert list(scored["stance"]) == ["pressure", "cooperation", "military"]
    assert set(scored["stance"]["military"]) == {"favors", "opposes"}
    assert sum(scored["sentiment"].values()) == pytest.approx(1.0)
    codes = [actor["actor"] for actor in record["actors"]]
    assert [actor["actor"] for actor in scored["actors"]] == codes
    assert [actor["mentions"] for actor in scored["actors"]] == [actor["mentions"] for actor in record["actors"]]
    first = scored["actors"][0]
    assert set(first["toward"]["pressure"]) == set(codes[1:])
    labels = scored["labels"]
    assert set(labels) == {"stance", "sentiment", "actors"}
    assert set(labels["actors"][0]) == {"actor", "stance", "sentiment", "toward"}
    assert labels["stance"]["pressure"] in ("favors", "opposes", "mixed", None)
    json.dumps(scored, allow_nan=False)


def test_ids_come_back_as_given(tiny_scorer, records):
    given = [7, "7", None, "x"]
    rows = [{**record, "id": name} for record, name in zip(records, given, strict=False)]
    assert [scored["id"] for scored in tiny_scorer.predict(rows)] == [7, "7", "2", "x"]


def test_batched_is_one_by_one_is_shuffled(tiny_scorer, records):
    batched = {scored["id"]: scored for scored in tiny_scorer.predict(records)}
    shuffled = random.Random(3).sample(records, len(records))
    found = list(tiny_scorer.predict(shuffled))
    assert [scored["id"] for scored in found] == [record["id"] for record in shuffled]
    for record, scored in zip(shuffled, found, strict=True):
        assert_same(scored, batched[record["id"]])
        assert_same(next(tiny_scorer.predict([record])), batched[record["id"]])


def test_onnx_is_torch(tiny_folder, tiny_scorer, records):
    reference = load(tiny_folder.path, backend="torch")
    for left, right in zip(tiny_scorer.predict(records), reference.predict(records), strict=True):
        assert_same(left, right, tiny_folder.config.onnx_tolerance)


def test_paragraph_does_not_depend_on_the_actors_given(tiny_scorer, records):
    alone = next(tiny_scorer.predict([{**records[0], "actors": []}]))
    assert alone["actors"] == []
    assert_same(alone["stance"], next(tiny_scorer.predict(records[:1]))["stance"])


def test_actors_may_have_any_code_and_any_order(tiny_scorer):
    text = "Seoul offered Tokyo talks."
    actors = [{"actor": "Q7", "mentions": [[14, 19]]}, {"actor": "a b", "mentions": [[0, 5]]}]
    straight, reverse = tiny_scorer.predict([{"text": text, "actors": a} for a in (actors, actors[::-1])])
    assert [actor["actor"] for actor in straight["actors"]] == ["Q7", "a b"]
    assert_same(straight["actors"][0], reverse["actors"][1])


def test_missing_actors_are_found(tiny_scorer):
    (scored,) = tiny_scorer.predict(
        [{"text": "Washington urged Beijing to hold talks with Pyongyang.", "date": "2017-09-29"}]
    )
    assert [actor["actor"] for actor in scored["actors"]] == ["USA", "CHN", "PRK"]
    assert scored["actors"][1]["mentions"] == [[17, 24]]


def test_predict_is_lazy_and_reads_ahead_by_a_bounded_number(tiny_scorer):
    read = []

    def stream():
        for i in range(2000):
            read.append(i)
            yield {"id": i, "text": "Seoul waits.", "actors": []}

    predictions = tiny_scorer.predict(stream())
    assert read == []
    assert next(predictions)["id"] == 0
    assert len(read) < 600


def test_bad_record_stops_at_its_name(tiny_scorer):
    with pytest.raises(RecordError, match="record 1: key 'text' is missing; it has \\['id_'\\]"):
        list(tiny_scorer.predict([{"text": "Seoul waits.", "actors": []}, {"id_": 4}]))


def test_what_stands_before_a_bad_record_is_still_scored(tiny_scorer):
    predictions = tiny_scorer.predict([{"text": "Seoul waits."}, {"text": "Tokyo waits."}, {"text": 3}])
    assert [next(predictions)["id"], next(predictions)["id"]] == ["0", "1"]
    with pytest.raises(RecordError, match="record 2: "):
        next(predictions)


@pytest.mark.parametrize(
    "date", ["2017-09-29", dt.date(2017, 9, 29), dt.datetime(2017, 9, 29, 12), pd.Timestamp("2017-09-29")]
)
def test_article_date_in_any_usual_form(tiny_scorer, date):
    result = tiny_scorer.score_article("Rex Tillerson flew to Beijing.", date=date)
    assert result.actors["USA"].n == 1
    assert result.to_frame()["date"].unique().tolist() == ["2017-09-29"]


def test_bad_article_date_says_so(tiny_scorer):
    with pytest.raises(ValueError, match="a date YYYY-MM-DD expected, got '2017-9-29'"):
        tiny_scorer.score_article("Seoul waits.", date="2017-9-29")


def test_frame_keeps_its_types_without_scores(tiny_scorer):
    frame = tiny_scorer.score_article(
        "Die Bundesregierung hat am Montag neue Sanktionen gegen Nordkorea beschlossen."
    ).to_frame()
    assert frame["favors"].dtype == float
    assert frame["favors"].isna().all()


@pytest.mark.parametrize(
    ("text", "flag"),
    [
        ("", "empty"),
        (" \n\t ", "empty"),
        ("\u200b", "empty"),
        ("x" * 5_000_000, "too_long"),
        (
            "Die Bundesregierung hat am Montag neue Sanktionen gegen Nordkorea beschlossen, sagte eine Sprecherin.",
            "lang",
        ),
        ("미국과 중국은 북한에 대한 제재를 논의했다", "lang"),
    ],
)
def test_what_cannot_be_scored_is_flagged_and_not_guessed(tiny_scorer, text, flag):
    (scored,) = tiny_scorer.predict([{"text": text}])
    assert scored["flags"] == [flag]
    assert scored["n_windows"] == 0
    assert scored["stance"]["pressure"] == {"favors": None, "opposes": None}
    assert scored["labels"]["stance"] == {}
    assert scored["labels"]["sentiment"] is None
    json.dumps(scored, allow_nan=False)


def test_long_paragraph_is_scored_in_windows(tiny_scorer):
    text = "Seoul said that talks with Tokyo would go on. " * 40
    (scored,) = tiny_scorer.predict([{"text": text, "actors": [{"actor": "JPN", "mentions": [[27, 32]]}]}])
    assert scored["n_windows"] > 3
    assert scored["flags"] == []
    assert not math.isnan(scored["actors"][0]["stance"]["cooperation"]["favors"])


def test_local_model_opens_no_connection(tiny_folder, monkeypatch):
    def refuse(*args, **kwargs):
        raise AssertionError("a connection was opened")

    monkeypatch.setattr(socket, "socket", refuse)
    assert len(list(load(tiny_folder.path).predict([{"text": "Seoul waits."}]))) == 1


def test_article_aggregates_its_actors(tiny_scorer):
    text = "Washington pressed Beijing for sanctions on the bank.\n\nBeijing refused and called for talks instead."
    result = tiny_scorer.score_article(text, date="2017-09-29")
    assert len(result.paragraphs) == 2
    pressure = result.actors["CHN"].stance["pressure"]
    assert pressure.n == 2
    assert pressure.net == pytest.approx(pressure.favors - pressure.opposes)
    assert pressure.low <= pressure.net <= pressure.high
    assert list(result.actors)[:3] == ["USA", "CHN", "PRK"]
    nobody = result.actors["PRK"].stance["military"]
    assert nobody.n == 0
    assert math.isnan(nobody.net)


def test_frame_has_a_row_per_paragraph_unit_and_option(tiny_scorer):
    result = tiny_scorer.score_article(
        "Washington pressed Beijing for sanctions.\n\nMarkets were calm.", date="2017-09-29"
    )
    frame = result.to_frame()
    assert len(frame) == (3 + 1) * 3
    assert set(frame["actor"]) == {"", "USA", "CHN"}
    assert frame["date"].unique().tolist() == ["2017-09-29"]
    assert frame["label"].isin(["favors", "opposes", "mixed", "null"]).all()
