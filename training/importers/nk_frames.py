"""NK frames (github.com/Shinhunjun/nk-coercive-diplomacy-reddit): headlines with their primary frame, 500 rows.

Columns: ``sample_id``, ``post_id``, ``country`` (what was searched for), ``title`` (what was annotated), ``text`` (the
post below it, mostly gone), ``annotator_1_frame`` and ``annotator_2_frame``, ``final_frame`` (agreed on),
``v2_annotation`` (a second pass), notes and translations.

Mapping: the frame is of the paragraph as a whole. It becomes the paragraph's extra label ``nk_frame``, where the second
pass confirms it; a row that the second pass changed keeps its text and has no label. No frame says which side the
headline takes, so none becomes a stance: DIPLOMACY covers talks and the denunciation of talks, ECONOMIC sanctions and
their lifting, THREAT tests and the breach of an accord, NEUTRAL also measures that cancel each other. By one reader's
check of confirmed headlines against the codebook, ``military: favors`` holds for some three of five THREAT (of 45),
``pressure: favors`` for two of five ECONOMIC (of 35), ``cooperation: favors`` for a quarter of DIPLOMACY (of 45).
Stance, sentiment and actors are not labelled.
"""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

from training.errors import SourceError
from training.importers.records import read_lines

FRAMES = ("THREAT", "ECONOMIC", "DIPLOMACY", "HUMANITARIAN", "NEUTRAL")


def read_path(path: Path) -> list[dict[str, Any]]:
    """One record a row of the file, or of all CSV files of the folder; ``group`` is the headline.

    Raises `SourceError` that names the line.
    """
    if not path.is_dir():
        return _read_file(path)
    files = sorted(path.glob("*.csv"))
    if not files:
        raise SourceError(f"{path}: a folder with .csv files expected, there is none in it; check the path")
    return [record for file in files for record in _read_file(file)]


def _read_file(path: Path) -> list[dict[str, Any]]:
    records = []
    reader = csv.DictReader(io.StringIO("\n".join(read_lines(path)), newline=""))
    for row in reader:
        where = f"{path}:{reader.line_num}"
        try:
            title = " ".join(row["title"].split())
            final, second = row["final_frame"].strip(), row["v2_annotation"].strip()
            number = row["sample_id"].strip()
        except (KeyError, AttributeError) as error:
            raise SourceError(f"{where}: not an NK frames row: {type(error).__name__}: {error}") from error
        if final not in FRAMES or not title:
            raise SourceError(f"{where}: a title and a final_frame of {', '.join(FRAMES)} expected, got {final!r}")
        label = {"head": "nk_frame", "source": "", "target": "", "label": final}
        records.append({
            "id": f"nk_frames:{number}", "group": title.lower(), "text": title, "source": "nk_frames",
            "extras": [label] if final == second else [],
        })  # fmt: skip
    return records
