"""Labelled records -> datasets of rendered windows with target arrays; what is not labelled is masked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from datasets import Dataset
from numpy.typing import NDArray

from stance.encode import Renderer, Window, pad_windows
from stance.errors import RecordError
from stance.heads import HeadSpec
from stance.records import read_record
from stance.types import POLARITIES, SENTIMENTS
from training.losses import NOT_LABELLED

Targets = NDArray[Any]

STANCES: Mapping[str | None, tuple[float, float]] = {
    "favors": (1.0, 0.0),
    "opposes": (0.0, 1.0),
    "mixed": (1.0, 1.0),
    None: (0.0, 0.0),
}


def build_targets(raw: Mapping[str, Any], codes: Sequence[str], heads: HeadSpec) -> dict[str, Targets]:
    """Target arrays of one record; unit 0 is the paragraph, unit ``k`` is ``codes[k]``.

    An option that is labelled null has no target actor, so its toward row is all zeros where toward is labelled at all.
    Raises `RecordError` for a label, option or actor that the heads or the record do not know.
    """
    units, options = len(codes), len(heads.options)
    stance = np.full((units, options, len(POLARITIES)), NOT_LABELLED, dtype=np.float32)
    sentiment = np.full(units, NOT_LABELLED, dtype=np.int64)
    toward = np.full((units, units, options), NOT_LABELLED, dtype=np.float32)
    entries = {"": raw, **{str(actor["actor"]): actor for actor in raw.get("actors") or []}}
    for k, code in enumerate(codes):
        where, entry = f"record {raw.get('id')}: {code or 'paragraph'}", entries[code]
        for key in ("stance", "toward"):
            if not isinstance(entry.get(key) or {}, Mapping):
                raise RecordError(f"{where}: '{key}' maps options to labels, got {entry[key]!r}")
        for option, label in (entry.get("stance") or {}).items():
            if option not in heads.options:
                raise RecordError(f"{where}: unknown option {option!r}; the model has {', '.join(heads.options)}")
            if label not in STANCES:
                raise RecordError(f"{where}: unknown label {label!r}; favors, opposes, mixed or null expected")
            stance[k, heads.options.index(option)] = STANCES[label]
        if entry.get("sentiment") is not None:
            if entry["sentiment"] not in SENTIMENTS:
                raise RecordError(
                    f"{where}: unknown sentiment {entry['sentiment']!r}; {', '.join(SENTIMENTS)} expected"
                )
            sentiment[k] = SENTIMENTS.index(entry["sentiment"])
        if k and "toward" in entry:
            _fill_toward(toward[k], k, entry, codes, heads)
    return {"stance": stance, "sentiment": sentiment, "toward": toward, **_build_extras(raw, codes, heads)}


def _build_extras(raw: Mapping[str, Any], codes: Sequence[str], heads: HeadSpec) -> dict[str, Targets]:
    """Target arrays of the extra heads: ``(units,)``, of pair heads ``(units, units)``."""
    units = len(codes)
    targets: dict[str, Targets] = {
        extra.name: np.full((units, units) if extra.level == "pair" else units, NOT_LABELLED, dtype=np.int64)
        for extra in heads.extras
    }
    for entry in raw.get("extras") or []:
        head = next((extra for extra in heads.extras if extra.name == entry["head"]), None)
        if head is not None:
            if entry["label"] not in head.labels or entry["source"] not in codes or entry["target"] not in codes:
                raise RecordError(f"record {raw.get('id')}: {entry} names a label or actor that is not there")
            index = tuple(codes.index(entry[end]) for end in ("source", "target")[: 1 + (head.level == "pair")])
            targets[head.name][index] = head.labels.index(entry["label"])
    return targets


def _fill_toward(cells: Targets, k: int, entry: Mapping[str, Any], codes: Sequence[str], heads: HeadSpec) -> None:
    """Fill the toward row of unit ``k`` ``(units, options)`` in place, but for the paragraph and itself.

    A target that is no unit of the record (the codebook's example names some) has no cell.
    """
    others = [j for j in range(1, len(codes)) if j != k]
    for i, option in enumerate(heads.options):
        targets = entry["toward"].get(option)
        null = option in (entry.get("stance") or {}) and entry["stance"][option] is None
        if targets is None and not null:
            continue
        cells[others, i] = [float(codes[j] in (targets or ())) for j in others]


def list_pair_heads(heads: HeadSpec) -> set[str]:
    """Names of the heads whose targets have a row and a column per unit."""
    return {"toward", *(extra.name for extra in heads.extras if extra.level == "pair")}


def render_record(raw: Mapping[str, Any], position: int, renderer: Renderer, heads: HeadSpec) -> list[dict[str, Any]]:
    """Training examples of one labelled record: one a window, as scoring would see it."""
    record = read_record(raw, position)
    codes = ("", *(record.actors or ()))
    targets = build_targets(raw, codes, heads)
    pair_heads = list_pair_heads(heads)
    examples = []
    for window in renderer.render(record.paragraph.text, record.group_spans()):
        units = np.asarray(window.units)
        pairs = np.ix_(units, units)
        here = {
            name: (cells[pairs] if name in pair_heads else cells[units]).tolist() for name, cells in targets.items()
        }
        examples.append({
            "ids": list(window.ids),
            "length": len(window),
            "unit_tokens": [list(tokens) for tokens in window.unit_tokens],
            "weight": float(raw.get("weight", 1.0)),
            **{f"target_{name}": cells for name, cells in here.items()},
        })  # fmt: skip
    return examples


def build_dataset(records: Sequence[Mapping[str, Any]], renderer: Renderer, heads: HeadSpec) -> Dataset:
    """All examples of some records as a `datasets.Dataset`; raises `RecordError` at the first bad record."""
    return Dataset.from_list([e for i, raw in enumerate(records) for e in render_record(raw, i, renderer, heads)])


class Collator:
    """Pads examples to tensors: the model's inputs and ``targets`` by head."""

    def __init__(self, heads: HeadSpec, pad_id: int) -> None:
        self._pairs = list_pair_heads(heads)
        self._pad_id = pad_id

    def __call__(self, examples: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
        """A batch for `training.train.StanceTrainer`."""
        windows = [
            Window(tuple(e["ids"]), tuple(range(len(e["unit_tokens"]))), tuple(map(tuple, e["unit_tokens"])))
            for e in examples
        ]
        batch: dict[str, Any] = {k: torch.from_numpy(v) for k, v in pad_windows(windows, self._pad_id).items()}
        units = batch["unit_mask"].shape[1]
        targets = {"weight": torch.tensor([e["weight"] for e in examples])}
        for key in examples[0]:
            if key.startswith("target_"):
                name = key.removeprefix("target_")
                dtype = torch.float32 if name in ("stance", "toward") else torch.int64
                cells = [torch.tensor(e[key], dtype=dtype) for e in examples]
                targets[name] = torch.stack([_pad_cells(c, units, name in self._pairs) for c in cells])
        return {**batch, "targets": targets}


def _pad_cells(cells: torch.Tensor, units: int, is_pair: bool) -> torch.Tensor:
    """Fill up the unit axes of one example's targets with `NOT_LABELLED`."""
    shape = (units, units, *cells.shape[2:]) if is_pair else (units, *cells.shape[1:])
    padded = torch.full(shape, NOT_LABELLED, dtype=cells.dtype)
    padded[tuple(slice(n) for n in cells.shape)] = cells
    return padded
