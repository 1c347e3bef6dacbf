"""Where shipped files lie: inside the installed package, or in the checkout it runs from."""

from __future__ import annotations

from pathlib import Path

PACKAGE = Path(__file__).resolve().parent


def find_resource(relative_in_wheel: str, relative_in_checkout: str) -> Path:
    """Find a shipped file or folder.

    Args:
        relative_in_wheel: its place in the installed package, e.g. ``resources/actors.yaml``.
        relative_in_checkout: its place in a checkout of the repository, e.g. ``configs/actors.yaml``.

    Returns:
        The first of the two that exists, the installed one first.

    Raises:
        FileNotFoundError: neither is there; the message names both places.
    """
    places = (PACKAGE / relative_in_wheel, PACKAGE.parent / relative_in_checkout)
    for place in places:
        if place.exists():
            return place
    raise FileNotFoundError(
        f"'{places[0].name}' ships with stance, yet is neither at {places[0]} nor at {places[1]}: reinstall the package"
    )
