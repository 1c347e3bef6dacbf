"""Where two annotators differ: what each said, and the verdicts in ``adjudications/`` that records then carry."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import yaml

from training.corpus.agreement import pair_labels
from training.corpus.markup import TEXTS, Rules, build_records, parse_label, write_label
from training.errors import CorpusError

VERDICTS = "adjudications"  # beside the folder of texts
_KEYS = {"id", "unit", "label", "reason"}


def load_records(texts: Path = TEXTS) -> list[dict[str, Any]]:
    """The corpus as it is trained and tested on: authored records under the verdicts. Raises `CorpusError`."""
    return apply_verdicts(build_records(texts), read_verdicts(texts.parent / VERDICTS))


def list_conflicts(
    records: Iterable[Mapping[str, Any]], second: Mapping[str, Mapping[str, Any]]
) -> list[dict[str, str]]:
    """Units that the annotators label differently: ``id``, ``unit``, and each one's label line."""
    return [
        {"id": name, "unit": unit, "first": lines[0], "second": lines[1]}
        for name, unit, *labels in pair_labels(records, second)
        if len(set(lines := [write_label(label) for label in labels])) > 1
    ]


def read_verdicts(folder: Path, rules: Rules | None = None) -> dict[tuple[str, str], dict[str, Any]]:
    """Verdicts by (record id, unit): ``label`` parsed and ``reason``. Raises `CorpusError` naming the file."""
    options = (rules or Rules.load()).options
    verdicts: dict[tuple[str, str], dict[str, Any]] = {}
    for path in sorted(folder.glob("*.yaml")):
        for item in yaml.safe_load(path.read_text(encoding="utf-8")) or []:
            if set(item) != _KEYS or not str(item["reason"]).strip():
                raise CorpusError(f"{path.name}: {item.get('id')}: the keys {sorted(_KEYS)} expected, each with a text")
            key = str(item["id"]), str(item["unit"])
            try:
                label = parse_label(str(item["label"]), options)
            except ValueError as error:
                raise CorpusError(f"{path.name}: {' '.join(key)}: {error}") from error
            if key in verdicts:
                raise CorpusError(f"{path.name}: {' '.join(key)}: a second verdict on the same unit")
            verdicts[key] = {"label": label, "reason": str(item["reason"]).strip()}
    return verdicts


def apply_verdicts(
    records: Iterable[dict[str, Any]], verdicts: Mapping[tuple[str, str], Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """Records with the verdicts' labels in place of the authors', and ``adjudicated`` saying why, unit by unit.

    Raises `CorpusError` for a verdict on a record, unit or target that is not there.
    """
    left = dict(verdicts)
    judged: list[dict[str, Any]] = []
    for record in records:
        units = {"paragraph": record, **{actor["actor"]: actor for actor in record["actors"]}}
        found = {unit: left.pop(key) for unit in units if (key := (record["id"], unit)) in left}
        if found:
            record = {**record, "actors": [_judge(a, found.get(a["actor"]), units) for a in record["actors"]]}
            if "paragraph" in found:
                record |= {key: found["paragraph"]["label"][key] for key in ("stance", "sentiment")}
            record["adjudicated"] = [{"unit": unit, "reason": verdict["reason"]} for unit, verdict in found.items()]
        judged.append(record)
    if left:
        raise CorpusError("\n".join(f"verdict on {' '.join(key)}: no such record or unit" for key in left))
    return judged


def _judge(actor: dict[str, Any], verdict: Mapping[str, Any] | None, units: Mapping[str, Any]) -> dict[str, Any]:
    """An actor with the verdict's label."""
    if verdict is None:
        return actor
    label = verdict["label"]
    strange = {code for codes in label["toward"].values() for code in codes} - (set(units) - {actor["actor"]})
    if strange:
        raise CorpusError(
            f"verdict on {units['paragraph']['id']} {actor['actor']}: toward {sorted(strange)}, no actors"
        )
    return {**actor, **label}
