"""Gold labels beside predicted probabilities, cell by cell: what every metric and threshold is computed from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stance.heads import HeadSpec
from stance.store import UNIT_KINDS
from stance.types import POLARITIES, SENTIMENTS
from training.data import STANCES, build_targets

Prediction = Mapping[str, Any]


@dataclass(slots=True)
class Cells:
    """Yes/no cells of one label: ``gold`` 0/1, ``probability``, ``label`` 0/1 after thresholds, ``record`` index."""

    gold: list[int] = field(default_factory=list)
    probability: list[float] = field(default_factory=list)
    label: list[int] = field(default_factory=list)
    record: list[int] = field(default_factory=list)

    def add(self, gold: float, probability: float, label: bool, record: int) -> None:
        """Append one cell."""
        self.gold.append(int(gold))
        self.probability.append(probability)
        self.label.append(int(label))
        self.record.append(record)


@dataclass(slots=True)
class Choices:
    """Single-choice units of one head: ``gold`` class index, ``probability`` per class, ``record`` index."""

    gold: list[int] = field(default_factory=list)
    probability: list[list[float]] = field(default_factory=list)
    record: list[int] = field(default_factory=list)

    def stack(self) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Arrays ``(units,)`` and ``(units, classes)``."""
        return np.asarray(self.gold), np.asarray(self.probability)


@dataclass(slots=True)
class Table:
    """All labelled cells of some records: ``stance`` by (kind, option, polarity), ``toward`` by option."""

    stance: dict[tuple[str, str, str], Cells]
    toward: dict[str, Cells]
    sentiment: dict[str, Choices]
    extras: dict[str, Choices]
    n_records: int = 0
    n_skipped: int = 0


def collect_cells(records: Iterable[Mapping[str, Any]], predictions: Iterable[Prediction], heads: HeadSpec) -> Table:
    """Pair records with predictions, which must be of the same ids in the same order; unlabelled cells are left out.

    Records that were flagged instead of scored are left out and counted. Raises ``ValueError`` when ids do not match,
    `stance.errors.RecordError` for labels that the heads do not know.
    """
    table = Table(
        stance={(k, o, p): Cells() for k in UNIT_KINDS for o in heads.options for p in POLARITIES},
        toward={option: Cells() for option in heads.options},
        sentiment={kind: Choices() for kind in UNIT_KINDS},
        extras={extra.name: Choices() for extra in heads.extras},
    )
    for index, (record, predicted) in enumerate(zip(records, predictions, strict=True)):
        if record.get("id") is not None and record["id"] != predicted["id"]:
            raise ValueError(f"prediction {index} is of {predicted['id']!r}, the record is {record['id']!r}")
        build_targets(record, ("", *(str(actor["actor"]) for actor in record.get("actors") or [])), heads)
        table.n_records += 1
        if predicted["sentiment"][SENTIMENTS[0]] is None:
            table.n_skipped += 1
            continue
        labels = predicted["labels"]
        _add_unit(table, "paragraph", record, predicted, labels, index)
        named = {
            actor["actor"]: (actor, label) for actor, label in zip(predicted["actors"], labels["actors"], strict=True)
        }
        for actor in record.get("actors") or []:
            found, label = named[str(actor["actor"])]
            _add_unit(table, "actor", actor, found, label, index)
            _add_toward(table, actor, found, label, index)
        _add_extras(table, record, predicted, heads, index)
    return table


def _add_unit(
    table: Table, kind: str, gold: Mapping[str, Any], found: Prediction, label: Mapping[str, Any], index: int
) -> None:
    for option, name in (gold.get("stance") or {}).items():
        marked = STANCES[label["stance"].get(option)]
        for p, polarity in enumerate(POLARITIES):
            cells = table.stance[kind, option, polarity]
            cells.add(STANCES[name][p], found["stance"][option][polarity], bool(marked[p]), index)
    if gold.get("sentiment") is not None:
        choices = table.sentiment[kind]
        choices.gold.append(SENTIMENTS.index(gold["sentiment"]))
        choices.probability.append([found["sentiment"][name] for name in SENTIMENTS])
        choices.record.append(index)


def _add_toward(table: Table, gold: Mapping[str, Any], found: Prediction, label: Mapping[str, Any], index: int) -> None:
    if "toward" not in gold:
        return
    for option, cells in table.toward.items():
        targets = gold["toward"].get(option)
        if targets is None and (gold.get("stance") or {}).get(option, "") is not None:
            continue
        for code, probability in found["toward"][option].items():
            cells.add(code in (targets or ()), probability, code in label["toward"].get(option, ()), index)


def _add_extras(table: Table, record: Mapping[str, Any], predicted: Prediction, heads: HeadSpec, index: int) -> None:
    found = {(e["head"], e["source"], e["target"]): e["probabilities"] for e in predicted.get("extras") or []}
    classes = {extra.name: extra.labels for extra in heads.extras}
    for entry in record.get("extras") or []:
        if entry["head"] in classes:
            choices = table.extras[entry["head"]]
            probabilities = found[entry["head"], entry["source"], entry["target"]]
            choices.gold.append(classes[entry["head"]].index(entry["label"]))
            choices.probability.append([probabilities[name] for name in classes[entry["head"]]])
            choices.record.append(index)


def join_cells(cells: Sequence[Cells]) -> Cells:
    """All cells of several labels as one list."""
    joined = Cells()
    for part in cells:
        joined.gold += part.gold
        joined.probability += part.probability
        joined.label += part.label
        joined.record += part.record
    return joined
