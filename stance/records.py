"""Records in the codebook's form -> checked paragraphs with their actors; every fault names the record's id."""

from __future__ import annotations

import datetime as dt
import itertools
import operator
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from stance.dates import read_date
from stance.errors import RecordError
from stance.textio import DECODED, LONE_SURROGATE
from stance.types import Mention, Paragraph

MAX_ACTORS = 100
SCORING_FLAGS = ("empty", "lang", "too_long", "many_actors")


@dataclass(frozen=True, slots=True)
class Record:
    """A paragraph and its mentions, or ``None`` where the actors are still to be found."""

    paragraph: Paragraph
    actors: tuple[str, ...] | None
    mentions: tuple[Mention, ...]

    def group_spans(self) -> list[list[tuple[int, int]]]:
        """Mention spans of each actor, in the order of ``actors``."""
        spans: dict[str, list[tuple[int, int]]] = {actor: [] for actor in self.actors or ()}
        for mention in self.mentions:
            spans[mention.actor].append((mention.start, mention.end))
        return list(spans.values())


def read_record(raw: Mapping[str, Any], position: int) -> Record:
    """Check one record; ``position`` (0-based) names a record that has no id. Raises `RecordError`."""
    if not isinstance(raw, Mapping):
        raise RecordError(f"record {position}: a mapping with 'text' expected, got {type(raw).__name__}")
    record_id = str(position if raw.get("id") is None else raw["id"])
    if LONE_SURROGATE.search(record_id):
        raise RecordError(f"record {position}: 'id' holds half a character (a lone surrogate); mend it")
    if "text" not in raw:
        raise RecordError(f"record {record_id}: key 'text' is missing; it has {sorted(map(str, raw))}")
    text = raw["text"]
    if not isinstance(text, str):
        raise RecordError(f"record {record_id}: 'text' is a string, got {type(text).__name__}")
    flags = _read_flags(raw.get("flags"), record_id)
    if LONE_SURROGATE.search(text):
        text, flags = LONE_SURROGATE.sub("\ufffd", text), (*flags, DECODED)
    article_id = raw.get("article_id")
    if not isinstance(article_id, str | int | None):
        raise RecordError(f"record {record_id}: 'article_id' is a string, got {article_id!r}")
    paragraph = Paragraph(
        id=record_id,
        text=text,
        article_id="" if article_id is None else str(article_id),
        date=_read_date(raw.get("date"), record_id),
        flags=tuple(dict.fromkeys(flags)),
    )
    if raw.get("actors") is None:
        return Record(paragraph, None, ())
    mentions = tuple(_read_mentions(raw["actors"], paragraph))
    return Record(paragraph, tuple(dict.fromkeys(mention.actor for mention in mentions)), mentions)


def _read_date(value: Any, record_id: str) -> dt.date | None:
    try:
        return read_date(value)
    except ValueError:
        raise RecordError(f"record {record_id}: 'date' is written YYYY-MM-DD, got {value!r}") from None


def _read_flags(value: Any, record_id: str) -> tuple[str, ...]:
    """Flags of whoever read the text, without those that scoring sets itself."""
    if value is None:
        return ()
    if isinstance(value, str) or not isinstance(value, Sequence) or not all(isinstance(flag, str) for flag in value):
        raise RecordError(f"record {record_id}: 'flags' is a list of strings, got {value!r}")
    return tuple(flag for flag in value if flag not in SCORING_FLAGS)


def _read_mentions(actors: Any, paragraph: Paragraph) -> list[Mention]:
    """All mentions of a record's ``actors`` list, checked against its text."""
    where = f"record {paragraph.id}"
    if not isinstance(actors, (list, tuple)):
        raise RecordError(f"{where}: 'actors' is a list, got {type(actors).__name__}")
    if len(actors) > MAX_ACTORS:
        raise RecordError(
            f"{where}: {len(actors)} actors, at most {MAX_ACTORS} can be scored in one paragraph; split it"
        )
    mentions: list[Mention] = []
    seen: set[str] = set()
    for actor in actors:
        if not isinstance(actor, Mapping) or not actor.get("actor"):
            raise RecordError(f"{where}: an actor is {{'actor': CODE, 'mentions': [[start, end], ...]}}, got {actor!r}")
        if not isinstance(actor["actor"], str | int) or not str(actor["actor"]).strip():
            raise RecordError(f"{where}: an actor's code is a string, got {actor['actor']!r}")
        code = str(actor["actor"])
        if LONE_SURROGATE.search(code):
            raise RecordError(f"{where}: an actor's code holds half a character (a lone surrogate); mend it")
        if code in seen:
            raise RecordError(f"{where}: actor {code} is listed twice; join its mentions in one entry")
        seen.add(code)
        spans = actor.get("mentions")
        if spans is None or isinstance(spans, str) or not hasattr(spans, "__len__") or len(spans) == 0:
            raise RecordError(f"{where}: actor {code} has no mentions; give at least one [start, end] or leave it out")
        mentions += [Mention(paragraph.id, code, *span) for span in _check_spans(spans, code, paragraph)]
    return mentions


def _check_spans(spans: Any, code: str, paragraph: Paragraph) -> list[tuple[int, int]]:
    """The spans of one actor, sorted; refuses any that is reversed, outside the text or overlaps another of it."""
    where, length = f"record {paragraph.id}: actor {code}", len(paragraph.text)
    checked: list[tuple[int, int]] = []
    for span in spans:
        try:
            start, end = (operator.index(edge) for edge in span)
        except (TypeError, ValueError):
            raise RecordError(f"{where}: a mention is [start, end], got {span!r}") from None
        if start >= end:
            raise RecordError(f"{where}: mention [{start}, {end}] is in the wrong order; start < end expected")
        if start < 0 or end > length:
            raise RecordError(f"{where}: mention [{start}, {end}] is outside the text of {length} characters")
        checked.append((start, end))
    checked.sort()
    for (_, left_end), (start, end) in itertools.pairwise(checked):
        if start < left_end:
            raise RecordError(f"{where}: mention [{start}, {end}] overlaps the one before it, which ends at {left_end}")
    return checked
