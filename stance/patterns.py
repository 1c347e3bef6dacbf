"""The catalogue compiled for matching: every spelling of every alias in one multi-pattern automaton."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

import ahocorasick

from stance.catalogue import ALWAYS, Actor, Alias, Catalogue, Person, Term

_ABBREVIATION = re.compile(r"(?:[A-Z]\.)+[A-Z]")


@dataclass(frozen=True, slots=True)
class Pattern:
    """What one spelling may stand for, and when. ``needs`` empty: it counts wherever it stands."""

    kind: str
    actor: str = ""
    how: str = "alias"
    terms: tuple[Term, ...] = ALWAYS
    needs: frozenset[str] = frozenset()
    when: str = ""
    surname: str = ""
    titled: tuple[str, ...] = ()
    before: re.Pattern[str] | None = None
    not_before: re.Pattern[str] | None = None
    not_after: re.Pattern[str] | None = None

    def on(self, day: dt.date) -> bool:
        """Whether it holds on that day."""
        return self.terms is ALWAYS or any(term.start <= day <= term.end for term in self.terms)

    def guarded(self, text: str, start: int, end: int) -> bool:
        """Whether the words around ``[start, end)`` rule it out."""
        return bool(
            (self.before and not self.before.match(text, end))
            or (self.not_before and self.not_before.match(text, end))
            or (self.not_after and self.not_after.search(text, max(0, start - 30), start))
        )


def build(catalogue: Catalogue) -> ahocorasick.Automaton:
    """The automaton: text -> (length, the patterns that share this spelling)."""
    spellings: dict[str, list[Pattern]] = {}
    for text, pattern in _patterns(catalogue):
        for spelling in spell(text):
            held = spellings.setdefault(fold(spelling), [])
            if pattern not in held:
                held.append(pattern)
    automaton = ahocorasick.Automaton()
    for spelling, patterns in spellings.items():
        automaton.add_word(spelling, (len(spelling), tuple(patterns)))
    automaton.make_automaton()
    return automaton


def fold(text: str) -> str:
    """The text with quotes, blanks, hyphens and accents made plain; every character keeps its place."""
    return text.translate(_BLANKS) if text.isascii() else text.translate(_FOLDS)


def spell(text: str) -> Iterator[str]:
    """All spellings of an alias: optional article, capital at a sentence start, hyphens in a given name."""
    if text.startswith("(the) "):
        rest = text.removeprefix("(the) ")
        yield from (rest, f"the {rest}", f"The {rest}")
        return
    yield text
    if text[0].islower():
        yield text[0].upper() + text[1:]


def spell_name(name: str) -> Iterator[str]:
    """A personal name, and for a hyphenated given name also ``Jong Un`` and ``Jong-Un``."""
    yield name
    match = re.search(r"-([a-z])", name)
    if match:
        at = match.start()
        tail = match[1].upper() + name[at + 2 :]
        yield from (f"{name[:at]}-{tail}", f"{name[:at]} {tail}")


def _patterns(catalogue: Catalogue) -> Iterator[tuple[str, Pattern]]:
    words = catalogue.words
    for kind in ("titles", "honorifics", "ignore"):
        for text in words.get(kind, ()):
            yield text, Pattern(kind.rstrip("s"))
    guards = _Guards(words)
    for actor in catalogue.actors.values():
        for alias in actor.aliases:
            yield alias.text, guards.alias(actor, alias)
        for person in actor.people:
            yield from guards.person(actor, person)
    for common in catalogue.common:
        for code in common.actors:
            for text in common.texts:
                yield text, Pattern("common", code, common.how, needs=frozenset([code]))


class _Guards:
    """Turns the word lists of aliases into compiled guards; equal lists share one."""

    def __init__(self, words: Mapping[str, tuple[str, ...]]) -> None:
        hyphened = [word for word in words.get("private", ()) if word.startswith("-")]
        nouns = [word for word in words.get("private", ()) if not word.startswith("-")]
        adjectives = _any(words.get("private_adjectives", ()))
        private = rf" (?:(?:{adjectives}) )?(?:{_any(nouns)})\b"
        self.unlike = {
            "demonyms": _after_words(hyphened, private),
            "capitals": _after_words(hyphened, private, rf" (?:{_any(words.get('venues', ()))})\b"),
            "names": _after_words(hyphened, rf" (?:{_any(words.get('watchers', ()))})\b"),
        }
        self.former = _before_words(words.get("former", ()))

    def alias(self, actor: Actor, alias: Alias) -> Pattern:
        not_before = self.unlike.get(alias.kind)
        former = self.former if alias.kind in ("demonyms", "institutions", "offices") else None
        if alias.not_before:
            not_before = _after_words([], *(_continuation(word) for word in alias.not_before))
        return Pattern(
            alias.kind,
            actor.code,
            "office" if alias.kind == "offices" else "alias",
            alias.terms,
            frozenset(alias.needs),
            before=_after_words([], *(_continuation(word) for word in alias.before)),
            not_before=not_before,
            not_after=_before_words(alias.not_after) if alias.not_after else former,
        )

    def person(self, actor: Actor, person: Person) -> Iterator[tuple[str, Pattern]]:
        full = Pattern("person", actor.code, "office", person.terms, surname=person.surname, not_after=self.former)
        for name in (person.name, *person.also):
            for spelling in spell_name(name):
                yield spelling, full
        needs = frozenset() if person.when == "term" else frozenset([actor.code])
        if person.surname and person.surname != person.name:
            bare = replace(full, kind="surname", needs=needs, when=person.when, titled=person.titled)
            yield person.surname, bare


def _any(words: Iterable[str]) -> str:
    return "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True)) or "(?!)"


def _continuation(word: str) -> str:
    """A regular expression for one word of ``before`` / ``not_before``; ``Capital`` is any capitalised word."""
    return " [A-Z]" if word == "Capital" else rf" {re.escape(word)}\b"


def _after_words(hyphened: list[str], *rules: str) -> re.Pattern[str] | None:
    parts = [part for part in (rf"(?:{_any(hyphened)})\b" if hyphened else "", *rules) if part]
    return re.compile("|".join(parts)) if parts else None


def _before_words(words: Iterable[str]) -> re.Pattern[str] | None:
    words = list(words)
    return re.compile(rf"\b(?:{_any(words)})[ -]$", re.IGNORECASE) if words else None


def _fold_table() -> dict[int, str]:
    """Single characters to their plain form: accents off letters, curly quotes, exotic blanks and hyphens."""
    table: dict[int, str] = {
        0x2018: "'",
        0x2019: "'",
        0x02BC: "'",
        0x00A0: " ",
        0x2009: " ",
        0x202F: " ",
        0x2010: "-",
        0x2011: "-",
    }
    table.update({0x0131: "i", 0x00D8: "O", 0x00F8: "o", 0x0141: "L", 0x0142: "l"})
    for code in (*range(0xC0, 0x250), *range(0x1E00, 0x1F00)):
        plain = unicodedata.normalize("NFD", chr(code))[0]
        if plain.isascii():
            table[code] = plain
    return table


_BLANKS = {ord(blank): " " for blank in "\n\t\r"}
_FOLDS = {**_fold_table(), **_BLANKS}


def place_rule(words: Mapping[str, tuple[str, ...]]) -> Callable[[str, int, int], bool] | None:
    """A test whether the capital at ``[start, end)`` is a mere place: "in Beijing", not "officials in Beijing"."""
    if not words.get("places"):
        return None
    place = re.compile(rf"\b(?:{_any(words['places'])}) $", re.IGNORECASE)
    official = re.compile(rf"\b(?:{_any(words.get('officials', ()))}) $", re.IGNORECASE)

    def is_place(text: str, start: int, end: int) -> bool:
        before = text[max(0, start - 40) : start]
        match = place.search(before)
        return bool(match and not text.startswith("'s", end) and not official.search(before, 0, match.start()))

    return is_place
