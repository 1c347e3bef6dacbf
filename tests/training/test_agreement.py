import pytest

from training.corpus.agreement import measure_agreement, read_second_labels
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
    assert found == {
        "records": 1,
        "units": 2,
        "actor_stance": 1.0,
        "paragraph_stance": 1.0,
        "toward": 1.0,
        "sentiment_same": 1.0,
    }


def test_mixed_against_favors_is_half_of_it(tmp_path):
    found = measure_agreement([RECORD], write(tmp_path, "favors trade; negative", "opposes trade; neutral"))
    assert found["paragraph_stance"] == pytest.approx(2 / 3, abs=1e-3)
    assert found["actor_stance"] == 0.0
    assert found["toward"] == 0.0
    assert found["sentiment_same"] == 0.5


def test_fault_names_the_record(tmp_path):
    with pytest.raises(CorpusError, match=r"a.yaml: k: label 'favors trade' must end in"):
        write(tmp_path, "favors trade", "none; neutral")


def test_shipped_second_labels_cover_their_records():
    second = read_second_labels(options=Rules.load().options)
    records = {record["id"]: record for record in build_records()}
    assert len(second) >= 500
    for name, units in second.items():
        assert set(units) == {"paragraph", *(actor["actor"] for actor in records[name]["actors"])}
