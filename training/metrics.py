"""Metrics over cells: F1, PR area, calibration error, Brier score, bootstrap intervals over records."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import average_precision_score, brier_score_loss, f1_score, precision_recall_fscore_support

from training.cells import Cells, Choices

N_BINS = 15
RESAMPLES = 1000


def compute_ece(gold: NDArray[Any], probability: NDArray[Any], n_bins: int = N_BINS) -> float:
    """Expected calibration error over bins of equal count (adaptive; Nguyen & O'Connor, EMNLP 2015)."""
    if not len(gold):
        return float("nan")
    order = np.argsort(probability, kind="stable")
    bins = np.array_split(order, min(n_bins, len(order)))
    return float(sum(len(b) * abs(gold[b].mean() - probability[b].mean()) for b in bins) / len(gold))


def describe_cells(cells: Cells) -> dict[str, Any]:
    """Precision, recall, F1, support, PR area, ECE and Brier of yes/no cells; ``None`` where undefined."""
    gold, probability, label = np.asarray(cells.gold), np.asarray(cells.probability), np.asarray(cells.label)
    if not len(gold):
        return {"n": 0, "support": 0}
    precision, recall, f1, _ = precision_recall_fscore_support(gold, label, average="binary", zero_division=0.0)
    return {
        "n": len(gold),
        "support": int(gold.sum()),
        "precision": round(float(precision), 4),
        "recall": round(float(recall), 4),
        "f1": round(float(f1), 4),
        "pr_auc": round(float(average_precision_score(gold, probability)), 4) if gold.any() else None,
        "ece": round(compute_ece(gold, probability), 4),
        "brier": round(float(brier_score_loss(gold, probability)), 4),
    }


def describe_choices(choices: Choices, names: Sequence[str]) -> dict[str, Any]:
    """Macro-F1, accuracy, per-class F1 and ECE of the top class of a single-choice head."""
    if not choices.gold:
        return {"n": 0}
    gold, probability = choices.stack()
    found = probability.argmax(axis=1)
    # Only classes that occur in gold: a class that is not in the data has no F1.
    present = sorted(set(choices.gold))
    per_class = f1_score(gold, found, labels=present, average=None, zero_division=0.0)
    return {
        "n": len(gold),
        "macro_f1": round(float(per_class.mean()), 4),
        "accuracy": round(float((gold == found).mean()), 4),
        "f1": {names[k]: round(float(value), 4) for k, value in zip(present, per_class, strict=True)},
        "ece": round(compute_ece(gold == found, probability.max(axis=1)), 4),
    }


def bootstrap_interval(record: Sequence[int], measure: Callable[[NDArray[np.int64]], float]) -> tuple[float, float]:
    """95% percentile interval of ``measure`` of cell indices, resampling whole records (seeded)."""
    index = np.asarray(record)
    if not len(index):
        return float("nan"), float("nan")
    groups = [np.flatnonzero(index == name) for name in np.unique(index)]
    generator = np.random.default_rng(0)
    values = []
    for _ in range(RESAMPLES):
        drawn = generator.integers(0, len(groups), len(groups))
        values.append(measure(np.concatenate([groups[k] for k in drawn])))
    low, high = np.percentile(values, [2.5, 97.5])
    return round(float(low), 4), round(float(high), 4)


def count_f1(gold: NDArray[Any], label: NDArray[Any]) -> float:
    """Micro-F1 of yes/no cells; 0 when nothing is there and nothing found."""
    hits = float((gold & label).sum())
    total = float(gold.sum() + label.sum())
    return 2 * hits / total if total else 0.0
