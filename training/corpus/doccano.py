"""Records <-> doccano's JSON Lines, for a project of sequence labelling with relations or of intent detection.

A mention is an entity whose label is the actor's code; a relation of type ``OPTION`` from one actor's mention to
another's says toward whom its stance is; ``cats`` are the labels of the paragraph (``pressure favors``, ``sentiment
neutral``) and of actors (``USA pressure favors``). ``meta.record`` carries the whole record: what a project cannot edit
comes back as it went (relations without entity ids, an undirected ``toward``, keys that are no labels, ``cats`` that
are gone). doccano exports the columns that its project does not know unchanged: with relations ``cats``, which may name
an actor whose mentions are deleted, and for intents ``relations``, by ids that no entity has any more.

Offsets count UTF-16 code units, the index of the browser's strings, in which doccano's annotator counts (unless the
project counts grapheme clusters: leave that off).
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from stance.errors import RecordError
from training.corpus.units import (
    PARAGRAPH,
    Record,
    Unit,
    merge_units,
    name_stance,
    read_code,
    read_sentiment,
    read_stance,
    read_units,
)
from training.errors import CorpusError

_SENTIMENT = "sentiment"
_OWN = ("id", "text", "entities", "relations", "cats", "label", "meta", "Comments", "comments")


def write_rows(records: Iterable[Mapping[str, Any]], options: Sequence[str]) -> list[dict[str, Any]]:
    """One row a record; raises `CorpusError` that lists every record that cannot be shown."""
    rows, faults, ids = [], _check_options(options), itertools.count()
    for position, record in enumerate(records):
        try:
            units = read_units(record, position, options)
        except (CorpusError, RecordError) as error:
            faults.append(str(error))
            continue
        kept = {key: value for key, value in record.items() if key != "text"}
        entities: list[dict[str, Any]] = []
        first: dict[str, int] = {}
        to_utf16 = {point: unit for unit, point in _map_offsets(record["text"]).items()}
        for code, unit in units.items():
            for start, end in unit.mentions:
                number, offsets = next(ids), {"start_offset": to_utf16[start], "end_offset": to_utf16[end]}
                first.setdefault(code, number)
                entities.append({"id": number, "label": code, **offsets})
        relations = [
            {"id": next(ids), "from_id": first[code], "to_id": first[target], "type": option}
            for code, unit in units.items()
            for option, targets in unit.toward.items()
            for target in targets
        ]
        rows.append({
            "text": record["text"], "entities": entities, "relations": relations,
            "cats": [name for code, unit in units.items() for name in _write_names(code, unit)],
            "meta": {"options": list(options), "record": kept},
        })  # fmt: skip
    if faults:
        raise CorpusError("\n".join(faults))
    return rows


def read_rows(rows: Iterable[tuple[int, Mapping[str, Any]]], name: str, options: Sequence[str]) -> list[Record]:
    """One record a numbered row; raises `CorpusError` that lists every fault. ``options`` serve rows that name none."""
    records, faults = [], []
    for number, row in rows:
        try:
            records.append(_read_row(row, number, options))
        except (CorpusError, RecordError) as error:
            faults.append(f"{name}:{number}: {_name_row(row)}{error}")
        except (AttributeError, TypeError, KeyError) as error:
            faults.append(f"{name}:{number}: {_name_row(row)}not in doccano's format: {error}")
    if faults:
        raise CorpusError("\n".join(faults))
    return records


def _write_names(code: str, unit: Unit) -> list[str]:
    """Categories of one unit."""
    prefix = f"{code} " if code else ""
    names = [f"{prefix}{option} {name_stance(label)}" for option, label in unit.stance.items()]
    return [*names, f"{prefix}{_SENTIMENT} {unit.sentiment}"] if unit.sentiment else names


def _name_row(row: Mapping[str, Any]) -> str:
    return f"task {row['id']}: " if "id" in row else ""


def _read_row(row: Mapping[str, Any], number: int, options: Sequence[str]) -> Record:
    if not isinstance(row.get("text"), str):
        raise CorpusError("an object with 'text' expected")
    text, meta = row["text"], row.get("meta") or {}
    kept = meta.get("record")
    if kept is None:
        kept = {"id": str(row.get("id", number)), **{key: row[key] for key in row if key not in _OWN}}
    comments = row.get("Comments") or row.get("comments")
    record = {**kept, "text": text, **({"comments": comments} if comments else {})}
    if "id" in record:  # the order of keys is for people
        record = {"id": record.pop("id"), "text": record.pop("text"), **record}
    options = tuple(meta.get("options") or options)
    before = read_units(record, number, options)
    label = row.get("label") or []
    entities = row["entities"] if "entities" in row else [span for span in label if not isinstance(span, str)]
    units, codes = _read_entities(entities, text, before)
    names = row["cats"] if "cats" in row else [name for name in label if isinstance(name, str)]
    if names or "cats" in row:
        for name in names:
            _add_name(units, str(name), options, before)
    else:
        _keep_labels(units, before)
    if codes and "relations" in row:
        _add_relations(units, codes, row["relations"] or [], options, before)
    else:
        _keep_toward(units, before)
    merged = merge_units(record, units)
    read_units(merged, number, options)
    return merged


def _check_options(options: Sequence[str]) -> list[str]:
    """Faults of options that a category could not name."""
    return [
        f"option {option!r}: one word other than {_SENTIMENT!r} expected, as doccano's labels are "
        "'[CODE] OPTION STANCE'; rename it"
        for option in options
        if option == _SENTIMENT or len(option.split()) != 1
    ]


def _map_offsets(text: str) -> dict[int, int]:
    """Offset in UTF-16 code units -> offset in code points, for every place between two characters."""
    widths = (1 + (ord(character) > 0xFFFF) for character in text)
    return {unit: point for point, unit in enumerate(itertools.accumulate(widths, initial=0))}


def _read_entities(
    entities: Sequence[Any], text: str, known: Iterable[str]
) -> tuple[dict[str, Unit], dict[Any, str] | None]:
    """Units with their mentions, and the code by entity id (``None`` where not all have ids)."""
    offsets = _map_offsets(text)
    units: dict[str, Unit] = {PARAGRAPH: Unit()}
    codes: dict[Any, str] = {}
    for entity in entities:
        keys = ("start_offset", "end_offset", "label")
        try:
            start, end, code = (entity[key] for key in keys) if isinstance(entity, Mapping) else entity
        except ValueError as error:
            raise CorpusError(f"entity {entity!r}: [START, END, CODE] expected; export it again") from error
        if start not in offsets or end not in offsets or start >= end:
            raise CorpusError(
                f"entity [{start}, {end}] {code!r} is not within the text of {max(offsets)} UTF-16 code units, or"
                " cuts a character in two"
            )
        read_code(code, known, f"entity [{start}, {end}]")
        units.setdefault(code, Unit()).mentions.append([offsets[start], offsets[end]])
        if isinstance(entity, Mapping) and "id" in entity:
            codes[entity["id"]] = code
    return units, codes if len(codes) == len(entities) else None


def _add_name(units: Mapping[str, Unit], name: str, options: Sequence[str], before: Mapping[str, Unit]) -> None:
    """One category into the unit it names; that of an actor whose mentions are deleted goes with them."""
    *code, topic, label = name.split() if len(name.split()) in (2, 3) else ("", "", "", "")
    if topic != _SENTIMENT and topic not in options:
        raise CorpusError(f"unknown label {name!r}; '[CODE] OPTION STANCE' expected, OPTION of {', '.join(options)}")
    unit = units.get("".join(code))
    if unit is None:
        if "".join(code) in before:
            return
        raise CorpusError(f"label {name!r} is of an actor that no entity mentions; mark a mention or delete the label")
    if topic in unit.stance or (topic == _SENTIMENT and unit.sentiment):
        raise CorpusError(f"label {name!r}: {topic} is labelled twice; keep one")
    if topic == _SENTIMENT:
        unit.sentiment = read_sentiment(label, f"label {name!r}")
    else:
        unit.stance[topic] = read_stance(label, f"label {name!r}")


def _keep_labels(units: Mapping[str, Unit], before: Mapping[str, Unit]) -> None:
    """Stance and sentiment as they went out."""
    for code, unit in units.items():
        old = before.get(code, Unit())
        unit.stance, unit.sentiment = dict(old.stance), old.sentiment


def _keep_toward(units: Mapping[str, Unit], before: Mapping[str, Unit]) -> None:
    """Toward as it went out, but for actors that are gone and for options that are null now."""
    for code, unit in units.items():
        for option, targets in before.get(code, Unit()).toward.items():
            if not targets or unit.stance.get(option, "") is not None:
                unit.toward[option] = [target for target in targets if target in units]


def _add_relations(
    units: Mapping[str, Unit],
    codes: Mapping[Any, str],
    relations: Sequence[Mapping[str, Any]],
    options: Sequence[str],
    before: Mapping[str, Unit],
) -> None:
    """Toward from relations; an option that had a toward and has no relation is undirected."""
    for code, unit in units.items():
        unit.toward = {option: [] for option in before.get(code, Unit()).toward}
    for relation in relations:
        ends, option = (relation["from_id"], relation["to_id"]), relation["type"]
        if option not in options or not all(end in codes for end in ends):
            raise CorpusError(f"relation {relation}: a type of {', '.join(options)} between two entities expected")
        source, target = (codes[end] for end in ends)
        targets = units[source].toward.setdefault(option, [])
        if target not in targets:
            targets.append(target)
