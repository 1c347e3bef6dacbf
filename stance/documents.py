"""Inputs -> articles and paragraphs, as a stream: .txt .html .jsonl .csv .parquet, folders and stdin (`-`).

Prose (.txt, .html, stdin) is cut into paragraphs and page furniture. Rows (.jsonl, .csv, .parquet) are taken as they
come: one row is one paragraph whose text is not touched, because mention spans count its characters.
"""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from stance.errors import DocumentError
from stance.furniture import PARAGRAPH, classify, find_date, kind_of, normalise, split_pieces
from stance.rows import READERS, row_article
from stance.textio import DECODED, LONE_SURROGATE, STDIN, decode, only_blanks, open_file, read_stdin
from stance.types import Article, Furniture, Paragraph

SUFFIXES = (".txt", ".html", ".htm", ".jsonl", ".csv", ".parquet")
_NAMES = ", ".join(SUFFIXES[:-1]) + f" or {SUFFIXES[-1]}"

_Read = tuple[Article, Mapping[str, Any]]


def parse_text(
    text: str, article_id: str = "article", date: dt.date | None = None, flags: tuple[str, ...] = ()
) -> Article:
    """Cut plain text into story paragraphs and page furniture.

    Every non-blank line ends up in exactly one of the two. A ``date`` given wins over one printed on the page.
    """
    if not isinstance(text, str):
        raise DocumentError(f"{article_id}: text as a string expected, {type(text).__name__} came")
    if LONE_SURROGATE.search(text):
        text, flags = LONE_SURROGATE.sub("\ufffd", text), (*flags, DECODED)
    return _article(split_pieces(text), article_id, date, flags)


def read_documents(inputs: Sequence[str | Path], *, date: dt.date | None = None) -> Iterator[Article]:
    """Read files, folders and ``-`` one article at a time, in the order given; folders in sorted order.

    Args:
        inputs: paths; what is not supported is an error when named, and passed over inside a folder.
        date: for prose it wins over the page's own date; for rows it fills in where a row has none.

    Raises:
        DocumentError: when the stream reaches an input that cannot be read.
    """
    for article, _ in _read_all(inputs, date):
        yield article


def read_records(inputs: Sequence[str | Path], *, date: dt.date | None = None) -> Iterator[dict[str, Any]]:
    """Read what `read_documents` reads as one dict per paragraph, in the form that `StanceScorer.predict` takes.

    Keys: id, text, date (ISO text or None), article_id, outlet, flags (list), and the row's own ``actors`` where it has
    them. ``article_id`` is ``""`` for a row that names none.
    """
    for article, extra in _read_all(inputs, date):
        for p in article.paragraphs:
            day = p.date.isoformat() if p.date else None
            named = {"id": p.id, "text": p.text, "date": day, "article_id": p.article_id, "outlet": article.outlet}
            yield {**named, "flags": list(p.flags), **extra}


def _read_all(inputs: Sequence[str | Path], date: dt.date | None) -> Iterator[_Read]:
    names = _Names()
    for given in [inputs] if isinstance(inputs, str | Path) else inputs:
        if not str(given):
            raise DocumentError("an input expected, an empty name came; check the variable that should hold it")
        if str(given) == STDIN:
            yield _read_prose(STDIN, "stdin", read_stdin(), date), {}
            continue
        path = Path(given)
        if not os.path.isdir(path):  # unlike Path.is_dir, False where the parent may not be read
            yield from _read_file(path, names.choose(path, path.name), date)
            continue
        found = False
        for found_path in _walk(path):
            found = True
            relative = found_path.relative_to(path).as_posix()
            yield from _read_file(found_path, names.choose(found_path, relative), date)
        if not found:
            raise DocumentError(f"{path}: a folder with {_NAMES} files expected, none found; check the path")


class _Names:
    """Article ids of files: short ones, but never one for two files."""

    def __init__(self) -> None:
        self._files: dict[str, Path] = {}
        self._resolved: set[Path] = set()

    def choose(self, path: Path, short: str) -> str:
        """``short`` for the first file of that name, the path as given for later ones; refuses a file named twice."""
        resolved = path.resolve()
        if resolved in self._resolved:
            raise DocumentError(f"{path}: each file once expected, it is named twice; leave one out")
        self._resolved.add(resolved)
        name = short if short not in self._files else path.as_posix()
        self._files[name] = path
        return name


def _walk(folder: Path) -> Iterator[Path]:
    """Supported files below ``folder``, sorted; hidden entries and linked folders are passed over."""
    try:
        entries = sorted(folder.iterdir())
    except PermissionError:
        raise DocumentError(f"{folder}: a readable folder expected, permission denied; change its mode") from None
    for entry in entries:
        if entry.name.startswith("."):
            continue
        if entry.is_dir():
            if not entry.is_symlink():
                yield from _walk(entry)
        elif entry.suffix.lower() in SUFFIXES:
            yield entry


def _read_file(path: Path, article_id: str, date: dt.date | None) -> Iterator[_Read]:
    suffix = path.suffix.lower()
    with open_file(path) as file:
        if suffix not in SUFFIXES:
            came = repr(path.suffix) if suffix else "no suffix"
            raise DocumentError(f"{path}: {_NAMES} expected, {came} came; convert it or pipe its text to `-`")
        if suffix == ".txt":
            yield _read_prose(path, article_id, file.read(), date), {}
        elif suffix in (".html", ".htm"):
            yield _read_html(path, article_id, file.read(), date), {}
        else:
            unit, read_rows = READERS[suffix]
            for number, row, flags in read_rows(path, file):
                article = row_article(f"{path}, {unit} {number}", f"{path.stem}:{number}", row, flags, date)
                yield article, {"actors": row["actors"]} if row.get("actors") is not None else {}


def _article(
    pieces: Sequence[str],
    article_id: str,
    date: dt.date | None,
    flags: tuple[str, ...],
    known: Mapping[str, str] | None = None,
) -> Article:
    kinds = classify(pieces, known)
    furniture = tuple(Furniture(p, kind) for p, kind in zip(pieces, kinds, strict=True) if kind != PARAGRAPH)
    dated = date or next((d for f in furniture if f.kind == "date" and (d := find_date(f.text))), None)
    story = [piece for piece, kind in zip(pieces, kinds, strict=True) if kind == PARAGRAPH]
    return Article(
        id=article_id,
        paragraphs=tuple(Paragraph(f"{article_id}#p{n}", p, article_id, dated, flags) for n, p in enumerate(story, 1)),
        title=next((f.text for f in furniture if f.kind == "headline"), ""),
        date=dated,
        outlet=next((f.text for f in furniture if f.kind == "outlet"), ""),
        furniture=furniture,
    )


def _read_prose(path: str | Path, article_id: str, data: bytes, date: dt.date | None) -> Article:
    text, flags = decode(path, data)
    article = parse_text(text, article_id, date, flags)
    if not article.paragraphs:
        raise only_blanks(path)
    return article


def _read_html(path: Path, article_id: str, data: bytes, date: dt.date | None) -> Article:
    from trafilatura import bare_extraction
    from trafilatura.settings import Document

    text, flags = decode(path, data, html=True)
    if not text.strip():
        raise only_blanks(path)
    page = bare_extraction(text, include_comments=False, include_tables=False, with_metadata=True)
    found = page.text if isinstance(page, Document) else None
    pieces = [line for raw in (found or "").splitlines() if (line := normalise(raw))]
    if all(map(kind_of, pieces)) or not isinstance(page, Document):
        raise DocumentError(f"{path}: an article expected, no story text in the HTML; save the article's own page")
    title = normalise(page.title or "")
    known = {normalise("".join(head.itertext())): "subheading" for head in page.body.iter("head")}
    known |= {title: "headline"} if title else {}
    own_date = dt.date.fromisoformat(page.date) if page.date else None
    article = _article(pieces, article_id, date or own_date, flags, known)
    return replace(article, title=title or article.title, outlet=page.sitename or article.outlet)
