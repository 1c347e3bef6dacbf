"""Tables for people, on a terminal."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from rich.table import Table
from rich.text import Text

from stance.types import ActorStance, Score, StanceEstimate, UnitScore

if TYPE_CHECKING:
    from stance.catalogue import Catalogue

_COLOURS = {"favors": "green", "opposes": "red", "mixed": "yellow"}
_SIGNS = {"favors": "+", "opposes": "−", "mixed": "±"}


def build_paragraph_table(scores: Sequence[Score], options: Sequence[str]) -> Table:
    """One row a unit: the paragraph first, then its actors. A cell is sign, probability and whom it is directed at."""
    table = Table(title="Paragraphs  (+ favors, − opposes, ± mixed, · neither; → directed at)", title_justify="left")
    table.add_column("#", justify="right", style="dim")
    table.add_column("text", ratio=3, min_width=24)
    table.add_column("unit", no_wrap=True)
    for option in options:
        table.add_column(option, ratio=1, min_width=11)
    table.add_column("sentiment", no_wrap=True)
    for number, score in enumerate(scores, start=1):
        excerpt = score.text if len(score.text) <= 150 else f"{score.text[:147]}…"
        flags = f" [{', '.join(score.flags)}]" if score.flags else ""
        units = (score.paragraph, *score.actors)
        first = [Text(str(number)), Text(excerpt + flags)]
        for unit in units[:1]:
            table.add_row(*first, Text("paragraph", style="dim"), *_write_cells(unit, options))
        for unit in units[1:]:
            table.add_row("", "", Text(unit.actor, style="bold"), *_write_cells(unit, options))
        table.add_section()
    return table


def _write_cells(unit: UnitScore, options: Sequence[str]) -> list[Text]:
    """Stance cells of one unit, then its sentiment."""
    cells = []
    for option in options:
        label, polarity = unit.stance_labels.get(option), unit.stance[option]
        if math.isnan(polarity.favors):
            cells.append(Text("not scored", style="dim"))
        elif label is None:
            cells.append(Text("·", style="dim"))
        else:
            probability = polarity.opposes if label == "opposes" else polarity.favors
            toward = unit.toward_labels.get(option, ())
            arrow = f" → {' '.join(toward)}" if toward else ""
            cells.append(Text(f"{_SIGNS[label]} {probability:.2f}{arrow}", style=_COLOURS[label]))
    return [*cells, Text(unit.sentiment_label or "–")]


def build_actor_table(
    actors: Mapping[str, ActorStance], options: Sequence[str], names: Mapping[str, str] | None = None
) -> Table:
    """One row an actor: net stance per option with its 95% interval, and the paragraphs it stands on."""
    table = Table(
        title="Actors  (net = P(favors) − P(opposes), salience-weighted; 95% bootstrap interval)", title_justify="left"
    )
    table.add_column("actor", style="bold", no_wrap=True)
    table.add_column("n", justify="right")
    for option in options:
        table.add_column(option)
    table.add_column("sentiment")
    for code, actor in actors.items():
        best = "–" if not actor.n else max(actor.sentiment, key=lambda name: actor.sentiment[name])
        tone = best if best == "–" else f"{best} {actor.sentiment[best]:.2f}"
        name = (names or {}).get(code, "")
        label = f"{code} {name}" if name and name != code else code
        table.add_row(Text(label), str(actor.n), *(_write_estimate(actor.stance[option]) for option in options), tone)
    return table


def _write_estimate(estimate: StanceEstimate) -> Text:
    """``+0.52 [+0.20, +0.81]``, coloured where the interval is clear of 0."""
    if not estimate.n:
        return Text("–", style="dim")
    if math.isnan(estimate.low):
        return Text(f"{estimate.net:+.2f}")
    style = "green" if estimate.low > 0 else "red" if estimate.high < 0 else ""
    return Text(f"{estimate.net:+.2f} [{estimate.low:+.2f}, {estimate.high:+.2f}]", style=style)


def build_catalogue_table(catalogue: Catalogue) -> Table:
    """What the catalogue holds, an actor a row."""
    table = Table(title="Actors of the catalogue (* always shown)", title_justify="left")
    for column in ("code", "name", "spellings", "people with dated terms", "examples"):
        table.add_column(column)
    for code, actor in catalogue.actors.items():
        spellings = [alias.text for alias in actor.aliases]
        mark = "*" if code in catalogue.focus else ""
        examples = Text(", ".join(spellings[:6]))
        table.add_row(code + mark, Text(actor.name), str(len(spellings)), str(len(actor.people)), examples)
    return table
