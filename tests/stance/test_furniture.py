"""Rules that tell page furniture from the story, one line or one page at a time."""

import datetime as dt
import random
import time

import pytest

from stance.furniture import PARAGRAPH, classify, find_date, kind_of, normalise, split_pieces

CAPTION = "Envoy Ann Lee (left) shakes hands with Minister Bo Chen in Beijing on Monday. (Xinhua-Yonhap)"
PROSE = "The two sides agreed to meet again in Geneva before the end of the year."


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ("By Korea Herald", "byline"),
        ("By Jane A. Doe and Kim Min-ho", "byline"),
        ("Jane Doe, Staff Writer", "byline"),
        ("Published : Sept. 29, 2017 - 16:11", "date"),
        ("Published : Sept. 29, 2017 - 16:11 Updated : Sept. 29, 2017 - 18:02", "date"),
        ("Thursday, 12 October 2017, 9:30 p.m. KST", "date"),
        ("2017-10-12T16:11", "date"),
        ("2017.10.12 16:11", "date"),
        ("10/12/2017", "date"),
        ("Updated 3 hours ago", "date"),
        ("• Link copied", "button"),
        ("Facebook | Twitter | E-mail | Print", "button"),
        ("Share this story on Facebook", "button"),
        ("24 comments", "button"),
        ("Advertisement", "advertisement"),
        ("ADVERTISEMENT", "advertisement"),
        ("Story continues below advertisement", "advertisement"),
        ("Read more", "related"),
        ("Read more: Seoul offers talks to the North", "related"),
        ("Related Articles", "related"),
        ("You may also like", "related"),
        ("The Korea Herald", "outlet"),
        ("Reuters", "outlet"),
        ("The New York Times", "outlet"),
        ("Politics", "section"),
        ("Home > World > Asia", "section"),
        ("(khnews@heraldcorp.com).:", "credit"),
        ("By Jane Doe (jane.doe@example.org)", "byline"),
        ("Copyright © 2017 Example Media. All rights reserved.", "credit"),
        ("(Reporting by Ann Lee; Editing by Bo Chen)", "credit"),
        ("Ann Lee contributed to this report.", "credit"),
        ("(Yonhap)", "credit"),
        (CAPTION, "caption"),
        (f"{CAPTION} {CAPTION}", "caption"),
        ("Susan Park, acting head of the Asia desk (Yonhap)", "caption"),
        ("A missile is seen on a launcher in Pyongyang. (KCNA via Reuters)", "caption"),
        ("Photo: KCNA", "caption"),
        ("File photo", "caption"),
    ],
)
def test_a_line_of_furniture_is_known_by_itself(line, kind):
    assert kind_of(line) == kind


@pytest.mark.parametrize(
    "line",
    [
        PROSE,
        "By Monday, the council will vote on new sanctions.",
        "By cutting fuel, Beijing hopes to bring the North back to talks.",
        "The ministry said it would answer any provocation. (Yonhap)",
        "The two sides agreed on talks next week. (Yonhap)",
        "China stands by its ally. (Yonhap)",
        "The launch was reported by the Korean Central News Agency (KCNA).",
        "Nuclear arms pose a threat to all, the official told reporters (Reuters)",
        "On Sept. 29, 2017, the Commerce Ministry ordered the firms to close.",
        "Copyright law is a sore point in the trade talks.",
        "Reporting by the panel shows that sanctions work. Nobody doubts it.",
        "(c) A freeze of all accounts held by the regime.",
        "Share the burden, Mattis tells allies",
        "Never again. Never again.",
        "More on the table than ever. The US wants a deal.",
        "Critics want more.",
        "Write to the desk at desk@example.org with your view of the sanctions.",
        "“The Kim regime (left) no doubt,” he said.",
    ],
)
def test_prose_is_not_taken_for_furniture(line):
    assert kind_of(line) == PARAGRAPH


@pytest.mark.parametrize(
    ("text", "date"),
    [
        ("Published : Sept. 29, 2017 - 16:11", dt.date(2017, 9, 29)),
        ("12 October 2017", dt.date(2017, 10, 12)),
        ("March 3rd, 2018", dt.date(2018, 3, 3)),
        ("2017-10-12T16:11:00+09:00", dt.date(2017, 10, 12)),
        ("2017년 10월 12일", dt.date(2017, 10, 12)),
        ("Feb. 30, 2017, corrected March 1, 2017", dt.date(2017, 3, 1)),
        ("10/12/2017", None),
        ("Sept. 29", None),
    ],
)
def test_dates_on_a_page(text, date):
    assert find_date(text) == date


WRAPPED = (
    "The council met on Monday behind closed doors and could not agree on\n"
    "what to do about the launch. President Donald Trump had asked Russia\n"
    "and China to cut oil deliveries; both refused."
)


def test_a_hard_wrapped_paragraph_is_joined():
    assert split_pieces(f"{WRAPPED}\n\n{PROSE}") == [WRAPPED.replace("\n", " "), PROSE]


def test_two_wrapped_lines_are_joined():
    text = "The council met on Monday behind closed doors and President Donald\nTrump asked it to act."
    assert split_pieces(text) == [text.replace("\n", " ")]


def test_lines_that_are_whole_paragraphs_stay_apart():
    assert split_pieces(f"{PROSE}\nCritics, however, want more.\n{PROSE}") == [
        PROSE,
        "Critics, however, want more.",
        PROSE,
    ]


def test_a_caption_under_a_paragraph_is_cut_off():
    pieces = split_pieces(f"“We agree,” she said. \n{CAPTION} {CAPTION}\n\n{PROSE}")
    assert pieces == ["“We agree,” she said.", f"{CAPTION} {CAPTION}", PROSE]
    assert classify(pieces) == ["", "caption", ""]


def test_a_page_without_blank_lines_is_cut_too():
    pieces = split_pieces(
        f"Envoy lands in Seoul for talks\nBy Jane Doe\nPublished : Oct. 12, 2017 - 16:11\n{PROSE}\n{PROSE}"
    )
    assert classify(pieces) == ["headline", "byline", "date", "", ""]


def test_subheadings_and_links_to_other_stories():
    pieces = [
        "Envoy in Seoul for talks",
        "By Jane Doe",
        PROSE,
        "What comes next",
        PROSE,
        "Related",
        "Kim fires a missile",
    ]
    assert classify(pieces) == ["headline", "byline", "", "subheading", "", "related", "related"]


def test_plain_paragraphs_are_left_alone():
    for pieces in (
        [PROSE],
        [PROSE, PROSE],
        ["Talks failed.", PROSE],
        ["Trump says no", "Xi says yes", "Kim says maybe"],
        ["- oil is capped", "- coal is banned", PROSE],
        ["Trump and Xi agree", PROSE],
        ["He said:", PROSE, PROSE],
    ):
        assert classify(pieces) == [PARAGRAPH] * len(pieces)


def test_a_bare_headline_over_plain_prose():
    assert classify(["Trump and Xi agree on coal", PROSE, PROSE]) == ["headline", "", ""]


def test_something_is_always_a_paragraph():
    assert classify(["Link copied"]) == [PARAGRAPH]
    assert classify(["By Jane Doe", "Link copied"]) == [PARAGRAPH, PARAGRAPH]
    assert classify(["Xi says yes", "Link copied"]) == [PARAGRAPH, "button"]


LINES = [
    *("By Jane Doe", "Link copied", CAPTION, "Related", "Kim fires", "Trump and Xi agree on coal", "Advertisement"),
    *(
        PROSE,
        "“No,” he said.",
        "and then",
        "the end of\tit",
        "\u00a0Oct. 12, 2017 ",
        "- item",
        "***",
        "?",
        "“",
        "(",
        "@",
        "韓国",
    ),
]


@pytest.mark.parametrize("seed", range(300))
def test_nothing_is_lost_or_doubled(seed):
    dice = random.Random(seed)
    text = "".join(
        dice.choice(LINES) + dice.choice(("\n", "\n\n", "\r\n", "\n \n", "\u2029")) for _ in range(dice.randint(1, 12))
    )
    pieces = split_pieces(text)
    kinds = classify(pieces)
    assert " ".join(pieces) == normalise(text)
    assert len(kinds) == len(pieces)
    assert PARAGRAPH in kinds


@pytest.mark.parametrize(
    "unit", ["word ", "A", "A a ", "By A, ", "(", "a@", "“No,” he said. ", "Oct. 1, 2017 ", "a.\n", "A a\n\n"]
)
def test_five_megabytes_pass_quickly(unit):
    text = unit * (5_000_000 // len(unit) if "\n" not in unit else 20_000)
    began = time.perf_counter()
    pieces = split_pieces(text)
    classify(pieces)
    assert time.perf_counter() - began < 1.0


@pytest.mark.parametrize(
    "unit", ["A", "A ", "By A ", "A, ", "(", "((Yonhap ", "a@", "a.", "© ", "Oct. ", "| ", "1 > ", "A. > ", "- "]
)
def test_no_line_is_slow_to_judge(unit):
    began = time.perf_counter()
    for length in (60, 120, 150, 300, 400, 1000):
        kind_of((unit * length)[:length])
    assert time.perf_counter() - began < 0.2
