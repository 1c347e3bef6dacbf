"""Who stands where in foreign-policy coverage: stance on policy options and sentiment, per paragraph and per actor."""

from stance.errors import StanceError
from stance.results import ArticleScore
from stance.scorer import StanceScorer, load
from stance.types import ActorStance, Article, Mention, Paragraph, Polarity, Score, StanceEstimate, UnitScore

__all__ = [
    "ActorStance",
    "Article",
    "ArticleScore",
    "Mention",
    "Paragraph",
    "Polarity",
    "Score",
    "StanceError",
    "StanceEstimate",
    "StanceScorer",
    "UnitScore",
    "load",
]
