import math

import pytest

from stance.aggregate import aggregate_scores
from stance.types import Polarity, Score, UnitScore

CALM = {"negative": 0.1, "neutral": 0.8, "positive": 0.1}


def build_unit(actor, favors, opposes, n_mentions=1):
    stance = {"trade": Polarity(favors, opposes)}
    return UnitScore(actor, stance, CALM, {"trade": None}, "neutral", tuple((i, i + 1) for i in range(n_mentions)))


def build_score(*units, article="a", paragraph="p"):
    return Score(paragraph, "text", build_unit("", 0.5, 0.5, 0), units, article_id=article)


def test_paragraphs_weigh_by_salience():
    scores = [
        build_score(build_unit("A", 1.0, 0.0, 3), build_unit("B", 0.0, 0.0)),
        build_score(build_unit("A", 0.0, 1.0)),
    ]
    found = aggregate_scores(scores, ["trade"])["A"].stance["trade"]
    assert found.favors == pytest.approx(0.75 / 1.75)
    assert found.opposes == pytest.approx(1 / 1.75)
    assert found.net == pytest.approx(found.favors - found.opposes)
    assert found.n == 2


def test_focus_comes_first_even_when_absent():
    actors = aggregate_scores([build_score(build_unit("B", 0.9, 0.1))], ["trade"], focus=["A"])
    assert list(actors) == ["A", "B"]
    assert actors["A"].n == 0
    assert math.isnan(actors["A"].stance["trade"].net)
    assert math.isnan(actors["A"].sentiment["neutral"])


def test_one_paragraph_has_no_interval():
    found = aggregate_scores([build_score(build_unit("A", 0.9, 0.1))], ["trade"])["A"].stance["trade"]
    assert found.net == pytest.approx(0.8)
    assert math.isnan(found.low)
    assert math.isnan(found.high)


def test_interval_resamples_articles_when_there_are_several():
    # Paragraphs of an article agree, so whole articles vary more than their paragraphs would alone.
    units = [(0.9, "a")] * 20 + [(0.1, "b")] * 20
    several = [build_score(build_unit("A", p, 0.0), article=article) for p, article in units]
    single = [build_score(build_unit("A", p, 0.0)) for p, _ in units]
    wide = aggregate_scores(several, ["trade"])["A"].stance["trade"]
    narrow = aggregate_scores(single, ["trade"])["A"].stance["trade"]
    assert (wide.low, wide.high) == pytest.approx((0.1, 0.9))
    assert 0.3 < narrow.low < narrow.high < 0.7


def test_paragraphs_that_were_not_scored_do_not_count():
    nothing = UnitScore(
        "A", {"trade": Polarity(math.nan, math.nan)}, dict.fromkeys(CALM, math.nan), {}, None, ((0, 1),)
    )
    found = aggregate_scores([build_score(nothing), build_score(build_unit("A", 0.6, 0.2))], ["trade"])["A"]
    assert found.n == 1
    assert found.stance["trade"].net == pytest.approx(0.4)


def test_same_scores_same_interval():
    scores = [build_score(build_unit("A", i / 10, 0.0)) for i in range(10)]
    assert aggregate_scores(scores, ["trade"]) == aggregate_scores(scores, ["trade"])
