"""Records <-> Label Studio tasks (its JSON format, for the labelling config of `training.corpus.interface`).

A mention is a region of the control ``actor``, whose label is the actor's code. An actor's stance, toward and sentiment
are choices and text of one region (its first mention on the way out, any on the way back; two that differ are refused).
The paragraph's labels are choices of the task. ``data.record`` carries the whole record, so keys that no control shows
come back untouched; a task that nobody annotated comes back as it went.

Offsets count code points, as Python does: Label Studio's editor converts from and to the browser's UTF-16 code units
itself (``codePointsToChars`` in its ``selection-tools``; its ``ner/emoji`` tests hold it to that). Old versions stored
UTF-16 code units (HumanSignal/label-studio#1347); a region whose ``text`` is not what its offsets span is refused.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from stance.errors import RecordError
from training.corpus.units import (
    PARAGRAPH,
    Record,
    Unit,
    merge_units,
    name_stance,
    read_code,
    read_sentiment,
    read_stance,
    read_units,
)
from training.errors import CorpusError

OTHER = "other"  # the label of a mention whose code stands in the control actor_code
NOBODY = "none"  # toward: labelled, and undirected


def write_tasks(records: Iterable[Mapping[str, Any]], options: Sequence[str]) -> list[dict[str, Any]]:
    """One task a record; raises `CorpusError` that lists every record that cannot be shown.

    A labelled record has an annotation, one with mentions alone a prediction (so it waits to be annotated; what nobody
    submits is not read back).
    """
    tasks, faults = [], []
    for position, record in enumerate(records):
        try:
            units = read_units(record, position, options)
            _check_codes(units, f"record {record.get('id', position)}")
        except (CorpusError, RecordError) as error:
            faults.append(str(error))
            continue
        text = record["text"]
        data = {
            "text": text,
            "id": str(record.get("id", position)),
            "options": list(options),
            "record": {key: value for key, value in record.items() if key != "text"},
        }
        task: dict[str, Any] = {"data": data, "annotations": []}
        results = _write_results(text, units)
        if any(unit.is_labelled for unit in units.values()):
            task["annotations"] = [{"result": results}]
        elif results:
            task["predictions"] = [{"model_version": "mentions", "result": results}]
        tasks.append(task)
    if faults:
        raise CorpusError("\n".join(faults))
    return tasks


def read_tasks(tasks: Any, name: str, options: Sequence[str]) -> list[Record]:
    """One record a task; raises `CorpusError` that lists all faults by task. ``options`` serve tasks that name none."""
    if not isinstance(tasks, list):
        raise CorpusError(f"{name}: a JSON list of tasks expected, got {type(tasks).__name__}; export as JSON")
    records, faults = [], []
    for position, task in enumerate(tasks, start=1):
        try:
            records.append(_read_task(task, position, options))
        except (CorpusError, RecordError) as error:
            faults.append(f"{name}: {_name_task(task, position)}: {error}")
        except (AttributeError, TypeError, KeyError) as error:
            faults.append(f"{name}: {_name_task(task, position)}: not in Label Studio's format: {error}")
    if faults:
        raise CorpusError("\n".join(faults))
    return records


def _check_codes(units: Mapping[str, Unit], where: str) -> None:
    """Refuse codes that would be read back as something else."""
    for code in units:
        if code in (OTHER, NOBODY) or "," in code:
            raise CorpusError(
                f"{where}: actor {code!r}: a code without commas expected, other than {OTHER!r} and {NOBODY!r}, which "
                "mean something else in Label Studio's tasks; rename it"
            )


def _write_results(text: str, units: Mapping[str, Unit]) -> list[dict[str, Any]]:
    """Results of one annotation: regions with what belongs to them, then the paragraph's choices."""
    results: list[dict[str, Any]] = []

    def add(region: str, control: str, kind: str, value: dict[str, Any]) -> None:
        results.append({"id": region, "from_name": control, "to_name": "text", "type": kind, "value": value})

    for code, unit in units.items():
        labelled = min(unit.mentions, default=None)
        for number, (start, end) in enumerate(unit.mentions):
            region, place = f"{code}-{number}", {"start": start, "end": end, "text": text[start:end]}
            add(region, "actor", "labels", {**place, "labels": [code]})
            if [start, end] != labelled:
                continue
            for option, label in unit.stance.items():
                add(region, f"actor_stance_{option}", "choices", {**place, "choices": [name_stance(label)]})
            for option, codes in unit.toward.items():
                add(region, f"actor_toward_{option}", "textarea", {**place, "text": [" ".join(codes) or NOBODY]})
            if unit.sentiment:
                add(region, "actor_sentiment", "choices", {**place, "choices": [unit.sentiment]})
    for option, label in units[PARAGRAPH].stance.items():
        add(f"paragraph-{option}", f"paragraph_stance_{option}", "choices", {"choices": [name_stance(label)]})
    if units[PARAGRAPH].sentiment:
        add("paragraph", "paragraph_sentiment", "choices", {"choices": [units[PARAGRAPH].sentiment]})
    return results


def _name_task(task: Any, position: int) -> str:
    """``task 12 (k-001)``: by Label Studio's id, else its place in the file, and the record's id."""
    task = task if isinstance(task, Mapping) else {}
    data = task.get("data")
    record = f" ({data['id']})" if isinstance(data, Mapping) and "id" in data else ""
    return f"task {task.get('id', position)}{record}"


def _read_task(task: Any, position: int, options: Sequence[str]) -> Record:
    data = task.get("data") if isinstance(task, Mapping) else None
    if not isinstance(data, Mapping) or not isinstance(data.get("text"), str):
        raise CorpusError("an object whose 'data' has a 'text' expected; export as JSON, not JSON_MIN")
    kept = data.get("record")
    if kept is None:
        kept = {"id": str(task.get("id", position)), **{k: v for k, v in data.items() if k not in ("text", "options")}}
    record = {**kept, "text": data["text"]}
    if "id" in record:  # the order of keys is for people
        record = {"id": record.pop("id"), "text": record.pop("text"), **record}
    results = _find_results(task)
    if results is None:
        return record
    options = tuple(data.get("options") or options)
    known = {str(actor["actor"]) for actor in record.get("actors") or []}
    merged = merge_units(record, _ResultReader(data["text"], options, known).read(results))
    read_units(merged, position, options)
    return merged


def _find_results(task: Mapping[str, Any]) -> list[Any] | None:
    """Results of the one annotation that counts; ``None`` where there is none (a prediction is nobody's label)."""
    valid = [annotation for annotation in task.get("annotations") or [] if not annotation.get("was_cancelled")]
    if len(valid) > 1:
        valid = [annotation for annotation in valid if annotation.get("ground_truth")] or valid
    if len(valid) > 1:
        raise CorpusError(f"{len(valid)} annotations; delete all but one, or mark one as ground truth")
    return list(valid[0].get("result") or []) if valid else None


class _ResultReader:
    """Puts the results of one annotation together to units."""

    def __init__(self, text: str, options: Sequence[str], known: set[str]) -> None:
        self._text = text
        self._options = options
        self._known = known
        self._units: dict[str, Unit] = {PARAGRAPH: Unit()}
        self._codes: dict[str, str] = {}  # by region

    def read(self, results: Sequence[Mapping[str, Any]]) -> dict[str, Unit]:
        """All units, the paragraph's first; raises `CorpusError` for what the config does not know."""
        written = {r.get("id"): _read_words(r) for r in results if r.get("from_name") == "actor_code"}
        for result in results:
            if result.get("from_name") == "actor":
                self._add_region(result, written)
        for result in results:
            if result.get("from_name") not in ("actor", "actor_code"):
                self._add_label(result)
        return self._units

    def _add_region(self, result: Mapping[str, Any], written: Mapping[Any, list[str]]) -> None:
        region, value = str(result.get("id")), result.get("value") or {}
        labels, start, end = value.get("labels") or [], value.get("start"), value.get("end")
        where = f"region {region}"
        if not isinstance(start, int) or not isinstance(end, int) or not 0 <= start < end <= len(self._text):
            raise CorpusError(f"{where}: [{start}, {end}] is not within the text of {len(self._text)} characters")
        if len(labels) != 1:
            raise CorpusError(f"{where}: one actor expected, got {labels}; a second one needs a region of its own")
        word = " ".join(written.get(result.get("id"), [])) if labels[0] == OTHER else labels[0]
        code = read_code(word, self._known, where)
        spanned, said = self._text[start:end], value.get("text")
        if isinstance(said, str) and said.replace("\\n", " ").split() != spanned.replace("\\n", " ").split():
            raise CorpusError(
                f"{where}: its words are {said!r}, but [{start}, {end}] of the text is {spanned!r}; offsets in UTF-16 "
                "code units, as old versions of Label Studio wrote them, are not read: mark it again in a newer one"
            )
        self._codes[region] = code
        mentions = self._units.setdefault(code, Unit()).mentions
        if [start, end] not in mentions:
            mentions.append([start, end])

    def _add_label(self, result: Mapping[str, Any]) -> None:
        control = str(result.get("from_name"))
        level, _, rest = control.partition("_")
        kind, _, option = rest.partition("_")
        allowed = ("stance", "toward") if level == "actor" else ("stance",)
        is_known = (kind in allowed and option in self._options) or rest == "sentiment"
        if level not in ("actor", "paragraph") or not is_known:
            raise CorpusError(f"unknown control {control!r}; its options are {', '.join(self._options)}")
        code, where = PARAGRAPH, control
        if level == "actor":
            region = str(result.get("id"))
            if region not in self._codes:
                raise CorpusError(f"{control} of region {region}, which has no actor; label the region or delete it")
            code = self._codes[region]
            where = f"{control} of {code}"
        unit, words = self._units[code], _read_words(result)
        if not words:
            return
        if kind == "toward":
            targets = [] if words == [NOBODY] else list(dict.fromkeys(words))
            _check_same(unit.toward.get(option, targets), targets, where)
            unit.toward[option] = targets
            return
        if len(words) > 1:
            raise CorpusError(f"{where}: one choice expected, got {', '.join(words)}")
        if kind == "stance":
            label = read_stance(words[0], where)
            _check_same(unit.stance.get(option, label), label, where)
            unit.stance[option] = label
        else:
            sentiment = read_sentiment(words[0], where)
            _check_same(unit.sentiment or sentiment, sentiment, where)
            unit.sentiment = sentiment


def _read_words(result: Mapping[str, Any]) -> list[str]:
    """The words of choices or of a text area, where they stand apart by blanks or commas."""
    value = result.get("value") or {}
    if result.get("type") == "textarea":
        texts = value.get("text") or []
        return " ".join([texts] if isinstance(texts, str) else map(str, texts)).replace(",", " ").split()
    return [str(choice) for choice in value.get("choices") or []]


def _check_same(old: Any, new: Any, where: str) -> None:
    """Refuse two labels for one thing."""
    if old != new:
        raise CorpusError(f"{where}: {old!r} on one mention, {new!r} on another; keep one of them")
