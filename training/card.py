"""What a run writes about its model: metrics.json, run.yaml and the model card."""

from __future__ import annotations

import importlib.metadata
import json
import subprocess
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from stance.scorer import StanceScorer
from stance.store import ModelFolder
from training.config import TrainConfig
from training.evaluate import evaluate_scorer

_PACKAGES = ("torch", "transformers", "datasets", "tokenizers", "onnxruntime", "numpy", "scikit-learn")
Records = Sequence[Mapping[str, Any]]


def write_metrics(
    folder: ModelFolder, splits: Mapping[str, Records], history: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    """Score each split as a whole and by source, with the shipped graph; writes ``metrics.json``."""
    scorer = StanceScorer(folder)
    metrics: dict[str, Any] = {}
    for split, records in splits.items():
        for source in sorted({str(record.get("source", "")) for record in records}):
            chosen = [record for record in records if str(record.get("source", "")) == source]
            metrics[f"{split}/{source or 'records'}"] = evaluate_scorer(scorer, chosen)
    metrics["history"] = [{k: v for k, v in entry.items() if k in ("epoch", "loss", "eval_loss")} for entry in history]
    (folder.path / "metrics.json").write_text(json.dumps(metrics, indent=1) + "\n", encoding="utf-8")
    return metrics


def write_run(folder: ModelFolder, config: TrainConfig, splits: Mapping[str, Records], commit: str) -> None:
    """The resolved config, the commit it started from, the versions and the size of the data, as ``run.yaml``."""
    settings = config.model_dump(mode="json")
    settings.pop("output")  # says where it was made, not what it is
    for place in (settings["encoder"], *settings["sources"].values()):
        for key in {"path", "dev_path", "model"} & place.keys():
            place[key] = Path(place[key]).name if place[key] else None
    versions = {name: importlib.metadata.version(name) for name in _PACKAGES}
    content = {
        **{"config": settings, "commit": commit, "versions": versions},
        "records": {split: len(records) for split, records in splits.items()},
        "trained_on": dict(sorted(Counter(str(r.get("source") or "records") for r in splits["train"]).items())),
    }
    if config.encoder.model is not None:  # how the model that this one goes on from was made
        content["start"] = _read_run(config.encoder.model)
    (folder.path / "run.yaml").write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")


def _read_run(folder: Path) -> dict[str, Any]:
    """``run.yaml`` of a model folder; empty where there is none."""
    path = folder / "run.yaml"
    run: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8")) if path.is_file() else {}
    return run


def _name_encoder(encoder: Mapping[str, Any], start: Mapping[str, Any]) -> str:
    """Name of the base encoder, through the models that this one goes on from."""
    if encoder["model"] is not None and start:
        return _name_encoder(start["config"]["encoder"], start.get("start") or {})
    return str(next(encoder[key] for key in ("package", "hub", "model", "path") if encoder[key]))


def read_commit() -> str:
    """The checkout's commit, with ``+`` after it for a changed tree; ``unknown`` outside git."""
    try:
        head = subprocess.run(["git", "rev-parse", "HEAD"], capture_output=True, text=True, check=True).stdout.strip()
        dirty = subprocess.run(["git", "status", "--porcelain"], capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return head + ("+" if dirty.strip() else "")


def write_card(folder: ModelFolder, config: TrainConfig, metrics: Mapping[str, Any]) -> None:
    """The model card, ``README.md``, from these numbers and the folder's ``run.yaml``."""
    run = _read_run(folder.path)
    start = run.get("start") or {}
    encoder = _name_encoder(run["config"]["encoder"], start)
    lines = [
        "---",
        "language: en",
        "pipeline_tag: text-classification",
        "tags: [stance, foreign-policy, target-sentiment]",
        "---",
        f"# {config.name}",
        "",
        f"Stance on {', '.join(config.heads.options)} (favors, opposes), sentiment and direction, per paragraph and",
        f"per actor, in one pass of `{encoder}`. Written by the run that made the model; `run.yaml` holds its config.",
        "",
        "## Trained on",
        "",
        *(f"- {name}: {count} records" for name, count in run["trained_on"].items()),
        *([f"- before that: what `{start['config']['name']}` was trained on (`start` in `run.yaml`)"] if start else []),
        "",
        "## How well it does",
        "",
        "Cells are (unit, option, favors/opposes); intervals are 95% bootstraps over records of one training run.",
        "",
        "| split / source | actor stance F1 | interval | macro-F1 | paragraph stance F1 | toward F1 | actor sentiment "
        "macro-F1 | paragraph sentiment macro-F1 | stance ECE |",
        "| --- | --- | --- | --- | --- | --- | --- | --- | --- |",
        *(_write_row(name, report) for name, report in metrics.items() if name != "history"),
        "",
        *_write_labels(metrics),
        "## Limits",
        "",
        "English news prose. Numbers above are for actors and mentions as the records give them; actors found by the",
        "catalogue add errors of their own. "
        + (
            "Dev numbers are optimistic: thresholds and temperatures come from dev."
            if run["records"]["dev"]
            else "Thresholds are 0.5 throughout: there was no dev split to choose them on."
        ),
        "A score says what a text presents, not what a government thinks or what is true.",
        "",
    ]
    (folder.path / "README.md").write_text("\n".join(lines), encoding="utf-8")


def _write_row(name: str, report: Mapping[str, Any]) -> str:
    """One table row; a dash for what the source does not label."""
    interval = report.get("actor_stance_interval")
    cells = [
        report.get("actor_stance_f1"),
        f"{interval[0]:.3f}–{interval[1]:.3f}" if interval else None,
        report.get("actor_stance_macro_f1"),
        report.get("paragraph_stance_f1"),
        report.get("toward", {}).get("f1"),
        report.get("actor_sentiment", {}).get("macro_f1"),
        report.get("paragraph_sentiment", {}).get("macro_f1"),
        report.get("actor_stance", {}).get("all", {}).get("ece"),
    ]
    shown = [f"{cell:.3f}" if isinstance(cell, float) else str(cell or "–") for cell in cells]
    return f"| {name} | {' | '.join(shown)} |"


def _write_labels(metrics: Mapping[str, Any]) -> list[str]:
    """Per-label precision, recall, F1 and support of actors, for each split that labels stance."""
    lines: list[str] = []
    for name, report in metrics.items():
        labels = report.get("actor_stance") if isinstance(report, Mapping) else None
        if labels:
            lines += [
                f"### Actor stance by label, {name}",
                "",
                "| label | P | R | F1 | PR area | support |",
                "| --- | --- | --- | --- | --- | --- |",
            ]
            for label, entry in labels.items():
                if entry["n"]:
                    area = "–" if entry["pr_auc"] is None else f"{entry['pr_auc']:.3f}"
                    rates = " | ".join(f"{entry[name]:.3f}" for name in ("precision", "recall", "f1"))
                    lines.append(f"| {label} | {rates} | {area} | {entry['support']} |")
            lines.append("")
    return lines
