"""Plain sentences drawn from ``grammar.yaml``, labelled by their making: whose stance on which course, toward whom."""

from __future__ import annotations

import functools
import math
import random
import re
from collections.abc import Mapping, Sequence
from typing import Any

import yaml

from training.corpus.markup import HERE

_SLOT = re.compile(r"\{(\w+?)(\d?)(?::(\w+))?\}")
_POLARITY = {1: "favors", -1: "opposes"}
_FORMS = ("inf", "past", "ger")
_WEIGHTS = (2, 2, 1)  # of one, two and three sentences
_OFFICE = 0.35  # share of actors that speak through an office where a frame leaves it open


@functools.cache
def _load_rules() -> Mapping[str, Any]:
    rules: Mapping[str, Any] = yaml.safe_load((HERE / "grammar.yaml").read_text(encoding="utf-8"))
    return rules


class _Writer:
    """Text, mentions and stances of one record while it is written."""

    def __init__(self, rules: Mapping[str, Any], generator: random.Random) -> None:
        self._rules, self._draw = rules, generator
        self.text = ""
        self.mentions: dict[str, list[list[int]]] = {}
        self.stance: dict[str, dict[str, str]] = {}
        self.toward: dict[str, dict[str, set[str]]] = {}
        self.voice: dict[str, str] = {}

    def write(self, frame: Mapping[str, Any], actors: Mapping[str, str]) -> None:
        """Fill a frame with the actors that its letters stand for."""
        signs: dict[str, int] = {}
        courses: dict[str, tuple[str, str | None]] = {}
        start, end = len(self.text), 0
        for match in _SLOT.finditer(frame["text"]):
            self.text += frame["text"][end : match.start()]
            end = match.end()
            name, digit, form = match.groups()
            key = name + digit
            if name in actors:
                self._mention(actors[name], self._name_actor(actors[name], form))
            elif name == "c":
                taken = {option for option, _ in courses.values()}
                option = self._draw.choice([o for o in self._rules["courses"] if o not in taken])
                courses[key] = option, self._write_course(option, actors[form])
            else:
                signs[key] = self._write_word(name, form)
        self.text += frame["text"][end:]
        self._capitalize(start)
        for line in frame.get("says", ()):
            holder, course, product = line.split()
            self._set(actors[holder], *courses[course], self._multiply(product, signs))
        for line in frame.get("voice", ()):
            course, product = line.split()
            self.voice[courses[course][0]] = _POLARITY[self._multiply(product, signs)]

    def _name_actor(self, code: str, form: str | None) -> str:
        if form in ("we", "it"):
            return form
        form = form or ("office" if self._draw.random() < _OFFICE else "state")
        return str(self._draw.choice(self._rules["actors"][code][form]))

    def _mention(self, code: str, words: str) -> None:
        start = len(self.text)
        self.text += words
        self.mentions.setdefault(code, []).append([start, len(self.text)])

    def _write_course(self, option: str, target: str) -> str | None:
        """Write a course and give the actor it is aimed at, if any."""
        course = self._draw.choice(self._rules["courses"][option])
        before, slot, after = re.match(r"([^{]*)(?:\{(\w)\})?(.*)", course).groups()  # type: ignore[union-attr]
        self.text += before
        if slot is None:
            return None
        actor = self._rules["actors"][target]
        self._mention(target, actor["adjective"] if slot == "J" else self._draw.choice(actor["state"]))
        self.text += after
        return target

    def _write_word(self, name: str, form: str | None) -> int:
        """Write a word of a list; gives its sign, 0 for a list that has none."""
        words, sign = self._rules["lists"][name], 0
        if isinstance(words, Mapping):
            sign = self._draw.choice([1, -1])
            words = words[_POLARITY[sign]]
        word = str(self._draw.choice(words))
        self.text += word.split("|")[_FORMS.index(form)] if form else word
        return sign

    def _multiply(self, product: str, signs: Mapping[str, int]) -> int:
        constants = {"plus": 1, "minus": -1}
        return math.prod(constants.get(factor) or signs[factor] for factor in product.split("*"))

    def _set(self, holder: str, option: str, target: str | None, sign: int) -> None:
        before, label = self.stance.setdefault(holder, {}).get(option), _POLARITY[sign]
        self.stance[holder][option] = label if before in (None, label) else "mixed"
        self.toward.setdefault(holder, {}).setdefault(option, set()).update({target} - {None, holder})  # type: ignore[arg-type]

    def _capitalize(self, start: int) -> None:
        first = next(i for i in range(start, len(self.text)) if self.text[i].isalpha())
        self.text = self.text[:first] + self.text[first].upper() + self.text[first + 1 :]


def build_sentences(count: int, seed: int = 0) -> list[dict[str, Any]]:
    """That many records of one to three sentences each; the same seed gives the same records.

    The paragraph's stance is labelled only for a single sentence, sentiment never.
    """
    rules, generator = _load_rules(), random.Random(seed)
    return [_build_record(f"grammar-{k}", rules, generator) for k in range(count)]


def _build_record(name: str, rules: Mapping[str, Any], generator: random.Random) -> dict[str, Any]:
    writer = _Writer(rules, generator)
    n_sentences = generator.choices((1, 2, 3), _WEIGHTS)[0]
    codes: Sequence[str] = generator.sample(list(rules["actors"]), 3)
    for k in range(n_sentences):
        can_follow = codes[0] in writer.mentions  # "it" needs somebody to stand for
        frame = generator.choice([frame for frame in rules["frames"] if can_follow or not frame.get("follows")])
        if k:
            writer.text += " "
            if not frame.get("follows"):  # the same actors in other parts, or others
                codes = generator.sample(list(codes if generator.random() < 0.5 else rules["actors"]), 3)
        writer.write(frame, dict(zip("ABT", codes, strict=True)))
    options = list(rules["courses"])
    record: dict[str, Any] = {"id": name, "group": name, "source": "grammar", "text": writer.text}
    if n_sentences == 1:
        record["stance"] = _merge_stances(writer, options)
    record["actors"] = [
        {
            "actor": code,
            "mentions": spans,
            "stance": {option: writer.stance.get(code, {}).get(option) for option in options},
            "toward": {option: sorted(codes) for option, codes in writer.toward.get(code, {}).items()},
        }
        for code, spans in writer.mentions.items()
    ]
    return record


def _merge_stances(writer: _Writer, options: Sequence[str]) -> dict[str, str | None]:
    """The paragraph's stance: its main voice's, else that of its actors, mixed where they differ."""
    if writer.voice:
        return {option: writer.voice.get(option) for option in options}
    merged: dict[str, str | None] = {}
    for option in options:
        found = {stances[option] for stances in writer.stance.values() if option in stances}
        merged[option] = None if not found else found.pop() if len(found) == 1 else "mixed"
    return merged
