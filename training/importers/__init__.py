"""Public labelled sets -> records. One file per set; each masks what its set does not label.

A user gives the path of their own copy; no text of these sets is part of this project. Records carry ``group``, the
unit by which a split must be made, and ``extras`` for labels that are no stance:
``{"head", "source", "target", "label"}``.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from training.importers import dse, newsmtsc, nk_frames, plover, records

Record = dict[str, Any]

IMPORTERS: dict[str, Callable[[Path], list[Record]]] = {
    "records": records.read_file,
    "newsmtsc": newsmtsc.read_file,
    "plover": plover.read_file,
    "dse": dse.read_file,
    "nk_frames": nk_frames.read_path,
}
