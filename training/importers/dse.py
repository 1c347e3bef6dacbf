"""DSE, directed sentiment between entities (Park et al., ACL 2021): ``sentence<TAB>p<TAB>q<TAB>label``.

Mapping: the bracketed entities are actors ``P`` and ``Q``; the ordered pair P -> Q carries the extra label ``dse``
(0 neutral, 1 p to q positive, 2 q to p positive, 3 p to q negative, 4 q to p negative). Nothing else is labelled.
Cells that hold quotation marks are quoted as in CSV, with the marks doubled.
"""

from __future__ import annotations

import csv
import re
from pathlib import Path
from typing import Any

from training.errors import SourceError
from training.importers.records import read_lines

LABELS = ("neutral", "p_positive", "q_positive", "p_negative", "q_negative")


def read_file(path: Path) -> list[dict[str, Any]]:
    """One record a line; ``group`` is the sentence, which may come with several pairs. Raises `SourceError`."""
    records = []
    for number, line in enumerate(read_lines(path), start=1):
        cells = [cell.strip() for cell in next(csv.reader([line], delimiter="\t"), [""])]
        spans: list[list[int]] = []
        text = ""
        for piece in re.split(r"(\[[^\[\]]*\])", cells[0]):
            inner = piece[1:-1] if piece.startswith("[") and piece.endswith("]") else None
            name = (inner or "").strip()
            if inner and name in cells[1:3] and len(spans) < 2:
                start = len(text) + inner.index(name)
                spans.append([start, start + len(name)])
            text += piece if inner is None else inner
        if len(cells) != 4 or len(spans) != 2 or cells[3] not in set("01234"):
            raise SourceError(
                f"{path}:{number}: 'sentence with [p] and [q]<TAB>p<TAB>q<TAB>0..4' expected, got {line[:80]!r}"
            )
        records.append({
            "id": f"dse:{path.stem}:{number}", "group": " ".join(text.lower().split()), "text": text, "source": "dse",
            "actors": [{"actor": code, "mentions": [span]} for code, span in zip("PQ", spans, strict=True)],
            "extras": [{"head": "dse", "source": "P", "target": "Q", "label": LABELS[int(cells[3])]}],
        })  # fmt: skip
    return records
