import re

import pytest

from stance.heads import HeadSpec
from training.corpus.grammar import build_sentences
from training.corpus.markup import Rules
from training.data import build_targets

OPTIONS = ("pressure", "cooperation", "military")
BACK = "(back|support|endorse|approve|welcome|defend|propose|announce|demand|launch|resume|prepare)"
RESIST = "(oppose|reject|block|scrap|suspend|shelve|halt|condemn|denounce|abandon|resist|balk at)"


@pytest.fixture(scope="module")
def sentences():
    return build_sentences(6000, seed=5)


def test_same_seed_gives_the_same_records(sentences):
    assert build_sentences(200, seed=5) == sentences[:200]
    assert build_sentences(200, seed=6) != sentences[:200]


def test_records_are_valid_and_options_are_those_of_the_corpus(sentences):
    assert Rules.load().options == OPTIONS
    for record in sentences:
        build_targets(record, ("", *(actor["actor"] for actor in record["actors"])), HeadSpec(OPTIONS))
        for actor in record["actors"]:
            assert all(record["text"][start:end].strip() for start, end in actor["mentions"])
        assert "{" not in record["text"]
        assert "  " not in record["text"]
        assert record["text"][0] in "“‘" or record["text"][0].isupper()


# How a sentence is worded and what its only actor with a stance must then have.
@pytest.mark.parametrize(
    ("pattern", "label"),
    [
        (rf"(refused|has no intention|vowed not|declined) to {BACK} ", "opposes"),
        (rf"(refused|has no intention|vowed not|declined) to {RESIST} ", "favors"),
        (rf"(pledged|vowed|decided) to {BACK} ", "favors"),
        (rf"(pledged|vowed|decided) to {RESIST} ", "opposes"),
        (r"would be a mistake, ", "opposes"),
        (r"is long overdue, ", "favors"),
        (r"(denied reports of|insisted it was not seeking) ", "opposes"),
    ],
)
def test_labels_follow_from_the_words(sentences, pattern, label):
    found = [
        record
        for record in sentences
        if "stance" in record and re.search(pattern, record["text"]) and " if " not in record["text"]
    ]
    labels = [[label for a in r["actors"] for label in a["stance"].values() if label] for r in found]
    alone = [names for names in labels if len(names) == 1]  # no second course that another verb goes with
    assert alone
    assert alone == [[label]] * len(alone)


def test_what_an_expert_urges_is_the_paragraphs_alone(sentences):
    found = [r for r in sentences if "stance" in r and re.search(r"said .* should (back|oppose|block) ", r["text"])]
    assert found
    for record in found:
        assert any(record["stance"].values())
        assert not any(label for actor in record["actors"] for label in actor["stance"].values())


def test_both_polarities_are_as_frequent(sentences):
    labels = [label for r in sentences for a in r["actors"] for label in a["stance"].values()]
    assert 0.9 < labels.count("favors") / labels.count("opposes") < 1.1
