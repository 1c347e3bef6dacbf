import pytest

from training.corpus.adjudication import apply_verdicts, list_conflicts, read_verdicts
from training.corpus.markup import Rules, parse_label, write_label
from training.errors import CorpusError

RULES = Rules(options=("trade",), genres=frozenset(), phenomena=frozenset())


def make_record():
    unit = {"sentiment": "neutral", "stance": {"trade": "favors"}}
    actors = [{"actor": code, "mentions": [[0, 1]], **unit, "toward": {"trade": []}} for code in ("AAA", "BBB")]
    return {"id": "k", **unit, "actors": actors}


def read(tmp_path, text):
    (tmp_path / "part.yaml").write_text(text, encoding="utf-8")
    return read_verdicts(tmp_path, RULES)


def verdict(unit="AAA", label="opposes trade > BBB; negative", reason="says so"):
    return f"- {{id: k, unit: {unit}, label: '{label}', reason: '{reason}'}}\n"


def test_verdict_replaces_the_label_and_says_why(tmp_path):
    (judged,) = apply_verdicts([make_record()], read(tmp_path, verdict()))
    first, second = judged["actors"]
    assert first["stance"] == {"trade": "opposes"}
    assert first["toward"] == {"trade": ["BBB"]}
    assert first["sentiment"] == "negative"
    assert second == make_record()["actors"][1]
    assert judged["adjudicated"] == [{"unit": "AAA", "reason": "says so"}]


def test_verdict_on_the_paragraph_leaves_its_actors(tmp_path):
    (judged,) = apply_verdicts([make_record()], read(tmp_path, verdict("paragraph", "none; neutral")))
    assert judged["stance"] == {"trade": None}
    assert judged["actors"] == make_record()["actors"]
    assert "toward" not in judged


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (verdict(unit="paragraph"), "verdict on k paragraph: toward BBB: other actors of the record expected"),
        (verdict(label="favors trade > AAA; neutral"), "verdict on k AAA: toward AAA: other actors"),
        (verdict(unit="CCC"), "verdict on k CCC: no such record or unit"),
        (verdict(label="favors trade > CCC; neutral"), "verdict on k AAA: toward CCC: other actors"),
        (verdict(label="favors trade"), "part.yaml: k AAA: label 'favors trade' must end in"),
        (verdict() + verdict(), "part.yaml: k AAA: a second verdict on the same unit"),
        (verdict(reason=" "), "part.yaml: k AAA: a reason in one line expected, got none"),
        ("- {id: k, unit: AAA}\n", r"part.yaml: item 1: a mapping of \['id', 'label', 'reason', 'unit'\] expected"),
        ("- [\n", "part.yaml: not YAML: "),
        ("id: k\n", "part.yaml: item 1: a mapping of "),
    ],
)
def test_bad_verdict_is_refused(tmp_path, text, message):
    with pytest.raises(CorpusError, match=message):
        apply_verdicts([make_record()], read(tmp_path, text))


def test_conflicts_are_the_units_that_differ():
    plain, aimed = "favors trade; neutral", "favors trade > BBB; neutral"
    lines = {"paragraph": plain, "AAA": aimed, "BBB": plain}
    second = {unit: parse_label(line, ("trade",)) for unit, line in lines.items()}
    (conflict,) = list_conflicts([make_record()], {"k": second})
    assert conflict == {"id": "k", "unit": "AAA", "first": plain, "second": aimed}


@pytest.mark.parametrize("line", ["none; neutral", "mixed trade > AAA BBB; negative", "opposes trade; positive"])
def test_label_lines_go_out_and_back(line):
    assert write_label(parse_label(line, ("trade",))) == line
