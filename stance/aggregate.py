"""Scores -> per actor and option: salience-weighted mean stance with a bootstrap interval."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from stance.types import SENTIMENTS, ActorStance, Score, StanceEstimate, UnitScore

if TYPE_CHECKING:
    from numpy.typing import NDArray

RESAMPLES = 2000
SEED = 20170929


@dataclass(frozen=True, slots=True)
class _Row:
    """One actor in one paragraph of one cluster (an article, or the paragraph itself)."""

    cluster: str
    salience: float
    unit: UnitScore


def aggregate_scores(
    scores: Iterable[Score], options: Sequence[str], focus: Sequence[str] = ()
) -> dict[str, ActorStance]:
    """Aggregate per actor: those of ``focus`` first, also with ``n`` 0, then the others by number of paragraphs.

    A paragraph weighs by salience: the actor's share of the paragraph's actor mentions. With two or more articles for
    an actor the 95% bootstrap percentile interval resamples articles, else paragraphs. Paragraphs that were not scored
    do not count.
    """
    rows: dict[str, list[_Row]] = {code: [] for code in focus}
    for score in scores:
        total = sum(len(unit.mentions) for unit in score.actors)
        for unit in score.actors:
            if not math.isnan(unit.sentiment[SENTIMENTS[0]]):
                rows.setdefault(unit.actor, []).append(
                    _Row(score.article_id or score.paragraph_id, len(unit.mentions) / total, unit)
                )
    others = sorted((code for code in rows if code not in focus), key=lambda code: (-len(rows[code]), code))
    return {code: _aggregate_actor(code, rows[code], options) for code in (*focus, *others)}


def _aggregate_actor(code: str, rows: Sequence[_Row], options: Sequence[str]) -> ActorStance:
    """All options of one actor, with the same resamples for each."""
    weights = np.array([row.salience for row in rows])
    draws = _draw_weights([row.cluster for row in rows], weights)
    stance = {}
    for option in options:
        favors = np.array([row.unit.stance[option].favors for row in rows])
        opposes = np.array([row.unit.stance[option].opposes for row in rows])
        low = high = math.nan
        if draws is not None:
            nets = draws @ (favors - opposes) / draws.sum(axis=1)
            low, high = (float(edge) for edge in np.percentile(nets, [2.5, 97.5]))
        mean_favors, mean_opposes = _mean(favors, weights), _mean(opposes, weights)
        stance[option] = StanceEstimate(mean_favors, mean_opposes, mean_favors - mean_opposes, len(rows), low, high)
    sentiment = {s: _mean(np.array([row.unit.sentiment[s] for row in rows]), weights) for s in SENTIMENTS}
    return ActorStance(code, stance, sentiment, len(rows))


def _mean(values: NDArray[np.float64], weights: NDArray[np.float64]) -> float:
    """Weighted mean; NaN of nothing."""
    return float(values @ weights / weights.sum()) if len(values) else math.nan


def _draw_weights(clusters: Sequence[str], weights: NDArray[np.float64]) -> NDArray[np.float64] | None:
    """Weights of the rows in each bootstrap resample ``(RESAMPLES, rows)``; ``None`` for fewer than two rows."""
    if len(clusters) < 2:
        return None
    names, index = np.unique(np.asarray(clusters), return_inverse=True)
    if len(names) < 2:
        index, n_clusters = np.arange(len(clusters)), len(clusters)
    else:
        n_clusters = len(names)
    generator = np.random.default_rng(SEED)
    counts = generator.multinomial(n_clusters, np.full(n_clusters, 1 / n_clusters), size=RESAMPLES)
    result: NDArray[np.float64] = counts[:, index] * weights
    return result
