"""Records and tables -> files; what cannot be written is refused before work is spent on it."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from stance.textio import LONE_SURROGATE
from training.errors import CorpusError

TABLE_SUFFIXES = (".jsonl", ".csv")


def dump_json(value: Any, indent: int | None = None) -> str:
    """JSON as UTF-8 can hold it: half a character (a lone surrogate) is written as its escape."""
    text = json.dumps(value, ensure_ascii=False, indent=indent)
    return LONE_SURROGATE.sub(lambda match: f"\\u{ord(match.group()):04x}", text)


def write_lines(path: Path, records: Iterable[Mapping[str, Any]]) -> None:
    """JSON Lines, one record a line."""
    path.write_text("".join(dump_json(record) + "\n" for record in records), encoding="utf-8")


def check_table(path: Path) -> None:
    """Refuse a name that is neither JSON Lines nor CSV; raises `CorpusError`."""
    if path.suffix.lower() not in TABLE_SUFFIXES:
        raise CorpusError(f"{path}: a name that ends in {' or '.join(TABLE_SUFFIXES)} expected; rename it")


def write_table(path: Path, rows: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> None:
    """Rows as JSON Lines or CSV, by the suffix."""
    check_table(path)
    if path.suffix.lower() == ".jsonl":
        write_lines(path, rows)
        return
    buffer = io.StringIO()
    writer = csv.DictWriter(buffer, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    path.write_text(buffer.getvalue(), encoding="utf-8", errors="replace")
