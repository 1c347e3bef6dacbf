"""The frozen data types that flow through everything: Article -> Paragraph -> Mention -> Score -> ActorStance."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field

SENTIMENTS = ("negative", "neutral", "positive")
POLARITIES = ("favors", "opposes")
FOUND_HOW = ("alias", "office", "pronoun", "speaker", "given")


@dataclass(frozen=True, slots=True)
class Mention:
    """A span of characters ``[start, end)`` of a paragraph that stands for an actor; ``how`` it was found."""

    paragraph_id: str
    actor: str
    start: int
    end: int
    how: str = "given"

    def __post_init__(self) -> None:
        """Refuse an empty or reversed span and an unknown way of finding."""
        if not 0 <= self.start < self.end:
            raise ValueError(f"mention of {self.actor}: 0 <= start < end expected, got [{self.start}, {self.end}]")
        if self.how not in FOUND_HOW:
            raise ValueError(f"mention of {self.actor}: how is one of {FOUND_HOW}, got {self.how!r}")


@dataclass(frozen=True, slots=True)
class Paragraph:
    """One paragraph of an article as published; ``flags`` say what its reader noticed (``decoded``, …)."""

    id: str
    text: str
    article_id: str = ""
    date: dt.date | None = None
    flags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Furniture:
    """A block of a page that is no paragraph of the story (headline, byline, caption, button) and why."""

    text: str
    kind: str


@dataclass(frozen=True, slots=True)
class Article:
    """A document: its story paragraphs in order, and the page furniture set aside (nothing is lost)."""

    id: str
    paragraphs: tuple[Paragraph, ...]
    title: str = ""
    date: dt.date | None = None
    outlet: str = ""
    furniture: tuple[Furniture, ...] = ()


@dataclass(frozen=True, slots=True)
class Polarity:
    """Independent probabilities, 0..1, that a unit favours and that it opposes one option; NaN = not scored."""

    favors: float
    opposes: float

    @property
    def net(self) -> float:
        """P(favors) - P(opposes), -1..1."""
        return self.favors - self.opposes


@dataclass(frozen=True, slots=True)
class UnitScore:
    """Scores and labels of one unit: the paragraph itself (``actor`` is ``""``) or one actor in it."""

    actor: str
    stance: Mapping[str, Polarity]
    sentiment: Mapping[str, float]
    stance_labels: Mapping[str, str | None]
    sentiment_label: str | None
    mentions: tuple[tuple[int, int], ...] = ()
    toward: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    toward_labels: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Score:
    """One scored paragraph: the paragraph unit, one unit per actor, and what was noticed on the way."""

    paragraph_id: str
    text: str
    paragraph: UnitScore
    actors: tuple[UnitScore, ...]
    article_id: str = ""
    date: dt.date | None = None
    flags: tuple[str, ...] = ()
    n_windows: int = 1
    extras: tuple[Mapping[str, object], ...] = ()

    @property
    def stance(self) -> Mapping[str, Polarity]:
        """The paragraph's own stance per option."""
        return self.paragraph.stance

    @property
    def sentiment(self) -> Mapping[str, float]:
        """The paragraph's own sentiment distribution."""
        return self.paragraph.sentiment


@dataclass(frozen=True, slots=True)
class StanceEstimate:
    """Mean stance of one actor on one option over ``n`` paragraphs, salience-weighted, with a 95% interval of net.

    All NaN when ``n`` is 0; ``low`` and ``high`` are NaN when ``n`` is 1: one paragraph says nothing about spread.
    """

    favors: float
    opposes: float
    net: float
    n: int
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class ActorStance:
    """Aggregated stance of one actor per option, and its mean sentiment distribution."""

    actor: str
    stance: Mapping[str, StanceEstimate]
    sentiment: Mapping[str, float]
    n: int
