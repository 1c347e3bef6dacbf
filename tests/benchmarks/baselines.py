"""What a model must beat on the corpus: always-favors, the actor's name alone, and bag-of-words regressions.

``python -m tests.benchmarks.baselines --split dev -o tests/benchmarks/results/baselines_dev.json``

Each gives yes/no cells (actor x option x favors/opposes), scored like `training.evaluate`'s ``actor_stance_f1``.
``words`` sees the paragraph, ``words+name`` also the actor's code, ``name`` the code alone.
"""

import argparse
import json
from pathlib import Path

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression

from training.corpus.adjudication import load_records
from training.corpus.markup import Rules
from training.data import STANCES
from training.metrics import bootstrap_interval, count_f1


def collect_units(records):
    """Text, code and gold cells ``(units, options * 2)`` of every actor, with its record's index."""
    units = [
        (record["text"], actor["actor"], actor["stance"], i)
        for i, record in enumerate(records)
        for actor in record["actors"]
    ]
    gold = np.array([[p for label in stance.values() for p in STANCES[label]] for _, _, stance, _ in units], dtype=bool)
    return [text for text, *_ in units], [code for _, code, *_ in units], gold, [i for *_, i in units]


def predict_words(train_inputs, train_gold, inputs, threshold):
    vectorizer = TfidfVectorizer(ngram_range=(1, 2), min_df=2, sublinear_tf=True)
    features, found = vectorizer.fit_transform(train_inputs), vectorizer.transform(inputs)
    columns = [
        LogisticRegression(C=10, max_iter=1000, class_weight="balanced")
        .fit(features, column)
        .predict_proba(found)[:, 1]
        for column in train_gold.T
    ]
    return np.stack(columns, axis=1) >= threshold


def describe(gold, label, record):
    flat = np.repeat(record, gold.shape[1])
    yes, found = gold.ravel(), label.ravel()
    per_label = [count_f1(g, f) for g, f in zip(gold.T, label.T, strict=True) if g.any()]
    low, high = bootstrap_interval(flat, lambda index: count_f1(yes[index], found[index]))
    return {
        "f1": round(count_f1(yes, found), 4),
        "interval": [low, high],
        "macro_f1": round(float(np.mean(per_label)), 4),
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--split", choices=["dev", "test"], default="dev")
    parser.add_argument("-o", "--output", type=Path, required=True)
    options = parser.parse_args()
    rules = Rules.load()
    splits = {"train": [], "dev": [], "test": []}
    for record in load_records():
        splits[rules.assign_split(record["group"])].append(record)
    texts, codes, train_gold, _ = collect_units(splits["train"])
    inputs, names, gold, record = collect_units(splits[options.split])
    always = np.zeros_like(gold)
    always[:, 0::2] = True

    def join(words, codes):
        return [f"{word} actor_{code}" for word, code in zip(words, codes, strict=True)]

    report = {
        "about": {
            "split": options.split,
            "records": len(splits[options.split]),
            "units": len(inputs),
            "train": len(splits["train"]),
        },
        "always_favors": describe(gold, always, record),
        "name": describe(gold, predict_words(codes, train_gold, names, 0.5), record),
        "words": describe(gold, predict_words(texts, train_gold, inputs, 0.5), record),
        "words+name": describe(gold, predict_words(join(texts, codes), train_gold, join(inputs, names), 0.5), record),
    }
    options.output.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(report, indent=1))


if __name__ == "__main__":
    main()
