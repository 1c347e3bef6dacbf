"""``python -m training configs/NAME.yaml``: train a model from a config."""

import argparse
import sys

from stance.errors import StanceError
from training.config import load_config
from training.errors import TrainingError


def main(argv: list[str] | None = None) -> int:
    """Train; returns the process's exit status."""
    parser = argparse.ArgumentParser(prog="python -m training", description=__doc__)
    parser.add_argument("config", help="experiment file, e.g. configs/default.yaml")
    parser.add_argument(
        "--set", dest="overrides", action="append", default=[], metavar="A.B=VALUE", help="override a setting"
    )
    parser.add_argument("--resume", action="store_true", help="go on from the last checkpoint in the output folder")
    parser.add_argument("--evaluate", action="store_true", help="train nothing: measure the output folder anew")
    options = parser.parse_args(argv)
    try:
        config = load_config(options.config, options.overrides)
        from training.train import evaluate_model, train_model

        folder = evaluate_model(config) if options.evaluate else train_model(config, resume=options.resume)
    except (TrainingError, StanceError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stdout.write(f"model folder: {folder.path}\n{(folder.path / 'README.md').read_text(encoding='utf-8')}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
