import datetime as dt
import re

import numpy as np
import pytest

from stance.errors import RecordError
from stance.records import read_record

TEXT = "Seoul and Tokyo talk."


def build_record(mentions, code="KOR"):
    return {"id": "r1", "text": TEXT, "actors": [{"actor": code, "mentions": mentions}]}


BAD = [
    ("text", "record 3: a mapping with 'text' expected, got str"),
    ({"id": "r1", "body": "x"}, "record r1: key 'text' is missing; it has ['body', 'id']"),
    ({"text": None}, "record 3: 'text' is a string, got NoneType"),
    ({"id": "r1", "text": TEXT, "date": "2017-13-01"}, "record r1: 'date' is written YYYY-MM-DD, got '2017-13-01'"),
    ({"id": "r1", "text": TEXT, "actors": "KOR"}, "record r1: 'actors' is a list, got str"),
    (
        {"id": "r1", "text": TEXT, "actors": ["KOR"]},
        "record r1: an actor is {'actor': CODE, 'mentions': [[start, end], ...]}, got 'KOR'",
    ),
    (
        {"id": "r1", "text": TEXT, "actors": [{"actor": f"A{i}", "mentions": [[0, 5]]} for i in range(10_000)]},
        "record r1: 10000 actors, at most 100 can be scored in one paragraph; split it",
    ),
    (
        {"id": "r1", "text": TEXT, "actors": [{"actor": "KOR", "mentions": [[0, 5]]}] * 2},
        "record r1: actor KOR is listed twice; join its mentions in one entry",
    ),
    (build_record([]), "record r1: actor KOR has no mentions; give at least one [start, end] or leave it out"),
    (build_record([[0, 99]]), "record r1: actor KOR: mention [0, 99] is outside the text of 21 characters"),
    (build_record([[-1, 5]]), "record r1: actor KOR: mention [-1, 5] is outside the text of 21 characters"),
    (build_record([[5, 0]]), "record r1: actor KOR: mention [5, 0] is in the wrong order; start < end expected"),
    (build_record([[5, 5]]), "record r1: actor KOR: mention [5, 5] is in the wrong order; start < end expected"),
    (
        build_record([[0, 5], [3, 9]]),
        "record r1: actor KOR: mention [3, 9] overlaps the one before it, which ends at 5",
    ),
    (build_record([[0]]), "record r1: actor KOR: a mention is [start, end], got [0]"),
    (build_record(["05"]), "record r1: actor KOR: a mention is [start, end], got '05'"),
]


@pytest.mark.parametrize(("raw", "message"), BAD, ids=[message[:60] for _, message in BAD])
def test_bad_record_is_refused_by_name(raw, message):
    with pytest.raises(RecordError, match=f"^{re.escape(message)}$"):
        read_record(raw, 3)


def test_record_keeps_the_order_of_its_actors_and_any_code():
    raw = {
        "text": TEXT,
        "date": "2017-09-29T10:00:00Z",
        "actors": [{"actor": "the second", "mentions": [[10, 15]]}, {"actor": "KOR", "mentions": [[6, 9], [0, 5]]}],
    }
    record = read_record(raw, 7)
    assert record.paragraph.id == "7"
    assert record.paragraph.date == dt.date(2017, 9, 29)
    assert record.actors == ("the second", "KOR")
    assert [(m.start, m.end) for m in record.mentions] == [(10, 15), (0, 5), (6, 9)]


def test_missing_actors_are_not_an_empty_list():
    assert read_record({"text": TEXT}, 0).actors is None
    assert read_record({"text": TEXT, "actors": []}, 0).actors == ()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"date": 1506122200}, "record r1: 'date' is written YYYY-MM-DD, got 1506122200"),
        ({"date": "2017-09-29garbage"}, "record r1: 'date' is written YYYY-MM-DD, got '2017-09-29garbage'"),
        ({"flags": "decoded"}, "record r1: 'flags' is a list of strings, got 'decoded'"),
        ({"article_id": 1.5}, "record r1: 'article_id' is a string, got 1.5"),
        ({"actors": [{"actor": " ", "mentions": [[0, 5]]}]}, "record r1: an actor's code is a string, got ' '"),
        ({"actors": [{"actor": ["A"], "mentions": [[0, 5]]}]}, "record r1: an actor's code is a string, got ['A']"),
        (
            {"actors": [{"actor": "A", "mentions": [[0.7, 10.9]]}]},
            "record r1: actor A: a mention is [start, end], got [0.7, 10.9]",
        ),
    ],
)
def test_values_of_the_wrong_kind_are_not_bent_into_shape(change, message):
    with pytest.raises(RecordError, match=f"^{re.escape(message)}$"):
        read_record({"id": "r1", "text": TEXT, **change}, 0)


def test_numpy_mentions_null_id_and_stale_flags():
    actors = [{"actor": "KOR", "mentions": np.array([[0, 5]])}]
    record = read_record({"id": None, "text": TEXT, "actors": actors, "flags": ["decoded", "lang", "decoded"]}, 4)
    assert record.paragraph.id == "4"
    assert record.paragraph.flags == ("decoded",)
    assert [(m.start, m.end) for m in record.mentions] == [(0, 5)]


def test_half_a_character_is_replaced_and_flagged():
    paragraph = read_record({"text": "Seoul \ud800 waits."}, 0).paragraph
    assert paragraph.text == "Seoul \ufffd waits."
    assert paragraph.flags == ("decoded",)
