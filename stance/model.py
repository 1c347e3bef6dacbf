"""The torch module: encoder -> unit vectors -> heads. Tensors in, logits out; no files, no loss, no text."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from stance.types import POLARITIES, SENTIMENTS

if TYPE_CHECKING:
    from stance.heads import HeadSpec


class StanceModel(nn.Module):
    """One encoder pass scores a window: the paragraph, every actor in it and every ordered pair of units.

    A unit's vector is the mean of the vectors of its mentions' tokens; unit 0, the paragraph, has all tokens.
    """

    def __init__(self, encoder: nn.Module, width: int, heads: HeadSpec, dropout: float = 0.1) -> None:
        super().__init__()
        self.encoder = encoder
        self.heads = heads
        n_options = len(heads.options)
        self.kind = nn.Embedding(2, width)  # 0 the paragraph, 1 an actor
        self.unit = _build_trunk(2 * width, width, dropout)
        self.stance = nn.Linear(width, n_options * len(POLARITIES))
        self.sentiment = nn.Linear(width, len(SENTIMENTS))
        self.pair = _build_trunk(4 * width, width, dropout)
        self.toward = nn.Linear(width, n_options)
        self.extras = nn.ModuleDict({extra.name: nn.Linear(width, len(extra.labels)) for extra in heads.extras})

    def forward(self, input_ids: Tensor, attention_mask: Tensor, unit_mask: Tensor) -> dict[str, Tensor]:
        """Logits of all heads.

        Takes ``input_ids`` and ``attention_mask`` ``(batch, tokens)``, ``unit_mask`` ``(batch, units, tokens)``. Gives
        ``stance`` ``(batch, units, options, 2)``, ``sentiment`` ``(batch, units, 3)``, ``toward``
        ``(batch, units, units, options)`` from the row's unit to the column's, and each extra head's by its name.
        """
        hidden = self.encoder(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state
        return self.score_units(hidden, unit_mask)

    def score_units(self, hidden: Tensor, unit_mask: Tensor) -> dict[str, Tensor]:
        """The heads alone, over token vectors ``hidden`` ``(batch, tokens, width)``."""
        mask = unit_mask.to(hidden.dtype)
        vectors = mask @ hidden / mask.sum(-1, keepdim=True).clamp(min=1.0)
        paragraph = vectors[:, :1].expand_as(vectors)
        kinds = torch.cat([torch.zeros_like(unit_mask[:, :1, 0]), torch.ones_like(unit_mask[:, 1:, 0])], dim=1).long()
        unit = self.unit(torch.cat([vectors + self.kind(kinds), paragraph], dim=-1))
        n_units = vectors.shape[1]
        source = vectors.unsqueeze(2).expand(-1, -1, n_units, -1)
        target = vectors.unsqueeze(1).expand(-1, n_units, -1, -1)
        whole = paragraph.unsqueeze(2).expand(-1, -1, n_units, -1)
        pair = self.pair(torch.cat([source, target, source * target, whole], dim=-1))
        stance = self.stance(unit)
        outputs = {
            "stance": stance.unflatten(-1, (len(self.heads.options), len(POLARITIES))),
            "sentiment": self.sentiment(unit),
            "toward": self.toward(pair),
        }
        for extra in self.heads.extras:
            outputs[extra.name] = self.extras[extra.name](pair if extra.level == "pair" else unit)
        return outputs


def _build_trunk(width_in: int, width_out: int, dropout: float) -> nn.Sequential:
    """Dropout, one hidden layer, dropout: what each family of heads stands on."""
    return nn.Sequential(nn.Dropout(dropout), nn.Linear(width_in, width_out), nn.GELU(), nn.Dropout(dropout))
