"""Experiment configs: YAML -> checked settings; every fault at once, with dotted paths and a suggestion."""

from __future__ import annotations

import dataclasses
import difflib
import types
import typing
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, NonNegativeFloat, TypeAdapter, ValidationError, model_validator

from stance.heads import HeadSpec
from training.errors import ConfigError


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class EncoderConfig(_Strict):
    """Where the base encoder comes from: exactly one of ``package``, ``path``, ``hub`` and ``model``.

    ``model`` is a model folder of this project: training goes on from its encoder, and from its heads where the labels
    are the same.
    """

    package: str | None = None
    path: Path | None = None
    hub: str | None = None
    model: Path | None = None
    init: Literal["pretrained", "random"] = "pretrained"

    @model_validator(mode="after")
    def _check_one(self) -> EncoderConfig:
        if sum(value is not None for value in (self.package, self.path, self.hub, self.model)) != 1:
            raise ValueError("exactly one of package, path, hub, model expected")
        if self.model is not None and self.init == "random":
            raise ValueError("init: random is for an encoder; a model is gone on from as it is")
        return self


class SourceConfig(_Strict):
    """One source of labelled records.

    By a hash of its name, a group (article, scene) is among the ``keep_percent`` that are used, and of those among the
    ``dev_percent`` that are held out. ``count`` is how many records a generated source (``grammar``) makes.
    """

    format: Literal["corpus", "records", "newsmtsc", "plover", "dse", "nk_frames", "grammar"]
    path: Path | None = None
    dev_path: Path | None = None
    dev_percent: float = Field(0.0, ge=0, le=90)
    keep_percent: float = Field(100.0, gt=0, le=100)
    weight: float = Field(1.0, gt=0)
    count: int = Field(6000, ge=1)

    @model_validator(mode="after")
    def _check_used(self) -> SourceConfig:
        """Refuse settings that this format does not look at."""
        unused = {
            "corpus": {"dev_path", "dev_percent", "keep_percent", "count"},
            "grammar": {"path", "dev_path", "dev_percent", "keep_percent"},
        }.get(self.format, {"count"})
        if given := sorted(unused & self.model_fields_set):
            raise ValueError(f"format {self.format} does not use {', '.join(given)}")
        return self


class ExtraConfig(_Strict):
    """A single-choice head beside the three standing ones."""

    level: Literal["unit", "pair"]
    labels: tuple[str, ...]


class HeadsConfig(_Strict):
    """Policy options and extra heads of the model, in order."""

    options: tuple[str, ...]
    extras: dict[str, ExtraConfig] = {}

    @model_validator(mode="after")
    def _check_spec(self) -> HeadsConfig:
        self.build_spec()
        return self

    def build_spec(self) -> HeadSpec:
        """The form that the model folder stores."""
        return HeadSpec.from_dict(self.model_dump())


class LossConfig(_Strict):
    """Weight of each head's loss (0 leaves a head untrained) and label smoothing for all of them."""

    stance: NonNegativeFloat = 1.0
    sentiment: NonNegativeFloat = 0.5
    toward: NonNegativeFloat = 1.0
    extras: NonNegativeFloat = 1.0
    smoothing: Annotated[float, Field(ge=0, lt=1)] = 0.0


class TrainConfig(_Strict):
    """One experiment.

    ``trainer`` holds keys of transformers.TrainingArguments. ``weights`` says how the folder stores the encoder's
    matrices: ``int8`` halves the size and runs several times faster on a CPU, for scores that differ a little.
    """

    name: str
    output: Path
    seed: int = 13
    encoder: EncoderConfig
    heads: HeadsConfig
    sources: dict[str, SourceConfig]
    max_tokens: int = Field(256, ge=8, le=512)
    overlap: int = Field(64, ge=0)
    dropout: float = Field(0.1, ge=0, lt=1)
    head_learning_rate: float = Field(5e-4, gt=0)
    weights: Literal["half", "int8"] = "half"
    early_stopping_patience: int = Field(3, ge=1)
    loss: LossConfig = LossConfig()
    evaluate: tuple[Literal["dev", "test"], ...] = ("dev",)
    trainer: dict[str, Any] = {}

    @model_validator(mode="after")
    def _check_lengths(self) -> TrainConfig:
        if self.overlap >= self.max_tokens - 2:
            raise ValueError(f"overlap {self.overlap} leaves no step in windows of {self.max_tokens} tokens")
        return self


# Set by the run itself, so a config may not.
_OWN_ARGUMENTS = ("output_dir", "seed", "data_seed", "label_names", "remove_unused_columns", "prediction_loss_only")


def load_config(path: str | Path, overrides: Iterable[str] = ()) -> TrainConfig:
    """Read a config and apply ``a.b=value`` overrides; raises `ConfigError` that lists every fault."""
    path = Path(path)
    try:
        raw = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, yaml.YAMLError) as error:
        raise ConfigError(f"{path}: cannot be read as YAML: {error}") from error
    if not isinstance(raw, dict):
        raise ConfigError(f"{path}: a mapping of settings expected, got {type(raw).__name__}")
    faults = [fault for override in overrides for fault in _apply_override(raw, override)]
    trainer = raw.get("trainer") or {}
    config = None
    try:
        config = TrainConfig.model_validate(raw)
    except ValidationError as error:
        faults += [_describe_fault(dict(entry)) for entry in error.errors()]
    if isinstance(trainer, dict):
        checked, trainer_faults = _check_trainer(trainer)
        faults += trainer_faults
    if faults or config is None:
        raise ConfigError("\n".join(f"{path}: {fault}" for fault in faults))
    return config.model_copy(update={"trainer": checked})


def _apply_override(raw: dict[str, Any], override: str) -> list[str]:
    """Set ``a.b=value`` in place; the value is read as YAML. Gives the fault, if any."""
    dotted, separator, value = override.partition("=")
    if not separator:
        return [f"--set {override}: KEY=VALUE expected"]
    *parents, last = dotted.split(".")
    node: Any = raw
    for key in parents:
        node = node.setdefault(key, {}) if isinstance(node, dict) else None
    if not isinstance(node, dict):
        return [f"--set {dotted}: no such setting"]
    try:
        node[last] = yaml.safe_load(value)
    except yaml.YAMLError as error:
        return [f"--set {dotted}: {value!r} is not YAML: {error}"]
    return []


def _describe_fault(entry: Mapping[str, Any]) -> str:
    """One pydantic error as ``dotted.path: what``, with the nearest known key for an unknown one."""
    location = [str(part) for part in entry["loc"]]
    dotted = ".".join(location) or "config"
    if entry["type"] == "extra_forbidden":
        return f"{dotted}: unknown key{_suggest(location[-1], _list_keys(location[:-1]))}"
    got = "" if entry["type"] == "missing" or isinstance(entry["input"], dict) else f", got {entry['input']!r}"
    return f"{dotted}: {entry['msg']}{got}"


def _list_keys(location: list[str]) -> list[str]:
    """Keys that the config knows at that place."""
    model: Any = TrainConfig
    for part in location:
        if isinstance(model, type) and issubclass(model, BaseModel):
            model = model.model_fields[part].annotation
        elif typing.get_origin(model) is dict:
            model = typing.get_args(model)[1]
    if isinstance(model, type) and issubclass(model, BaseModel):
        return list(model.model_fields)
    return []


def _suggest(word: str, known: Iterable[str]) -> str:
    """``; did you mean x?`` or nothing."""
    near = difflib.get_close_matches(word, list(known), n=1)
    return f"; did you mean {near[0]}?" if near else ""


def _check_trainer(trainer: Mapping[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """Check keys and types against transformers.TrainingArguments; ``1e-5``, text to YAML, becomes a number."""
    from transformers import TrainingArguments

    fields = {field.name for field in dataclasses.fields(TrainingArguments) if field.init} - set(_OWN_ARGUMENTS)
    hints = typing.get_type_hints(TrainingArguments)
    checked: dict[str, Any] = {}
    faults: list[str] = []
    for key, value in trainer.items():
        if key in _OWN_ARGUMENTS:
            faults.append(f"trainer.{key}: set by the run itself; leave it out")
        elif key not in fields:
            faults.append(f"trainer.{key}: unknown key{_suggest(key, fields)}")
        else:
            if value is False and key.endswith("_strategy"):
                value = "no"  # YAML reads the word as false
            try:
                checked[key] = TypeAdapter(_widen(hints[key])).validate_python(value)
            except ValidationError as error:
                faults.append(f"trainer.{key}: {error.errors()[0]['msg']}, got {value!r}")
    return checked, faults


def _widen(hint: Any) -> Any:
    """Drop text from ``float | str``-like hints, so that ``1e-5`` becomes a number; leave all others."""
    if typing.get_origin(hint) in (typing.Union, types.UnionType):
        numbers = [arg for arg in typing.get_args(hint) if arg in (int, float, bool, type(None))]
        if float in numbers or int in numbers:
            return typing.Union[tuple(numbers)]  # noqa: UP007 - built at run time
    return hint
