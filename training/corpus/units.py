"""What an annotator edits in a record: per unit its mentions, stance, toward and sentiment; taken out and put back."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from stance.records import read_record
from stance.types import SENTIMENTS
from training.errors import CorpusError

Record = dict[str, Any]
PARAGRAPH = ""
STANCES: Mapping[str, str | None] = {"favors": "favors", "opposes": "opposes", "mixed": "mixed", "null": None}
_CODE = re.compile(r"[A-Z]{1,3}\d{0,2}")


@dataclass(slots=True)
class Unit:
    """Labels of the paragraph (code ``""``) or of one actor; an option that is not in ``stance`` is not labelled."""

    mentions: list[list[int]] = field(default_factory=list)
    stance: dict[str, str | None] = field(default_factory=dict)
    toward: dict[str, list[str]] = field(default_factory=dict)
    sentiment: str | None = None

    @property
    def is_labelled(self) -> bool:
        """Whether anything but mentions is there."""
        return bool(self.stance or self.toward or self.sentiment)


def read_units(record: Mapping[str, Any], position: int, options: Sequence[str]) -> dict[str, Unit]:
    """Units of a record by actor code, the paragraph's first; raises `CorpusError` or `RecordError` for any bad label.

    ``position`` (0-based) names a record that has no id.
    """
    name = read_record(record, position).paragraph.id
    actors = {str(actor["actor"]): actor for actor in record.get("actors") or []}
    units = {PARAGRAPH: _read_labels(record, f"record {name}: paragraph", options)}
    for code, actor in actors.items():
        where = f"record {name}: {code}"
        if len(code.split()) != 1:
            raise CorpusError(f"{where}: an actor code without blanks expected")
        unit = units[code] = _read_labels(actor, where, options)
        unit.mentions = [list(span) for span in actor["mentions"]]
        unit.toward = _read_toward(actor, where, options, actors.keys() - {code})
        for option, targets in unit.toward.items():
            if targets and unit.stance.get(option, "") is None:
                raise CorpusError(
                    f"{where}: {option} is null, but toward {targets}; give it a stance, or delete its toward"
                )
    return units


def merge_units(record: Mapping[str, Any], units: Mapping[str, Unit]) -> Record:
    """The record with these units' labels in place of its own; keys that no annotator edits stay as they are.

    An actor that has no unit any more is gone, one that the record did not have is added; an empty ``stance`` or
    ``toward`` and a null are told from a missing key as far as the record itself does.
    """
    merged = _merge_labels(record, units.get(PARAGRAPH, Unit()))
    old = {str(actor["actor"]): actor for actor in record.get("actors") or []}
    new = [code for code in units if code not in old and code != PARAGRAPH]
    found = [code for code in old if code in units] + sorted(new, key=lambda code: min(units[code].mentions))
    actors = []
    for code in found:
        entry = _merge_labels(old.get(code, {"actor": code, "mentions": []}), units[code])
        entry["mentions"] = _keep_order(sorted(units[code].mentions), entry["mentions"])
        _merge_mapping(entry, "toward", units[code].toward)
        for option, codes in units[code].toward.items():
            before = (old.get(code, {}).get("toward") or {}).get(option)
            entry["toward"][option] = _keep_order(codes, before or [])
        actors.append(entry)
    if actors or isinstance(record.get("actors"), list):
        merged["actors"] = actors
    return merged


def choose_options(records: Iterable[Mapping[str, Any]], known: Sequence[str]) -> tuple[str, ...]:
    """The corpus's own options where records name no other, else those that the records name, in order."""
    found: dict[str, None] = {}
    for record in records:
        for entry in (record, *(record.get("actors") or [])):
            labels = entry.get("stance") if isinstance(entry, Mapping) else None
            found.update(dict.fromkeys(map(str, labels or ())))
    return tuple(known) if set(found) <= set(known) else tuple(found)


def read_code(word: Any, known: Iterable[str], where: str) -> str:
    """An actor's code: one of the known ones or of a code's form; raises `CorpusError` for any other word."""
    if not isinstance(word, str) or (word not in known and not _CODE.fullmatch(word)):
        raise CorpusError(f"{where}: unknown label {word!r}; an actor code such as USA expected")
    return word


def read_stance(name: Any, where: str) -> str | None:
    """A stance by its written name; raises `CorpusError` for any other word."""
    if not isinstance(name, str) or name not in STANCES:
        raise CorpusError(f"{where}: unknown label {name!r}; {', '.join(STANCES)} expected")
    return STANCES[name]


def read_sentiment(name: Any, where: str) -> str:
    """A sentiment by its name; raises `CorpusError` for any other word."""
    if name not in SENTIMENTS:
        raise CorpusError(f"{where}: unknown sentiment {name!r}; {', '.join(SENTIMENTS)} expected")
    return str(name)


def name_stance(label: str | None) -> str:
    """The written name of a stance: null has one too."""
    return "null" if label is None else label


def _read_labels(entry: Mapping[str, Any], where: str, options: Sequence[str]) -> Unit:
    """Stance and sentiment of one entry."""
    unit = Unit()
    for option, label in _read_mapping(entry, "stance", where, options).items():
        unit.stance[option] = read_stance(name_stance(label), f"{where}: {option}")
    if entry.get("sentiment") is not None:
        unit.sentiment = read_sentiment(entry["sentiment"], where)
    return unit


def _read_toward(
    entry: Mapping[str, Any], where: str, options: Sequence[str], others: Iterable[str]
) -> dict[str, list[str]]:
    """Targets by option; each is another actor of the record."""
    toward: dict[str, list[str]] = {}
    for option, codes in _read_mapping(entry, "toward", where, options).items():
        if not isinstance(codes, list):
            raise CorpusError(f"{where}: {option} is toward a list of actor codes, got {codes!r}; [] is undirected")
        absent = [code for code in codes if code not in set(others)]
        if absent or len(set(codes)) < len(codes):
            raise CorpusError(
                f"{where}: {option} is toward {codes}; each other actor that is mentioned here at most once expected"
            )
        toward[option] = list(codes)
    return toward


def _read_mapping(entry: Mapping[str, Any], key: str, where: str, options: Sequence[str]) -> Mapping[str, Any]:
    labels = entry.get(key) or {}
    if not isinstance(labels, Mapping):
        raise CorpusError(f"{where}: '{key}' maps options to labels, got {labels!r}")
    for option in labels:
        if option not in options:
            raise CorpusError(f"{where}: unknown option {option!r} in '{key}'; known: {', '.join(options)}")
    return labels


def _merge_labels(entry: Mapping[str, Any], unit: Unit) -> Record:
    """A copy of the entry with the unit's stance and sentiment."""
    merged = dict(entry)
    _merge_mapping(merged, "stance", unit.stance)
    if unit.sentiment is not None:
        merged["sentiment"] = unit.sentiment
    elif merged.get("sentiment") is not None:
        del merged["sentiment"]
    return merged


def _merge_mapping(entry: Record, key: str, labels: Mapping[str, Any]) -> None:
    """Set ``key`` in place, its options in their old order; where nothing is labelled, a null or missing key stays."""
    old = entry.get(key)
    if labels or isinstance(old, Mapping):
        order = [option for option in old or () if option in labels]
        entry[key] = {option: labels[option] for option in dict.fromkeys((*order, *labels))}


def _keep_order(new: list[Any], old: Sequence[Any]) -> list[Any]:
    """The old order where nothing but the order differs."""
    return list(old) if sorted(new) == sorted(old) else new
