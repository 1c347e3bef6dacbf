"""Scores -> files: JSON Lines, CSV or Parquet, written as a stream and put in place only when complete."""

from __future__ import annotations

import csv
import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any

from stance.errors import OutputError
from stance.results import ROW_COLUMNS, write_record, write_rows
from stance.types import Score

FORMATS = ("jsonl", "csv", "parquet")
_ROWS_PER_GROUP = 50_000

Write = Callable[[Score], None]


def choose_format(path: Path, name: str | None) -> str:
    """The format asked for, else the one of the path's suffix; raises `OutputError` for any other."""
    chosen = name or path.suffix.lstrip(".").lower()
    if chosen not in FORMATS:
        raise OutputError(f"{path}: a format of {', '.join(FORMATS)} expected; name it with --format or the suffix")
    return chosen


def check_output(path: Path, *, force: bool = False) -> None:
    """Refuse a path that exists (a regular file unless ``force``) or has no folder; raises `OutputError`."""
    try:
        if os.path.lexists(path) and not path.is_file():
            raise OutputError(f"{path}: a file expected, something else is there; give another path")
        if path.exists() and not force:
            raise OutputError(f"{path}: exists already; give another path, or --force to replace it")
        if not path.resolve().parent.is_dir():
            raise OutputError(f"{path}: cannot be written: there is no folder {path.parent}; make it first")
    except OSError as error:
        if isinstance(error, OutputError):
            raise
        raise OutputError(f"{path}: cannot be written: {error.strerror}; give another path") from error


@contextmanager
def open_output(path: Path, format_name: str | None = None, *, force: bool = False) -> Iterator[Write]:
    """A writer of scores; the file appears under its name when the block ends well, and not otherwise.

    JSON Lines holds a paragraph a line in the codebook's structure, the tables a row per paragraph, unit and option.
    Raises `OutputError` when the path exists (unless ``force``) or cannot be written.
    """
    chosen = choose_format(path, format_name)
    check_output(path, force=force)
    path = path.resolve()  # a link stays a link
    partial = path.with_name(f".{path.name}.partial")
    opener = {"jsonl": _open_jsonl, "csv": _open_csv, "parquet": _open_parquet}[chosen]
    try:
        with opener(partial) as write:
            yield write
        os.replace(partial, path)
    except OSError as error:
        raise OutputError(f"{path}: cannot be written: {error.strerror}; check the folder and its space") from error
    finally:
        with suppress(OSError):
            partial.unlink(missing_ok=True)


@contextmanager
def _open_jsonl(path: Path) -> Iterator[Write]:
    with path.open("w", encoding="utf-8") as file:

        def write(score: Score) -> None:
            date = score.date.isoformat() if score.date else None
            head = {"id": score.paragraph_id, "article_id": score.article_id, "date": date, "text": score.text}
            row = {**head, **write_record(score, tuple(score.stance))}
            file.write(json.dumps(row, ensure_ascii=False) + "\n")

        yield write


@contextmanager
def _open_csv(path: Path) -> Iterator[Write]:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(ROW_COLUMNS))
        writer.writeheader()
        yield lambda score: writer.writerows(write_rows(score))


@contextmanager
def _open_parquet(path: Path) -> Iterator[Write]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    types = {str: pa.string(), int: pa.int64(), float: pa.float64()}
    schema = pa.schema([(name, types[kind]) for name, kind in ROW_COLUMNS.items()])
    rows: list[dict[str, Any]] = []
    stream: IO[bytes]
    with path.open("wb") as stream, pq.ParquetWriter(stream, schema) as writer:

        def flush() -> None:
            writer.write_table(pa.Table.from_pylist(rows, schema=schema))
            rows.clear()

        def write(score: Score) -> None:
            rows.extend(write_rows(score))
            if len(rows) >= _ROWS_PER_GROUP:
                flush()

        yield write
        flush()
