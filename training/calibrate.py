"""Temperatures and thresholds from dev, written into a model folder; never from test."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar

from stance.heads import HeadSpec
from stance.results import choose_polarities
from stance.scorer import StanceScorer
from stance.store import UNIT_KINDS, ModelFolder, write_config
from stance.types import POLARITIES
from training.cells import Cells, Table, collect_cells, join_cells
from training.metrics import count_f1

GRID = np.round(np.arange(0.10, 0.91, 0.02), 2)
MIN_POSITIVES = 30  # a label with fewer shares the threshold of its kind and polarity
_TINY = 1e-7


def calibrate_folder(folder: ModelFolder, dev: Sequence[Mapping[str, Any]]) -> ModelFolder:
    """Fit one temperature a head, then one threshold a label, on dev records; gives the folder reopened."""
    heads = folder.config.heads
    neutral = dict.fromkeys(heads.outputs, 1.0)
    folder = write_config(folder.path, dataclasses.replace(folder.config, temperatures=neutral))
    table = collect_cells(dev, StanceScorer(folder).predict(dev), heads)
    temperatures = {**neutral, **_fit_temperatures(table)}
    folder = write_config(folder.path, dataclasses.replace(folder.config, temperatures=temperatures))
    table = collect_cells(dev, StanceScorer(folder).predict(dev), heads)
    return write_config(folder.path, dataclasses.replace(folder.config, thresholds=tune_thresholds(table, heads)))


def _fit_temperatures(table: Table) -> dict[str, float]:
    """The temperature of each head that dev labels; it minimises the negative log-likelihood."""
    fitted: dict[str, float] = {}
    for name, cells in (
        ("stance", join_cells(list(table.stance.values()))),
        ("toward", join_cells(list(table.toward.values()))),
    ):
        if cells.gold:
            gold, probability = np.asarray(cells.gold), np.clip(cells.probability, _TINY, 1 - _TINY)
            logits = np.log(probability / (1 - probability))
            fitted[name] = _minimise(functools.partial(_binary_loss, logits, gold))
    choices = {"sentiment": list(table.sentiment.values()), **{name: [c] for name, c in table.extras.items()}}
    for name, parts in choices.items():
        stacked = [part.stack() for part in parts if part.gold]
        if stacked:
            gold = np.concatenate([g for g, _ in stacked])
            logits = np.log(np.clip(np.concatenate([p for _, p in stacked]), _TINY, 1.0))
            fitted[name] = _minimise(functools.partial(_choice_loss, logits, gold))
    return fitted


def _binary_loss(logits: NDArray[np.float64], gold: NDArray[np.int64], temperature: float) -> float:
    """Mean negative log-likelihood of yes/no cells ``(cells,)``."""
    cold = logits / temperature
    return float(np.mean(np.logaddexp(0, cold) - gold * cold))


def _choice_loss(logits: NDArray[np.float64], gold: NDArray[np.int64], temperature: float) -> float:
    """Mean negative log-likelihood of single choices ``(units, classes)``."""
    cold = logits / temperature
    return float(np.mean(np.logaddexp.reduce(cold, axis=1) - cold[np.arange(len(gold)), gold]))


def _minimise(loss: Callable[[float], float]) -> float:
    """The temperature between 0.2 and 5 of least loss."""
    result = minimize_scalar(
        lambda log_t: loss(float(np.exp(log_t))), bounds=(np.log(0.2), np.log(5.0)), method="bounded"
    )
    return round(float(np.exp(result.x)), 4)


def tune_thresholds(table: Table, heads: HeadSpec) -> dict[str, Any]:
    """The threshold of best dev F1 for each label."""
    thresholds: dict[str, Any] = {}
    for kind in UNIT_KINDS:
        shared = {
            polarity: _pick_threshold(
                join_cells([table.stance[kind, option, polarity] for option in heads.options]), 0.5
            )
            for polarity in POLARITIES
        }
        thresholds[kind] = {
            option: {p: _pick_threshold(table.stance[kind, option, p], shared[p]) for p in POLARITIES}
            for option in heads.options
        }
    common = _pick_threshold(join_cells(list(table.toward.values())), 0.5)
    thresholds["toward"] = {option: _pick_threshold(cells, common) for option, cells in table.toward.items()}
    return {**thresholds, "mixed": {kind: _pick_mixed(table, kind, thresholds[kind]) for kind in UNIT_KINDS}}


def _pick_mixed(table: Table, kind: str, least: Mapping[str, Mapping[str, float]]) -> float:
    """The least probability of the lesser polarity for a mixed label, of best F1 over all cells of a kind of unit."""
    pairs = [
        (np.array([favors.gold, opposes.gold], dtype=bool).T, favors.probability, opposes.probability, least[option])
        for option in least
        for favors, opposes in [[table.stance[kind, option, polarity] for polarity in POLARITIES]]
    ]
    gold = np.concatenate([cells.ravel() for cells, *_ in pairs])

    def measure(mixed: float) -> float:
        labels = [
            choose_polarities(favors, opposes, thresholds, mixed)
            for _, all_favors, all_opposes, thresholds in pairs
            for favors, opposes in zip(all_favors, all_opposes, strict=True)
        ]
        return count_f1(gold, np.array(labels, dtype=bool).ravel())

    return max((0.0, *(float(p) for p in GRID)), key=measure) if gold.any() else 0.0


def _pick_threshold(cells: Cells, otherwise: float) -> float:
    """Grid threshold of best F1, smoothed over its neighbours so that one lucky point does not win."""
    gold, probability = np.asarray(cells.gold, dtype=bool), np.asarray(cells.probability)
    if gold.sum() < MIN_POSITIVES:
        return otherwise
    scores = np.array([count_f1(gold, probability >= threshold) for threshold in GRID])
    padded = np.pad(scores, 2, mode="edge")
    smooth = np.convolve(padded, np.ones(5) / 5, mode="valid")
    return float(GRID[int(smooth.argmax())])
