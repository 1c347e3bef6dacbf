"""Probabilities -> Score objects, plain dicts and frames: everything that a caller sees."""

from __future__ import annotations

import functools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from stance.aggregate import aggregate_scores
from stance.types import SENTIMENTS, ActorStance, Article, Polarity, Score, UnitScore

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

    from stance.records import Record
    from stance.store import ModelConfig

    Pooled = Mapping[str, NDArray[np.float64]]


def choose_polarities(favors: float, opposes: float, least: Mapping[str, float], mixed: float) -> tuple[bool, bool]:
    """Which polarities a unit has: those of at least their threshold, and both only where the lesser is also ``mixed``.

    Thresholds of rare labels are low; without the second condition a clear stance would often read as mixed.
    """
    is_favored, is_opposed = favors >= least["favors"], opposes >= least["opposes"]
    if is_favored and is_opposed and min(favors, opposes) < mixed:
        return favors >= opposes, favors < opposes
    return is_favored, is_opposed


class ScoreBuilder:
    """Turns pooled probabilities into scores and labels by the thresholds of one model."""

    def __init__(self, config: ModelConfig) -> None:
        self._options = config.heads.options
        self._extras = config.heads.extras
        self._thresholds = config.thresholds

    def build(self, record: Record, pooled: Pooled | None, flags: tuple[str, ...], n_windows: int) -> Score:
        """The score of one record; without ``pooled`` every number is NaN and nothing is labelled."""
        codes = ("", *(record.actors or ()))
        spans = [(), *map(tuple, record.group_spans())]
        units = [self._build_unit(codes, k, pooled, spans[k]) for k in range(len(codes))]
        extras = self._build_extras(codes, pooled) if pooled is not None else ()
        paragraph = record.paragraph
        return Score(
            paragraph_id=paragraph.id,
            text=paragraph.text,
            paragraph=units[0],
            actors=tuple(units[1:]),
            article_id=paragraph.article_id,
            date=paragraph.date,
            flags=flags,
            n_windows=n_windows,
            extras=extras,
        )

    def _build_unit(
        self, codes: Sequence[str], k: int, pooled: Pooled | None, mentions: tuple[tuple[int, int], ...]
    ) -> UnitScore:
        """Unit ``k`` of a record: 0 is the paragraph, which has no toward."""
        others = [j for j in range(1, len(codes)) if k > 0 and j != k]
        if pooled is None:
            nothing = Polarity(math.nan, math.nan)
            unknown = {option: {codes[j]: math.nan for j in others} for option in self._options if k}
            stance, sentiment = dict.fromkeys(self._options, nothing), dict.fromkeys(SENTIMENTS, math.nan)
            return UnitScore(codes[k], stance, sentiment, {}, None, mentions, unknown)
        stance = {o: Polarity(*map(float, pooled["stance"][k, i])) for i, o in enumerate(self._options)}
        sentiment = dict(zip(SENTIMENTS, map(float, pooled["sentiment"][k]), strict=True))
        labels = {option: self._label(option, stance[option], k) for option in self._options}
        toward, targets = {}, {}
        for i, option in enumerate(self._options if k else ()):
            toward[option] = {codes[j]: float(pooled["toward"][k, j, i]) for j in others}
            if labels[option] is not None:
                least = self._thresholds["toward"][option]
                targets[option] = tuple(code for code, p in toward[option].items() if p >= least)
        best = max(sentiment, key=lambda name: sentiment[name])
        return UnitScore(codes[k], stance, sentiment, labels, best, mentions, toward, targets)

    def _label(self, option: str, polarity: Polarity, k: int) -> str | None:
        """favors, opposes, mixed (both) or ``None`` (null: neither)."""
        kind = "actor" if k else "paragraph"
        least, mixed = self._thresholds[kind][option], self._thresholds["mixed"][kind]
        favors, opposes = choose_polarities(polarity.favors, polarity.opposes, least, mixed)
        return "mixed" if favors and opposes else "favors" if favors else "opposes" if opposes else None

    def _build_extras(self, codes: Sequence[str], pooled: Pooled) -> tuple[Mapping[str, object], ...]:
        """One entry per extra head and unit or ordered pair; ``""`` names the paragraph."""
        entries: list[Mapping[str, object]] = []
        for extra in self._extras:
            for s, source in enumerate(codes):
                for t, target in enumerate(codes if extra.level == "pair" else ("",)):
                    index = (s, t) if extra.level == "pair" else (s,)
                    if extra.level == "unit" or s != t:
                        named = dict(zip(extra.labels, map(float, pooled[extra.name][index]), strict=True))
                        entries.append({"head": extra.name, "source": source, "target": target, "probabilities": named})
        return tuple(entries)


def write_record(score: Score, options: Sequence[str]) -> dict[str, Any]:
    """A score as a plain dict in the codebook's structure; numbers that do not exist are ``None``."""
    written: dict[str, Any] = {
        "id": score.paragraph_id,
        **_write_unit(score.paragraph, options),
        "actors": [
            {
                "actor": unit.actor,
                "mentions": [list(span) for span in unit.mentions],
                **_write_unit(unit, options),
                "toward": {o: {code: _number(p) for code, p in unit.toward[o].items()} for o in options},
            }
            for unit in score.actors
        ],
        "labels": {
            **_write_labels(score.paragraph),
            "actors": [
                {
                    "actor": unit.actor,
                    **_write_labels(unit),
                    "toward": {option: list(codes) for option, codes in unit.toward_labels.items()},
                }
                for unit in score.actors
            ],
        },
        "flags": list(score.flags),
        "n_windows": score.n_windows,
    }
    if score.extras:
        written["extras"] = [dict(entry) for entry in score.extras]
    return written


def _write_unit(unit: UnitScore, options: Sequence[str]) -> dict[str, Any]:
    """The probabilities of one unit."""
    stance = {
        o: {"favors": _number(unit.stance[o].favors), "opposes": _number(unit.stance[o].opposes)} for o in options
    }
    return {"stance": stance, "sentiment": {name: _number(p) for name, p in unit.sentiment.items()}}


def _write_labels(unit: UnitScore) -> dict[str, Any]:
    """The labels of one unit; a unit that was not scored has no option among them and no sentiment."""
    return {"stance": dict(unit.stance_labels), "sentiment": unit.sentiment_label}


def _number(value: float) -> float | None:
    """JSON has no NaN."""
    return None if math.isnan(value) else value


@dataclass(frozen=True)
class ArticleScore:
    """One scored article: ``paragraphs`` in order, ``actors`` aggregated over them."""

    article: Article
    paragraphs: tuple[Score, ...]
    options: tuple[str, ...]
    focus: tuple[str, ...]

    @functools.cached_property
    def actors(self) -> dict[str, ActorStance]:
        """Aggregate per actor code, those of the catalogue's focus first, also with ``n`` 0."""
        return aggregate_scores(self.paragraphs, self.options, self.focus)

    def to_frame(self) -> pd.DataFrame:
        """One row per paragraph x unit x option; the paragraph's own unit has an empty ``actor``."""
        import pandas as pd

        rows = [row for score in self.paragraphs for row in write_rows(score)]
        frame = pd.DataFrame(rows, columns=list(ROW_COLUMNS))
        return frame.astype({name: kind for name, kind in ROW_COLUMNS.items() if kind is not str})


ROW_COLUMNS: Mapping[str, type] = {
    **{"article_id": str, "paragraph_id": str, "date": str, "actor": str, "n_mentions": int, "option": str},
    **{"favors": float, "opposes": float, "net": float, "label": str, "toward": str, "sentiment": str},
    **{**dict.fromkeys(SENTIMENTS, float), "flags": str, "n_windows": int, "text": str},
}


def write_rows(score: Score) -> list[dict[str, Any]]:
    """Flat rows of one paragraph, one per unit x option, with `ROW_COLUMNS`; numbers that do not exist are ``None``.

    ``label`` is favors, opposes, mixed, null, or ``None`` where nothing was scored; ``toward`` joins codes by a blank.
    """
    rows, date = [], score.date.isoformat() if score.date else None
    for unit in (score.paragraph, *score.actors):
        for option, polarity in unit.stance.items():
            label = (unit.stance_labels[option] or "null") if option in unit.stance_labels else None
            values = (
                *(score.article_id, score.paragraph_id, date, unit.actor, len(unit.mentions), option),
                *(_number(polarity.favors), _number(polarity.opposes), _number(polarity.net), label),
                *(" ".join(unit.toward_labels.get(option, ())), unit.sentiment_label),
                *(_number(unit.sentiment[name]) for name in SENTIMENTS),
                *(" ".join(score.flags), score.n_windows, score.text),
            )
            rows.append(dict(zip(ROW_COLUMNS, values, strict=True)))
    return rows
