"""Logits of windows -> probabilities of a whole paragraph, by one rule.

A stance voiced in any window is voiced in the paragraph: stance and toward take the highest probability over the
windows that show the unit (for toward: both units). Sentiment and extra heads are moods of the whole: they take the
mean, weighted by the unit's tokens in each window. Labels are set after pooling, so they cannot contradict it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from stance.encode import Window

if TYPE_CHECKING:
    from numpy.typing import NDArray


def apply_sigmoid(logits: NDArray[np.floating]) -> NDArray[np.float64]:
    """Elementwise logistic function without overflow."""
    bounded = np.clip(logits.astype(np.float64), -60.0, 60.0)
    result: NDArray[np.float64] = 1.0 / (1.0 + np.exp(-bounded))
    return result


def apply_softmax(logits: NDArray[np.floating]) -> NDArray[np.float64]:
    """Softmax over the last axis without overflow."""
    wide = logits.astype(np.float64)
    powers = np.exp(wide - wide.max(axis=-1, keepdims=True))
    result: NDArray[np.float64] = powers / powers.sum(axis=-1, keepdims=True)
    return result


def pool_windows(
    windows: Sequence[Window],
    logits: Sequence[Mapping[str, NDArray[np.floating]]],
    n_units: int,
    temperatures: Mapping[str, float],
    pair_heads: frozenset[str],
) -> dict[str, NDArray[np.float64]]:
    """Probabilities per head over the ``n_units`` units of one paragraph (see the module's rule).

    ``logits[w]`` holds the heads of ``windows[w]`` alone: unit heads ``(units, …)``, pair heads ``(units, units, …)``,
    with rows for the window's own units first. Pairs that no window shows together have probability 0 for toward and a
    flat distribution for extra heads.
    """
    pooled: dict[str, NDArray[np.float64]] = {}
    for head, temperature in temperatures.items():
        independent = head in ("stance", "toward")
        is_pair = head == "toward" or head in pair_heads
        shape = (n_units, n_units) if is_pair else (n_units,)
        tail = logits[0][head].shape[len(shape) :]
        total, weight = np.zeros(shape + tail), np.zeros(shape)
        for window, outputs in zip(windows, logits, strict=True):
            n_here = len(window.units)
            units = np.asarray(window.units)
            here = np.ix_(units, units) if is_pair else (units,)
            raw = outputs[head][(slice(n_here),) * len(shape)] / temperature
            if independent:
                total[here] = np.maximum(total[here], apply_sigmoid(raw))
                continue
            tokens = np.array([len(t) for t in window.unit_tokens], dtype=np.float64)
            share = tokens[:, None] * tokens[None, :] if is_pair else tokens
            total[here] += share[(..., *(None,) * len(tail))] * apply_softmax(raw)
            weight[here] += share
        if not independent:
            seen = weight > 0
            total[seen] /= weight[seen][(..., *(None,) * len(tail))]
            total[~seen] = 1.0 / tail[-1]
        pooled[head] = total
    return pooled
