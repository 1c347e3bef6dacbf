"""Records in the codebook's form -> checked paragraphs with their actors; every fault names the record's id."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from stance.errors import RecordError
from stance.types import Mention, Paragraph

MAX_ACTORS = 100


@dataclass(frozen=True, slots=True)
class Record:
    """A paragraph and its mentions, or ``None`` where the actors are still to be found."""

    paragraph: Paragraph
    actors: tuple[str, ...] | None
    mentions: tuple[Mention, ...]


def read_record(raw: Mapping[str, Any], position: int) -> Record:
    """Check one record; ``position`` (0-based) names a record that has no id. Raises `RecordError`."""
    if not isinstance(raw, Mapping):
        raise RecordError(f"record {position}: a mapping with 'text' expected, got {type(raw).__name__}")
    record_id = str(raw.get("id", position))
    if "text" not in raw:
        raise RecordError(f"record {record_id}: key 'text' is missing; it has {sorted(map(str, raw))}")
    text = raw["text"]
    if not isinstance(text, str):
        raise RecordError(f"record {record_id}: 'text' is a string, got {type(text).__name__}")
    paragraph = Paragraph(
        id=record_id,
        text=text,
        article_id=str(raw.get("article_id") or ""),
        date=_read_date(raw.get("date"), record_id),
        flags=tuple(raw.get("flags") or ()),
    )
    if raw.get("actors") is None:
        return Record(paragraph, None, ())
    mentions = tuple(_read_mentions(raw["actors"], paragraph))
    return Record(paragraph, tuple(dict.fromkeys(mention.actor for mention in mentions)), mentions)


def _read_date(value: Any, record_id: str) -> dt.date | None:
    """A date, a datetime, an ISO string (its first ten characters) or nothing."""
    if value is None or value == "":
        return None
    if isinstance(value, dt.datetime):
        return value.date()
    if isinstance(value, dt.date):
        return value
    try:
        return dt.date.fromisoformat(str(value)[:10])
    except ValueError:
        raise RecordError(f"record {record_id}: 'date' is written YYYY-MM-DD, got {value!r}") from None


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
        code = str(actor["actor"])
        if code in seen:
            raise RecordError(f"{where}: actor {code} is listed twice; join its mentions in one entry")
        seen.add(code)
        spans = actor.get("mentions")
        if not spans:
            raise RecordError(f"{where}: actor {code} has no mentions; give at least one [start, end] or leave it out")
        mentions += [Mention(paragraph.id, code, *span) for span in _check_spans(spans, code, paragraph)]
    return mentions


def _check_spans(spans: Any, code: str, paragraph: Paragraph) -> list[tuple[int, int]]:
    """The spans of one actor, sorted; refuses any that is reversed, outside the text or overlaps another of it."""
    where, length = f"record {paragraph.id}: actor {code}", len(paragraph.text)
    checked: list[tuple[int, int]] = []
    for span in spans:
        if isinstance(span, str):
            raise RecordError(f"{where}: a mention is [start, end], got {span!r}")
        try:
            start, end = (int(edge) for edge in span)
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
