"""``python -m training.evaluate MODEL DATA --task TASK``: score a file with a model folder and measure it."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from stance.errors import StanceError
from stance.heads import HeadSpec
from stance.output import check_output
from stance.scorer import StanceScorer, load
from stance.store import UNIT_KINDS
from stance.types import SENTIMENTS
from training.cells import Cells, Table, collect_cells, join_cells
from training.errors import SourceError, TrainingError
from training.importers import IMPORTERS
from training.metrics import bootstrap_interval, count_f1, describe_cells, describe_choices

Record = Mapping[str, Any]
Report = dict[str, Any]


def evaluate_scorer(scorer: StanceScorer, records: Sequence[Record]) -> Report:
    """Everything the records label: stance, toward, sentiment and extra heads; primary metric ``actor_stance_f1``."""
    heads = scorer.config.heads
    return describe_table(collect_cells(records, scorer.predict(records), heads), heads)


def describe_table(table: Table, heads: HeadSpec) -> Report:
    """Metrics of all cells. ``<kind>_stance_f1`` is micro-F1 over (unit, option, polarity) cells with its interval."""
    report: Report = {"primary": "actor_stance_f1", "n_records": table.n_records, "n_skipped": table.n_skipped}
    for kind in UNIT_KINDS:
        labels = {key: cells for key, cells in table.stance.items() if key[0] == kind}
        joined = join_cells(list(labels.values()))
        if not joined.gold:
            continue
        whole = describe_cells(joined)
        per_label = {f"{option}/{polarity}": describe_cells(cells) for (_, option, polarity), cells in labels.items()}
        report[f"{kind}_stance_f1"] = whole["f1"]
        report[f"{kind}_stance_interval"] = _interval(joined)
        supported = [entry["f1"] for entry in per_label.values() if entry["support"]]
        report[f"{kind}_stance_macro_f1"] = round(float(np.mean(supported)), 4) if supported else None
        report[f"{kind}_stance"] = {"all": whole, **per_label}
    toward = join_cells(list(table.toward.values()))
    if toward.gold:
        report["toward"] = {**describe_cells(toward), "interval": _interval(toward)}
    for kind, choices in table.sentiment.items():
        if choices.gold:
            report[f"{kind}_sentiment"] = describe_choices(choices, SENTIMENTS)
    for extra in heads.extras:
        if table.extras[extra.name].gold:
            report[extra.name] = describe_choices(table.extras[extra.name], extra.labels)
    if len(report) == 3:
        raise SourceError(f"no cell to measure: {table.n_records} records, {table.n_skipped} of them not scored")
    return report


def _interval(cells: Cells) -> tuple[float, float]:
    gold, label = np.asarray(cells.gold, dtype=bool), np.asarray(cells.label, dtype=bool)
    return bootstrap_interval(cells.record, lambda index: count_f1(gold[index], label[index]))


def evaluate_plover_options(scorer: StanceScorer, records: Sequence[Record]) -> Report:
    """PLV by the codebook's mapping: the source's option of highest P(favors); primary metric ``macro_f1``.

    ``cooperation_or_not`` is the binary reading of the same choice, for the first labelled option of each row.
    """
    from sklearn.metrics import f1_score

    options = list(scorer.options)
    gold, found = [], []
    for record, predicted in zip(records, scorer.predict(records), strict=True):
        source = next((actor for actor in record["actors"] if actor.get("stance")), None)
        if source is not None:
            gold.append(options.index(next(iter(source["stance"]))))
            stance = next(a["stance"] for a in predicted["actors"] if a["actor"] == source["actor"])
            found.append(int(np.argmax([stance[option]["favors"] for option in options])))
    per_option = f1_score(gold, found, labels=range(len(options)), average=None, zero_division=0.0)
    binary = {
        f"{option}_or_not": round(float(f1_score([g == k for g in gold], [f == k for f in found], average="macro")), 4)
        for k, option in enumerate(options)
    }
    named = {option: round(float(value), 4) for option, value in zip(options, per_option, strict=True)}
    return {
        "primary": "macro_f1",
        "n": len(gold),
        "macro_f1": round(float(np.mean(per_option)), 4),
        "f1": named,
        **binary,
    }


def _evaluate_head(name: str) -> Callable[[StanceScorer, Sequence[Record]], Report]:
    """An evaluator of one extra head; primary metric ``macro_f1``."""

    def evaluate(scorer: StanceScorer, records: Sequence[Record]) -> Report:
        if name not in scorer.config.heads.outputs:
            raise SourceError(
                f"model {scorer.config.name} has no head {name}; its heads: {', '.join(scorer.config.heads.outputs)}"
            )
        return _pick_part(scorer, records, name)

    return evaluate


def _evaluate_newsmtsc(scorer: StanceScorer, records: Sequence[Record]) -> Report:
    """Target sentiment; primary metric ``macro_f1`` (the paper's F1m)."""
    return _pick_part(scorer, records, "actor_sentiment")


def _pick_part(scorer: StanceScorer, records: Sequence[Record], name: str) -> Report:
    """One part of a whole report, with its counts."""
    whole = evaluate_scorer(scorer, records)
    if name not in whole:
        raise SourceError(f"no record is labelled for {name}; is this the file of the task's set?")
    counts = {key: whole[key] for key in ("n_records", "n_skipped")}
    return {"primary": "macro_f1", **counts, **whole[name]}


TASKS: dict[str, tuple[str, Callable[[StanceScorer, Sequence[Record]], Report]]] = {
    "stance": ("records", evaluate_scorer),
    "newsmtsc": ("newsmtsc", _evaluate_newsmtsc),
    "plover-options": ("plover", evaluate_plover_options),
    "plover-root": ("plover", _evaluate_head("plover_root")),
    "plover-penta": ("plover", _evaluate_head("plover_penta")),
    "dse": ("dse", _evaluate_head("dse")),
}


def main(argv: list[str] | None = None) -> int:
    """Run one task and print (or write) its report as JSON."""
    parser = argparse.ArgumentParser(prog="python -m training.evaluate", description=__doc__)
    parser.add_argument("model", type=Path, help="model folder")
    parser.add_argument("data", type=Path, help="file in the format of the task's set")
    parser.add_argument("--task", choices=TASKS, default="stance")
    parser.add_argument("--backend", default="onnx")
    parser.add_argument("-o", "--output", type=Path, help="write the report here")
    options = parser.parse_args(argv)
    format_name, evaluate = TASKS[options.task]
    try:
        if options.output:
            check_output(options.output, force=True)
        records = IMPORTERS[format_name](options.data)
        report = {
            "task": options.task,
            "data": options.data.name,
            **evaluate(load(options.model, backend=options.backend), records),
        }
    except (TrainingError, StanceError, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    text = json.dumps(report, indent=1) + "\n"
    if options.output:
        options.output.write_text(text, encoding="utf-8")
    sys.stdout.write(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
