"""The data card, in Hugging Face's form: what is in the corpus, how well annotators agree, what gives labels away."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from training.corpus.agreement import measure_agreement
from training.corpus.markup import SPLITS, Rules

Records = Sequence[Mapping[str, Any]]
N_ACTORS = 25  # named one by one, the rest counted together

_HEADER = """---
license: cc-by-4.0
language: [en]
pretty_name: Stance in foreign-policy coverage
task_categories: [text-classification, token-classification]
tags: [stance, foreign-policy, target-dependent-sentiment, news]
size_categories: [1K<n<10K]
annotations_creators: [machine-generated]
source_datasets: [original]
configs:
  - config_name: default
    data_files:
      - {split: train, path: train.jsonl}
      - {split: validation, path: dev.jsonl}
      - {split: test, path: test.jsonl}
---
# Stance in foreign-policy coverage

Paragraphs in the manner of news, briefings, hearings, editorials and analysis, with the stance of the paragraph and of
every actor (state) in it on pressure, cooperation and military options, whom it is directed at, and sentiment. All of
it was written and labelled for this project, by language models under [one codebook](CODEBOOK.md). People, offices and
many events are real, the wording and the quotes are not: nothing in it says what anyone said or did. Licence:
[CC BY 4.0](https://creativecommons.org/licenses/by/4.0/).

Written by `python -m training.corpus card`; JSON Lines by `python -m training.corpus build`. The form of a record is in
[README.md](README.md).
"""

_LIMITS = """## Known limits

- One author wrote each paragraph and its labels; only test and a part of dev have second labels and verdicts. Authors
  and annotators are models of one family, so they may share blind spots that alpha does not show.
- English, and the conventions of English-language coverage of 2001 to 2026. No headlines of tabloids, no social media.
- Events are invented or freely retold. It teaches how stance is worded, not what happened; it is no record of events.
- Sentiment of actors is mostly neutral, as in news; positive sentiment is rare.
- Phenomena are tagged by the authors, not checked twice.
"""


def build_card(
    authored: Records, judged: Records, second: Mapping[str, Mapping[str, Any]], results: Mapping[str, Any]
) -> str:
    """The card's text. ``authored`` has the authors' labels, ``judged`` the final ones; ``results`` is by model."""
    rules = Rules.load()
    splits = Counter(rules.assign_split(record["group"]) for record in judged)
    actors = [actor for record in judged for actor in record["actors"]]
    groups = Counter(record["group"] for record in judged)
    lengths = sorted(len(record["text"].split()) for record in judged)
    null = sum(not any(_list_stances(record)) for record in judged)
    differing = sum(_differ(record) for record in judged)
    retold = sum(n for n in groups.values() if n > 1)
    facts = [
        ("paragraphs", f"{len(judged)} ({', '.join(f'{split} {splits[split]}' for split in SPLITS)})"),
        ("actor units", f"{len(actors)} of {len({actor['actor'] for actor in actors})} actors"),
        ("mentions", str(sum(len(actor["mentions"]) for actor in actors))),
        ("words", f"{lengths[0]} to {lengths[-1]} a paragraph, median {lengths[len(lengths) // 2]}"),
        ("no stance of any unit", _share(null, len(judged))),
        ("actors that differ, of the rest", _share(differing, len(judged) - null)),
        ("in scenes told more than once (minimal pairs, triples)", _share(retold, len(judged))),
        ("about the US, China and North Korea", _share(sum(map(_is_core, judged)), len(judged))),
    ]
    parts = [_HEADER, "## Size\n", _write_table(("", ""), facts), "## Labels\n", _describe_labels(judged)]
    for title, counts in (
        ("Genre", _fold(Counter(r["genre"] for r in judged))),
        ("Phenomenon", _fold(Counter(p for r in judged for p in r["phenomena"]))),
        ("Year", Counter(sorted(str(r["date"])[:4] if r.get("date") else "undated" for r in judged))),
        ("Actor", _fold(Counter(actor["actor"] for actor in actors), N_ACTORS)),
    ):
        parts.append(f"**{title}**: " + ", ".join(f"{name} {n}" for name, n in counts.items()) + "\n")
    parts += ["## Agreement\n", _describe_agreement(authored, judged, second), *_describe_leaks(results), _LIMITS]
    return "\n".join(parts)


def _list_stances(record: Mapping[str, Any]) -> list[str]:
    units = (record, *record["actors"])
    return [label for unit in units for label in unit["stance"].values() if label is not None]


def _differ(record: Mapping[str, Any]) -> bool:
    return any(_list_stances(record)) and len({tuple(a["stance"].items()) for a in record["actors"]}) > 1


def _is_core(record: Mapping[str, Any]) -> bool:
    """Whether two of the three are in it, or North Korea."""
    codes = {actor["actor"] for actor in record["actors"]}
    return "PRK" in codes or len(codes & {"USA", "CHN", "PRK"}) >= 2


def _share(n: int, of: int) -> str:
    return f"{n} ({n / of:.0%})" if of else "0"


def _fold(counts: Counter[str], n_kept: int | None = None) -> dict[str, int]:
    """The most frequent, in order, and one entry for all others."""
    kept = dict(counts.most_common(n_kept))
    rest = len(counts) - len(kept)
    return {**kept, **({f"and {rest} others": sum(counts.values()) - sum(kept.values())} if rest else {})}


def _describe_labels(records: Records) -> str:
    """Counts of every label, of paragraphs and of actors."""
    rows: list[tuple[str, ...]] = []
    names = ("favors", "opposes", "mixed", None)
    kinds = {"actor": [actor for record in records for actor in record["actors"]], "paragraph": list(records)}
    for kind, units in kinds.items():
        for option in units[0]["stance"] if units else ():
            counts = Counter(unit["stance"][option] for unit in units)
            rows.append((kind, option, *(str(counts[name]) for name in names)))
    table = _write_table(("unit", "option", "favors", "opposes", "mixed", "null"), rows)
    sentiment = [
        f"{kind}s " + ", ".join(f"{name} {n}" for name, n in Counter(unit["sentiment"] for unit in units).most_common())
        for kind, units in kinds.items()
    ]
    return f"{table}\n**Sentiment**: {'; '.join(sentiment)}\n"


def _describe_agreement(authored: Records, judged: Records, second: Mapping[str, Mapping[str, Any]]) -> str:
    """Krippendorff's alpha by kind of label, before verdicts, and how many verdicts there are."""
    report = measure_agreement(authored, second)
    rules = Rules.load()
    where = Counter(rules.assign_split(record["group"]) for record in authored if record["id"] in second)
    verdicts = [verdict for record in judged for verdict in record.get("adjudicated", ())]
    rows = [
        (kind.replace("_", " "), str(entry["n"]), *(f"{entry[name]:.3f}" for name in ("alpha", "same", "f1")))
        for kind, entry in report.items()
        if kind != "records" and entry["n"]
    ]
    said = ", ".join(f"{n} of {split}" for split, n in sorted(where.items()))
    intro = (
        f"{report['records']} paragraphs ({said}) were labelled a second time by annotators who saw the codebook\n"
        "and the text alone (`second_labels/`). Alpha is Krippendorff's, nominal;\n"
        "F1 is of one's cells against the other's.\n"
    )
    outro = (
        f"Where they differ a third decided: {len(verdicts)} verdicts, each with its reason (`adjudications/`,\n"
        "and `adjudicated` in a record). The labels are the authors' under these verdicts.\n"
    )
    return "\n".join([intro, _write_table(("label", "n", "alpha", "same", "F1"), rows), outro])


def _describe_leaks(results: Mapping[str, Any]) -> list[str]:
    """What simple models reach on test, from the baselines' results and the shipped model's metrics, where given."""
    if not results:
        return []
    rows = [
        (
            name,
            f"{entry['f1']:.3f}",
            f"{entry['interval'][0]:.3f}–{entry['interval'][1]:.3f}",
            f"{entry['macro_f1']:.3f}",
        )
        for name, entry in results.items()
    ]
    return [
        "## What gives labels away\n",
        "Actor stance cells of test; encoder and baselines trained on train.\n",
        _write_table(("model", "F1", "interval", "macro-F1"), rows),
    ]


def _write_table(header: Iterable[str], rows: Iterable[Sequence[str]]) -> str:
    """A table in Markdown."""
    cells = [tuple(header), *rows]
    lines = ["| " + " | ".join(row) + " |" for row in cells]
    return "\n".join([lines[0], "|" + " --- |" * len(cells[0]), *lines[1:]]) + "\n"
