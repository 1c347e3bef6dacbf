"""``python -m training.corpus COMMAND``: the corpus built, checked, compared, sent to annotators and read back."""

import argparse
import io
import sys

from stance.errors import StanceError
from training.corpus import commands
from training.errors import TrainingError

# A new subcommand is one function that adds its parser, listed here.
COMMANDS = (
    commands.add_check,
    commands.add_build,
    commands.add_agreement,
    commands.add_conflicts,
    commands.add_card,
    commands.add_export,
    commands.add_import,
    commands.add_disagree,
    commands.add_next,
)


def main(argv: list[str] | None = None) -> int:
    """Run one subcommand; returns the process's exit status."""
    parser = argparse.ArgumentParser(prog="python -m training.corpus", description=__doc__)
    verbs = parser.add_subparsers(required=True, metavar="COMMAND")
    for add in COMMANDS:
        add(verbs)
    options = parser.parse_args(argv)
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # a terminal without these signs still gets its table
    try:
        options.run(options)
    except (TrainingError, StanceError, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
