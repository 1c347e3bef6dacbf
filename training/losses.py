"""Masked multi-task loss over the logits of `stance.model.StanceModel`; never sees text."""

from __future__ import annotations

from collections.abc import Mapping

from torch import Tensor
from torch.nn import functional

NOT_LABELLED = -1


def compute_loss(
    outputs: Mapping[str, Tensor], targets: Mapping[str, Tensor], weights: Mapping[str, float], smoothing: float = 0.0
) -> Tensor:
    """Weighted sum over heads of the mean loss of the labelled cells.

    Heads with float targets (``stance``, ``toward``; the shape of their logits) are independent yes/no cells; heads
    with integer targets (logits without the last axis) are single-choice. `NOT_LABELLED` masks a cell.
    ``targets["weight"]`` ``(batch,)`` weighs each example's cells; a head absent from ``targets`` costs nothing.
    ``smoothing`` moves that share of each target to the other classes (label smoothing; Szegedy et al., CVPR 2016).
    """
    total = outputs["stance"].sum() * 0.0
    for head, logits in outputs.items():
        if head not in targets or not weights[head]:
            continue
        cells = targets[head]
        labelled = (cells != NOT_LABELLED).float()
        if cells.is_floating_point():
            soft = cells.clamp(min=0) * (1 - smoothing) + smoothing / 2
            losses = functional.binary_cross_entropy_with_logits(logits.float(), soft, reduction="none")
        else:
            losses = functional.cross_entropy(
                logits.float().flatten(0, -2),
                cells.clamp(min=0).flatten(),
                reduction="none",
                label_smoothing=smoothing,
            ).view_as(cells)
        example_weight = targets["weight"].view(-1, *[1] * (cells.dim() - 1))
        total = total + weights[head] * (losses * labelled * example_weight).sum() / labelled.sum().clamp(min=1.0)
    return total
