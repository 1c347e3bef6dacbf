import numpy as np
import pytest

from stance.encode import Window
from stance.pooling import pool_windows

TEMPERATURES = {"stance": 1.0, "sentiment": 1.0, "toward": 1.0}
WINDOWS = [
    Window((1, 2, 3), (0, 1), ((0, 1, 2), (1,))),
    Window((1, 2, 3, 4), (0, 1, 2), ((0, 1, 2, 3), (1, 2, 3), (2,))),
]


def build_logits(value, units=3):
    return {
        "stance": np.full((units, 1, 2), value),
        "sentiment": np.tile([value, 0.0, 0.0], (units, 1)),
        "toward": np.full((units, units, 1), value),
    }


def test_stance_is_the_highest_of_the_windows_that_show_the_unit():
    pooled = pool_windows(WINDOWS, [build_logits(2.0), build_logits(-2.0)], 3, TEMPERATURES, frozenset())
    high, low = 1 / (1 + np.exp(-2.0)), 1 / (1 + np.exp(2.0))
    assert pooled["stance"][:2].ravel() == pytest.approx([high] * 4)
    assert pooled["stance"][2].ravel() == pytest.approx([low] * 2)
    assert pooled["toward"][0, 1, 0] == pytest.approx(high)
    assert pooled["toward"][1, 2, 0] == pytest.approx(low)


def test_sentiment_is_the_mean_weighted_by_tokens():
    pooled = pool_windows(WINDOWS, [build_logits(2.0), build_logits(0.0)], 3, TEMPERATURES, frozenset())
    sharp = np.exp(2.0) / (np.exp(2.0) + 2)
    assert pooled["sentiment"][1, 0] == pytest.approx((1 * sharp + 3 / 3) / 4)
    assert pooled["sentiment"].sum(axis=1) == pytest.approx(1.0)


def test_padded_units_of_a_batch_do_not_count():
    pooled = pool_windows(WINDOWS[:1], [build_logits(9.0, units=5)], 2, TEMPERATURES, frozenset())
    assert pooled["stance"].shape == (2, 1, 2)


def test_temperature_softens():
    cold = pool_windows(WINDOWS[1:], [build_logits(3.0)], 3, TEMPERATURES, frozenset())
    warm = pool_windows(WINDOWS[1:], [build_logits(3.0)], 3, {**TEMPERATURES, "stance": 3.0}, frozenset())
    assert (warm["stance"] < cold["stance"]).all()
    assert (warm["sentiment"] == cold["sentiment"]).all()


def test_pair_head_of_units_never_seen_together_is_flat():
    windows = [Window((1, 2), (0, 1), ((0, 1), (1,))), Window((1, 2), (0, 2), ((0, 1), (1,)))]
    logits = [{"stance": np.zeros((2, 1, 2)), "code": np.tile([5.0, 0.0], (2, 2, 1))}] * 2
    pooled = pool_windows(windows, logits, 3, {"stance": 1.0, "code": 1.0}, frozenset({"code"}))
    assert pooled["code"][1, 2].tolist() == [0.5, 0.5]
    assert pooled["code"][0, 1, 0] > 0.9
