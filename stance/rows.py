"""Tables of paragraphs (.jsonl, .csv, .parquet) -> rows as a stream -> one-paragraph articles.

A row's text is taken as it is, to the character: mention spans count its characters.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from stance.dates import read_date
from stance.errors import DocumentError
from stance.textio import DECODED, LONE_SURROGATE, lines, only_blanks
from stance.types import Article, Paragraph

Row = tuple[int, Mapping[str, Any], tuple[str, ...]]
"""Line or row number from 1, cells by name, flags of how it was decoded."""

_COLUMNS = ("id", "text", "date", "article_id", "outlet", "actors")
_CSV_FIELD_LIMIT = 2**31 - 1
_BATCH = 1024
_KINDS = {bool: "a boolean", int: "a number", float: "a number", str: "a string", bytes: "binary data"}
_KINDS |= {list: "a list", dict: "an object", type(None): "null"}


def _kind(value: object) -> str:
    return _KINDS.get(type(value), type(value).__name__)


def _jsonl_rows(path: Path, file: io.BufferedReader) -> Iterator[Row]:
    blank = True
    for number, (line, flags) in enumerate(lines(path, file), 1):
        if not line.strip():
            continue
        blank = False
        try:
            row = json.loads(line.rstrip())
        except json.JSONDecodeError as error:
            why = f"{error.msg} at column {error.colno}"
            raise DocumentError(f"{path}, line {number}: a JSON object expected, {why}; mend the line") from None
        except (ValueError, RecursionError) as error:
            raise DocumentError(f"{path}, line {number}: a JSON object expected, {error}; mend the line") from None
        if not isinstance(row, dict):
            raise DocumentError(f"{path}, line {number}: a JSON object expected, {_kind(row)} came; mend the line")
        yield number, row, flags
    if blank:
        raise only_blanks(path)


def _check_columns(path: Path, columns: Sequence[str]) -> None:
    if {"paragraph_id", "option", "favors"} <= set(columns):
        raise DocumentError(f"{path}: articles expected, a table of scores came (a result of stance); leave it out")
    twice = sorted({name for name in columns if columns.count(name) > 1})
    if twice:
        raise DocumentError(f"{path}: distinct columns expected, {', '.join(twice)} came twice; rename one")
    if "text" not in columns:
        raise DocumentError(
            f"{path}: a column `text` expected, columns {', '.join(columns)} came; rename the one that holds the text"
        )


def _next_cells(path: Path, reader: Any, width: int = 0) -> list[str] | None:
    """The next row that is no blank line; the field limit, one for the whole process, is lifted for this row only."""
    limit = csv.field_size_limit(_CSV_FIELD_LIMIT)
    try:
        return next((cells for cells in reader if any(map(str.strip, cells)) or len(cells) == width > 0), None)
    except csv.Error as error:
        raise DocumentError(f"{path}, line {reader.line_num}: CSV expected, {error}; mend its quotes") from None
    finally:
        csv.field_size_limit(limit)


def _csv_rows(path: Path, file: io.BufferedReader) -> Iterator[Row]:
    flags: set[str] = set()

    def decoded() -> Iterator[str]:
        for line, line_flags in lines(path, file):
            flags.update(line_flags)
            yield line

    reader = csv.reader(decoded(), strict=True)
    header = _next_cells(path, reader)
    if header is None:
        raise only_blanks(path)
    header = [name.strip() for name in header]
    _check_columns(path, header)
    flags.clear()
    while (cells := _next_cells(path, reader, len(header))) is not None:
        number = reader.line_num
        if len(cells) != len(header):
            raise DocumentError(
                f"{path}, line {number}: {len(header)} cells expected, {len(cells)} came; quote a text that has commas"
            )
        named = dict(zip(header, cells, strict=True))
        row: dict[str, Any] = {name: named[name] for name in _COLUMNS if name in named}
        if "actors" in row:
            row = _parse_actors(f"{path}, line {number}", row)
        yield number, row, tuple(sorted(flags))
        flags.clear()


def _parse_actors(place: str, row: dict[str, Any]) -> dict[str, Any]:
    """A row whose cell of actors is read as JSON; an empty cell is no key: actors are then looked for."""
    cell = row.pop("actors").strip()
    if not cell:
        return row
    try:
        return {**row, "actors": json.loads(cell)}
    except ValueError:
        raise DocumentError(f"{place}: `actors` as a JSON list expected, {cell[:40]!r} came; mend it") from None


def _parquet_rows(path: Path, file: io.BufferedReader) -> Iterator[Row]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    number = 0
    try:
        table = pq.ParquetFile(file, pre_buffer=False)
        names = table.schema_arrow.names
        _check_columns(path, names)
        for batch in table.iter_batches(_BATCH, columns=[name for name in _COLUMNS if name in names]):
            for row in batch.to_pylist():
                number += 1
                yield number, row, ()
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        why = str(error).splitlines()[0].rstrip(".")
        raise DocumentError(f"{path}: a Parquet file expected, row {number + 1}: {why}; write it anew") from None


READERS: Mapping[str, tuple[str, Callable[[Path, io.BufferedReader], Iterator[Row]]]] = {
    ".jsonl": ("line", _jsonl_rows),
    ".csv": ("line", _csv_rows),
    ".parquet": ("row", _parquet_rows),
}
"""Suffix -> what its rows are counted in, and their reader."""


def _clean(where: str, text: object, flags: tuple[str, ...]) -> tuple[str, tuple[str, ...]]:
    if not isinstance(text, str):
        raise DocumentError(f"{where} as a string expected, {_kind(text)} came; quote it or drop the row")
    if LONE_SURROGATE.search(text):
        return LONE_SURROGATE.sub("\ufffd", text), tuple(dict.fromkeys((*flags, DECODED)))
    return text, flags


def _name(place: str, row: Mapping[str, Any], key: str) -> str:
    value = row.get(key)
    if value is None:
        return ""
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise DocumentError(f"{place}: `{key}` as a string expected, {_kind(value)} came; quote it or drop it")
    return str(value)


def _date(place: str, value: object) -> dt.date | None:
    try:
        return read_date(value)
    except ValueError:
        raise DocumentError(f"{place}: `date` as YYYY-MM-DD expected, {value!r} came; mend it or drop it") from None


def row_article(
    place: str, default_id: str, row: Mapping[str, Any], flags: tuple[str, ...], date: dt.date | None
) -> Article:
    """Article of one row: its `text` or its `paragraphs`; the row's own date wins over ``date``."""
    article_id, dated = _name(place, row, "article_id"), _date(place, row.get("date")) or date
    row_id, outlet = _name(place, row, "id") or default_id, _name(place, row, "outlet")
    if "text" in row:
        text, flags = _clean(f"{place}: `text`", row["text"], flags)
        return Article(row_id, (Paragraph(row_id, text, article_id, dated, flags),), date=dated, outlet=outlet)
    texts = row.get("paragraphs")
    if not isinstance(texts, list):
        keys = ", ".join(map(str, row)) or "none"
        raise DocumentError(
            f"{place}: `text` (a string) or `paragraphs` (a list of strings) expected, keys {keys} came; add one"
        )
    if "actors" in row:
        raise DocumentError(
            f"{place}: `actors` beside `text` expected, `paragraphs` came; write a record per paragraph"
        )
    article_id = article_id or row_id
    clean = [_clean(f"{place}: `paragraphs[{i}]`", text, flags) for i, text in enumerate(texts)]
    return Article(
        id=article_id,
        paragraphs=tuple(Paragraph(f"{article_id}#p{n}", t, article_id, dated, f) for n, (t, f) in enumerate(clean, 1)),
        title=_name(place, row, "title"),
        date=dated,
        outlet=outlet,
    )
