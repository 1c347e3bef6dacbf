"""How well two annotators agree: the corpus's labels against the blind second ones in ``second_labels/``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import yaml

from training.corpus.markup import HERE, parse_label
from training.errors import CorpusError

SECOND = HERE / "second_labels"
Cells = set[tuple[str, ...]]


def read_second_labels(folder: Path = SECOND, options: Iterable[str] = ()) -> dict[str, dict[str, Any]]:
    """Second labels by record id, then by unit (``paragraph`` or actor code). Raises `CorpusError`."""
    labels: dict[str, dict[str, Any]] = {}
    for path in sorted(folder.glob("*.yaml")):
        for item in yaml.safe_load(path.read_text(encoding="utf-8")):
            try:
                units = {str(unit): parse_label(str(line), tuple(options)) for unit, line in item["labels"].items()}
            except ValueError as error:
                raise CorpusError(f"{path.name}: {item['id']}: {error}") from error
            labels[str(item["id"])] = units
    return labels


def measure_agreement(records: Iterable[Mapping[str, Any]], second: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """F1 of one annotator's cells against the other's (symmetric), over the records that both labelled.

    A stance cell is (unit, option, favors or opposes), mixed being both; a toward cell is (actor, option, target).
    """
    cells: dict[str, tuple[Cells, Cells]] = {
        name: (set(), set()) for name in ("actor_stance", "paragraph_stance", "toward")
    }
    n_records = n_same = n_units = 0
    for record in records:
        other = second.get(record["id"])
        if other is None:
            continue
        n_records += 1
        units = [
            ("paragraph_stance", "paragraph", record),
            *(("actor_stance", a["actor"], a) for a in record["actors"]),
        ]
        for name, unit, label in units:
            key = (record["id"], unit)
            for side, labels in enumerate((label, other[unit])):
                cells[name][side].update(_list_stances(key, labels["stance"]))
                for option, codes in (labels.get("toward") or {}).items():
                    cells["toward"][side].update((*key, option, code) for code in codes)
            n_units += 1
            n_same += label["sentiment"] == other[unit]["sentiment"]
    report = {name: round(_compute_f1(*sides), 3) for name, sides in cells.items()}
    return {"records": n_records, "units": n_units, **report, "sentiment_same": round(n_same / max(n_units, 1), 3)}


def _list_stances(key: tuple[str, str], stance: Mapping[str, str | None]) -> Cells:
    polarities = {"favors": ["favors"], "opposes": ["opposes"], "mixed": ["favors", "opposes"], None: []}
    return {(*key, option, polarity) for option, label in stance.items() for polarity in polarities[label]}


def _compute_f1(one: Cells, other: Cells) -> float:
    return 2 * len(one & other) / max(len(one) + len(other), 1)
