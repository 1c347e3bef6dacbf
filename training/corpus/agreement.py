"""How well two annotators agree: the authors' labels against the blind second ones in ``second_labels/``."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from stance.types import POLARITIES
from training.corpus.markup import HERE, parse_label, read_list
from training.errors import CorpusError

SECOND = "second_labels"  # beside the folder of texts
KINDS = ("actor_stance", "paragraph_stance", "toward", "actor_sentiment", "paragraph_sentiment")
Pair = tuple[str, str]  # what the two annotators said of one thing; "" for null


def read_second_labels(folder: Path = HERE / SECOND, options: Iterable[str] = ()) -> dict[str, dict[str, Any]]:
    """Second labels by record id, then by unit (``paragraph`` or actor code). Raises `CorpusError`."""
    labels: dict[str, dict[str, Any]] = {}
    for path in sorted(folder.glob("*.yaml")):
        for item in read_list(path, ("id", "labels")):
            name = str(item["id"])
            if name in labels:
                raise CorpusError(f"{path.name}: {name}: labelled a second time already in {folder}")
            try:
                units = {str(unit): parse_label(str(line), tuple(options)) for unit, line in item["labels"].items()}
            except (ValueError, AttributeError) as error:
                raise CorpusError(f"{path.name}: {name}: {error}") from error
            labels[name] = units
    return labels


def pair_labels(
    records: Iterable[Mapping[str, Any]], second: Mapping[str, Mapping[str, Any]]
) -> Iterator[tuple[Mapping[str, Any], str, Mapping[str, Any], Mapping[str, Any]]]:
    """``(record, unit, first label, second label)`` of every unit of the records that both annotators labelled.

    Raises `CorpusError` where the second annotator left out a unit.
    """
    for record in records:
        other = second.get(record["id"])
        if other is None:
            continue
        for unit, label in (("paragraph", record), *((actor["actor"], actor) for actor in record["actors"])):
            if unit not in other:
                raise CorpusError(f"second labels of {record['id']}: no label for {unit}")
            yield record, unit, label, other[unit]


def measure_agreement(records: Iterable[Mapping[str, Any]], second: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Per kind of label: Krippendorff's alpha (nominal), n, and F1 of the two annotators' cells (symmetric).

    A stance cell of F1 is (unit, option, favors or opposes), mixed being both; alpha takes the label of (unit, option)
    as one of four. Toward is yes or no for each (actor, option, other actor). Source of alpha: Krippendorff, Content
    Analysis (2004), chapter 11.
    """
    pairs: dict[str, list[Pair]] = {kind: [] for kind in KINDS}
    n_records = 0
    for record, unit, first, other in pair_labels(records, second):
        kind = "paragraph" if unit == "paragraph" else "actor"
        n_records += kind == "paragraph"
        pairs[f"{kind}_stance"] += [(label or "", other["stance"][o] or "") for o, label in first["stance"].items()]
        pairs[f"{kind}_sentiment"].append((first["sentiment"], other["sentiment"]))
        for option in first["stance"] if kind == "actor" else ():
            one, two = ((label.get("toward") or {}).get(option, ()) for label in (first, other))
            codes = [actor["actor"] for actor in record["actors"] if actor["actor"] != unit]
            pairs["toward"] += [("yes" * (code in one), "yes" * (code in two)) for code in codes]
    return {"records": n_records, **{kind: {"n": len(said), **_describe_pairs(said)} for kind, said in pairs.items()}}


def _describe_pairs(pairs: list[Pair]) -> dict[str, float]:
    """Alpha, the share said alike, and F1 over what is not null (for stance: over favors and opposes)."""
    if not pairs:
        return {}
    import krippendorff  # by the commands that compare annotators alone

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
    """The cells that a label sets: both polarities for mixed, none for null, else itself."""
    return set(POLARITIES) if label == "mixed" else {label} - {""}
