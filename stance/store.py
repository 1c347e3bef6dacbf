"""``models/<name>/`` <-> checked parts. Label order, thresholds and calibration come only from here."""

from __future__ import annotations

import fnmatch
import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stance.errors import ModelError
from stance.heads import HeadSpec
from stance.types import POLARITIES

if TYPE_CHECKING:
    from tokenizers import Tokenizer

FORMAT = 2
CONFIG, GRAPH, TOKENIZER = "config.json", "model.onnx", "tokenizer.json"
WEIGHTS = "model*.safetensors"
SCALE_SUFFIX = ".scale"  # the scales of a weight that is stored in 8 bits lie beside it under its name and this
UNIT_KINDS = ("paragraph", "actor")


@dataclass(frozen=True, slots=True)
class ModelConfig:
    """Everything about a model but its numbers.

    ``thresholds`` is ``{"paragraph"|"actor": {option: {polarity: p}}, "toward": {option: p}, "mixed": {kind: p}}``, the
    last as in `stance.results.choose_polarities`; ``temperatures`` divide the logits of the head they name; ``encoder``
    is the architecture in Hugging Face form.
    """

    name: str
    heads: HeadSpec
    encoder: Mapping[str, Any]
    max_tokens: int
    overlap: int
    pad_id: int
    thresholds: Mapping[str, Any]
    temperatures: Mapping[str, float]
    onnx_tolerance: float
    files: Mapping[str, str]

    def __post_init__(self) -> None:
        """Refuse thresholds or temperatures for other labels than those of the heads."""
        expected: dict[str, Any] = {
            kind: {option: dict.fromkeys(POLARITIES, 0.5) for option in self.heads.options} for kind in UNIT_KINDS
        }
        expected |= {"toward": dict.fromkeys(self.heads.options, 0.5), "mixed": dict.fromkeys(UNIT_KINDS, 0.0)}
        if _get_shape(self.thresholds) != _get_shape(expected):
            raise ModelError(f"{self.name}: thresholds are not those of the options {list(self.heads.options)}")
        if _get_shape(self.temperatures) != dict.fromkeys(self.heads.outputs):
            raise ModelError(f"{self.name}: temperatures for {sorted(self.heads.outputs)} expected")
        if not all(isinstance(value, float) and value > 0 for value in self.temperatures.values()):
            raise ModelError(f"{self.name}: temperatures above 0 expected, got {dict(self.temperatures)}")
        if not all(isinstance(value, int) for value in (self.max_tokens, self.overlap, self.pad_id)):
            raise ModelError(f"{self.name}: max_tokens, overlap and pad_id are whole numbers")
        longest = self.encoder.get("max_position_embeddings", self.max_tokens)
        if not 0 <= self.overlap < self.max_tokens - 2 or self.max_tokens > longest:
            raise ModelError(f"{self.name}: overlap < max_tokens - 2 and max_tokens <= {longest} expected")

    def to_dict(self) -> dict[str, Any]:
        """The content of ``config.json``."""
        return {"format": FORMAT, **asdict(self), "heads": self.heads.to_dict()}


def _get_shape(tree: Any) -> Any:
    """The keys of a tree of mappings without its numbers."""
    return {key: _get_shape(value) for key, value in tree.items()} if isinstance(tree, Mapping) else None


@dataclass(frozen=True, slots=True)
class ModelFolder:
    """A model folder whose config is read and whose files are checked on demand."""

    path: Path
    config: ModelConfig
    fingerprint: str

    @classmethod
    def open(cls, path: str | Path) -> ModelFolder:
        """Read ``config.json``; raises `ModelError` for anything that is not a model folder of this format."""
        path = Path(path)
        if not path.is_dir():
            raise ModelError(f"{path}: a model folder expected, there is none; train one or give another path")
        content = _read_bytes(path / CONFIG)
        try:
            raw = json.loads(content)
            if raw.pop("format") != FORMAT:
                raise ModelError(f"{path / CONFIG}: format {FORMAT} expected; train or export the model again")
            config = ModelConfig(**{**raw, "heads": HeadSpec.from_dict(raw["heads"])})
        except ModelError:
            raise
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise ModelError(f"{path / CONFIG}: not a model config: {type(error).__name__}: {error}") from error
        return cls(path, config, hashlib.sha256(content).hexdigest())

    @property
    def weight_files(self) -> list[str]:
        """Names of the files with weights, in order."""
        return sorted(name for name in self.config.files if fnmatch.fnmatchcase(name, WEIGHTS))

    def read_weights(self) -> dict[str, bytes]:
        """Content of every weight file by name; raises `ModelError` like `read_file`, also where there is none."""
        if not self.weight_files:
            raise ModelError(f"{self.path / CONFIG}: no weight file {WEIGHTS} is named; export the model again")
        return {name: self.read_file(name) for name in self.weight_files}

    def read_file(self, name: str) -> bytes:
        """Content of a hashed file; raises `ModelError` when it is missing, truncated or altered."""
        if name not in self.config.files:
            raise ModelError(f"{self.path / CONFIG}: no sha256 for {name}; export the model again")
        content = _read_bytes(self.path / name)
        digest = hashlib.sha256(content).hexdigest()
        if digest != self.config.files[name]:
            raise ModelError(
                f"{self.path / name}: truncated or altered: sha256 {self.config.files[name][:12]}… expected, "
                f"got {digest[:12]}… ({len(content)} bytes); copy the folder again"
            )
        return content

    def load_tokenizer(self) -> Tokenizer:
        """The tokenizer that the model was trained with."""
        from tokenizers import Tokenizer

        content = self.read_file(TOKENIZER)
        try:
            tokenizer: Tokenizer = Tokenizer.from_str(content.decode("utf-8"))
        except Exception as error:  # the library raises bare Exception
            raise ModelError(f"{self.path / TOKENIZER}: not a tokenizer: {error}") from error
        return tokenizer


def write_config(path: Path, config: ModelConfig) -> ModelFolder:
    """Hash the files that lie in ``path`` and write ``config.json`` beside them."""
    found = [file for name in (WEIGHTS, GRAPH, TOKENIZER) for file in sorted(path.glob(name))]
    files = {file.name: hashlib.sha256(_read_bytes(file)).hexdigest() for file in found}
    content = {**config.to_dict(), "files": files}
    (path / CONFIG).write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    return ModelFolder.open(path)


def _read_bytes(path: Path) -> bytes:
    """A file's content, or a `ModelError` that says what to do."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise ModelError(f"{path}: the file is missing from the model folder; copy or export it again") from None
    except PermissionError:
        raise ModelError(f"{path}: no permission to read the file; change its mode or owner") from None
    except OSError as error:
        raise ModelError(f"{path}: cannot be read: {error.strerror}; copy or export it again") from error
