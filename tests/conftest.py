"""One tiny model, trained once per session by the real code path, for all tests that need a model folder."""

import json
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
DATA = ROOT / "tests" / "data"


def read_jsonl(path):
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


@pytest.fixture(scope="session")
def records():
    return read_jsonl(DATA / "records.jsonl") + read_jsonl(DATA / "records_dev.jsonl")


@pytest.fixture(scope="session")
def smoke_overrides():
    """Paths of the smoke config do not depend on the folder that pytest is started in."""
    return [
        f"encoder.path={DATA / 'tiny_encoder'}",
        f"sources.own.path={DATA / 'records.jsonl'}",
        f"sources.own.dev_path={DATA / 'records_dev.jsonl'}",
    ]


@pytest.fixture(scope="session")
def tiny_folder(tmp_path_factory, smoke_overrides):
    pytest.importorskip("torch", reason="needs the extra 'train'")
    from training.config import load_config
    from training.train import train_model

    output = tmp_path_factory.mktemp("tiny") / "model"
    return train_model(load_config(ROOT / "configs" / "smoke.yaml", [*smoke_overrides, f"output={output}"]))


@pytest.fixture(scope="session")
def tiny_scorer(tiny_folder):
    from stance import StanceScorer

    return StanceScorer(tiny_folder, threads=1)
