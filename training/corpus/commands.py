"""The subcommands of ``python -m training.corpus``: each function adds one, with its arguments and what it runs."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import stance
from stance.output import check_output
from training.corpus.adjudication import VERDICTS, judge_records, list_conflicts, load_records, read_verdicts
from training.corpus.agreement import SECOND, measure_agreement, read_second_labels
from training.corpus.card import build_card
from training.corpus.exchange import TOOLS, export_records, import_records
from training.corpus.files import check_table, write_lines, write_table
from training.corpus.markup import SPLITS, TEXTS, Rules, build_records
from training.errors import CorpusError
from training.importers.records import read_objects

if TYPE_CHECKING:
    Verbs = argparse._SubParsersAction[argparse.ArgumentParser]

Run = Callable[[argparse.Namespace], None]


def add_verb(verbs: Verbs, name: str, run: Run, summary: str) -> argparse.ArgumentParser:
    """A parser of one subcommand, which has no arguments yet."""
    parser = verbs.add_parser(name, help=summary, description=summary)
    parser.set_defaults(run=run)
    return parser


def add_check(verbs: Verbs) -> None:
    """``check``: every fault of the authored markup."""
    _add_texts(add_verb(verbs, "check", _run_check, "every fault with file and line"))


def add_build(verbs: Verbs) -> None:
    """``build``: a file of records per split."""
    parser = add_verb(verbs, "build", _run_build, "records as train.jsonl, dev.jsonl, test.jsonl")
    _add_texts(parser)
    parser.add_argument("-o", "--output", type=Path, default=Path("corpus"), help="folder of the files")


def add_agreement(verbs: Verbs) -> None:
    """``agreement``: the labels against the blind second ones."""
    _add_texts(add_verb(verbs, "agreement", _run_agreement, "how well the second labels agree"))


def add_conflicts(verbs: Verbs) -> None:
    """``conflicts``: what the two annotators say where they differ, for an adjudicator."""
    parser = add_verb(
        verbs, "conflicts", _run_conflicts, "units without a verdict that the annotators label differently"
    )
    _add_texts(parser)
    parser.add_argument("-o", "--output", type=Path, help=".jsonl or .csv instead of a table")


def add_card(verbs: Verbs) -> None:
    """``card``: the data card."""
    parser = add_verb(verbs, "card", _run_card, "the data card, README form of Hugging Face")
    _add_texts(parser)
    parser.add_argument("--baselines", type=Path, help="results of tests.benchmarks.baselines on test")
    parser.add_argument("--model", type=Path, help="model folder whose metrics stand beside the baselines")
    parser.add_argument("-o", "--output", type=Path, required=True)


def add_export(verbs: Verbs) -> None:
    """``export``: records as tasks of an annotation tool."""
    parser = add_verb(verbs, "export", _run_export, "records for Label Studio (with its labelling config) or doccano")
    parser.add_argument("--to", choices=TOOLS, required=True, dest="tool")
    parser.add_argument("-o", "--output", type=Path, help=f"default: {' or '.join(TOOLS.values())}")
    _add_data(parser)


def add_import(verbs: Verbs) -> None:
    """``import``: what an annotation tool exported as records."""
    parser = add_verb(verbs, "import", _run_import, "records of a file that Label Studio (JSON) or doccano exported")
    parser.add_argument("file", type=Path)
    parser.add_argument("--from", choices=TOOLS, required=True, dest="tool")
    parser.add_argument("-o", "--output", type=Path, required=True, help="JSON Lines of records")


def add_disagree(verbs: Verbs) -> None:
    """``disagree``: labels that a confident model does not give."""
    parser = add_verb(verbs, "disagree", _run_disagree, "labels that a confident model does not give, worst first")
    parser.add_argument("model", type=Path, help="model folder")
    parser.add_argument("-n", type=_read_count, default=50, dest="count", help="how many at most (50)")
    parser.add_argument("--least", type=float, default=0.5, help="how far from the label a probability must be (0.5)")
    parser.add_argument("-o", "--output", type=Path, help=".jsonl or .csv instead of a table")
    _add_data(parser)


def add_next(verbs: Verbs) -> None:
    """``next``: which unlabelled records to label next."""
    parser = add_verb(verbs, "next", _run_next, "which records to label next: uncertain ones, unlike each other")
    parser.add_argument("model", type=Path, help="model folder")
    parser.add_argument("data", type=Path, metavar="UNLABELLED.jsonl")
    parser.add_argument("-n", type=_read_count, default=100, dest="count", help="how many (100)")
    parser.add_argument("-o", "--output", type=Path, help=".jsonl (the records, for export --data) or .csv (scores)")


def _read_count(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"a number of 1 or more expected, got {text!r}")
    return int(text)


def _add_texts(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--texts", type=Path, default=TEXTS, help="folder of authored .yaml files")


def _add_data(parser: argparse.ArgumentParser) -> None:
    """Where labelled records come from: the corpus (or one split of it) or a file."""
    source = parser.add_mutually_exclusive_group()
    source.add_argument("--texts", type=Path, default=TEXTS, help="folder of authored .yaml files")
    source.add_argument("--data", type=Path, metavar="RECORDS.jsonl", help="records instead of authored files")
    parser.add_argument("--split", choices=SPLITS, help="of the authored files; default: all")


def _build(options: argparse.Namespace) -> list[dict[str, Any]]:
    """All records of the authored files, and a line that says how many."""
    records = build_records(options.texts)
    units = sum(len(record["actors"]) for record in records)
    sys.stdout.write(f"{len(records)} paragraphs, {units} actor units: all valid\n")
    return records


def _read_data(options: argparse.Namespace) -> list[dict[str, Any]]:
    if options.data is not None and options.split is not None:
        raise CorpusError("--split is of the authored files: leave it out, or --data")
    if options.data is not None:
        return [record for _, record in read_objects(options.data)]
    rules, records = Rules.load(), load_records(options.texts)
    return [r for r in records if options.split in (None, rules.assign_split(r["group"]))]


def _read_second(options: argparse.Namespace) -> dict[str, dict[str, Any]]:
    return read_second_labels(options.texts.parent / SECOND, Rules.load().options)


def _read_json(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise CorpusError(f"{path}: not JSON: {error}") from error
    if not isinstance(content, dict):
        raise CorpusError(f"{path}: a JSON object expected, got {type(content).__name__}")
    return content


def _run_check(options: argparse.Namespace) -> None:
    _build(options)


def _run_build(options: argparse.Namespace) -> None:
    rules, records = Rules.load(), judge_records(_build(options), options.texts)
    options.output.mkdir(parents=True, exist_ok=True)
    for split in SPLITS:
        rows = [record for record in records if rules.assign_split(record["group"]) == split]
        write_lines(options.output / f"{split}.jsonl", rows)
        sys.stdout.write(f"{options.output / split}.jsonl: {len(rows)}\n")


def _run_agreement(options: argparse.Namespace) -> None:
    report = measure_agreement(_build(options), _read_second(options))
    sys.stdout.write(json.dumps(report, indent=1) + "\n")


def _run_conflicts(options: argparse.Namespace) -> None:
    _check_table_output(options.output)
    settled = read_verdicts(options.texts.parent / VERDICTS)
    found = list_conflicts(build_records(options.texts), _read_second(options))
    rows = [row for row in found if (row["id"], row["unit"]) not in settled]
    summary = f"{len(rows)} conflicts without a verdict, {len(settled)} with one"
    _show_rows(rows, ("id", "unit", "first", "second"), options.output, summary)


def _run_card(options: argparse.Namespace) -> None:
    check_output(options.output, force=True)
    results: dict[str, Any] = {}
    if options.baselines is not None:
        results |= {name: entry for name, entry in _read_json(options.baselines).items() if name != "about"}
    if options.model is not None:
        path = options.model / "metrics.json"
        report = _read_json(path).get("test/authored")
        if report is None:
            raise CorpusError(f"{path}: 'test/authored' expected; train with evaluate: [dev, test]")
        names = {"f1": "actor_stance_f1", "interval": "actor_stance_interval", "macro_f1": "actor_stance_macro_f1"}
        results["encoder"] = {name: report[key] for name, key in names.items()}
    authored = build_records(options.texts)
    card = build_card(authored, judge_records(authored, options.texts), _read_second(options), results)
    options.output.write_text(card, encoding="utf-8")
    sys.stdout.write(f"{options.output}\n")


def _run_export(options: argparse.Namespace) -> None:
    records = _read_data(options)
    path = options.output or Path(TOOLS[options.tool])
    for written in export_records(records, options.tool, path, Rules.load().options):
        sys.stdout.write(f"{written}\n")
    sys.stdout.write(f"{len(records)} tasks\n")


def _run_import(options: argparse.Namespace) -> None:
    check_output(options.output, force=True)
    records = import_records(options.file, options.tool, Rules.load().options)
    write_lines(options.output, records)
    sys.stdout.write(f"{options.output}: {len(records)} records\n")


def _run_disagree(options: argparse.Namespace) -> None:
    from training.corpus.disagreement import COLUMNS, find_disagreements

    _check_table_output(options.output)
    records = _read_data(options)
    found = find_disagreements(stance.load(options.model), records, options.least)
    rows = [entry.to_row() for entry in found[: options.count]]
    summary = f"{len(found)} labels of {len(records)} records differ by {options.least} or more"
    _show_rows(rows, COLUMNS, options.output, summary)


def _run_next(options: argparse.Namespace) -> None:
    from training.corpus.sampling import COLUMNS, pick_next

    _check_table_output(options.output)
    records = [record for _, record in read_objects(options.data)]
    picks = pick_next(stance.load(options.model), records, options.count)
    if options.output is not None and options.output.suffix.lower() == ".jsonl":
        write_lines(options.output, [pick.record for pick in picks])
        sys.stdout.write(f"{options.output}: {len(picks)} of {len(records)} records\n")
        return
    rows = [pick.to_row() for pick in picks]
    _show_rows(rows, COLUMNS, options.output, f"{len(picks)} of {len(records)} records")


def _check_table_output(path: Path | None) -> None:
    if path is not None:
        check_table(path)
        check_output(path, force=True)


def _show_rows(rows: list[dict[str, Any]], columns: tuple[str, ...], path: Path | None, summary: str) -> None:
    """Into the file that is named, else as a table for people."""
    if path is not None:
        write_table(path, rows, columns)
        sys.stdout.write(f"{path}: {len(rows)} rows; {summary}\n")
        return
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(*columns[:-1], box=None, pad_edge=False)
    table.add_column(columns[-1], max_width=80)
    for row in rows:
        table.add_row(*(Text(f"{row[c]:.2f}" if isinstance(row[c], float) else str(row[c])) for c in columns))
    console = Console()
    if not console.is_terminal:
        console = Console(width=160)
    console.print(table)
    sys.stdout.write(f"{summary}\n")
