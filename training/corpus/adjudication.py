"""Where two annotators differ: what each said, and the verdicts in ``adjudications/`` that records then carry."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from training.corpus.agreement import pair_labels
from training.corpus.markup import TEXTS, Rules, build_records, parse_label, read_list, write_label
from training.errors import CorpusError

VERDICTS = "adjudications"  # beside the folder of texts
_KEYS = {"id", "unit", "label", "reason"}


def load_records(texts: Path = TEXTS) -> list[dict[str, Any]]:
    """The corpus as it is trained and tested on: authored records under the verdicts. Raises `CorpusError`."""
    return judge_records(build_records(texts), texts)


def judge_records(authored: Iterable[dict[str, Any]], texts: Path) -> list[dict[str, Any]]:
    """Records authored in ``texts`` under the verdicts that lie beside that folder. Raises `CorpusError`."""
    return apply_verdicts(authored, read_verdicts(texts.parent / VERDICTS))


def list_conflicts(
    records: Iterable[Mapping[str, Any]], second: Mapping[str, Mapping[str, Any]]
) -> list[dict[str, str]]:
    """Units that the annotators label differently: ``id``, ``unit``, and each one's label line."""
    return [
        {"id": record["id"], "unit": unit, "first": lines[0], "second": lines[1]}
        for record, unit, *labels in pair_labels(records, second)
        if len(set(lines := [write_label(label) for label in labels])) > 1
    ]


def read_verdicts(folder: Path, rules: Rules | None = None) -> dict[tuple[str, str], dict[str, Any]]:
    """Verdicts by (record id, unit): ``label`` parsed and ``reason``. Raises `CorpusError` naming the file."""
    options = (rules or Rules.load()).options
    verdicts: dict[tuple[str, str], dict[str, Any]] = {}
    for path in sorted(folder.glob("*.yaml")):
        for item in read_list(path, _KEYS):
            key = str(item["id"]), str(item["unit"])
            if not str(item["reason"] or "").strip():
                raise CorpusError(f"{path.name}: {' '.join(key)}: a reason in one line expected, got none")
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
        codes = [actor["actor"] for actor in record["actors"]]
        found = {unit: left.pop(key) for unit in ("paragraph", *codes) if (key := (record["id"], unit)) in left}
        for unit, verdict in found.items():
            _check_targets(record["id"], unit, verdict["label"]["toward"], codes)
        if found:
            labels = {unit: verdict["label"] for unit, verdict in found.items()}
            record = {**record, "actors": [{**a, **labels.get(a["actor"], {})} for a in record["actors"]]}
            if "paragraph" in found:
                record |= {key: labels["paragraph"][key] for key in ("stance", "sentiment")}
            record["adjudicated"] = [{"unit": unit, "reason": verdict["reason"]} for unit, verdict in found.items()]
        judged.append(record)
    if left:
        raise CorpusError("\n".join(f"verdict on {' '.join(key)}: no such record or unit" for key in left))
    return judged


def _check_targets(name: str, unit: str, toward: Mapping[str, list[str]], codes: list[str]) -> None:
    """Refuse targets that are no other actors of the record; a paragraph has none."""
    others = set() if unit == "paragraph" else set(codes) - {unit}
    strange = sorted({code for targets in toward.values() for code in targets} - others)
    if strange:
        raise CorpusError(f"verdict on {name} {unit}: toward {', '.join(strange)}: other actors of the record expected")
