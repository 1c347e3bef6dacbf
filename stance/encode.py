"""Paragraph and mentions -> windows -> padded arrays: the one home of lengths, windows, padding and unit masks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from tokenizers import Tokenizer

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Window:
    """One encoder pass over a stretch of a paragraph.

    ``units[k]`` is a unit's index in its record (0 = the paragraph, then its actors in order) and ``unit_tokens[k]``
    the positions of its tokens in ``ids``. An actor without a mention in this stretch is not among ``units``.
    """

    ids: tuple[int, ...]
    units: tuple[int, ...]
    unit_tokens: tuple[tuple[int, ...], ...]

    def __len__(self) -> int:
        """Number of tokens, special ones included."""
        return len(self.ids)


def plan_windows(n_tokens: int, capacity: int, overlap: int) -> list[Span]:
    """Cover ``[0, n_tokens)`` with stretches of at most ``capacity`` tokens; neighbours share at least ``overlap``.

    All stretches but a lone short one are full: the last is moved back to end with the text.
    """
    if not 0 <= overlap < capacity:
        raise ValueError(f"0 <= overlap < capacity expected, got overlap {overlap}, capacity {capacity}")
    if n_tokens <= capacity:
        return [(0, n_tokens)]
    starts = [*range(0, n_tokens - capacity, capacity - overlap), n_tokens - capacity]
    return [(start, start + capacity) for start in starts]


class Renderer:
    """Renders text and mention spans into model input, the same way in training and in scoring."""

    def __init__(self, tokenizer: Tokenizer, max_tokens: int, overlap: int) -> None:
        tokenizer.no_truncation()
        tokenizer.no_padding()
        self._tokenizer = tokenizer
        # The special tokens around an empty text are those around any text.
        around = tokenizer.encode("a")
        content = [i for i, special in enumerate(around.special_tokens_mask) if not special]
        self._before = tuple(around.ids[: content[0]])
        self._after = tuple(around.ids[content[-1] + 1 :])
        self._capacity = max_tokens - len(self._before) - len(self._after)
        self._overlap = overlap

    def render(self, text: str, spans: Sequence[Sequence[Span]]) -> list[Window]:
        """Windows of one paragraph whose actor ``k`` has the mentions ``spans[k]``; none for a text without tokens.

        Every actor is in at least one window. A mention that the tokenizer drops (a zero-width sign, say) is seen as
        the token before it.
        """
        encoding = self._tokenizer.encode(text, add_special_tokens=False)
        n_tokens = len(encoding.ids)
        if n_tokens == 0:
            return []
        offsets = np.asarray(encoding.offsets, dtype=np.int64).reshape(-1, 2)
        tokens_of_actor = [_find_tokens(offsets, actor_spans) for actor_spans in spans]
        first = len(self._before)
        windows = []
        for start, end in plan_windows(n_tokens, self._capacity, self._overlap):
            ids = (*self._before, *encoding.ids[start:end], *self._after)
            units, unit_tokens = [0], [tuple(range(len(ids)))]
            for index, tokens in enumerate(tokens_of_actor, start=1):
                inside = tuple(int(t) - start + first for t in tokens if start <= t < end)
                if inside:
                    units.append(index)
                    unit_tokens.append(inside)
            windows.append(Window(ids, tuple(units), tuple(unit_tokens)))
        return windows


def _find_tokens(offsets: NDArray[np.int64], spans: Sequence[Span]) -> NDArray[np.int64]:
    """Positions of the tokens that touch any of the character spans, sorted."""
    touched = np.zeros(len(offsets), dtype=bool)
    for start, end in spans:
        # Offsets rise, so the tokens that touch a span are one run.
        low = int(np.searchsorted(offsets[:, 1], start, side="right"))
        high = int(np.searchsorted(offsets[:, 0], end, side="left"))
        if low < high:
            touched[low:high] = True
        else:
            touched[max(low - 1, 0)] = True
    return np.flatnonzero(touched)


def pad_windows(windows: Sequence[Window], pad_id: int = 0) -> dict[str, NDArray[np.generic]]:
    """Stack to ``input_ids``, ``attention_mask`` ``(batch, tokens)`` and ``unit_mask`` ``(batch, units, tokens)``."""
    n_tokens = max(len(window) for window in windows)
    n_units = max(len(window.units) for window in windows)
    input_ids = np.full((len(windows), n_tokens), pad_id, dtype=np.int64)
    attention_mask = np.zeros((len(windows), n_tokens), dtype=np.int64)
    unit_mask = np.zeros((len(windows), n_units, n_tokens), dtype=np.float32)
    for row, window in enumerate(windows):
        input_ids[row, : len(window)] = window.ids
        attention_mask[row, : len(window)] = 1
        for unit, tokens in enumerate(window.unit_tokens):
            unit_mask[row, unit, list(tokens)] = 1.0
    return {"input_ids": input_ids, "attention_mask": attention_mask, "unit_mask": unit_mask}
