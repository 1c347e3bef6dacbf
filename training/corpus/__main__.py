"""``python -m training.corpus check|build|agreement``: authored markup -> JSON Lines, validated and compared."""

import argparse
import json
import sys
from pathlib import Path

from training.corpus.agreement import measure_agreement, read_second_labels
from training.corpus.markup import TEXTS, Rules, assign_split, build_records
from training.errors import CorpusError


def main(argv: list[str] | None = None) -> int:
    """Build or check the corpus; returns the process's exit status."""
    parser = argparse.ArgumentParser(prog="python -m training.corpus", description=__doc__)
    parser.add_argument("command", choices=["check", "build", "agreement"])
    parser.add_argument("--texts", type=Path, default=TEXTS, help="folder of authored .yaml files")
    parser.add_argument("-o", "--output", type=Path, default=Path("corpus"), help="folder for <split>.jsonl (build)")
    options = parser.parse_args(argv)
    rules = Rules.load()
    try:
        records = build_records(options.texts, rules)
    except CorpusError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    units = sum(len(record["actors"]) for record in records)
    sys.stdout.write(f"{len(records)} paragraphs, {units} actor units: all valid\n")
    if options.command == "agreement":
        report = measure_agreement(records, read_second_labels(options=rules.options))
        sys.stdout.write(json.dumps(report, indent=1) + "\n")
    if options.command == "build":
        options.output.mkdir(parents=True, exist_ok=True)
        for split in (*rules.split_percent, "train"):
            rows = [r for r in records if assign_split(r["group"], rules.split_percent) == split]
            lines = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
            (options.output / f"{split}.jsonl").write_text(lines, encoding="utf-8")
            sys.stdout.write(f"{options.output / split}.jsonl: {len(rows)}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
