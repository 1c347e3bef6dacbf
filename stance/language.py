"""Is this paragraph English? A guard against guessing on text that the model never learned to read."""

from __future__ import annotations

import functools
from typing import Any

MIN_LETTERS = 40  # shorter texts give no reliable answer
MIN_CONFIDENCE = 0.9  # no false alarm in 10,000 English news sentences


@functools.cache
def _load_identifier() -> Any:
    """The language identifier, loaded once on first use."""
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)


def is_foreign(text: str) -> bool:
    """True when the text is surely not English: most letters are not Latin, or the identifier is all but certain."""
    sample = text[:2000]
    letters = [c for c in sample if c.isalpha()]
    if not letters:
        return False
    if sum(ord(c) < 0x250 for c in letters) < 0.5 * len(letters):
        return True
    if len(letters) < MIN_LETTERS:
        return False
    language, confidence = _load_identifier().classify(sample)
    return language != "en" and float(confidence) >= MIN_CONFIDENCE
