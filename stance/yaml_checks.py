"""Checks of hand-edited YAML: all faults at once, each with its dotted path and, for a mistyped key, a guess."""

from __future__ import annotations

import difflib
import reprlib
from collections.abc import Collection
from typing import Any

import yaml


class StrictLoader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """YAML's safe loader that also refuses a key given twice, where YAML would keep the last one silently."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        """Build a mapping once its keys are known to differ."""
        seen: set[str] = set()
        for key, _ in node.value:
            if str(key.value) in seen:
                raise yaml.MarkedYAMLError(problem=f"key '{key.value}' stands twice", problem_mark=key.start_mark)
            seen.add(str(key.value))
        return dict(super().construct_mapping(node, deep))


class Checks:
    """Collects faults instead of stopping at the first; each helper returns something usable after a fault."""

    def __init__(self) -> None:
        self.faults: list[str] = []

    def fault(self, path: str, what: str) -> None:
        """Note one fault."""
        self.faults.append(f"{path}: {what}" if path else what)

    def mapping(self, path: str, raw: Any, allowed: set[str], required: set[str]) -> dict[str, Any]:
        """A mapping with no unknown and no missing key."""
        value = self.plain(path, raw)
        for key in value:
            if key not in allowed:
                close = difflib.get_close_matches(str(key), sorted(allowed), 1)
                hint = f"; did you mean '{close[0]}'?" if close else f"; known: {', '.join(sorted(allowed))}"
                self.fault(f"{path}.{key}".lstrip("."), f"unknown key{hint}")
        if isinstance(raw, dict):
            for key in sorted(required - value.keys()):
                self.fault(f"{path}.{key}".lstrip("."), "missing")
        return value

    def plain(self, path: str, raw: Any) -> dict[Any, Any]:
        """A mapping with any keys; nothing at all is an empty one."""
        if isinstance(raw, dict):
            return raw
        if raw is not None or not path:
            self.fault(path or "the file", f"a mapping expected, got {_shown(raw)}")
        return {}

    def items(self, path: str, raw: Any) -> list[Any]:
        """A list; nothing at all is an empty one."""
        if raw is not None and not isinstance(raw, list):
            self.fault(path, f"a list expected, got {_shown(raw)}")
        return raw if isinstance(raw, list) else []

    def strings(self, path: str, raw: Any) -> tuple[str, ...]:
        """One text or a list of texts; nothing at all is an empty list."""
        items = [] if raw is None else raw if isinstance(raw, list) else [raw]
        for i, item in enumerate(items):
            if not isinstance(item, str) or not item.strip():
                self.fault(f"{path}[{i}]" if isinstance(raw, list) else path, f"a text expected, got {_shown(item)}")
        return tuple(item for item in items if isinstance(item, str) and item.strip())

    def members(self, path: str, raw: Any, known: Collection[str], of: str) -> tuple[str, ...]:
        """Texts that must be among the known ones."""
        found = self.strings(path, raw)
        for text in found:
            if text not in known:
                self.fault(path, f"'{text}' is not among {of}")
        return found

    def typed(self, path: str, value: Any, kind: type) -> Any:
        """A text or a truth value."""
        if isinstance(value, kind):
            return value
        self.fault(path, f"{'true or false' if kind is bool else 'a text'} expected, got {_shown(value)}")
        return kind()

    def choice(self, path: str, value: Any, allowed: tuple[str, ...]) -> str:
        """One of a few words."""
        if value not in allowed:
            self.fault(path, f"one of {', '.join(allowed)} expected, got {_shown(value)}")
        return str(value)


def _shown(value: Any) -> str:
    return f"{reprlib.repr(value)} ({type(value).__name__})"
