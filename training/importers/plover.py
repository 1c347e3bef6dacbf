"""PLV, the PLOVER half sets of Zero-Shot-PLOVER (Hu et al., ACL 2024): marked dyads with gold codes.

Mapping: the marked source is actor ``S``, the marked target ``T``. The source's stance on one option follows from the
root code (the codebook's table); its other options and all else about stance are not labelled. The pair S -> T carries
the extra labels ``plover_root`` (15) and ``plover_penta`` (4). A sentence without a marked source or target has the
whole sentence, unit ``""``, in its place.
"""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path
from typing import Any

from training.errors import SourceError
from training.importers.records import read_lines

ROOTS = (
    "ACCUSE", "AGREE", "AID", "ASSAULT", "COERCE", "CONSULT", "COOPERATE", "MOBILIZE",
    "PROTEST", "REJECT", "REQUEST", "SANCTION", "SUPPORT", "THREATEN", "YIELD",
)  # fmt: skip
PENTA = ("verbal_cooperation", "material_cooperation", "verbal_conflict", "material_conflict")
_OPTION = {
    **dict.fromkeys(("AGREE", "CONSULT", "SUPPORT", "COOPERATE", "AID", "YIELD", "CONCEDE", "RETREAT"), "cooperation"),
    **dict.fromkeys(("REQUEST", "ACCUSE", "REJECT", "THREATEN", "PROTEST", "SANCTION", "COERCE"), "pressure"),
    **dict.fromkeys(("MOBILIZE", "ASSAULT"), "military"),
}


def read_file(path: Path) -> list[dict[str, Any]]:
    """One record a row of the TSV; ``group`` is the sentence. Raises `SourceError` that names the line."""
    records = []
    with io.StringIO("\n".join(read_lines(path))) as file:
        for number, row in enumerate(csv.DictReader(file, delimiter="\t"), start=2):
            try:
                root, penta = row["gold_root"].strip().upper(), PENTA[int(row["gold_penta"]) - 1]
                option = _OPTION[root]
                text, spans = _strip_marks(row["marked_sentence"])
            except (KeyError, ValueError, IndexError, AttributeError) as error:
                raise SourceError(f"{path}:{number}: not a PLV row: {type(error).__name__}: {error}") from error
            source, target = ("S" if spans["s"] else ""), ("T" if spans["t"] else "")
            actors: list[dict[str, Any]] = []
            if spans["s"]:
                actors.append({"actor": "S", "mentions": spans["s"], "stance": {option: "favors"}})
            if spans["t"]:
                actors.append({"actor": "T", "mentions": spans["t"]})
            labels = {"plover_root": root, "plover_penta": penta} if source != target else {}
            extras = [{"head": h, "source": source, "target": target, "label": label} for h, label in labels.items()]
            records.append({
                "id": f"plv:{number}", "group": " ".join(text.lower().split()), "text": text, "source": "plover",
                "actors": actors, "extras": extras,
            })  # fmt: skip
    return records


def _strip_marks(marked: str) -> tuple[str, dict[str, list[list[int]]]]:
    """Plain text and the spans of source ``s`` and target ``t``; the marks may nest."""
    text, opened = "", {}
    spans: dict[str, list[list[int]]] = {"s": [], "t": []}
    for piece in re.split(r"(</?[st]>)", marked):
        if piece in ("<s>", "<t>"):
            opened[piece[1]] = len(text)
        elif piece in ("</s>", "</t>"):
            start, end = opened[piece[2]], len(text.rstrip())
            if start < end:
                spans[piece[2]].append([start, end])
        else:
            text += piece
    return text, spans
