import numpy as np
import pytest
from tokenizers import Tokenizer

from stance.encode import Renderer, pad_windows, plan_windows
from tests.conftest import DATA


@pytest.fixture(scope="module")
def tokenizer():
    return Tokenizer.from_file(str(DATA / "tiny_encoder" / "tokenizer.json"))


@pytest.mark.parametrize(
    ("n_tokens", "capacity", "overlap", "expected"),
    [
        (5, 10, 3, [(0, 5)]),
        (10, 10, 3, [(0, 10)]),
        (11, 10, 3, [(0, 10), (1, 11)]),
        (24, 10, 3, [(0, 10), (7, 17), (14, 24)]),
        (25, 10, 3, [(0, 10), (7, 17), (14, 24), (15, 25)]),
    ],
)
def test_windows_cover_the_text_and_overlap(n_tokens, capacity, overlap, expected):
    assert plan_windows(n_tokens, capacity, overlap) == expected


def test_overlap_must_leave_a_step():
    with pytest.raises(ValueError, match="0 <= overlap < capacity expected, got overlap 10, capacity 10"):
        plan_windows(5, 10, 10)


def test_mention_tokens_are_those_that_touch_the_span(tokenizer):
    text = "Washington urged Beijing to talk."
    (window,) = Renderer(tokenizer, 96, 16).render(text, [[(0, 10)], [(17, 24)]])
    ids = np.array(window.ids)

    def spell(tokens):
        return tokenizer.decode([int(i) for i in ids[list(tokens)]]).replace(" ##", "").replace(" ", "")

    assert window.units == (0, 1, 2)
    assert spell(window.unit_tokens[1]) == "washington"
    assert spell(window.unit_tokens[2]) == "beijing"
    assert window.unit_tokens[0] == tuple(range(len(ids)))


def test_mention_that_the_tokenizer_drops_is_seen_beside_its_place(tokenizer):
    (window,) = Renderer(tokenizer, 96, 16).render("Seoul \u200b waits", [[(6, 7)]])
    assert len(window.unit_tokens[1]) == 1


def test_long_text_gives_windows_and_no_actor_is_lost(tokenizer):
    text = "Seoul waits for talks. " * 60 + "Tokyo waits."
    windows = Renderer(tokenizer, 64, 16).render(text, [[(0, 5)], [(len(text) - 12, len(text) - 7)]])
    assert len(windows) > 3
    assert max(map(len, windows)) == 64
    assert {unit for window in windows for unit in window.units} == {0, 1, 2}
    assert windows[0].units == (0, 1)
    assert windows[-1].units == (0, 2)


def test_text_without_tokens_gives_no_window(tokenizer):
    assert Renderer(tokenizer, 64, 16).render(" \u200b ", []) == []


def test_padding_marks_real_tokens_and_units(tokenizer):
    renderer = Renderer(tokenizer, 96, 16)
    windows = [*renderer.render("Seoul waits.", [[(0, 5)]]), *renderer.render("Tokyo and Seoul wait for talks.", [])]
    arrays = pad_windows(windows, pad_id=0)
    assert arrays["attention_mask"].sum(axis=1).tolist() == [len(window) for window in windows]
    assert arrays["unit_mask"].shape[1] == 2
    assert arrays["unit_mask"][1, 1].sum() == 0
    assert (arrays["unit_mask"][:, 0] == arrays["attention_mask"]).all()
