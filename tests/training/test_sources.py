import json

import pytest

from tests.conftest import ROOT
from training.config import load_config
from training.errors import ConfigError
from training.sources import load_sources


@pytest.fixture
def own(tmp_path):
    path = tmp_path / "own.jsonl"
    rows = [{"id": f"r{i}", "text": f"Text {i}.", "group": f"g{i // 2}"} for i in range(400)]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def load(path, **settings):
    listed = ", ".join(f"{key}: {value}" for key, value in settings.items())
    return load_sources(
        load_config(ROOT / "configs/smoke.yaml", [f"sources={{own: {{format: records, path: {path}, {listed}}}}}"])
    )


def test_dev_holds_whole_groups_and_nothing_is_lost(own):
    splits = load(own, dev_percent=20)
    groups = {split: {record["group"] for record in splits[split]} for split in ("train", "dev")}
    assert not groups["train"] & groups["dev"]
    assert len(splits["train"]) + len(splits["dev"]) == 400
    assert 40 < len(splits["dev"]) < 120


def test_keep_percent_keeps_a_share_of_groups(own):
    splits = load(own, keep_percent=25, dev_percent=20, weight=0.5)
    assert 40 < len(splits["train"]) < 130
    assert 0 < len(splits["dev"]) < 40
    assert {record["weight"] for record in splits["train"]} == {0.5}


def test_evaluated_split_must_hold_something(own):
    with pytest.raises(
        ConfigError, match="sources: no record for dev; name a file with some, or set dev_percent or dev_path"
    ):
        load(own)


def test_missing_file_says_how_to_name_it(tmp_path):
    with pytest.raises(
        ConfigError, match=r"sources.own.path: a file of your copy expected, .*--set sources.own.path=FILE"
    ):
        load(tmp_path / "none.jsonl")


def test_nk_frames_may_be_a_folder(own, tmp_path):
    folder = tmp_path / "frames"
    folder.mkdir()
    header, row = "sample_id,title,final_frame,v2_annotation", "1,Seoul met Tokyo,DIPLOMACY,DIPLOMACY"
    (folder / "a.csv").write_text(f"{header}\n{row}\n", encoding="utf-8")
    sources = f"{{nk: {{format: nk_frames, path: {folder}}}, own: {{format: records, path: {own}, dev_percent: 20}}}}"
    splits = load_sources(load_config(ROOT / "configs/smoke.yaml", [f"sources={sources}"]))
    assert [record["text"] for record in splits["train"] if record.get("source") == "nk_frames"] == ["Seoul met Tokyo"]
