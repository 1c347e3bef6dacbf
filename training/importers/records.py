"""JSON Lines in the codebook's own form."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from training.errors import SourceError


def read_lines(path: Path) -> list[str]:
    """Lines of a UTF-8 file, cut at line feeds alone: JSON strings may hold other separators. Raises `SourceError`."""
    try:
        return path.read_text(encoding="utf-8-sig").rstrip("\n").split("\n")
    except UnicodeDecodeError as error:
        raise SourceError(f"{path}: UTF-8 text expected: {error}; convert the file") from error
    except OSError as error:
        raise SourceError(f"{path}: cannot be read: {error.strerror}; check the path") from error


def read_objects(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """The objects of a JSON Lines file as they stand, each with its line (1-based). Raises `SourceError`."""
    for number, line in enumerate(read_lines(path), start=1):
        if not line.strip():
            continue
        try:
            record = json.loads(line)
        except ValueError as error:
            raise SourceError(f"{path}:{number}: not JSON: {error}") from error
        if not isinstance(record, dict) or "text" not in record:
            raise SourceError(f"{path}:{number}: an object with 'text' expected")
        yield number, record


def read_file(path: Path) -> list[dict[str, Any]]:
    """All records, grouped for splits by ``group``, else ``article_id``, else ``id``. Raises `SourceError`."""
    records = []
    for number, record in read_objects(path):
        record.setdefault("id", f"{path.stem}:{number}")
        record.setdefault("group", record.get("article_id") or record["id"])
        records.append(record)
    return records
