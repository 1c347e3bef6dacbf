"""NewsMTSC (Hamborg & Donnay, EACL 2021): polarity toward target persons and groups in news sentences.

Mapping: a target is an actor whose code is ``T0``, ``T1``, …; polarity 2, 4, 6 is its sentiment (negative, neutral,
positive); its further mentions count as mentions. Stance, toward and the paragraph's sentiment are not labelled.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from training.errors import SourceError
from training.importers.records import read_lines

_POLARITY = {2.0: "negative", 4.0: "neutral", 6.0: "positive"}


def read_file(path: Path) -> list[dict[str, Any]]:
    """One record a sentence; ``group`` is its article. Raises `SourceError` that names the line."""
    records = []
    for number, line in enumerate(read_lines(path), start=1):
        try:
            row = json.loads(line)
            actors = [
                {
                    "actor": f"T{k}",
                    "mentions": _list_mentions(target),
                    "sentiment": _POLARITY[float(target["polarity"])],
                }
                for k, target in enumerate(row["targets"])
            ]
            text, gid = row["sentence_normalized"], str(row["primary_gid"])
        except (ValueError, KeyError, TypeError) as error:
            raise SourceError(f"{path}:{number}: not a NewsMTSC row: {type(error).__name__}: {error}") from error
        records.append({"id": gid, "group": _find_article(gid), "text": text, "source": "newsmtsc", "actors": actors})
    return records


def _find_article(gid: str) -> str:
    """The part of a ``primary_gid`` that names the article: ``allsides_1000``, ``polusa_v1_113704059``."""
    parts = gid.split("_")
    return "_".join(parts[: 3 if parts[0] == "polusa" else 2])


def _list_mentions(target: dict[str, Any]) -> list[list[int]]:
    """The target's span and its further mentions, without those that overlap an earlier one."""
    spans: list[list[int]] = []
    for mention in (target, *(target.get("further_mentions") or [])):
        span = [int(mention["from"]), int(mention["to"])]
        if span[0] < span[1] and all(span[1] <= start or end <= span[0] for start, end in spans):
            spans.append(span)
    return sorted(spans)
