"""One reading of dates for files, records and arguments."""

from __future__ import annotations

import datetime as dt
import re

_ISO = re.compile(r"\d{4}-\d\d-\d\d(?:[T ]|$)")


def read_date(value: object) -> dt.date | None:
    """A date, a datetime (its day), ISO text, or nothing (``None``, empty, pandas' NaT); raises ``ValueError`` else."""
    if value is None or value == "" or str(value) == "NaT":
        return None
    if isinstance(value, dt.datetime):
        return value.date()
    if isinstance(value, dt.date):
        return value
    text = value.strip() if isinstance(value, str) else ""
    if not _ISO.match(text):
        raise ValueError(f"a date YYYY-MM-DD expected, got {value!r}")
    return dt.datetime.fromisoformat(text).date()
