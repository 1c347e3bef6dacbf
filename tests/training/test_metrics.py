import numpy as np
import pytest

from stance.heads import HeadSpec
from stance.results import choose_polarities
from training.calibrate import tune_thresholds
from training.cells import Cells, Choices, Table, collect_cells
from training.metrics import bootstrap_interval, compute_ece, count_f1, describe_cells, describe_choices

HEADS = HeadSpec(("trade",))


def build_cells(gold, probability):
    return Cells(list(gold), list(probability), [int(p >= 0.5) for p in probability], list(range(len(gold))))


def test_calibration_error_of_calibrated_and_of_overconfident_scores():
    generator = np.random.default_rng(0)
    probability = generator.random(20_000)
    gold = (generator.random(20_000) < probability).astype(int)
    assert compute_ece(gold, probability) < 0.02  # sampling noise of 1,333 a bin is about 0.01
    assert compute_ece(gold, np.where(probability > 0.5, 1.0, 0.0)) == pytest.approx(
        0.25, abs=0.02
    )  # one bin straddles the cut


def test_cells_are_described():
    found = describe_cells(build_cells([1, 1, 0, 0], [0.9, 0.2, 0.8, 0.1]))
    assert found["precision"] == found["recall"] == found["f1"] == 0.5
    assert found["support"] == 2
    assert found["brier"] == pytest.approx((0.01 + 0.64 + 0.64 + 0.01) / 4, abs=1e-4)


def test_choices_ignore_classes_that_gold_lacks():
    found = describe_choices(Choices([0, 1], [[0.8, 0.1, 0.1], [0.7, 0.2, 0.1]], [0, 1]), ["a", "b", "c"])
    assert found["f1"] == {"a": 0.6667, "b": 0.0}
    assert found["accuracy"] == 0.5


def test_bootstrap_resamples_whole_records():
    # Two records of 50 cells each, one all right and one all wrong: the interval spans everything.
    values = np.r_[np.ones(50), np.zeros(50)]
    assert bootstrap_interval([0] * 50 + [1] * 50, lambda index: float(values[index].mean())) == (0.0, 1.0)


def test_f1_of_nothing_is_nothing():
    assert count_f1(np.zeros(3, bool), np.zeros(3, bool)) == 0.0


def test_threshold_finds_the_better_cut_and_rare_labels_share():
    generator = np.random.default_rng(1)
    gold = generator.random(2000) < 0.3
    probability = np.where(gold, 0.35, 0.15) + generator.normal(0, 0.04, 2000)
    many, few = build_cells(gold, probability), build_cells([1, 0], [0.9, 0.1])
    table = Table(
        {("paragraph", "trade", p): few for p in ("favors", "opposes")}
        | {("actor", "trade", p): many for p in ("favors", "opposes")},
        {"trade": few},
        {},
        {},
    )
    thresholds = tune_thresholds(table, HEADS)
    assert 0.2 <= thresholds["actor"]["trade"]["favors"] <= 0.3
    assert thresholds["paragraph"]["trade"]["favors"] == 0.5


def test_mixed_needs_both_to_be_likely_where_dev_says_so():
    # Opposes is a false alarm beside every clear favors, and right where it stands alone.
    favors = Cells([1, 1, 0, 0] * 20, [0.9, 0.8, 0.1, 0.1] * 20, [1, 1, 0, 0] * 20, list(range(80)))
    opposes = Cells([0, 0, 1, 1] * 20, [0.4, 0.36, 0.3, 0.33] * 20, [0] * 80, list(range(80)))
    stance = {(kind, "trade", "favors"): favors for kind in ("paragraph", "actor")}
    stance |= {(kind, "trade", "opposes"): opposes for kind in ("paragraph", "actor")}
    thresholds = tune_thresholds(Table(stance, {"trade": build_cells([0], [0.1])}, {}, {}), HEADS)
    assert thresholds["mixed"]["actor"] > 0.3


@pytest.mark.parametrize(
    ("favors", "opposes", "mixed", "expected"),
    [
        (0.9, 0.3, 0.0, (True, True)),
        (0.9, 0.3, 0.4, (True, False)),
        (0.3, 0.9, 0.4, (False, True)),
        (0.9, 0.5, 0.4, (True, True)),
        (0.1, 0.3, 0.4, (False, True)),
        (0.1, 0.1, 0.4, (False, False)),
    ],
)
def test_both_polarities_only_where_the_lesser_is_likely(favors, opposes, mixed, expected):
    assert choose_polarities(favors, opposes, {"favors": 0.5, "opposes": 0.2}, mixed) == expected


def test_predictions_of_other_records_are_refused():
    prediction = {"id": "b", "sentiment": {"negative": None}}
    with pytest.raises(ValueError, match="prediction 0 is of 'b', the record is 'a'"):
        collect_cells([{"id": "a"}], [prediction], HEADS)
