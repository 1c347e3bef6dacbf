"""Finds who is mentioned in a paragraph: names, demonyms, metonyms, institutions and people in office on its date."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from stance.catalogue import Catalogue
from stance.patterns import Pattern, build, fold, place_rule
from stance.types import Mention, Paragraph

__all__ = ["ActorFinder", "Catalogue"]

_DATELINE = re.compile(
    r"(?:[A-Z][A-Z.' -]+[A-Z](?:, [A-Z][\w., ]{1,40}?)?(?: ?\([A-Z][^)]{1,30}\))?"
    r"|[A-Z][\w.', ]{2,50}\([A-Z][^)]{1,30}\))"
    r" ?(?:—|–|--| - |- )"
)
_LEADING_WORD = re.compile(r"\b([A-Z][\w'-]*\.?) $")
_CALENDAR = (
    *("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday", "January", "February", "March"),
    *("April", "May", "June", "July", "August", "September", "October", "November", "December"),
)
_NAME_GOES_ON = re.compile(rf" (?!(?:Administration|{'|'.join(_CALENDAR)})\b)[A-Z][a-z]")
_LINKS_BEFORE = ("'s ", "' ", " ")
_LINKS_AFTER = (" in ", " of ", " in the ", " of the ")
_OF_OTHER = re.compile(r"\b[A-Z][\w.]*(?:'s?)? $")
_OF_OTHER_AFTER = re.compile(r" (?:in|of) [A-Z]")
_SHOUTED = re.compile(r"[A-Z]{2,} $")
_SHOUTS_ON = re.compile(r" [A-Z]{2,}\b")
_SENTENCE_END = re.compile(r"[.!?][\"'”]? ")


@dataclass(slots=True)
class _Hit:
    """A spelling found in the text; ``titled`` and ``polite`` tell that an office or a "Mr." has become part of it."""

    start: int
    end: int
    patterns: tuple[Pattern, ...]
    titled: str = ""
    polite: bool = False


@dataclass(slots=True)
class _Scene:
    """What is known of a paragraph while its mentions are settled."""

    text: str
    day: dt.date
    article: frozenset[str]
    found: list[tuple[int, int, str, str]] = field(default_factory=list)
    named: dict[str, str] = field(default_factory=dict)
    strangers: set[str] = field(default_factory=set)

    actors: set[str] = field(default_factory=set)
    starts: dict[int, str] = field(default_factory=dict)
    ends: dict[int, str] = field(default_factory=dict)

    def settle(self, hit: _Hit, actor: str, how: str) -> None:
        """Note whose mention a hit is."""
        self.found.append((hit.start, hit.end, actor, how))
        self.actors.add(actor)
        self.starts[hit.start] = self.ends[hit.end] = actor


class ActorFinder:
    """Finds the mentions of a catalogue's actors; build it once, it holds no state between paragraphs."""

    def __init__(self, catalogue: Catalogue) -> None:
        self.catalogue = catalogue
        self._automaton = build(catalogue)
        voice = "|".join(re.escape(word) for word in catalogue.words.get("voice", ()))
        self._voice = re.compile(rf"\b(?:{voice})\b") if voice else None
        self._place = place_rule(catalogue.words)

    def find(self, paragraph: Paragraph, context: Iterable[str] = ()) -> list[Mention]:
        """All mentions in one paragraph.

        Args:
            paragraph: its date decides who holds an office; without one, today does.
            context: codes of actors that the article has already mentioned, for words such as "the regime".

        Returns:
            Mentions sorted by start; none overlaps another.
        """
        text = fold(paragraph.text)
        scene = _Scene(text, paragraph.date or dt.date.today(), frozenset(context))
        pending = [hit for hit in self._hits(text) if not self._settle_alone(hit, scene)]
        for hit in pending:
            self._settle_in_context(hit, scene)
        return [Mention(paragraph.id, actor, start, end, how) for start, end, actor, how in sorted(scene.found)]

    def _hits(self, text: str) -> list[_Hit]:
        """Spellings at word boundaries, longest first where they overlap, titles joined to the names they precede."""
        raw: list[tuple[int, int, tuple[Pattern, ...]]] = []
        titles: dict[int, tuple[int, str]] = {}
        for last, (length, patterns) in self._automaton.iter(text):
            start, end = last + 1 - length, last + 1
            if not _bounded(text, start, end):
                continue
            kind = patterns[0].kind
            if kind in ("title", "honorific"):
                held = titles.get(end)
                if held is None or start < held[0]:
                    titles[end] = (start, text[start:end] if kind == "title" else "")
                patterns = patterns[1:]
            if patterns:
                raw.append((start, end, patterns))
        hits = _longest(raw, _dateline(text), len(text))
        return _join_titles(hits, titles, text)

    def _settle_alone(self, hit: _Hit, scene: _Scene) -> bool:
        """Settle a hit that needs no context; ``False`` leaves it for the second pass."""
        if hit.patterns[0].kind == "ignore":
            return True
        fitting = self._fitting(hit, scene)
        for pattern in fitting:
            if pattern.kind == "person":
                scene.named[pattern.surname] = pattern.actor
        actors = {pattern.actor for pattern in fitting if not pattern.needs}
        if len(actors) == 1:
            how = next(pattern.how for pattern in fitting if not pattern.needs)
            scene.settle(hit, actors.pop(), how)
            return True
        return not any(pattern.needs for pattern in fitting)

    def _fitting(self, hit: _Hit, scene: _Scene) -> list[Pattern]:
        """The patterns of a hit that hold on this day between these words."""
        text, start, end = scene.text, hit.start, hit.end
        fitting = [p for p in hit.patterns if p.on(scene.day) and not p.guarded(text, start, end)]
        if fitting and fitting[0].kind == "capitals" and self._place and self._place(text, start, end):
            return []
        if any(p.kind == "surname" for p in fitting) and _part_of_other_name(text, hit):
            scene.strangers.update(p.surname for p in fitting)
            return [p for p in fitting if p.kind != "surname"]
        if self._voice and any(p.kind == "media" for p in fitting) and not self._speaks(text, start, end):
            return [p for p in fitting if p.kind != "media"]
        return fitting

    def _speaks(self, text: str, start: int, end: int) -> bool:
        """Whether a state medium takes a position in this sentence rather than report something."""
        first = max(
            (m.end() for m in _SENTENCE_END.finditer(text, max(0, start - 600), start)), default=max(0, start - 600)
        )
        after = _SENTENCE_END.search(text, end)
        assert self._voice is not None
        return bool(self._voice.search(text, first, after.start() if after else len(text)))

    def _settle_in_context(self, hit: _Hit, scene: _Scene) -> None:
        """Settle a hit whose words count only beside, or in sight of, the actor they need."""
        fitting = [pattern for pattern in self._fitting(hit, scene) if pattern.needs]
        if fitting and fitting[0].kind == "surname":
            chosen = self._bearer(hit, fitting, scene)
        else:
            chosen = self._neighbour(hit, fitting, scene)
            if not chosen and not _elsewhere(hit, scene.text, fitting):
                chosen = self._in_sight(fitting, scene)
        if chosen:
            scene.settle(hit, chosen.actor, chosen.how)

    def _bearer(self, hit: _Hit, fitting: list[Pattern], scene: _Scene) -> Pattern | None:
        """Whose surname it is: the person named before, else the one whom title or context make likely."""
        surname = fitting[0].surname
        if surname in scene.named:
            return next((p for p in fitting if p.actor == scene.named[surname]), None)
        if surname in scene.strangers:
            return None
        known = [p for p in fitting if p.when == "actor"]
        if not hit.titled:
            return self._in_sight(known, scene)
        entitled = [p for p in fitting if not p.titled or hit.titled in p.titled]
        known = [p for p in entitled if p.when == "actor"]
        near = self._neighbour(hit, entitled, scene)
        return near or (_only(known) if known else self._in_sight(entitled, scene) or _only(entitled))

    def _neighbour(self, hit: _Hit, fitting: list[Pattern], scene: _Scene) -> Pattern | None:
        """The actor named right before ("China's Commerce Ministry") or right after ("the ministry in Beijing")."""
        text = scene.text
        actors = [scene.ends.get(hit.start - len(link)) for link in _LINKS_BEFORE if text.endswith(link, 0, hit.start)]
        actors += [scene.starts.get(hit.end + len(link)) for link in _LINKS_AFTER if text.startswith(link, hit.end)]
        beside = next((actor for actor in actors if actor), None)
        return next((p for p in fitting if p.actor == beside), None)

    def _in_sight(self, fitting: list[Pattern], scene: _Scene) -> Pattern | None:
        """The only candidate whose actor the paragraph names, else the only one that the article names."""
        for seen in (scene.actors, scene.article):
            candidates = [p for p in fitting if p.needs & seen]
            if len({p.actor for p in candidates}) > 1:
                people = set(scene.named.values())
                candidates = [p for p in candidates if p.actor in people]
            if candidates:
                return _only(candidates)
        return None


def _elsewhere(hit: _Hit, text: str, patterns: list[Pattern]) -> bool:
    """Whether shared words belong to a government outside the catalogue: "Canada's foreign ministry"."""
    if not patterns or patterns[0].kind != "common":
        return False
    return bool(_OF_OTHER_AFTER.match(text, hit.end) or _OF_OTHER.search(text, max(0, hit.start - 30), hit.start))


def _only(patterns: list[Pattern]) -> Pattern | None:
    """The first of patterns that all stand for one actor."""
    return patterns[0] if len({p.actor for p in patterns}) == 1 else None


def _bounded(text: str, start: int, end: int) -> bool:
    """Whether ``[start, end)`` is whole words: no letter, digit or address sign touches it, no abbreviation goes on."""
    if start and (text[start - 1].isalnum() or text[start - 1] in "_@#/" or _inside_abbreviation(text, start)):
        return False
    if end >= len(text):
        return True
    following = text[end]
    if following.isalnum() or following in "_@$":
        return False
    if following == "." and text[end - 2 : end - 1] == "." and text[end + 1 : end + 2].isalnum():
        return False
    if text[start:end] == "US":
        return not (_SHOUTED.search(text, max(0, start - 12), start) and _SHOUTS_ON.match(text, end))
    return True


def _inside_abbreviation(text: str, start: int) -> bool:
    """Whether an initial and its dot stand right before: the ``U.S.`` of ``B.U.S.`` is none."""
    initial = start > 1 and text[start - 1] == "." and text[start - 2].isupper()
    return initial and not text[start - 3 : start - 2].isalnum()


def _dateline(text: str) -> int:
    """Where the dateline ("SEOUL, South Korea (AP) — ") ends; 0 without one."""
    match = _DATELINE.match(text)
    return match.end() if match else 0


def _longest(raw: list[tuple[int, int, tuple[Pattern, ...]]], begin: int, length: int) -> list[_Hit]:
    """Non-overlapping hits from ``begin`` on, the longest of those that overlap, sorted by start."""
    raw.sort(key=lambda hit: (hit[0] - hit[1], hit[0]))
    chosen: list[_Hit] = []
    taken = bytearray(length)
    for start, end, patterns in raw:
        if start >= begin and not any(taken[start:end]):
            taken[start:end] = b"\x01" * (end - start)
            chosen.append(_Hit(start, end, patterns))
    chosen.sort(key=lambda hit: hit.start)
    return chosen


def _join_titles(hits: list[_Hit], titles: dict[int, tuple[int, str]], text: str) -> list[_Hit]:
    """Make "Secretary of State" part of "Secretary of State Rex Tillerson"; drop hits swallowed on the way."""
    joined: list[_Hit] = []
    for hit in hits:
        if titles and any(p.kind in ("person", "surname") for p in hit.patterns):
            while hit.start and text[hit.start - 1] == " " and hit.start - 1 in titles:
                hit.start, office = titles[hit.start - 1]
                hit.titled = hit.titled or office
                hit.polite = hit.polite or not office
            while joined and hit.start < joined[-1].end and joined[-1].start >= hit.start:
                joined.pop()
            if joined and hit.start < joined[-1].end:
                hit.start = joined[-1].end + 1
        joined.append(hit)
    return joined


def _part_of_other_name(text: str, hit: _Hit) -> bool:
    """Whether a bare surname belongs to someone else: "Ivanka Trump", "Kim Jong-nam", "Trump Tower"."""
    if _NAME_GOES_ON.match(text, hit.end):
        return True
    if hit.titled or hit.polite:
        return False
    match = _LEADING_WORD.search(text, max(0, hit.start - 30), hit.start)
    if match is None or match[1] in _CALENDAR or match[1].endswith("'s"):
        return False
    before = text[max(0, match.start() - 5) : match.start()].rstrip(" \"'“‘([—–-")
    return before[-1:] not in ("", ".", "!", "?", ":", ";", "”")
