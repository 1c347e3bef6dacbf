"""Where a confident model and a label differ: the first labels to look at again."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Protocol

from stance.types import POLARITIES
from training.corpus.units import PARAGRAPH, name_stance, read_units

COLUMNS = ("id", "unit", "option", "label", "model", "polarity", "probability", "doubt", "text")


class Scorer(Protocol):
    """What is asked of a model: `stance.StanceScorer` has it."""

    @property
    def options(self) -> tuple[str, ...]:
        """Policy options."""

    def predict(self, records: Iterable[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
        """One prediction a record, in order."""


@dataclass(frozen=True, slots=True)
class Disagreement:
    """One label that the model does not give; ``probability`` is the model's of ``polarity``, ``doubt`` its distance.

    Of the two polarities the one whose probability is farther from the label is named.
    """

    id: str
    unit: str
    option: str
    label: str
    model: str
    polarity: str
    probability: float
    doubt: float
    text: str

    def to_row(self) -> dict[str, Any]:
        """A flat row with `COLUMNS`."""
        return {**asdict(self), "probability": round(self.probability, 4), "doubt": round(self.doubt, 4)}


def find_disagreements(scorer: Scorer, records: Sequence[Mapping[str, Any]], least: float = 0.5) -> list[Disagreement]:
    """Stance labels that differ from the model's by ``least`` or more in probability, worst first.

    What is not labelled, and what the model does not score, is left out.
    """
    found = []
    for position, (record, predicted) in enumerate(zip(records, scorer.predict(records), strict=True)):
        units = read_units(record, position, scorer.options)
        scores = {PARAGRAPH: predicted, **{str(actor["actor"]): actor for actor in predicted["actors"]}}
        labels = predicted["labels"]
        given = {PARAGRAPH: labels["stance"], **{str(actor["actor"]): actor["stance"] for actor in labels["actors"]}}
        for code, unit in units.items():
            for option, label in unit.stance.items():
                if option not in given[code] or given[code][option] == label:
                    continue
                polarity, probability, doubt = _find_worst(label, scores[code]["stance"][option])
                if doubt >= least:
                    name, names = code or "paragraph", (name_stance(label), name_stance(given[code][option]))
                    text = str(record["text"])
                    found.append(
                        Disagreement(str(predicted["id"]), name, option, *names, polarity, probability, doubt, text)
                    )
    return sorted(found, key=lambda entry: -entry.doubt)


def _find_worst(label: str | None, score: Mapping[str, float]) -> tuple[str, float, float]:
    """The polarity whose probability is farthest from the label, that probability, and how far."""
    doubts = {p: abs(float(label in (p, "mixed")) - score[p]) for p in POLARITIES}
    polarity = max(doubts, key=lambda name: doubts[name])
    return polarity, score[polarity], doubts[polarity]
