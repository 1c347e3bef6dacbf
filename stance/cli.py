"""The ``stance`` command: thin, every verb is a few calls into the package."""

from __future__ import annotations

import argparse
import datetime as dt
import io
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from stance.errors import StanceError

if TYPE_CHECKING:
    from stance.scorer import StanceScorer
    from stance.types import Score

SHOWN = 200  # paragraphs in the terminal's table; a file holds all


def main(argv: Sequence[str] | None = None) -> int:
    """Run one verb; gives the process's exit status (0 done, 1 refused with a reason, 130 interrupted)."""
    options = _build_parser().parse_args(argv)
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # a terminal without these signs still gets its table
    try:
        status: int = options.run(options)
    except StanceError as error:
        sys.stderr.write(f"stance: {error}\n")
        return 1
    except KeyboardInterrupt:
        sys.stderr.write("stance: interrupted; nothing was written\n")
        return 130
    return status


def _build_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="stance", description="Who stands where in foreign-policy coverage.")
    verbs = parser.add_subparsers(required=True, metavar="VERB")
    score = verbs.add_parser("score", help="score articles: a table, or a file with -o")
    score.add_argument(
        "inputs", nargs="+", metavar="INPUT", help=".txt .html .jsonl .csv .parquet, a folder, - for stdin"
    )
    score.add_argument("-o", "--output", type=Path, metavar="OUT", help="write scores here instead of a table")
    score.add_argument("--format", choices=["jsonl", "csv", "parquet"], help="of OUT; default: its suffix")
    score.add_argument("--force", action="store_true", help="replace OUT if it exists")
    score.add_argument("--model", type=Path, metavar="DIR", help="model folder; default: the shipped one")
    score.add_argument("--actors", type=Path, metavar="FILE", help="actor catalogue; default: the shipped one")
    score.add_argument("--date", type=_read_date, metavar="D", help="YYYY-MM-DD, for pages, plain text, undated rows")
    score.add_argument("--backend", choices=["onnx", "torch"], default="onnx")
    score.add_argument("--threads", type=int, metavar="N", help="threads of one pass")
    score.set_defaults(run=_run_score)
    actors = verbs.add_parser("actors", help="show what the actor catalogue holds")
    actors.add_argument("--actors", type=Path, metavar="FILE", help="actor catalogue; default: the shipped one")
    actors.set_defaults(run=_run_actors)
    return parser


def _read_date(text: str) -> dt.date:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"a date YYYY-MM-DD expected, got {text!r}") from None


def _run_score(options: argparse.Namespace) -> int:
    from stance.documents import read_records
    from stance.output import check_output, choose_format, open_output
    from stance.records import read_record
    from stance.scorer import load

    if options.output is not None:
        choose_format(options.output, options.format)
        check_output(options.output, force=options.force)
    elif options.format or options.force:
        raise StanceError("--format and --force are about a file: name it with -o")
    scorer = load(options.model, backend=options.backend, threads=options.threads, actors=options.actors)
    records = (read_record(raw, i) for i, raw in enumerate(read_records(options.inputs, date=options.date)))
    scores = scorer.score_records(records)
    if options.output is None:
        _print_tables(scorer, _show_progress(scores))
        return 0
    with open_output(options.output, options.format, force=options.force) as write:
        n_scored = n_flagged = 0
        for score in _show_progress(scores):
            write(score)
            n_scored += 1
            n_flagged += bool(score.flags)
    Console(stderr=True).print(f"{options.output}: {n_scored} paragraphs, {n_flagged} of them flagged")
    return 0


def _show_progress(scores: Iterable[Score]) -> Iterator[Score]:
    """A progress line on a terminal's error stream while scores pass through."""
    # How many there are is not known before the last: the bar only shows that it goes on.
    columns = (SpinnerColumn(), BarColumn(), TextColumn("{task.description}"), MofNCompleteColumn())
    console = Console(stderr=True)
    shown = console.is_terminal
    with Progress(*columns, TimeElapsedColumn(), console=console, transient=True, disable=not shown) as progress:
        task = progress.add_task("paragraphs", total=None)
        for score in scores:
            progress.advance(task)
            yield score


def _print_tables(scorer: StanceScorer, scores: Iterable[Score]) -> None:
    """Both tables for people; of a long run the first paragraphs only, and a word that says so."""
    from stance.aggregate import aggregate_scores
    from stance.report import build_actor_table, build_paragraph_table

    scored = list(scores)
    console = Console()
    if not console.is_terminal:
        console = Console(width=140)
    console.print(build_paragraph_table(scored[:SHOWN], scorer.options))
    if len(scored) > SHOWN:
        console.print(f"… and {len(scored) - SHOWN} paragraphs more: write them all to a file with -o")
    actors = aggregate_scores(scored, scorer.options, scorer.catalogue.focus)
    names = {code: actor.name for code, actor in scorer.catalogue.actors.items()}
    console.print(build_actor_table(actors, scorer.options, names))


def _run_actors(options: argparse.Namespace) -> int:
    from stance.catalogue import Catalogue
    from stance.report import build_catalogue_table

    Console().print(build_catalogue_table(Catalogue.load(options.actors)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
