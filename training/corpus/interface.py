"""The Label Studio labelling config for the codebook's labels: what an annotator sees."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from xml.etree import ElementTree as Xml

from stance.catalogue import Catalogue
from stance.types import SENTIMENTS
from training.corpus.labelstudio import NOBODY, OTHER
from training.corpus.units import STANCES

_COLOURS = (
    "#1f77b4",
    "#d62728",
    "#2ca02c",
    "#9467bd",
    "#ff7f0e",
    "#17becf",
    "#8c564b",
    "#e377c2",
    "#7f7f7f",
    "#bcbd22",
)
_STATE = re.compile(r"[A-Z]{3}$")


def list_actors(records: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """Actor codes to choose from, with names: those of the records, and the catalogue's where they are of its kind."""
    codes = {str(actor["actor"]) for record in records for actor in record.get("actors") or []}
    catalogue = {code: actor.name for code, actor in Catalogue.load().actors.items()}
    if all(_STATE.match(code) for code in codes):
        codes |= catalogue.keys()
    return {code: catalogue.get(code, "") for code in sorted(codes)}


def write_config(options: Sequence[str], actors: Mapping[str, str]) -> str:
    """The config as XML: mentions above the text; below it the selected mention's actor, or the paragraph."""
    root = Xml.Element("View")
    Xml.SubElement(root, "Style").text = ".htx-text { white-space: pre-wrap; line-height: 1.8 }"
    _add(root, "Header", value="$id", size="5")
    _add(root, "Filter", name="find", toName="actor", minlength="0", hotkey="shift+f", placeholder="Find an actor code")
    labels = _add(root, "Labels", name="actor", toName="text", choice="single", showInline="true")
    for number, (code, name) in enumerate({**actors, OTHER: "an actor that is not listed"}.items()):
        label = _add(labels, "Label", value=code, background=_COLOURS[number % len(_COLOURS)])
        if name:
            label.set("hint", name)
    _add(root, "Text", name="text", value="$text", granularity="symbol")

    actor = _add(root, "View", visibleWhen="region-selected")
    _add(actor, "Header", value="Actor of the selected mention (label it on one of its mentions)", size="5")
    other = _add(actor, "View", visibleWhen="region-selected", whenLabelValue=OTHER)
    _add_text(other, "actor_code", "its code, three capitals")
    for option in options:
        _add_choices(actor, f"actor_stance_{option}", option, STANCES, per_region=True)
        _add_text(actor, f"actor_toward_{option}", f"toward: codes of actors, apart by blanks; {NOBODY} = at nobody")
    _add_choices(actor, "actor_sentiment", "sentiment", SENTIMENTS, per_region=True)

    paragraph = _add(root, "View", visibleWhen="no-region-selected")
    _add(paragraph, "Header", value="Paragraph", size="5")
    for option in options:
        _add_choices(paragraph, f"paragraph_stance_{option}", option, STANCES)
    _add_choices(paragraph, "paragraph_sentiment", "sentiment", SENTIMENTS)
    Xml.indent(root)
    return Xml.tostring(root, encoding="unicode") + "\n"


def _add(parent: Xml.Element, tag: str, **attributes: str) -> Xml.Element:
    return Xml.SubElement(parent, tag, attributes)


def _add_choices(
    parent: Xml.Element, name: str, title: str, values: Iterable[str], *, per_region: bool = False
) -> None:
    """One single-choice control under its title."""
    _add(parent, "Header", value=title, size="6")
    control = _add(parent, "Choices", name=name, toName="text", choice="single", showInline="true")
    if per_region:
        control.set("perRegion", "true")
    for value in values:
        _add(control, "Choice", value=value)


def _add_text(parent: Xml.Element, name: str, hint: str) -> None:
    """One line of text of the selected region."""
    control = _add(parent, "TextArea", name=name, toName="text", perRegion="true", placeholder=hint)
    control.attrib.update({"rows": "1", "maxSubmissions": "1", "editable": "true"})
