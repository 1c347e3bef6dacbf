"""Page furniture: cut plain text into pieces and tell headlines, bylines, captions and buttons from the story.

Two kinds of rule. *Sure* rules (`kind_of`) look at one line alone. *Place* rules (`classify`) look at where a short
line without a full stop stands, and only on pages where a sure rule hit: plain paragraphs are left alone.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from itertools import pairwise

PARAGRAPH = ""
_AGENCY = (
    r"Yonhap|Reuters|AFP|AP|EPA(?:-EFE)?|Xinhua|KCNA|Kyodo|TASS|UPI|Newsis|Bloomberg|Getty(?: Images)?|"
    r"(?:The )?Associated Press|Agence France-Presse|(?:The )?Korea Herald"
)
_CREDIT_AT_END = re.compile(rf"(?:\((?:[^()]{{0,40}}\W)?(?:{_AGENCY})(?:\W[^()]{{0,40}})?\)|[/|]\s*(?:{_AGENCY}))\s*$")
_SIDE = re.compile(
    r"\((?:from |second from |third from |far |front |top |bottom )?(?:left|right|cent(?:er|re)|back)\b[^()]{0,40}\)"
)
_PHOTO_VERB = re.compile(
    r"\b(?:shakes?(?: hands)|poses? (?:for|with)|waves (?:to|at|as|from)|gestures (?:as|to|while|during)"
    r"|looks (?:on|at)|answers (?:questions|reporters)|speaks|attends|arrives|walks|listens|delivers|meets"
    r"|greets|smiles|watches|inspects|claps|(?:is|are) (?:seen|pictured|shown))\b"
)
_SPEECH = re.compile(r"[“”\"]|\b(?:said|told|according|added|reported)\b")
_PHOTO_LABEL = re.compile(
    r"(?:(?:photo|image|picture|video|graphic|caption)(?: credit| by| courtesy of)?\s*:.{1,250}"
    r"|[\[(]?(?:file |handout |undated )?(?:photo|image|picture)(?: (?:by|courtesy of) [^.]{1,60})?[\])]?)",
    re.I,
)
_BUTTON = re.compile(
    r"(?:link copied|copy (?:link|url)|share (?:this|on|via)\b.{0,30}|font size.{0,20}|listen to this .{0,20}"
    r"|(?:view|show|leave a|\d+) comments?|click here.{0,60}|follow us.{0,60}"
    r"|sign up for (?:our|the|free|daily)\b.{0,60}|\d+ min(?:ute)? read|log ?in|sign in"
    r"|subscribe (?:to|now|today)\b.{0,60}|skip to .{0,30}|back to top|a[+-] ?a[+-])",
    re.I,
)
_BUTTON_WORD = re.compile(
    r"(?:share|print|e-?mail|save|bookmark|tweet|facebook|twitter|whatsapp|linkedin|reddit|telegram|kakao(?:talk)?"
    r"|pinterest|line|x|comments?|subscribe|login|menu|search|close|copy)?",
    re.I,
)
_AD = re.compile(r"(?:advertisements?|ad|sponsored(?: content)?|(?:story|article) continues below.{0,30})", re.I)
_RELATED = re.compile(
    r"(?:(?:related|read more|see also|also read|more on this|tags?|topics?|keywords?)\s*:[^.]{0,200}"
    r"|related(?: (?:articles?|stories|news|content|topics|coverage|links?))?|read more(?: (?:here|at|on)\b.{0,60})?"
    r"|see also|also read|more (?:from|on|in) [^.]{1,60}|most (?:read|popular|viewed)|recommended(?: for you)?"
    r"|trending(?: now)?"
    r"|you may (?:also )?like|up next|editor[’']?s picks?|tags?|topics?|keywords?)",
    re.I,
)
_OUTLET = re.compile(
    rf"(?:{_AGENCY}|CNN|NPR|NHK|BBC(?: News)?|Politico|Axios|Al Jazeera|The Guardian|The Economist"
    r"|(?:The )?Yonhap News(?: Agency)?|(?:The )?(?:[A-Z][\w’'.-]* ){1,3}(?:Herald|Times|Post|News|Daily|Tribune"
    r"|Journal|Gazette|Chronicle|Observer|Telegraph|Standard|Dispatch|Courier|Monitor|Globe|Ilbo|Shimbun|Examiner"
    r"|Bulletin))"
)
_SECTION = re.compile(
    r"(?:home|news|world|politics|national|international|business|economy|opinion|editorial|foreign affairs|defen[cs]e"
    r"|society|diplomacy|asia|latest news|breaking news|top stories)|[^.!?]{1,30}(?: [>»›] [^.!?]{1,30})+",
    re.I,
)
_NAME = r"(?:[A-Z][\w’'.-]*|(?:and|of|the|in|for|de|van|von|al|bin|at),?)"
_BYLINE = re.compile(
    rf"(?:(?:By|BY|Written by|Reported by) (?!\w+day\b)[A-Z][\w’'.-]*,?"
    rf"(?:[\s,|/]+{_NAME},?){{0,9}}(?: ?\([^()]{{1,60}}\))?"
    r"|(?:[A-Z][\w’'.-]*,? ){1,5}(?:(?:[Ss]taff|[Ss]enior) )?(?:[Ww]riter|[Rr]eporter|[Cc]orrespondent|[Cc]olumnist))"
)
_EMAIL = re.compile(r"\W*(?:By )?(?:[A-Z][\w’'.-]* ){0,5}\W*[\w.+-]{1,64}@[\w-]{1,64}(?:\.[\w-]{1,63}){1,4}\W*")
_CREDIT = re.compile(
    rf"\((?:{_AGENCY})(?:[ /-](?:{_AGENCY}))*\)\W*"
    r"|[©ⓒ].{0,250}|(?:copyright|\(c\))\W{0,3}(?:\(c\) ?)?(?:\d{4}|by)\b.{0,250}|.{0,150}\ball rights reserved\b.{0,80}"
    r"|\(?(?:additional )?(?:reporting|writing|editing) by\b[^.!?]{1,200}"
    r"|.{3,120}\bcontributed to this (?:report|story|article)\W*",
    re.I,
)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = r"(?P<{}>Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]{{0,6}}\.?"
_DATE = re.compile(
    rf"\b{_MONTH.format('m1')} (?P<d1>\d{{1,2}})(?:st|nd|rd|th)?,? (?P<y1>\d{{4}})\b"
    rf"|\b(?P<d2>\d{{1,2}})(?:st|nd|rd|th)? {_MONTH.format('m2')},? (?P<y2>\d{{4}})\b"
    r"|\b(?P<y3>\d{4})(?:[-./]|년) ?(?P<m3>\d{1,2})(?:[-./]|월) ?(?P<d3>\d{1,2})(?:일|\b|(?=T))",
    re.I,
)
_DATE_REST = re.compile(
    r"\b(?:(?:first |last )?(?:published|posted|updated|modified|registered|uploaded)|date|on|at|by|time"
    r"|(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?|[ap]\.?m\b\.?|kst|gmt|utc|e[ds]?t|bst|t|z)\b"
    r"|입력|수정|t?\d{1,2}:\d{2}(?::\d{2})?",
    re.I,
)
_DATE_SLASHED = re.compile(r"\b\d{1,2}[/.]\d{1,2}[/.]\d{4}\b")
_DATE_LABEL = re.compile(
    r"(?:first |last )?(?:published|posted|updated|modified)(?: on| at| \d+ (?:minute|hour|day)s? ago)?\s*:?", re.I
)
_STOP = re.compile(r"[.!?…。！？][\"'”’)\]»]*$")
_PIECE_END = re.compile(r"(?:[.!?…。！？:;][\"'”’)\]»]*|[\"”])$")
_GOES_ON = re.compile(r"(?:[,–—-]|\b(?:the|a|an|of|to|and|or|in|on|for|with|that|by|at|from|as|his|her|its|their))$")
_BULLET = re.compile(r"^[•·*►▶■◆|>\s-]+")


def find_date(text: str) -> dt.date | None:
    """First date in ``text`` that exists in the calendar; 10/12/2017 is not read, it may be October or December."""
    for hit in _DATE.finditer(text):
        year, month, day = (next(hit[f"{part}{i}"] for i in "123" if hit[f"{part}{i}"]) for part in "ymd")
        number = int(month) if month.isdecimal() else _MONTHS.index(month[:3].lower()) + 1
        try:
            return dt.date(int(year), number, int(day))
        except ValueError:
            continue
    return None


def ends_sentence(text: str) -> bool:
    """Whether ``text`` ends as a sentence does, also before a credit such as ``(Yonhap)``."""
    return bool(_STOP.search(_CREDIT_AT_END.sub("", text[-200:]).rstrip()))


def _is_date_line(line: str) -> bool:
    if _DATE_LABEL.fullmatch(line):
        return True
    rest = _DATE_SLASHED.sub(" ", _DATE.sub(" ", line))
    return rest != line and not re.search(r"\w", _DATE_REST.sub(" ", rest))


def _is_doubled(line: str) -> bool:
    half = len(line) // 2
    first, second = line[:half].strip(), line[half:].strip()
    return first == second and (len(first.split()) >= 8 or bool(_CREDIT_AT_END.search(first)))


def _is_caption(line: str) -> bool:
    if _is_doubled(line) or _PHOTO_LABEL.fullmatch(line):
        return True
    if len(line) > 400 or _SPEECH.search(line):
        return False
    if _SIDE.search(line):
        return True
    if not _CREDIT_AT_END.search(line):
        return False
    return bool(_PHOTO_VERB.search(line)) or not ends_sentence(line)


def _is_buttons(line: str) -> bool:
    return bool(_BUTTON.fullmatch(line)) or all(map(_BUTTON_WORD.fullmatch, re.split(r"[\s|,/·•:]+", line)))


_SURE = (
    ("date", 120, _is_date_line),
    ("button", 120, _is_buttons),
    ("advertisement", 60, _AD.fullmatch),
    ("related", 220, _RELATED.fullmatch),
    ("section", 120, _SECTION.fullmatch),
    ("byline", 150, _BYLINE.fullmatch),
    ("outlet", 60, _OUTLET.fullmatch),
    ("credit", 300, _EMAIL.fullmatch),
    ("credit", 300, _CREDIT.fullmatch),
    ("caption", 1000, _is_caption),
)


def kind_of(line: str) -> str:
    """Kind of furniture that ``line`` is wherever it stands, or ``""``."""
    if len(line) > 1000:
        return PARAGRAPH
    bare = _BULLET.sub("", line).strip()
    for kind, limit, rule in _SURE:
        if len(line) <= limit and rule(bare):
            return kind
    return PARAGRAPH


def normalise(text: str) -> str:
    """``text`` with every run of white space as one space and without zero-width marks."""
    return " ".join(text.replace("\u200b", "").replace("\ufeff", "").split())


def _is_wrapped(lines: Sequence[str]) -> bool:
    """Whether ``lines`` are one hard-wrapped paragraph: every line but the last about as full as the width allows."""
    width = max(map(len, lines))
    if len(lines) < 2 or not 40 <= width <= 120 or not ends_sentence(lines[-1]):
        return False
    loose = 0.7 if len(lines) > 2 else 1.0
    full = (len(a) >= loose * width or len(a) + 1 + len(b.split(" ", 1)[0]) > width for a, b in pairwise(lines))
    return all(full) and 2 * sum(not _PIECE_END.search(line) for line in lines[:-1]) >= len(lines) - 1


def _unwrap(lines: Sequence[str]) -> list[str]:
    """Join what was one paragraph: all of ``lines``, or those where the break falls inside a sentence."""
    if lines and _is_wrapped(lines):
        return [" ".join(lines)]
    groups: list[list[str]] = []
    for line in lines:
        before = groups[-1][-1] if groups else ""
        if before and not _PIECE_END.search(before) and (line[0].islower() or _GOES_ON.search(before)):
            groups[-1].append(line)
        else:
            groups.append([line])
    return [" ".join(group) for group in groups]


def _split_block(lines: Sequence[str]) -> list[str]:
    if len(lines) > 2 and _is_wrapped(lines):
        return [" ".join(lines)]
    pieces: list[str] = []
    run: list[str] = []
    for line in lines:
        if kind_of(line):
            pieces += [*_unwrap(run), line]
            run = []
        else:
            run.append(line)
    return pieces + _unwrap(run)


def split_pieces(text: str) -> list[str]:
    """Cut ``text`` at blank lines, and inside a block at lines that are furniture or whole paragraphs of their own."""
    pieces: list[str] = []
    block: list[str] = []
    for raw in [*text.splitlines(), ""]:
        line = normalise(raw)
        if line:
            block.append(line)
        elif block:
            pieces += _split_block(block)
            block = []
    return pieces


def _is_prose(piece: str) -> bool:
    words = len(piece[:1000].split())
    return words >= 30 or (words >= 8 and ends_sentence(piece))


def _is_title_like(piece: str) -> bool:
    if len(piece) > 200 or len(piece.split()) > 20 or piece[-1] in ":;," or _BULLET.search(piece):
        return False
    return not ends_sentence(piece) or bool(re.search(r"[?!][\"'”’]*$", piece))


def _mark_head(pieces: Sequence[str], kinds: list[str], start: int) -> None:
    """Mark the headline and what stands around it above ``start``, the first prose."""
    loose = [i for i in range(start) if not kinds[i] and _is_title_like(pieces[i])]
    if "headline" not in kinds and loose:
        kinds[next((i for i in loose if len(pieces[i].split()) >= 4), loose[0])] = "headline"
    for i in loose:
        if not kinds[i]:
            kinds[i] = "section" if len(pieces[i].split()) <= 3 else "subheading"


def _mark_body(pieces: Sequence[str], kinds: list[str], start: int) -> None:
    """Mark link titles below a "Related" line, and subheadings: short lines right above prose."""
    after_related = False
    for i in range(start, len(pieces)):
        if kinds[i]:
            after_related = kinds[i] == "related" or (after_related and kinds[i] == "date")
        elif not _is_title_like(pieces[i]) or ends_sentence(pieces[i]):
            after_related = False
        elif after_related:
            kinds[i] = "related"
        elif (
            len(pieces[i].split()) <= 8 and not _SPEECH.search(pieces[i]) and any(map(_is_prose, pieces[i + 1 : i + 2]))
        ):
            kinds[i] = "subheading"


def _is_plain_headline(pieces: Sequence[str]) -> bool:
    """Whether a page without any mark still opens with a headline: two or more prose pieces below, and nothing else."""
    first = pieces[0]
    return len(pieces) > 2 and not ends_sentence(first) and _is_title_like(first) and all(map(_is_prose, pieces[1:]))


def classify(pieces: Sequence[str], known: Mapping[str, str] | None = None) -> list[str]:
    """Kind of each piece, ``""`` for a paragraph of the story; ``known`` maps texts to kinds the page's markup tells.

    Some piece is always a paragraph: what only its place made furniture comes back first, then everything.
    """
    sure = [(known or {}).get(piece) or kind_of(piece) for piece in pieces]
    kinds = list(sure)
    if any(sure):
        start = next((i for i, piece in enumerate(pieces) if not kinds[i] and _is_prose(piece)), len(pieces))
        if start < len(pieces):
            _mark_head(pieces, kinds, start)
        _mark_body(pieces, kinds, start)
    elif pieces and _is_plain_headline(pieces):
        kinds[0] = "headline"
    for attempt in (kinds, sure):
        if PARAGRAPH in attempt:
            return attempt
    return [PARAGRAPH] * len(pieces)
