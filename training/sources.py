"""The sources that a config names -> labelled records per split."""

from __future__ import annotations

import hashlib
from typing import Any

from training.config import SourceConfig, TrainConfig
from training.corpus.adjudication import load_records
from training.corpus.grammar import build_sentences
from training.corpus.markup import SPLITS, TEXTS, Rules
from training.errors import ConfigError, SourceError
from training.importers import IMPORTERS

Record = dict[str, Any]


def load_sources(config: TrainConfig) -> dict[str, list[Record]]:
    """Records of all sources by split, each with its source's ``weight``. Raises `ConfigError` or `SourceError`."""
    splits: dict[str, list[Record]] = {split: [] for split in SPLITS}
    if not config.sources:
        raise ConfigError("sources: one or more sources of labelled records expected, got none")
    for name, source in config.sources.items():
        for split, records in _load_source(name, source).items():
            splits[split] += [{**record, "weight": source.weight} for record in records]
    for split in ("train", *config.evaluate):
        if not splits[split]:
            raise ConfigError(f"sources: no record for {split}; name a file with some, or set dev_percent or dev_path")
    _check_leaks(splits)
    return splits


def _load_source(name: str, source: SourceConfig) -> dict[str, list[Record]]:
    """One source by split: the corpus has its own splits, others hold out groups or bring a dev file."""
    splits: dict[str, list[Record]] = {split: [] for split in SPLITS}
    if source.format == "corpus":
        rules = Rules.load()
        for record in load_records(source.path or TEXTS):
            splits[rules.assign_split(record["group"])].append(record)
        return splits
    if source.format == "grammar":
        splits["train"] += build_sentences(source.count)
        return splits
    if source.dev_path is not None and not source.dev_path.is_file():
        raise ConfigError(f"sources.{name}.dev_path: a file expected, there is none at {source.dev_path}")
    if source.path is None or not source.path.exists():
        raise ConfigError(
            f"sources.{name}.path: a file of your copy expected, got {source.path}; --set sources.{name}.path=FILE"
        )
    for record in IMPORTERS[source.format](source.path):
        if _is_within(f"keep {record['group']}", source.keep_percent):
            is_dev = _is_within(f"dev {record['group']}", source.dev_percent)
            splits["dev" if is_dev else "train"].append(record)
    if source.dev_path is not None:
        splits["dev"] += IMPORTERS[source.format](source.dev_path)
    return splits


def _is_within(name: str, percent: float) -> bool:
    """Whether a name falls into that share of all names, by its hash alone."""
    return int(hashlib.sha256(name.encode()).hexdigest(), 16) % 10_000 < percent * 100


def _check_leaks(splits: dict[str, list[Record]]) -> None:
    """Refuse a text that stands in train and in another split."""
    train = {" ".join(record["text"].lower().split()): record["id"] for record in splits["train"]}
    for split in ("dev", "test"):
        for record in splits[split]:
            twin = train.get(" ".join(record["text"].lower().split()))
            if twin is not None:
                raise SourceError(f"record {record['id']} of {split} has the text of {twin} in train; group them")
