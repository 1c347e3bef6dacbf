import json
import re

import numpy as np
import pytest
import torch
from tokenizers import Tokenizer

from stance.encode import Renderer
from stance.errors import RecordError
from stance.heads import ExtraHead, HeadSpec
from tests.conftest import DATA, ROOT
from training.data import build_targets, render_record
from training.losses import NOT_LABELLED, compute_loss

HEADS = HeadSpec(("pressure", "cooperation"), (ExtraHead("code", "pair", ("x", "y")),))
RECORD = {
    "id": "r",
    "text": "…",
    "stance": {"pressure": "mixed", "cooperation": None},
    "actors": [
        {"actor": "A", "stance": {"pressure": "favors", "cooperation": None}, "toward": {"pressure": ["B"]}},
        {"actor": "B", "stance": {"cooperation": "opposes"}, "sentiment": "negative", "toward": {}},
        {"actor": "C"},
    ],
    "extras": [{"head": "code", "source": "A", "target": "", "label": "y"}],
}
CODES = ("", "A", "B", "C")


def test_what_is_not_labelled_is_masked():
    targets = build_targets(RECORD, CODES, HEADS)
    n = NOT_LABELLED
    assert targets["stance"].tolist() == [
        [[1, 1], [0, 0]],
        [[1, 0], [0, 0]],
        [[n, n], [0, 1]],
        [[n, n], [n, n]],
    ]
    assert targets["sentiment"].tolist() == [n, n, 0, n]
    # A presses B and not C; its null on cooperation has no target; itself and the paragraph are no targets.
    assert targets["toward"][1].tolist() == [[n, n], [n, n], [1, 0], [0, 0]]
    # B's stance on cooperation has no toward label, its pressure is not labelled at all.
    assert (targets["toward"][2] == n).all()
    assert targets["code"][1, 0] == 1
    assert (np.delete(targets["code"].ravel(), 4) == n).all()


def test_target_that_is_no_unit_has_no_cell():
    raw = {"id": "r", "text": "…", "actors": [{"actor": "A", "toward": {"pressure": ["B", "Z"]}}, {"actor": "B"}]}
    assert build_targets(raw, ("", "A", "B"), HEADS)["toward"][1, :, 0].tolist() == [NOT_LABELLED, NOT_LABELLED, 1]


def test_records_of_the_readme_are_trained_on():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    (block,) = re.findall(r"```json\n(.*?)```", text, flags=re.DOTALL)
    raw = json.loads(block)
    heads = HeadSpec(("pressure", "cooperation", "military"))
    renderer = Renderer(Tokenizer.from_file(str(DATA / "tiny_encoder" / "tokenizer.json")), 96, 16)
    (example,) = render_record(raw, 0, renderer, heads)
    assert example["target_stance"][1][0] == [1.0, 0.0]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"stance": {"trade": "favors"}},
            "record r: paragraph: unknown option 'trade'; the model has pressure, cooperation",
        ),
        (
            {"stance": {"pressure": "favours"}},
            "record r: paragraph: unknown label 'favours'; favors, opposes, mixed or null expected",
        ),
        ({"sentiment": "sad"}, "record r: paragraph: unknown sentiment 'sad'; negative, neutral, positive expected"),
    ],
)
def test_unknown_labels_are_refused_by_name(change, message):
    raw = {**RECORD, "actors": [], "extras": [], **change}
    codes = ("", *(actor["actor"] for actor in raw["actors"]))
    with pytest.raises(RecordError) as caught:
        build_targets(raw, codes, HEADS)
    assert message == str(caught.value)


def build_batch(stance):
    outputs = {"stance": torch.zeros(2, 1, 1, 2, requires_grad=True), "sentiment": torch.zeros(2, 1, 3)}
    targets = {
        "stance": torch.tensor(stance).view(2, 1, 1, 2),
        "sentiment": torch.full((2, 1), NOT_LABELLED),
        "weight": torch.tensor([1.0, 0.5]),
    }
    return outputs, targets


def test_masked_cells_cost_nothing_and_weights_count():
    weights = {"stance": 1.0, "sentiment": 1.0}
    outputs, targets = build_batch([[1.0, 0.0], [-1.0, -1.0]])
    assert compute_loss(outputs, targets, weights).item() == pytest.approx(np.log(2))
    outputs, targets = build_batch([[-1.0, -1.0], [1.0, 0.0]])
    loss = compute_loss(outputs, targets, weights)
    assert loss.item() == pytest.approx(np.log(2) / 2)
    loss.backward()
    assert (outputs["stance"].grad[0] == 0).all()
    assert (outputs["stance"].grad[1] != 0).all()


def test_batch_without_labels_costs_nothing():
    outputs, targets = build_batch([[-1.0, -1.0], [-1.0, -1.0]])
    assert compute_loss(outputs, targets, {"stance": 1.0, "sentiment": 1.0}).item() == 0.0


def test_windows_keep_all_options_of_their_units():
    # As many units as options: a shape alone does not say which axes are units.
    heads = HeadSpec(("pressure", "cooperation", "military"))
    text = "Seoul waits. " + "The talks went on and on. " * 30 + "Tokyo waits."
    actors = [
        {"actor": code, "mentions": [[start, start + 5]], "stance": {"military": "favors"}, "toward": {}}
        for code, start in (("K", 0), ("J", len(text) - 12))
    ]
    renderer = Renderer(Tokenizer.from_file(str(DATA / "tiny_encoder" / "tokenizer.json")), 64, 16)
    examples = render_record({"id": "r", "text": text, "actors": actors}, 0, renderer, heads)
    assert len(examples) > 2
    for example in examples:
        n_units = len(example["unit_tokens"])
        assert np.shape(example["target_stance"]) == (n_units, 3, 2)
        assert np.shape(example["target_toward"]) == (n_units, n_units, 3)
    assert examples[-1]["target_stance"][1][2] == [1.0, 0.0]
