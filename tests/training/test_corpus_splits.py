"""The shipped corpus: what is in it, and that nothing in train gives test or dev away."""

import json
from collections import Counter, defaultdict

import pytest

from training.corpus.__main__ import main
from training.corpus.adjudication import VERDICTS, list_conflicts, load_records, read_verdicts
from training.corpus.agreement import measure_agreement, read_second_labels
from training.corpus.card import build_card
from training.corpus.markup import HERE, Rules, build_records

RESULT = {"f1": 0.25, "interval": [0.2, 0.3], "macro_f1": 0.125}


@pytest.fixture(scope="module")
def records():
    return load_records()


@pytest.fixture(scope="module")
def split_of(records):
    rules = Rules.load()
    return {record["id"]: rules.assign_split(record["group"]) for record in records}


def test_no_text_in_two_splits_is_nearly_the_same(records, split_of):
    datasketch = pytest.importorskip("datasketch", reason="needs the extra 'dev'")
    index = datasketch.MinHashLSH(threshold=0.5, num_perm=64)
    twins = {}
    for record in records:
        words = record["text"].lower().split()
        sketch = datasketch.MinHash(num_perm=64, seed=1)
        sketch.update_batch([" ".join(words[i : i + 3]).encode() for i in range(max(1, len(words) - 2))])
        other = {name for name in index.query(sketch) if split_of[name] != split_of[record["id"]]}
        if other:
            twins[record["id"]] = other
        index.insert(record["id"], sketch)
    assert twins == {}


def test_no_text_holds_a_good_part_of_one_in_another_split(records, split_of):
    # What MinHash misses: a retelling inside a longer text. Five runs of four words and 15% of the shorter one's runs.
    words = {record["id"]: record["text"].lower().split() for record in records}
    runs = {name: set(zip(*(said[k:] for k in range(4)), strict=False)) for name, said in words.items()}
    holders, shared = defaultdict(list), Counter()
    for name, found in runs.items():
        for run in found:
            shared.update((other, name) for other in holders[run] if split_of[other] != split_of[name])
            holders[run].append(name)
    near = {pair: n for pair, n in shared.items() if n >= 5 and n >= 0.15 * min(len(runs[name]) for name in pair)}
    assert near == {}


def test_every_record_of_test_was_labelled_twice_and_every_conflict_has_a_verdict(records):
    rules = Rules.load()
    second = read_second_labels(options=rules.options)
    test = [record["id"] for record in records if rules.assign_split(record["group"]) == "test"]
    assert len(test) >= 400
    assert [name for name in test if name not in second] == []
    conflicts = list_conflicts(build_records(), second)
    settled = read_verdicts(HERE / VERDICTS, rules)
    assert [(c["id"], c["unit"]) for c in conflicts if (c["id"], c["unit"]) not in settled] == []
    dev = [record["id"] for record in records if rules.assign_split(record["group"]) == "dev"]
    assert sum(name in second for name in dev) >= 200


def test_agreement_is_above_what_the_corpus_promises():
    report = measure_agreement(build_records(), read_second_labels(options=Rules.load().options))
    assert report["actor_stance"]["alpha"] >= 0.75
    assert min(report[kind]["alpha"] for kind in ("toward", "actor_sentiment", "paragraph_sentiment")) >= 0.7


def test_size_and_hardness(records):
    assert len(records) >= 3000
    assert sum(len(record["actors"]) for record in records) >= 7000
    counts = {name: sum(name in record["phenomena"] for record in records) for name in Rules.load().phenomena}
    assert {name: n for name, n in counts.items() if n < 150} == {}
    lengths = [len(record["text"].split()) for record in records]
    assert min(lengths) >= 8
    assert max(lengths) <= 200
    null = [r for r in records if not any(label for unit in (r, *r["actors"]) for label in unit["stance"].values())]
    assert len(null) >= 0.25 * len(records)
    rest = [r for r in records if r not in null]
    assert sum(len({tuple(a["stance"].items()) for a in r["actors"]}) > 1 for r in rest) >= len(rest) / 3
    groups = Counter(record["group"] for record in records)
    assert sum(n for n in groups.values() if n > 1) >= 400


def test_datasets_opens_what_build_writes(tmp_path):
    datasets = pytest.importorskip("datasets", reason="needs the extra 'train'")
    assert main(["build", "-o", str(tmp_path / "out")]) == 0
    files = {split: str(tmp_path / "out" / f"{split}.jsonl") for split in ("train", "dev", "test")}
    opened = datasets.load_dataset("json", data_files=files, cache_dir=str(tmp_path / "cache"))
    for split, path in files.items():
        with open(path, encoding="utf-8") as lines:
            first = json.loads(next(lines))
        assert opened[split][0]["text"] == first["text"]
        assert opened[split][0]["actors"][0]["mentions"] == first["actors"][0]["mentions"]


def test_data_card_is_of_this_corpus(records):
    card = (HERE / "DATA_CARD.md").read_text(encoding="utf-8")
    second = read_second_labels(options=Rules.load().options)
    fresh = build_card(build_records(), records, second, {"x": RESULT})
    said, now = (text.partition("## What gives labels away")[0] for text in (card, fresh))
    assert said == now, "write it again: python -m training.corpus card -o training/corpus/DATA_CARD.md"


def test_card_command_writes_counts_and_results(tmp_path, capsys):
    text = """
- id: k-1
  genre: news
  text: "[USA|It] met [CHN|them]."
  labels: {paragraph: favors cooperation; neutral, USA: favors cooperation > CHN; neutral, CHN: none; neutral}
"""
    (tmp_path / "texts").mkdir()
    (tmp_path / "texts" / "a.yaml").write_text(text, encoding="utf-8")
    results = {"about": {}, "words": RESULT}
    (tmp_path / "results.json").write_text(json.dumps(results), encoding="utf-8")
    command = ["card", "--texts", str(tmp_path / "texts"), "--baselines", str(tmp_path / "results.json")]
    assert main([*command, "-o", str(tmp_path / "card.md")]) == 0
    card = (tmp_path / "card.md").read_text(encoding="utf-8")
    assert "| actor | cooperation | 1 | 0 | 0 | 1 |" in card
    assert "| words | 0.250 | 0.200–0.300 | 0.125 |" in card
