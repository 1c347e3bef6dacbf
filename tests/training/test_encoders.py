"""Base encoders that come in parts, and training that goes on from a model folder."""

import hashlib
import io
import zipfile

import pytest
import torch

from stance.backends.torch import build_encoder
from stance.heads import HeadSpec
from stance.model import StanceModel
from training import encoders
from training.config import EncoderConfig
from training.encoders import find_encoder, load_start
from training.errors import EncoderError

WEIGHTS = b"weights"


class File:
    """What importlib.metadata lists of a package's files."""

    def __init__(self, path):
        self._path = path

    def locate(self):
        return self._path


@pytest.fixture
def parts(tmp_path, monkeypatch):
    """Two packages that hold a checkpoint's zip, cut in the middle."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("model/model.safetensors", WEIGHTS)
        archive.writestr("model/config.json", "{}")
    whole = content.getvalue()
    paths = [tmp_path / "model.zip.001", tmp_path / "model.zip.002"]
    paths[0].write_bytes(whole[: len(whole) // 2])
    paths[1].write_bytes(whole[len(whole) // 2 :])
    files = {"part-1": [File(paths[0])], "part-2": [File(paths[1])]}
    monkeypatch.setattr("importlib.metadata.files", files.get)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    package = encoders.Package(("part-1", "part-2"), hashlib.sha256(WEIGHTS).hexdigest())
    monkeypatch.setitem(encoders.PACKAGES, "whole", package)
    return paths


def test_parts_are_joined_once(parts):
    found = find_encoder(EncoderConfig(package="whole"))
    assert (found / "model.safetensors").read_bytes() == WEIGHTS
    for path in parts:
        path.unlink()
    assert find_encoder(EncoderConfig(package="whole")) == found


def test_damaged_parts_leave_nothing_behind(parts, tmp_path):
    parts[1].write_bytes(b"")
    with pytest.raises(EncoderError, match=r"whole: its 2 parts are no zip .*; reinstall them"):
        find_encoder(EncoderConfig(package="whole"))
    assert list((tmp_path / "cache" / "stance" / "encoders").iterdir()) == []


def test_other_weights_in_the_parts_are_refused(parts, monkeypatch):
    monkeypatch.setitem(encoders.PACKAGES, "whole", encoders.Package(("part-1", "part-2"), "0" * 64))
    with pytest.raises(EncoderError, match="whole: sha256 000000000000… expected"):
        find_encoder(EncoderConfig(package="whole"))


@pytest.mark.parametrize("options", [("pressure", "cooperation", "military"), ("trade", "climate")])
def test_training_goes_on_from_a_folder_where_labels_are_the_same(tiny_folder, options):
    stored = StanceModel(build_encoder(tiny_folder.config.encoder), 32, tiny_folder.config.heads)
    load_start(stored, tiny_folder.path)
    model = StanceModel(build_encoder(tiny_folder.config.encoder), 32, HeadSpec(options))
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    load_start(model, tiny_folder.path)
    is_same = options == tiny_folder.config.heads.options
    for name, tensor in model.state_dict().items():
        if name.startswith(("stance.", "toward.")) and not is_same:
            assert torch.equal(tensor, before[name]), name
        else:
            assert torch.equal(tensor, stored.state_dict()[name]), name
