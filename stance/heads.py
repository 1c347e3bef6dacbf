"""What a model answers: its policy options and any further heads; the names come from the model folder alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

LEVELS = ("unit", "pair")
RESERVED = ("stance", "sentiment", "toward")


@dataclass(frozen=True, slots=True)
class ExtraHead:
    """A single-choice head beside stance, sentiment and toward, over units or over ordered pairs of units."""

    name: str
    level: str
    labels: tuple[str, ...]

    def __post_init__(self) -> None:
        """Refuse a level, name or label list that no model can have."""
        if self.level not in LEVELS:
            raise ValueError(f"head {self.name!r}: level is one of {LEVELS}, got {self.level!r}")
        if self.name in RESERVED or not self.name.isidentifier():
            raise ValueError(f"head {self.name!r}: a plain name other than {RESERVED} expected")
        if len(self.labels) < 2 or len(set(self.labels)) != len(self.labels):
            raise ValueError(f"head {self.name!r}: two or more distinct labels expected, got {list(self.labels)}")


@dataclass(frozen=True, slots=True)
class HeadSpec:
    """Label order of every head."""

    options: tuple[str, ...]
    extras: tuple[ExtraHead, ...] = ()

    def __post_init__(self) -> None:
        """Refuse an empty or repeating list of options or extra heads."""
        if not self.options or len(set(self.options)) != len(self.options):
            raise ValueError(f"one or more distinct options expected, got {list(self.options)}")
        names = [extra.name for extra in self.extras]
        if len(set(names)) != len(names):
            raise ValueError(f"extra heads of distinct names expected, got {names}")

    @classmethod
    def from_dict(cls, raw: Mapping[str, Any]) -> HeadSpec:
        """Read ``{"options": [...], "extras": {name: {"level": ..., "labels": [...]}}}``."""
        extras: Mapping[str, Any] = raw.get("extras") or {}
        return cls(
            options=tuple(raw["options"]),
            extras=tuple(ExtraHead(name, head["level"], tuple(head["labels"])) for name, head in extras.items()),
        )

    def to_dict(self) -> dict[str, Any]:
        """The form that `from_dict` reads."""
        extras = {extra.name: {"level": extra.level, "labels": list(extra.labels)} for extra in self.extras}
        return {"options": list(self.options), "extras": extras}

    @property
    def outputs(self) -> Sequence[str]:
        """Names of a model's outputs, in graph order."""
        return [*RESERVED, *(extra.name for extra in self.extras)]
