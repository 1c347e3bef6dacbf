import dataclasses
import json
import re
import shutil

import pytest

from stance import load
from stance.errors import ModelError
from stance.store import ModelFolder, write_config


@pytest.fixture
def copy(tiny_folder, tmp_path):
    path = tmp_path / "model"
    shutil.copytree(tiny_folder.path, path, ignore=shutil.ignore_patterns("trainer"))
    return path


CHANGED = r"truncated or altered: sha256 \w{12}… expected, got \w{12}… \(\d+ bytes\); copy the folder again"


def remove(path):
    path.unlink()


def truncate(path):
    path.write_bytes(path.read_bytes()[:-100])


def alter(path):
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(bytes(content))


@pytest.mark.parametrize("name", ["model.onnx", "model.safetensors", "tokenizer.json"])
@pytest.mark.parametrize(
    ("harm", "message"),
    [
        (remove, "the file is missing from the model folder; copy or export it again"),
        (truncate, CHANGED),
        (alter, CHANGED),
    ],
)
def test_harmed_file_is_named(copy, name, harm, message):
    harm(copy / name)
    with pytest.raises(ModelError, match=f"^{re.escape(str(copy / name))}: {message}$"):
        load(copy)


def test_missing_and_truncated_config(copy):
    path = copy / "config.json"
    truncate(path)
    with pytest.raises(ModelError, match=f"^{re.escape(str(path))}: not a model config: JSONDecodeError: "):
        load(copy)
    path.unlink()
    message = f"{path}: the file is missing from the model folder; copy or export it again"
    with pytest.raises(ModelError, match=f"^{re.escape(message)}$"):
        load(copy)


def test_weight_that_lies_in_two_files(copy):
    shutil.copy(copy / "model.safetensors", copy / "model-1.safetensors")
    write_config(copy, ModelFolder.open(copy).config)
    with pytest.raises(ModelError, match="lies in two weight files; export the model again"):
        load(copy, backend="torch")


def test_weights_of_another_architecture(copy):
    config = ModelFolder.open(copy).config
    deeper = {**config.encoder, "num_hidden_layers": config.encoder["num_hidden_layers"] + 1}
    write_config(copy, dataclasses.replace(config, encoder=deeper))
    with pytest.raises(ModelError, match=f"^{re.escape(str(copy))}: weights of another model: "):
        load(copy, backend="torch")


def test_harmed_weights_are_named_by_the_torch_backend(copy):
    truncate(copy / "model.safetensors")
    with pytest.raises(ModelError, match=re.escape(f"{copy / 'model.safetensors'}: truncated or altered")):
        load(copy, backend="torch")


def test_no_folder(tmp_path):
    message = f"{tmp_path / 'none'}: a model folder expected, there is none; train one or give another path"
    with pytest.raises(ModelError, match=f"^{re.escape(message)}$"):
        load(tmp_path / "none")


def test_no_permission(copy, monkeypatch):
    def refuse(self):
        raise PermissionError(13, "denied")

    monkeypatch.setattr("pathlib.Path.read_bytes", refuse)
    message = f"{copy / 'config.json'}: no permission to read the file; change its mode or owner"
    with pytest.raises(ModelError, match=f"^{re.escape(message)}$"):
        load(copy)


def test_config_that_is_none(copy):
    (copy / "config.json").write_text("{}")
    with pytest.raises(ModelError, match="not a model config: KeyError: 'format'"):
        load(copy)


def test_thresholds_of_another_label_set(copy):
    raw = json.loads((copy / "config.json").read_text())
    raw["heads"]["options"] = ["pressure", "trade", "military"]
    (copy / "config.json").write_text(json.dumps(raw))
    message = "thresholds are not those of the options ['pressure', 'trade', 'military']"
    with pytest.raises(ModelError, match=re.escape(message)):
        load(copy)


def test_graph_of_another_label_set(copy):
    config = ModelFolder.open(copy).config
    heads = dataclasses.replace(config.heads, options=("pressure", "cooperation"))
    thresholds = {
        name: {option: value for option, value in part.items() if option != "military"}
        for name, part in config.thresholds.items()
    }
    write_config(copy, dataclasses.replace(config, heads=heads, thresholds=thresholds))
    with pytest.raises(ModelError, match="config has 2 labels for stance, graph has 3: other label set"):
        load(copy)


def test_unknown_backend(copy):
    with pytest.raises(ModelError, match="backend is one of onnx, torch, got 'tpu'"):
        load(copy, backend="tpu")


def test_fingerprint_changes_with_the_config(copy):
    folder = ModelFolder.open(copy)
    other = write_config(copy, dataclasses.replace(folder.config, name="other"))
    assert other.fingerprint != folder.fingerprint
