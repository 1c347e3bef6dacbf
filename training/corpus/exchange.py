"""Records to and from the files of annotation tools."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from stance.output import check_output
from training.corpus import doccano, labelstudio
from training.corpus.files import dump_json, write_lines
from training.corpus.interface import list_actors, write_config
from training.corpus.units import Record, choose_options
from training.errors import CorpusError
from training.importers.records import read_lines, read_objects

TOOLS = {"label-studio": "label-studio.json", "doccano": "doccano.jsonl"}  # default names of their files


def export_records(records: Sequence[Mapping[str, Any]], tool: str, path: Path, known: Sequence[str]) -> list[Path]:
    """Write the tool's file, for Label Studio with its labelling config (the same name, .xml) beside it; gives both.

    ``known`` are the corpus's options, which serve unless the records name others. Raises `CorpusError` or
    `OutputError`, before anything is written.
    """
    options = choose_options(records, known)
    check_output(path, force=True)
    if tool == "doccano":
        write_lines(path, doccano.write_rows(records, options))
        return [path]
    config = path.with_suffix(".xml")
    if config == path:
        raise CorpusError(f"{path}: a name for the tasks expected, .xml is the labelling config's; end it in .json")
    check_output(config, force=True)
    tasks, interface = labelstudio.write_tasks(records, options), write_config(options, list_actors(records))
    path.write_text(dump_json(tasks, indent=1) + "\n", encoding="utf-8")
    config.write_text(interface, encoding="utf-8")
    return [path, config]


def import_records(path: Path, tool: str, known: Sequence[str]) -> list[Record]:
    """Records of a file that the tool exported; raises `CorpusError` or `SourceError`."""
    if tool == "doccano":
        return doccano.read_rows(read_objects(path), path.name, known)
    text = "\n".join(read_lines(path))
    try:
        tasks = json.loads(text)
    except ValueError as error:
        raise CorpusError(f"{path.name}: not JSON: {error}; export as JSON") from error
    return labelstudio.read_tasks(tasks, path.name, known)
