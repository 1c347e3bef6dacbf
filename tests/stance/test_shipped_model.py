"""The shipped model on the example article, and the README's own code: what a newcomer sees first."""

import re
import subprocess
import sys

import pytest

import stance
from stance.store import ModelFolder
from tests.conftest import DATA, ROOT


@pytest.fixture(scope="module")
def scorer():
    return stance.load(threads=1)


@pytest.fixture(scope="module")
def example(scorer):
    text = (DATA / "example_article.txt").read_text(encoding="utf-8")
    return scorer.score_article(text)


def test_model_folder_is_complete():
    folder = ROOT / "models" / "default"
    names = {path.name for path in folder.iterdir()}
    weights = set(ModelFolder.open(folder).weight_files)
    assert weights
    assert names - weights == {"README.md", "config.json", "metrics.json", "model.onnx", "run.yaml", "tokenizer.json"}
    assert all(path.stat().st_size < 95_000_000 for path in folder.iterdir())


def test_page_furniture_is_no_paragraph(example):
    texts = " ".join(paragraph.text for paragraph in example.paragraphs)
    for kind in ("headline", "byline", "caption", "button"):
        pieces = [piece.text for piece in example.article.furniture if piece.kind == kind]
        assert pieces, kind
        assert not any(piece in texts for piece in pieces)


def test_shipped_onnx_graph_is_the_shipped_torch_model(scorer, records):
    pytest.importorskip("torch", reason="needs the extra 'torch'")
    tolerance = scorer.config.onnx_tolerance
    reference = stance.load(backend="torch")
    for left, right in zip(scorer.predict(records), reference.predict(records), strict=True):
        for one, other in zip([left, *left["actors"]], [right, *right["actors"]], strict=True):
            for option, polarity in one["stance"].items():
                assert polarity == pytest.approx(other["stance"][option], abs=tolerance)


CLEAR = [
    ("The White House announced fresh sanctions on North Korean banks.", "USA", "pressure", "favors"),
    ("China and the United States agreed to resume trade talks in Geneva next week.", "CHN", "cooperation", "favors"),
    ("North Korea fired two ballistic missiles into the sea, Seoul's military said.", "PRK", "military", "favors"),
    ("Beijing rejected further sanctions against Pyongyang as counterproductive.", "CHN", "pressure", "opposes"),
    ("Pyongyang said it would never return to the negotiating table with Washington.", "PRK", "cooperation", "opposes"),
]


@pytest.mark.parametrize(("text", "code", "option", "label"), CLEAR)
def test_plain_sentences_are_read_right(scorer, text, code, option, label):
    (scored,) = scorer.predict([{"text": text, "date": "2017-09-29"}])
    labels = {unit["actor"]: unit["stance"] for unit in scored["labels"]["actors"]}
    assert labels[code][option] == label


def test_readme_code_runs():
    blocks = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text(encoding="utf-8"), flags=re.DOTALL)
    assert blocks
    for block in blocks:
        subprocess.run([sys.executable, "-c", block], check=True, capture_output=True, cwd=ROOT)
