"""Bytes -> text: opening what was named, encodings, and the words for what is no text."""

from __future__ import annotations

import codecs
import io
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from stance.errors import DocumentError

STDIN = "-"
DECODED = "decoded"
LONE_SURROGATE = re.compile("[\ud800-\udfff]")
_CONTROLS = re.compile("[\x01-\x08\x0e-\x1a\x1c-\x1f]")
_CHARSET = re.compile(rb"<meta[^>]{1,200}?charset\s*=\s*[\"']?\s*([\w-]{1,40})", re.I)


@contextmanager
def open_file(path: Path) -> Iterator[io.BufferedReader]:
    """Open a file that is there, readable and not empty."""
    try:
        file = path.open("rb")
    except FileNotFoundError:
        raise DocumentError(f"{path}: a file or folder expected, nothing is there; check the path") from None
    except PermissionError:
        raise DocumentError(f"{path}: a readable file expected, permission denied; change its mode or owner") from None
    except OSError as error:
        raise DocumentError(f"{path}: a readable file expected, {error.strerror}; check the path") from None
    with file:
        if not file.peek(1):
            raise DocumentError(f"{path}: text expected, the file is empty; leave it out or fill it")
        yield file


def read_stdin() -> bytes:
    """All of standard input."""
    data = sys.stdin.buffer.read() if sys.stdin is not None else b""
    if not data:
        raise DocumentError(f"{STDIN}: text expected, nothing came on standard input; pipe text to it")
    return data


def check_text(path: str | Path, text: str) -> str:
    """``text`` unless it holds what only binary data does: a NUL byte, or a control sign in each hundred."""
    sign = "a NUL byte" if "\0" in text else ""
    if not sign and len(_CONTROLS.findall(text)) * 100 > len(text):
        sign = "control signs"
    if sign:
        raise DocumentError(f"{path}: text expected, binary data came ({sign}); export it as UTF-8 text")
    return text


def only_blanks(path: str | Path) -> DocumentError:
    """The error for a file without a letter in it."""
    return DocumentError(f"{path}: text expected, the file holds only blanks; leave it out or fill it")


def decode(path: str | Path, data: bytes, html: bool = False) -> tuple[str, tuple[str, ...]]:
    """Text of ``data`` and its flags: UTF-8, UTF-16 by its mark, or what ``html`` declares; else cp1252, flagged."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        text = data.decode("utf-16", errors="replace")
        return check_text(path, text), (DECODED,) if "\ufffd" in text else ()
    declared = _CHARSET.search(data[:4096]) if html else None
    for encoding in ("utf-8-sig", declared[1].decode("ascii") if declared else "utf-8"):
        try:
            return check_text(path, data.decode(encoding)), ()
        except (UnicodeError, LookupError):
            continue
    return check_text(path, data.decode("cp1252", errors="replace")), (DECODED,)


def lines(path: Path, file: io.BufferedReader) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Lines of a text file with the flags of each, decoded one by one so that the file need not fit in memory."""
    if file.peek(2).startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        with io.TextIOWrapper(file, encoding="utf-16", errors="replace", newline="") as wrapped:
            for line in wrapped:
                yield check_text(path, line), (DECODED,) if "\ufffd" in line else ()
    else:
        for raw in file:
            yield decode(path, raw)
