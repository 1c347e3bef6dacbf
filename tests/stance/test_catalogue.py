"""The catalogue file: what it holds, and what is said about a faulty one."""

import datetime as dt
import hashlib

import pytest

from stance.catalogue import Catalogue, Term
from stance.errors import CatalogueError
from stance.paths import find_resource

GOOD = """
focus: [AAA]
actors:
  AAA:
    name: A
    names: [Aland, {text: the A, needs: [BBB], not_before: [Capital]}]
    people:
      - {name: Ann Alder, terms: [2001-01/2002-02, 2010-05-03/]}
  BBB: {name: B, names: [(the) Bland], people: [{name: Bo Berg, when: term, terms: 2003-01-01/2004-12-31}]}
"""


def load(tmp_path, text):
    path = tmp_path / "actors.yaml"
    path.write_text(text, encoding="utf-8")
    return Catalogue.load(path)


def faults(tmp_path, text):
    with pytest.raises(CatalogueError) as caught:
        load(tmp_path, text)
    first, *rest = str(caught.value).split("\n")
    assert first.endswith(f"actors.yaml: {len(rest)} fault(s)")
    return [line.removeprefix("  ") for line in rest]


def test_a_good_file(tmp_path):
    catalogue = load(tmp_path, GOOD)
    assert catalogue.focus == ("AAA",)
    assert list(catalogue.actors) == ["AAA", "BBB"]
    alder = catalogue.actors["AAA"].people[0]
    assert alder.surname == "Alder"
    assert alder.terms == (
        Term(dt.date(2001, 1, 1), dt.date(2002, 2, 28)),
        Term(dt.date(2010, 5, 3), dt.date.max),
    )
    assert catalogue.fingerprint == hashlib.sha256(GOOD.encode()).hexdigest()


FAULTS = [
    ("focus: [AAA]", "focus: [AAA, CCC]", "focus: 'CCC' is not among the actors"),
    ("focus: [AAA]\n", "", "focus: missing"),
    ("focus: [AAA]", "focus: [AAA]\nignor: [x]", "ignor: unknown key; did you mean 'ignore'?"),
    ("name: A\n", "name: A\n    nmaes: [x]\n", "actors.AAA.nmaes: unknown key; did you mean 'names'?"),
    ("name: A\n", "name: 7\n", "actors.AAA.name: a text expected, got 7 (int)"),
    ("[Aland,", "[no,", "actors.AAA.names[0]: a mapping expected, got False (bool)"),
    ("names: [(the) Bland]", "names: Bland", "actors.BBB.names: a list expected, got 'Bland' (str)"),
    ("needs: [BBB]", "needs: [CCC]", "actors.AAA.names: needs of 'the A': 'CCC' is not among the actors"),
    ("2001-01/", "2001-13/", "actors.AAA.people[0].terms[0]: '2001-13' is no date (YYYY-MM-DD or YYYY-MM)"),
    ("2010-05-03/", "soon/", "actors.AAA.people[0].terms[1]: 'soon' is no date (YYYY-MM-DD or YYYY-MM)"),
    (
        "2010-05-03/",
        "since 2010",
        "actors.AAA.people[0].terms[1]: 'since 2010' is no term; write START/END, or START/ for one that lasts",
    ),
    ("2004-12-31", "2002-12-31", "actors.BBB.people[0].terms: ends 2002-12-31 before it starts 2003-01-01"),
    ("terms: 2003-01-01/2004-12-31", "", "actors.BBB.people[0].terms: missing"),
    ("when: term", "when: ever", "actors.BBB.people[0].when: one of term, actor, named expected, got 'ever' (str)"),
    ("Bo Berg,", "Bo Berg, surename: B,", "actors.BBB.people[0].surename: unknown key; did you mean 'surname'?"),
    ("(the) Bland", "Aland", "actors.BBB: 'Aland' stands for AAA at the same time"),
    (
        "name: Bo Berg, when: term, terms: 2003",
        "name: Ann Alder, terms: 2002",
        "actors.BBB: 'Ann Alder' stands for AAA at the same time",
    ),
    ("BBB: {", "Bb: {", "actors.Bb: three capitals expected (ISO 3166-1 alpha-3, or UNO, EUE, NTO)"),
]


@pytest.mark.parametrize(("old", "new", "message"), FAULTS)
def test_a_fault_is_named_with_its_place(tmp_path, old, new, message):
    assert old in GOOD
    assert message in faults(tmp_path, GOOD.replace(old, new))


def test_the_same_name_at_different_times_is_no_fault(tmp_path):
    later = GOOD.replace("Bo Berg, when: term, terms: 2003-01-01", "Ann Alder, terms: 2003-01-01")
    assert load(tmp_path, later).actors["BBB"].people[0].name == "Ann Alder"


def test_all_faults_come_at_once(tmp_path):
    bad = GOOD.replace("[AAA]", "[CCC]").replace("2010-05-03/", "soon/").replace("when: term", "when: x")
    assert len(faults(tmp_path, bad)) == 3


def test_a_file_that_is_no_mapping(tmp_path):
    assert faults(tmp_path, "- a\n") == ["the file: a mapping expected, got ['a'] (list)"]
    assert faults(tmp_path, "") == ["the file: a mapping expected, got None (NoneType)"]


@pytest.mark.parametrize(("text", "words"), [("a: [", "not YAML"), (GOOD + "focus: []\n", "key 'focus' stands twice")])
def test_a_file_that_is_not_yaml(tmp_path, text, words):
    with pytest.raises(CatalogueError, match=words):
        load(tmp_path, text)


def test_the_shipped_catalogue():
    catalogue = Catalogue.load()
    assert catalogue.focus == ("USA", "CHN", "PRK")
    everyone = "USA CHN PRK KOR JPN RUS UNO EUE TWN IND PAK IRN ISR UKR GBR FRA DEU PHL AUS VNM TUR SAU NTO"
    assert set(catalogue.actors) == set(everyone.split())
    assert len(catalogue.fingerprint) == 64
    for code in everyone.split():
        actor = catalogue.actors[code]
        assert actor.name
        assert actor.people
        assert all(term.end > dt.date(2001, 1, 1) for person in actor.people for term in person.terms)


def test_a_missing_resource_names_both_places():
    with pytest.raises(FileNotFoundError, match=r"'nothing\.yaml' ships with stance, yet is neither at .* nor at "):
        find_resource("resources/nothing.yaml", "configs/nothing.yaml")


def test_a_missing_catalogue(tmp_path):
    with pytest.raises(CatalogueError, match=r"none.yaml: a catalogue file expected, No such file or directory"):
        Catalogue.load(tmp_path / "none.yaml")
