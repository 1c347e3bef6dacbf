"""Who is found in a sentence, on which date, and who is not."""

import datetime as dt
import itertools
import time

import pytest

from stance.actors import ActorFinder, Catalogue
from stance.types import Paragraph

DAY = dt.date(2017, 9, 29)
FINDER = ActorFinder(Catalogue.load())


def found(text, day=DAY, context=()):
    mentions = FINDER.find(Paragraph("p", text, date=day), context)
    assert [m.start for m in mentions] == sorted(m.start for m in mentions)
    assert all(a.end <= b.start for a, b in itertools.pairwise(mentions))
    return [(m.actor, text[m.start : m.end]) for m in mentions]


# One sentence a line: text | CODE surface; CODE surface. Nothing after the bar: nobody is mentioned.
SENTENCES = """
# names and their edges
China's patience is wearing thin. | CHN China
China’s patience is wearing thin. | CHN China
The US-backed plan went nowhere. | USA US
A China-North Korea railway bridge was closed. | CHN China; PRK North Korea
Envoys of North and South Korea met at dawn. | PRK North; KOR South Korea
North Korea fired again. | PRK North Korea
South Korean marines landed first. | KOR South Korean
The United States objected. | USA The United States
He said the United States objected. | USA the United States
Tell us when the ship sails. |
The US said so. | USA US
Diplomats came from the U.S. and left. | USA U.S.
They blame the U.S. | USA U.S.
They blame the U.S, she wrote. | USA U.S
They blame the US. | USA US
The U.S.-Japan alliance holds. | USA U.S.; JPN Japan
Veterans of the U.S.S.R. gathered. |
A fee of US$5 applies. |
PLEASE TELL US NOW. |
The Democratic People's Republic of Korea objected. | PRK The Democratic People's Republic of Korea
The People’s Republic of China objected. | CHN The People’s Republic of China
The DPRK and the ROK have hotlines. | PRK The DPRK; KOR the ROK
America must not blink. | USA America
Korea has four seasons. |
The Korean was silent. |
# metonyms, seats, institutions
Washington urged Beijing to lean on Pyongyang. | USA Washington; CHN Beijing; PRK Pyongyang
The Kremlin and the White House both denied it. | RUS The Kremlin; USA the White House
The Blue House welcomed the offer. | KOR The Blue House
Zhongnanhai keeps its counsel. | CHN Zhongnanhai
A Pentagon official shrugged. | USA Pentagon
China's Commerce Ministry set a deadline. | CHN China; CHN Commerce Ministry
The Commerce Ministry set a deadline. |
The foreign ministry in Beijing protested. | CHN The foreign ministry; CHN Beijing
Canada's foreign ministry told China to wait. | CHN China
The State Department demurred. | USA The State Department
The Workers' Party met behind closed doors. | PRK The Workers' Party
The Security Council condemned the launch. | UNO The Security Council
China backed two UN Security Council resolutions. | CHN China
UN inspectors were refused entry. | UNO UN
The European Union renewed its list. | EUE The European Union
NATO will not expand its mandate. | NTO NATO
The Chinese side regretted it. | CHN The Chinese side
The UN chief regretted it. | UNO The UN chief
Seoul: North says test succeeded. | KOR Seoul; PRK North
The Senate and North Carolina agreed. |
The Kim regime will not bend. | PRK The Kim regime
# mere places
Talks in Beijing ended early. |
Officials in Beijing were silent. | CHN Beijing
Nobody in Tokyo was surprised. | JPN Tokyo
The Hanoi summit collapsed. |
Heavy snow fell on Washington state. |
She lives in Washington, D.C. and commutes. |
Patrols in the South China Sea went on. |
A typhoon crossed the East China Sea. |
Fires spread across New South Wales. |
SEOUL, South Korea (AP) — The missile flew over Japan. | JPN Japan
# people, press, learning, firms, sport
The Washington Post asked about it. |
A Washington Times columnist disagreed. |
George Washington crossed the river. |
She teaches at the University of Washington. |
The Beijing Olympics opened on time. |
A Peking University lecturer wrote the paper. |
China Daily reported the visit. |
China Daily accused the envoy of bad faith. | CHN China Daily
The South China Morning Post has the story. |
The Korea Herald and the Korea Times have it. |
The Japan Times and the Moscow Times have it. |
The Bank of China opened a branch. |
The US Open starts today. |
US citizens were told to leave. |
American tourists were told to leave. |
Chinese companies profit from it. |
Harsher penalties for Chinese private banks would hurt. |
Chinese officials deny it. | CHN Chinese
American carriers sailed north. | USA American
Former U.S. officials doubt it. |
A Beijing-based consultancy doubts it. |
Many Korean-American voters doubt it. |
A China expert doubts it. |
China's economy slowed. | CHN China
# people in office
President Donald Trump signed it. | USA President Donald Trump
Mr. Trump signed it. | USA Mr. Trump
Ivanka Trump smiled. |
He walked past Trump Tower. |
US Secretary of State Rex Tillerson landed. | USA US; USA Secretary of State Rex Tillerson
Tillerson landed. | USA Tillerson
Mr. Xi and Mr. Putin shook hands. | CHN Mr. Xi; RUS Mr. Putin
Kim Jong Un waved. | PRK Kim Jong Un
Kim Jong-un waved. | PRK Kim Jong-un
Recep Tayyip Erdoğan waved. | TUR Recep Tayyip Erdoğan
Recep Tayyip Erdogan waved. | TUR Recep Tayyip Erdogan
Susan Thornton testified; Thornton was calm. | USA Susan Thornton; USA Thornton
Thornton was calm. |
President Moon Jae-in called; Moon was calm. | KOR President Moon Jae-in; KOR Moon
The moon rose over the lake and Moon smiled. |
Foreign Minister Wang Yi spoke. | CHN Foreign Minister Wang Yi
Wang smiled. |
Beijing was firm, and Wang smiled. | CHN Beijing; CHN Wang
Kim is a common name. |
Pyongyang was firm, and Kim smiled. | PRK Pyongyang; PRK Kim
Kim Hyun-wook, a professor, watched Pyongyang; Kim sighed. | PRK Pyongyang
Park and Lee opened a bakery. |
Pyongyang heard that Chairman Kim had left. | PRK Pyongyang; PRK Chairman Kim
Meeting Chairman Kim was President Trump's idea. | PRK Chairman Kim; USA President Trump
Seoul's Defense Minister Kim flew to see Pyongyang's troops. | KOR Seoul; KOR Defense Minister Kim; PRK Pyongyang
Prime Minister Theresa May spoke in May; May was firm. | GBR Prime Minister Theresa May; GBR May
Sen. Jane Roe of Ohio objected. | USA Sen.
# words that need their actor in sight
The North sank the ship. |
Pyongyang knows that the North is short of fuel. | PRK Pyongyang; PRK the North
Seoul said the South would wait for the North. | KOR Seoul; KOR the South; PRK the North
They drove to the north of South Korea. | KOR South Korea
The North Sea is rough, say South Korean sailors. | KOR South Korean
The young autocrat smiled. |
North Korea is poor, but the young autocrat smiled. | PRK North Korea; PRK the young autocrat
The regime will not bend. |
Trump said the president decides. | USA Trump; USA the president
"""


def rows():
    for line in SENTENCES.strip().splitlines():
        if line and not line.startswith("#"):
            text, _, expected = line.rpartition("|")
            pairs = [tuple(part.strip().split(" ", 1)) for part in expected.split(";") if part.strip()]
            yield pytest.param(text.strip(), pairs, id=text.strip())


@pytest.mark.parametrize(("text", "expected"), list(rows()))
def test_sentence(text, expected):
    assert found(text) == expected


@pytest.mark.parametrize(
    ("text", "context", "expected"),
    [
        ("The North sank the ship.", ["PRK"], [("PRK", "The North")]),
        ("The regime will not bend.", ["USA", "PRK"], [("PRK", "The regime")]),
        ("The regime will not bend.", ["USA"], []),
        ("The regime will not bend.", ["IRN", "PRK"], []),
        ("Thornton was calm.", ["USA"], [("USA", "Thornton")]),
        ("Kim smiled.", ["CHN", "PRK"], [("PRK", "Kim")]),
        ("The Commerce Ministry set a deadline.", ["CHN"], [("CHN", "The Commerce Ministry")]),
        ("The foreign ministry protested.", ["CHN"], [("CHN", "The foreign ministry")]),
        ("The foreign ministry protested.", ["CHN", "JPN"], []),
    ],
)
def test_what_the_article_has_mentioned_counts_as_context(text, context, expected):
    assert found(text, context=context) == expected


@pytest.mark.parametrize(
    ("text", "day", "expected"),
    [
        ("Rex Tillerson flew home.", "2015-06-01", []),
        ("Tillerson flew home.", "2015-06-01", []),
        ("Secretary Tillerson flew home.", "2018-03-31", [("USA", "Secretary Tillerson")]),
        ("Secretary Tillerson flew home.", "2018-04-01", []),
        ("President Obama spoke.", "2015-06-01", [("USA", "President Obama")]),
        ("Former President Obama spoke.", "2019-06-01", []),
        ("Obama spoke.", "2019-06-01", []),
        ("President Trump spoke.", "2019-06-01", [("USA", "President Trump")]),
        ("Former President Trump spoke.", "2022-06-01", []),
        ("President-elect Donald Trump spoke.", "2016-12-01", []),
        ("President Trump spoke.", "2025-06-01", [("USA", "President Trump")]),
        ("Ban Ki-moon spoke.", "2005-06-01", [("KOR", "Ban Ki-moon")]),
        ("Ban Ki-moon spoke.", "2012-06-01", [("UNO", "Ban Ki-moon")]),
        ("Ursula von der Leyen spoke.", "2015-06-01", [("DEU", "Ursula von der Leyen")]),
        ("Ursula von der Leyen spoke.", "2022-06-01", [("EUE", "Ursula von der Leyen")]),
        ("Seoul agreed; President Park smiled.", "2014-06-01", [("KOR", "Seoul"), ("KOR", "President Park")]),
        ("Seoul agreed; President Park smiled.", "2018-06-01", [("KOR", "Seoul")]),
        ("Kim Jong-il waved.", "2012-06-01", []),
        ("Ali Khamenei spoke.", "2026-02-28", [("IRN", "Ali Khamenei")]),
        ("Ali Khamenei spoke.", "2026-03-01", []),
        ("The Department of War objected.", "2024-06-01", []),
        ("The Department of War objected.", "2026-06-01", [("USA", "The Department of War")]),
    ],
)
def test_the_date_decides_who_holds_an_office(text, day, expected):
    assert found(text, dt.date.fromisoformat(day)) == expected


def test_without_a_date_today_decides():
    assert found("Barack Obama spoke.", None) == []
    assert found("China spoke.", None) == [("CHN", "China")]


def test_how_tells_names_from_offices():
    mentions = FINDER.find(Paragraph("p", "Beijing heard Trump and the foreign ministry of Japan.", date=DAY))
    assert [(m.actor, m.how) for m in mentions] == [
        ("CHN", "alias"),
        ("USA", "office"),
        ("JPN", "alias"),
        ("JPN", "alias"),
    ]
    assert {m.paragraph_id for m in mentions} == {"p"}


@pytest.mark.parametrize("text", ["", " ", "\n", "’", "U.", "the"])
def test_nothing_to_find(text):
    assert found(text) == []


def test_a_paragraph_leaves_no_trace_in_the_next():
    assert found("North Korea warned of war.") != []
    assert found("The regime will not bend.") == []


def test_line_breaks_and_hard_blanks_inside_a_name():
    assert found("The United\nStates and North\u00a0Korea met.") == [
        ("USA", "The United\nStates"),
        ("PRK", "North\u00a0Korea"),
    ]


def test_finding_is_fast():
    text = (
        "Washington hopes that a combination of UN and US sanctions and a strong signal from Pyongyang's main trade "
        "partner China will convince Kim Jong-un's regime of its isolation. If the young autocrat then tones down his "
        "war of words with a no less provocative Trump and halts his nuclear and missile tests, he might be drawn to "
        "the table to discuss disarmament, said a spokesman for the Foreign Ministry in Seoul."
    )
    paragraph = Paragraph("p", text, date=DAY)
    best = float("inf")
    for _ in range(20):
        began = time.perf_counter()
        for _ in range(10):
            FINDER.find(paragraph)
        best = min(best, (time.perf_counter() - began) / 10)
    assert best < 0.001  # a third of this is the aim; the rest is room for a busy machine


def test_long_texts_take_time_in_proportion():
    text = "A A. " * 4_000 + "US officials told Beijing of Kim's plan, and the regime in Pyongyang knew. " * 1_000
    began = time.perf_counter()
    assert len(found(text)) == 5_000
    assert time.perf_counter() - began < 5


def test_the_sample_article_knows_its_actors():
    text = (
        "Last week, US President Donald Trump signed an executive order that gave more authority to the Treasury "
        "Department to cut off banks and companies doing business with North Korea from the US financial system."
    )
    assert found(text) == [
        ("USA", "US"),
        ("USA", "President Donald Trump"),
        ("USA", "the Treasury Department"),
        ("PRK", "North Korea"),
        ("USA", "US"),
    ]
