"""The actor catalogue: a YAML file, checked by hand against its schema, as frozen data. Its header documents it."""

from __future__ import annotations

import calendar
import datetime as dt
import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from stance.errors import CatalogueError
from stance.paths import find_resource
from stance.yaml_checks import Checks, StrictLoader

KINDS = ("names", "demonyms", "capitals", "institutions", "media", "context", "offices")
WHEN = ("term", "actor", "named")
_LISTS = (
    *("titles", "honorifics", "ignore", "private", "private_adjectives", "watchers", "former"),
    *("voice", "places", "officials", "venues"),
)
_TOP = {"focus", "actors", "common", *_LISTS}
_ACTOR = {"name", "surname_first", "people", *KINDS}
_ALIAS = {"text", "needs", "before", "not_before", "not_after", "terms"}
_PERSON = {"name", "also", "surname", "when", "terms", "titled"}
_COMMON = {"text", "how", "actors"}
_CODE = re.compile(r"[A-Z]{3}\d?")
_DAY = re.compile(r"(\d{4})-(\d\d)(?:-(\d\d))?")


@dataclass(frozen=True, slots=True)
class Term:
    """A span of days, both ends included."""

    start: dt.date
    end: dt.date

    def overlaps(self, other: Term) -> bool:
        """Whether the two share a day."""
        return self.start <= other.end and other.start <= self.end


ALWAYS = (Term(dt.date.min, dt.date.max),)


@dataclass(frozen=True, slots=True)
class Alias:
    """Words that stand for an actor, and the conditions under which they do."""

    text: str
    kind: str
    terms: tuple[Term, ...] = ALWAYS
    needs: tuple[str, ...] = ()
    before: tuple[str, ...] = ()
    not_before: tuple[str, ...] = ()
    not_after: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Person:
    """Someone who speaks for an actor while in office; ``when`` says what the bare surname needs to count."""

    name: str
    terms: tuple[Term, ...]
    surname: str
    also: tuple[str, ...] = ()
    when: str = "named"
    titled: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Actor:
    """A state or international body with all that stands for it."""

    code: str
    name: str
    aliases: tuple[Alias, ...] = ()
    people: tuple[Person, ...] = ()


@dataclass(frozen=True, slots=True)
class Common:
    """Words that many governments share ("the foreign ministry"): theirs who stand beside, or are alone in sight."""

    texts: tuple[str, ...]
    how: str
    actors: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Catalogue:
    """All actors, the word lists they share, and the hash of the file they came from."""

    focus: tuple[str, ...]
    actors: Mapping[str, Actor]
    common: tuple[Common, ...] = ()
    words: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    fingerprint: str = ""

    @classmethod
    def load(cls, path: Path | None = None) -> Catalogue:
        """Read a catalogue, the shipped one if no path is given; raises ``CatalogueError`` that lists all faults."""
        path = path or find_resource("resources/actors.yaml", "configs/actors.yaml")
        try:
            raw = path.read_bytes()
        except OSError as error:
            raise CatalogueError(f"{path}: a catalogue file expected, {error.strerror}; check the path") from error
        try:
            content = yaml.load(raw, Loader=StrictLoader)
        except yaml.YAMLError as error:
            raise CatalogueError(f"{path}: not YAML: {error}") from error
        reader = _Reader()
        catalogue = reader.catalogue(content, hashlib.sha256(raw).hexdigest())
        if reader.faults:
            raise CatalogueError("\n  ".join([f"{path}: {len(reader.faults)} fault(s)", *reader.faults]))
        return catalogue


class _Reader(Checks):
    """Turns raw YAML into a catalogue."""

    def catalogue(self, raw: Any, fingerprint: str) -> Catalogue:
        top = self.mapping("", raw, _TOP, {"focus", "actors"})
        actors = {
            str(code): self.actor(str(code), value) for code, value in self.plain("actors", top.get("actors")).items()
        }
        focus = self.members("focus", top.get("focus"), actors, "the actors")
        shared = self.items("common", top.get("common"))
        common = tuple(self.common(f"common[{i}]", value, actors) for i, value in enumerate(shared))
        for code, actor in actors.items():
            for alias in actor.aliases:
                self.members(
                    f"actors.{code}.{alias.kind}: needs of '{alias.text}'", list(alias.needs), actors, "the actors"
                )
        self.duplicates(actors)
        words = {key: self.strings(key, top.get(key)) for key in _LISTS}
        return Catalogue(focus, actors, common, words, fingerprint)

    def actor(self, code: str, raw: Any) -> Actor:
        path = f"actors.{code}"
        if not _CODE.fullmatch(code):
            self.fault(path, "three capitals expected (ISO 3166-1 alpha-3, or UNO, EUE, NTO)")
        value = self.mapping(path, raw, _ACTOR, {"name", "names"})
        first = self.typed(f"{path}.surname_first", value.get("surname_first", False), bool)
        aliases = tuple(
            alias
            for kind in KINDS
            for i, item in enumerate(self.items(f"{path}.{kind}", value.get(kind)))
            for alias in self.aliases(f"{path}.{kind}[{i}]", item, kind, code)
        )
        people = tuple(
            self.person(f"{path}.people[{i}]", item, first)
            for i, item in enumerate(self.items(f"{path}.people", value.get("people")))
        )
        return Actor(code, self.typed(f"{path}.name", value.get("name", ""), str), aliases, people)

    def aliases(self, path: str, raw: Any, kind: str, code: str) -> Iterator[Alias]:
        needed = (code,) if kind in ("context", "offices") else ()
        if isinstance(raw, str):
            yield Alias(raw, kind, needs=needed)
            return
        value = self.mapping(path, raw, _ALIAS, {"text"})
        conditions = {key: self.strings(f"{path}.{key}", value.get(key)) for key in _ALIAS - {"text", "terms"}}
        conditions["needs"] = conditions["needs"] or needed
        terms = self.terms(f"{path}.terms", value["terms"]) if "terms" in value else ALWAYS
        for text in self.strings(f"{path}.text", value.get("text")):
            yield Alias(text, kind, terms, **conditions)

    def person(self, path: str, raw: Any, surname_first: bool) -> Person:
        value = self.mapping(path, raw, _PERSON, {"name", "terms"})
        name = self.typed(f"{path}.name", value.get("name", ""), str)
        words = name.split() or [""]
        surname = self.typed(f"{path}.surname", value.get("surname", words[0 if surname_first else -1]), str)
        when = self.choice(f"{path}.when", value.get("when", "named"), WHEN)
        terms = self.terms(f"{path}.terms", value.get("terms"))
        also, titled = (self.strings(f"{path}.{key}", value.get(key)) for key in ("also", "titled"))
        return Person(name, terms, surname, also, when, titled)

    def common(self, path: str, raw: Any, actors: Mapping[str, Actor]) -> Common:
        value = self.mapping(path, raw, _COMMON, {"text", "how", "actors"})
        return Common(
            self.strings(f"{path}.text", value.get("text")),
            self.choice(f"{path}.how", value.get("how", "alias"), ("alias", "office")),
            self.members(f"{path}.actors", value.get("actors"), actors, "the actors"),
        )

    def terms(self, path: str, raw: Any) -> tuple[Term, ...]:
        found = []
        for i, text in enumerate(self.strings(path, raw)):
            place = f"{path}[{i}]" if isinstance(raw, list) else path
            start, slash, end = text.partition("/")
            if not slash:
                self.fault(place, f"'{text}' is no term; write START/END, or START/ for one that lasts")
                continue
            first = self.day(place, start, last=False)
            last = self.day(place, end, last=True) if end.strip() else dt.date.max
            if first and last and last < first:
                self.fault(place, f"ends {last} before it starts {first}")
            elif first and last:
                found.append(Term(first, last))
        return tuple(found)

    def day(self, path: str, text: str, *, last: bool) -> dt.date | None:
        """A day, or the first or last day of a month."""
        match = _DAY.fullmatch(text.strip())
        try:
            year, month = int(match[1]), int(match[2])  # type: ignore[index]
            number = int(match[3] or (calendar.monthrange(year, month)[1] if last else 1))  # type: ignore[index]
            return dt.date(year, month, number)
        except (TypeError, ValueError):
            self.fault(path, f"'{text.strip()}' is no date (YYYY-MM-DD or YYYY-MM)")
            return None

    def duplicates(self, actors: Mapping[str, Actor]) -> None:
        """Refuse words that stand for two actors on the same day with nothing to tell them apart."""
        seen: dict[str, list[tuple[str, tuple[Term, ...]]]] = {}
        for code, actor in actors.items():
            for text, terms in _unconditional(actor):
                key = text.removeprefix("(the) ")
                for other, theirs in seen.get(key, []):
                    if other != code and any(a.overlaps(b) for a in terms for b in theirs):
                        self.fault(f"actors.{code}", f"'{key}' stands for {other} at the same time")
                seen.setdefault(key, []).append((code, terms))


def _unconditional(actor: Actor) -> Iterator[tuple[str, tuple[Term, ...]]]:
    """The words of an actor that count wherever they stand, with their dates."""
    for alias in actor.aliases:
        if not (alias.needs or alias.before):
            yield alias.text, alias.terms
    for person in actor.people:
        bare = (person.surname,) if person.when == "term" else ()
        for text in dict.fromkeys((person.name, *person.also, *bare)):
            yield text, person.terms
