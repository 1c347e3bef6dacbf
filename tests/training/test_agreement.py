import pytest

from training.corpus.agreement import KINDS, measure_agreement, read_second_labels
from training.corpus.markup import Rules, build_records
from training.errors import CorpusError

RECORD = {
    "id": "k",
    "stance": {"trade": "mixed"},
    "sentiment": "neutral",
    "actors": [{"actor": "A", "stance": {"trade": "favors"}, "sentiment": "neutral", "toward": {"trade": ["B"]}}],
}


def write(tmp_path, paragraph, actor):
    text = f"- {{id: k, labels: {{paragraph: '{paragraph}', A: '{actor}'}}}}\n"
    (tmp_path / "a.yaml").write_text(text, encoding="utf-8")
    return read_second_labels(tmp_path, ["trade"])


def test_same_labels_agree(tmp_path):
    found = measure_agreement([RECORD], write(tmp_path, "mixed trade; neutral", "favors trade > B; neutral"))
    assert found.pop("records") == 1
    assert set(found) == set(KINDS)
    assert found["actor_stance"] == {"n": 1, "alpha": 1.0, "same": 1.0, "f1": 1.0}


def test_mixed_against_favors_is_half_of_it(tmp_path):
    found = measure_agreement([RECORD], write(tmp_path, "favors trade; negative", "opposes trade; neutral"))
    assert found["paragraph_stance"]["f1"] == pytest.approx(2 / 3, abs=1e-3)
    assert found["paragraph_stance"]["same"] == 0
    assert found["actor_stance"]["f1"] == 0.0
    assert found["paragraph_sentiment"]["same"] == 0.0
    assert found["actor_sentiment"]["same"] == 1.0


def test_alpha_of_a_known_table(tmp_path):
    # Two raters, ten items, two values: Krippendorff (2011), Computing Krippendorff's Alpha-Reliability, example A.
    first, second = "0100000000", "1110010010"
    names = {"0": "neutral", "1": "negative"}
    records = [{**RECORD, "id": f"k{i}", "sentiment": names[value], "actors": []} for i, value in enumerate(first)]
    labels = {
        f"k{i}": {"paragraph": {"stance": {"trade": "mixed"}, "sentiment": names[value], "toward": {}}}
        for i, value in enumerate(second)
    }
    assert measure_agreement(records, labels)["paragraph_sentiment"]["alpha"] == pytest.approx(0.095, abs=1e-3)


def test_toward_is_compared_target_by_target(tmp_path):
    record = {**RECORD, "actors": [RECORD["actors"][0], {**RECORD["actors"][0], "actor": "B", "toward": {"trade": []}}]}
    line = "'favors trade; neutral'"
    text = f"- {{id: k, labels: {{paragraph: 'mixed trade; neutral', A: {line}, B: {line}}}}}\n"
    (tmp_path / "a.yaml").write_text(text, encoding="utf-8")
    found = measure_agreement([record], read_second_labels(tmp_path, ["trade"]))
    assert found["toward"] == {"n": 2, "alpha": 0.0, "same": 0.5, "f1": 0.0}


def test_fault_names_the_record(tmp_path):
    with pytest.raises(CorpusError, match=r"a.yaml: k: label 'favors trade' must end in"):
        write(tmp_path, "favors trade", "none; neutral")


def test_unit_that_the_second_annotator_left_out(tmp_path):
    second = write(tmp_path, "none; neutral", "none; neutral")
    with pytest.raises(CorpusError, match="second labels of k: no label for B"):
        measure_agreement([{**RECORD, "actors": [*RECORD["actors"], {**RECORD["actors"][0], "actor": "B"}]}], second)


def test_record_labelled_a_second_time_twice(tmp_path):
    text = "- {id: k, labels: {paragraph: none; neutral}}\n"
    (tmp_path / "a.yaml").write_text(text + text, encoding="utf-8")
    with pytest.raises(CorpusError, match=r"a.yaml: k: labelled a second time already"):
        read_second_labels(tmp_path, ["trade"])


def test_shipped_second_labels_cover_their_records():
    second = read_second_labels(options=Rules.load().options)
    records = {record["id"]: record for record in build_records()}
    assert len(second) >= 500
    for name, units in second.items():
        assert set(units) == {"paragraph", *(actor["actor"] for actor in records[name]["actors"])}
