"""Authored markup: ``[USA|Washington] urged ...`` plus label lines -> records in the codebook's form."""

import hashlib
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from stance.dates import read_date
from stance.types import SENTIMENTS
from stance.yaml_checks import StrictLoader
from training.errors import CorpusError

HERE = Path(__file__).parent
TEXTS = HERE / "texts"
SPLITS = ("train", "dev", "test")
_MENTION = re.compile(r"\[([^\[\]|]*)\|([^\[\]|]*)\]")
_CODE = re.compile(r"[A-Z]{3}\d?$")
_STANCE = re.compile(r"(favors|opposes|mixed)\s+(\w+)(?:\s*>\s*(.*))?$")
_KEYS = {"id", "group", "genre", "date", "phenomena", "text", "labels", "note"}


@dataclass(frozen=True)
class Rules:
    """What the corpus may say, read from ``corpus.yaml``."""

    options: tuple[str, ...]
    genres: frozenset[str]
    phenomena: frozenset[str]
    split_percent: dict[str, int] = field(default_factory=dict)
    late_batches: frozenset[str] = frozenset()
    late_split_percent: dict[str, int] = field(default_factory=dict)
    actors: frozenset[str] = frozenset()  # codes that a mention may have; none listed: any of the form

    @classmethod
    def load(cls, path: Path = HERE / "corpus.yaml") -> "Rules":
        """Read the rules file."""
        raw = yaml.safe_load(path.read_text(encoding="utf-8"))
        return cls(
            options=tuple(raw["options"]),
            genres=frozenset(raw["genres"]),
            phenomena=frozenset(raw["phenomena"]),
            split_percent=dict(raw["split_percent"]),
            late_batches=frozenset(raw.get("late_batches") or ()),
            late_split_percent=dict(raw.get("late_split_percent") or {}),
            actors=frozenset(raw.get("actors") or ()),
        )

    def assign_split(self, group: str) -> str:
        """``test``, ``dev`` or ``train`` for a scene group, by a hash of its name and the batch it begins with."""
        is_late = group.partition("-")[0] in self.late_batches
        return assign_split(group, self.late_split_percent if is_late else self.split_percent)


def parse_text(marked: str) -> tuple[str, dict[str, list[list[int]]]]:
    """Strip the markup: plain text and, per actor in order of first mention, its ``[start, end)`` spans."""
    plain: list[str] = []
    mentions: dict[str, list[list[int]]] = {}
    length = cursor = 0
    for match in _MENTION.finditer(marked):
        code, surface = match.group(1), match.group(2)
        if not _CODE.match(code):
            raise ValueError(f"actor code {code!r} is not three capitals (ISO 3166-1 alpha-3, UNO, EUE)")
        if not surface or surface != surface.strip():
            raise ValueError(f"mention {match.group(0)!r} is empty or has outer blanks")
        before = marked[cursor : match.start()]
        plain += [before, surface]
        start = length + len(before)
        length = start + len(surface)
        mentions.setdefault(code, []).append([start, length])
        cursor = match.end()
    plain.append(marked[cursor:])
    text = "".join(plain)
    if re.search(r"[\[\]|]", text):
        raise ValueError("stray '[', ']' or '|' outside a mention: write [CODE|words]")
    return text, mentions


def parse_label(line: str, options: tuple[str, ...]) -> dict[str, Any]:
    """Read ``favors pressure > PRK, opposes military; neutral``; options not named are ``None`` (null)."""
    stances, separator, sentiment = line.partition(";")
    sentiment = sentiment.strip()
    if not separator or sentiment not in SENTIMENTS:
        raise ValueError(f"label {line!r} must end in '; ' and one of {', '.join(SENTIMENTS)}")
    stance: dict[str, str | None] = dict.fromkeys(options)
    toward: dict[str, list[str]] = {}
    for part in (part.strip() for part in stances.split(",")):
        if part in ("", "none"):
            continue
        match = _STANCE.match(part)
        if not match or match.group(2) not in options:
            raise ValueError(f"{part!r} is not 'favors|opposes|mixed {'|'.join(options)} [> CODES]'")
        label, option, targets = match.groups()
        if stance[option] is not None:
            raise ValueError(f"{option} is labelled twice in {line!r}")
        stance[option] = label
        toward[option] = (targets or "").split()
        if len(set(toward[option])) < len(toward[option]):
            raise ValueError(f"{part!r} names a target twice")
    return {"stance": stance, "sentiment": sentiment, "toward": toward}


def write_label(label: Mapping[str, Any]) -> str:
    """The line that `parse_label` reads."""
    parts = []
    for option, name in label["stance"].items():
        if name is not None:
            targets = sorted((label.get("toward") or {}).get(option, ()))
            parts.append(f"{name} {option}" + (f" > {' '.join(targets)}" if targets else ""))
    return f"{', '.join(parts) or 'none'}; {label['sentiment']}"


def parse_item(item: dict[str, Any], rules: Rules) -> dict[str, Any]:
    """One authored item -> one record; raises ``ValueError`` with the first fault."""
    _check_item(item, rules)
    date = read_date(item.get("date"))
    text, mentions = parse_text(" ".join(item["text"].split()))
    if rules.actors and (unlisted := sorted(set(mentions) - rules.actors)):
        raise ValueError(f"unknown actor codes {unlisted}; list new ones under 'actors' in corpus.yaml")
    labels = {key: parse_label(str(line), rules.options) for key, line in item["labels"].items()}
    if set(labels) != {"paragraph", *mentions}:
        raise ValueError(f"labels are for {sorted(labels)}, the text mentions {sorted(mentions)} and needs 'paragraph'")
    paragraph = labels.pop("paragraph")
    if any(paragraph["toward"].values()):
        raise ValueError("the paragraph has no toward")
    for code, label in labels.items():
        for option, targets in label["toward"].items():
            absent = [t for t in targets if t not in mentions or t == code]
            if absent:
                raise ValueError(f"{code} {option} is toward {absent}, not another actor mentioned here")
    return {
        "id": str(item["id"]),
        "text": text,
        **({"date": date.isoformat()} if date else {}),
        "source": "authored",
        "group": str(item.get("group") or item["id"]),
        "genre": item["genre"],
        "phenomena": list(item.get("phenomena") or []),
        "stance": paragraph["stance"],
        "sentiment": paragraph["sentiment"],
        "actors": [{"actor": code, "mentions": spans, **labels[code]} for code, spans in mentions.items()],
    }


def _check_item(item: dict[str, Any], rules: Rules) -> None:
    """Refuse unknown or missing keys, genres and phenomena, and a text that is none."""
    unknown = set(item) - _KEYS
    missing = {"id", "genre", "text", "labels"} - set(item)
    if unknown or missing:
        raise ValueError(f"unknown keys {sorted(unknown)}, missing keys {sorted(missing)}")
    if item["genre"] not in rules.genres:
        raise ValueError(f"unknown genre {item['genre']!r}; known: {', '.join(sorted(rules.genres))}")
    strange = set(item.get("phenomena") or []) - rules.phenomena
    if strange:
        raise ValueError(f"unknown phenomena {sorted(strange)}; known: {', '.join(sorted(rules.phenomena))}")
    if not isinstance(item["text"], str) or not item["text"].strip():
        raise ValueError(f"text: a paragraph expected, got {item['text']!r}")


def read_list(path: Path, keys: Collection[str]) -> list[dict[str, Any]]:
    """The items of a YAML list, each with exactly these keys. Raises `CorpusError` that names the file and the item."""
    try:
        items = yaml.load(path.read_text(encoding="utf-8"), StrictLoader) or []
    except yaml.YAMLError as error:
        raise CorpusError(f"{path.name}: not YAML: {error}") from error
    for number, item in enumerate(items, start=1) if isinstance(items, list) else [(1, items)]:
        if not isinstance(item, dict) or set(item) != set(keys):
            raise CorpusError(f"{path.name}: item {number}: a mapping of {sorted(keys)} expected, got {item!r}")
    return list(items)


def read_items(path: Path) -> list[tuple[int, Any]]:
    """All items of one authored file with the line each starts on (1-based); in place of a faulty one, its error."""
    loader = StrictLoader(path.read_text(encoding="utf-8"))
    try:
        node = loader.get_single_node()
        if node is None:
            return []
        if not isinstance(node, yaml.SequenceNode):
            raise yaml.YAMLError("a list of paragraphs expected")
        return [(child.start_mark.line + 1, _read_item(loader, child)) for child in node.value]
    finally:
        loader.dispose()


def _read_item(loader: StrictLoader, node: yaml.Node) -> Any:
    """One item, or the error of reading it: a key given twice, say, or a date that no calendar has."""
    try:
        return loader.construct_document(node)
    except (ValueError, yaml.YAMLError) as error:
        return error


def build_records(folder: Path = TEXTS, rules: Rules | None = None) -> list[dict[str, Any]]:
    """Every authored paragraph as a record; raises ``CorpusError`` that lists all faults with file and line."""
    rules = rules or Rules.load()
    files = sorted(folder.glob("*.yaml"))
    if not files:
        raise CorpusError(f"{folder}: a folder with authored .yaml files expected, there is none in it")
    records: list[dict[str, Any]] = []
    faults: list[str] = []
    seen: dict[str, str] = {}
    for path in files:
        try:
            items = read_items(path)
        except yaml.YAMLError as error:
            faults.append(f"{path.name}: not YAML: {error}")
            continue
        for line, item in items:
            place = f"{path.name}:{line}"
            try:
                if isinstance(item, Exception):
                    raise ValueError(str(item).strip().replace("\n", " "))
                record = parse_item(item, rules)
                if record["id"] in seen:
                    raise ValueError(f"id {record['id']!r} stands already at {seen[record['id']]}")
                if record["text"] in seen:
                    raise ValueError(f"the text stands already at {seen[record['text']]}")
            except (ValueError, AttributeError, TypeError) as error:
                faults.append(f"{place}: {error}")
                continue
            seen[record["id"]] = seen[record["text"]] = place
            records.append(record)
    if faults:
        raise CorpusError("\n".join(faults))
    return records


def assign_split(group: str, split_percent: dict[str, int]) -> str:
    """``test``, ``dev`` or ``train`` for a scene group, by a hash of its name alone."""
    point, upto = int(hashlib.sha256(group.encode()).hexdigest(), 16) % 100, 0
    for split, percent in split_percent.items():
        upto += percent
        if point < upto:
            return split
    return "train"
