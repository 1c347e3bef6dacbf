"""How well two annotators agree: the authors' labels against the blind second ones in ``second_labels/``."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import krippendorff
import yaml

from training.corpus.markup import HERE, parse_label
from training.data import STANCES
from training.errors import CorpusError

SECOND = HERE / "second_labels"
KINDS = ("actor_stance", "paragraph_stance", "toward", "actor_sentiment", "paragraph_sentiment")
Pair = tuple[str, str]  # what the two annotators said of one thing; "" for null


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


def pair_labels(
    records: Iterable[Mapping[str, Any]], second: Mapping[str, Mapping[str, Any]]
) -> Iterator[tuple[str, str, Mapping[str, Any], Mapping[str, Any]]]:
    """``(record id, unit, first label, second label)`` of every unit that both annotators labelled."""
    for record in records:
        other = second.get(record["id"])
        if other is not None:
            yield record["id"], "paragraph", record, other["paragraph"]
            for actor in record["actors"]:
                yield record["id"], actor["actor"], actor, other[actor["actor"]]


def measure_agreement(records: Iterable[Mapping[str, Any]], second: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Per kind of label: Krippendorff's alpha (nominal), n, and F1 of the two annotators' cells (symmetric).

    A stance cell of F1 is (unit, option, favors or opposes), mixed being both; alpha takes the label of (unit, option)
    as one of four. Toward is yes or no for each (actor, option, other actor). Source of alpha: Krippendorff, Content
    Analysis (2004), chapter 11.
    """
    pairs: dict[str, list[Pair]] = {kind: [] for kind in KINDS}
    ids: dict[str, list[str]] = {}
    for name, unit, first, other in pair_labels(records, second):
        kind = "paragraph" if unit == "paragraph" else "actor"
        ids.setdefault(name, []).append(unit)
        pairs[f"{kind}_stance"] += [(label or "", other["stance"][o] or "") for o, label in first["stance"].items()]
        pairs[f"{kind}_sentiment"].append((first["sentiment"], other["sentiment"]))
    both = {name: second[name] for name in ids}
    for name, unit, first, other in pair_labels(records, both):
        for option in first["stance"] if unit != "paragraph" else ():
            targets = [(label.get("toward") or {}).get(option, ()) for label in (first, other)]
            others = [code for code in ids[name] if code not in ("paragraph", unit)]
            pairs["toward"] += [("yes" * (c in targets[0]), "yes" * (c in targets[1])) for c in others]
    report = {kind: {"n": len(said), **_describe_pairs(said)} for kind, said in pairs.items()}
    return {"records": len(ids), **report}


def _describe_pairs(pairs: list[Pair]) -> dict[str, float]:
    """Alpha, the share said alike, and F1 over what is not null (for stance: over favors and opposes)."""
    if not pairs:
        return {}
    codes = {label: float(k) for k, label in enumerate(sorted({label for pair in pairs for label in pair}))}
    ratings = [[codes[label] for label in side] for side in zip(*pairs, strict=True)]
    alpha = krippendorff.alpha(ratings, level_of_measurement="nominal") if len(codes) > 1 else 1.0
    hits = total = 0
    for one, two in pairs:
        first, second = _split_label(one), _split_label(two)
        hits += 2 * len(first & second)
        total += len(first) + len(second)
    same = sum(one == two for one, two in pairs) / len(pairs)
    return {"alpha": round(float(alpha), 3), "same": round(same, 3), "f1": round(hits / max(total, 1), 3)}


def _split_label(label: str) -> set[str]:
    """The cells that a label sets: favors and opposes for mixed, none for null, else itself."""
    if label in STANCES:
        return {name for name, on in zip(("favors", "opposes"), STANCES[label], strict=True) if on}
    return {label} - {""}
