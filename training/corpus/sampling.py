"""What to label next: paragraphs that the model is unsure of and that are unlike each other."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from training.corpus.disagreement import Scorer
from training.errors import SourceError

if TYPE_CHECKING:
    from numpy.typing import NDArray

COLUMNS = ("id", "uncertainty", "novelty", "text")


@dataclass(frozen=True, slots=True)
class Pick:
    """One record to label: ``uncertainty`` 0..1 in bits, ``novelty`` 0..1 against those picked before it.

    ``id`` is the record's, else its place (0-based) among all that were offered.
    """

    id: str
    record: Mapping[str, Any]
    uncertainty: float
    novelty: float

    def to_row(self) -> dict[str, Any]:
        """A flat row with `COLUMNS`."""
        scores = {"uncertainty": round(self.uncertainty, 4), "novelty": round(self.novelty, 4)}
        return {"id": self.id, **scores, "text": str(self.record["text"])}


def pick_next(scorer: Scorer, records: Sequence[Mapping[str, Any]], n: int) -> list[Pick]:
    """Up to ``n`` records, the first the most uncertain, each next one of highest uncertainty x novelty.

    Novelty is 1 - the highest cosine similarity of TF-IDF vectors to a record picked before. Records that the model
    does not score (other languages, no text) are left out. Raises `SourceError` where none is left.
    """
    scored: list[tuple[str, Mapping[str, Any], float]] = []
    for record, predicted in zip(records, scorer.predict(records), strict=True):
        uncertainty = measure_uncertainty(predicted)
        if uncertainty is not None:
            scored.append((str(predicted["id"]), record, uncertainty))
    if not scored:
        raise SourceError(f"none of {len(records)} records can be scored; English paragraphs with a 'text' expected")
    uncertainties = np.asarray([uncertainty for *_, uncertainty in scored])
    order = _pick_diverse([str(record["text"]) for _, record, _ in scored], uncertainties, n)
    return [Pick(*scored[index], novelty) for index, novelty in order]


def measure_uncertainty(predicted: Mapping[str, Any]) -> float | None:
    """Mean binary entropy (bits) of a unit's stance cells, of the most uncertain unit; ``None`` where not scored."""
    means = []
    for unit in (predicted, *predicted["actors"]):
        cells = [p for polarity in unit["stance"].values() for p in polarity.values()]
        if cells and None not in cells:
            means.append(sum(map(_compute_entropy, cells)) / len(cells))
    return max(means, default=None)


def _compute_entropy(p: float) -> float:
    return -sum(q * math.log2(q) for q in (p, 1 - p) if q > 0)


def _pick_diverse(texts: Sequence[str], uncertainties: NDArray[np.float64], n: int) -> list[tuple[int, float]]:
    """Indices with their novelty, greedily by uncertainty x novelty."""
    from sklearn.feature_extraction.text import TfidfVectorizer

    vectors = TfidfVectorizer(token_pattern=r"\S+", sublinear_tf=True).fit_transform(texts)
    novelty = np.ones(len(texts))
    is_free = np.ones(len(texts), dtype=bool)
    picked: list[tuple[int, float]] = []
    for _ in range(min(n, len(texts))):
        index = int(np.argmax(np.where(is_free, uncertainties * novelty, -1.0)))
        picked.append((index, float(novelty[index])))
        is_free[index] = False
        similarity = (vectors @ vectors[index].T).toarray().ravel()
        novelty = np.minimum(novelty, np.clip(1.0 - similarity, 0.0, 1.0))
    return picked
