"""Config -> model folder, on transformers.Trainer."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import torch
import transformers
from tokenizers import Tokenizer
from transformers import EarlyStoppingCallback, Trainer, TrainingArguments

from stance.backends.torch import build_encoder, unpack_weights
from stance.encode import Renderer
from stance.heads import HeadSpec
from stance.model import StanceModel
from stance.store import GRAPH, TOKENIZER, UNIT_KINDS, ModelConfig, ModelFolder, write_config
from stance.types import POLARITIES
from training.calibrate import calibrate_folder
from training.card import read_commit, write_card, write_metrics, write_run
from training.config import LossConfig, TrainConfig
from training.data import Collator, build_dataset
from training.encoders import load_encoder, load_start
from training.errors import ConfigError
from training.export import export_graph
from training.losses import compute_loss
from training.sources import Record, load_sources
from training.weights import pack_weights, save_weights


class StanceTrainer(Trainer):
    """transformers.Trainer with the masked multi-task loss and a learning rate of their own for the heads."""

    def __init__(
        self, *, weights: Mapping[str, float], smoothing: float, head_learning_rate: float, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self._weights = weights
        self._smoothing = smoothing
        self._head_learning_rate = head_learning_rate

    def compute_loss(
        self,
        model: torch.nn.Module,
        inputs: dict[str, Any],
        return_outputs: bool = False,
        num_items_in_batch: Any = None,
    ) -> Any:
        """Loss of one batch (transformers.Trainer's hook)."""
        targets = inputs.pop("targets")
        outputs = model(**inputs)
        loss = compute_loss(outputs, targets, self._weights, self._smoothing)
        return (loss, outputs) if return_outputs else loss

    def create_optimizer(self, model: Any = None) -> torch.optim.Optimizer:
        """AdamW; biases and norms are not decayed, the heads have their own learning rate."""
        groups: dict[tuple[bool, bool], list[torch.nn.Parameter]] = {}
        assert self.model is not None
        for name, parameter in self.model.named_parameters():
            groups.setdefault((name.startswith("encoder."), parameter.dim() > 1), []).append(parameter)
        args = self.args
        self.optimizer = torch.optim.AdamW(
            [
                {
                    "params": parameters,
                    "lr": args.learning_rate if is_encoder else self._head_learning_rate,
                    "weight_decay": args.weight_decay if is_matrix else 0.0,
                }
                for (is_encoder, is_matrix), parameters in groups.items()
            ],
            betas=(args.adam_beta1, args.adam_beta2),
            eps=args.adam_epsilon,
            fused=True,  # on a CPU several times faster than the plain loop over 200 tensors
        )
        return self.optimizer


def weigh_heads(loss: LossConfig, heads: HeadSpec) -> dict[str, float]:
    """Loss weight by output name."""
    return {
        **{"stance": loss.stance, "sentiment": loss.sentiment, "toward": loss.toward},
        **{extra.name: loss.extras for extra in heads.extras},
    }


def train_model(config: TrainConfig, resume: bool = False) -> ModelFolder:
    """Train, export, calibrate on dev, evaluate and describe a model; everything lands in ``config.output``."""
    # Before the model is built: heads are drawn at random.
    transformers.set_seed(config.seed, deterministic=True)
    commit = read_commit()
    splits = load_sources(config)
    heads = config.heads.build_spec()
    encoder, settings, tokenizer_json = load_encoder(config.encoder)
    longest = int(settings.get("max_position_embeddings", config.max_tokens))
    if config.max_tokens > longest:
        raise ConfigError(f"max_tokens: at most {longest} for this encoder, got {config.max_tokens}")
    if resume and not any((config.output / "trainer").glob("checkpoint-*")):
        raise ConfigError(f"--resume: no checkpoint in {config.output / 'trainer'}; start without it")
    model = StanceModel(encoder, int(settings["hidden_size"]), heads, config.dropout)
    if config.encoder.model is not None:
        load_start(model, config.encoder.model)
    tokenizer = Tokenizer.from_str(tokenizer_json)
    tokenizer.no_truncation()
    tokenizer.no_padding()
    pad_id = int(settings["pad_token_id"])
    trainer = _build_trainer(config, model, Renderer(tokenizer, config.max_tokens, config.overlap), pad_id, splits)
    trainer.train(resume_from_checkpoint=resume or None)
    if trainer.is_world_process_zero():  # under torchrun one process writes for all
        folder = _save_folder(config, model, heads, settings, tokenizer, pad_id)
        _finish_folder(folder, config, splits, trainer.state.log_history, commit)
    trainer.accelerator.wait_for_everyone()
    return ModelFolder.open(config.output)


def _finish_folder(
    folder: ModelFolder,
    config: TrainConfig,
    splits: Mapping[str, list[Record]],
    history: Sequence[Mapping[str, Any]],
    commit: str,
) -> None:
    """Calibrate on dev, evaluate, and write down how the model was made."""
    if splits["dev"]:
        folder = calibrate_folder(folder, splits["dev"])
    metrics = write_metrics(folder, {split: splits[split] for split in config.evaluate}, history)
    write_run(folder, config, splits, commit)
    write_card(folder, config, metrics)


def evaluate_model(config: TrainConfig) -> ModelFolder:
    """Measure the trained folder anew on the config's ``evaluate`` splits, and write its metrics and card again.

    Weights, thresholds and ``run.yaml`` stay: for a corpus that has grown, or a test split that is due.
    """
    folder = ModelFolder.open(config.output)
    splits = load_sources(config)
    history = json.loads((folder.path / "metrics.json").read_text(encoding="utf-8"))["history"]
    metrics = write_metrics(folder, {split: splits[split] for split in config.evaluate}, history)
    write_card(folder, config, metrics)
    return folder


def _build_trainer(
    config: TrainConfig, model: StanceModel, renderer: Renderer, pad_id: int, splits: Mapping[str, list[Record]]
) -> StanceTrainer:
    """The trainer; with a dev split it keeps the weights of least dev loss and stops when that rises."""
    settings: dict[str, Any] = {
        "report_to": "none",
        "save_total_limit": 2,
        "train_sampling_strategy": "group_by_length",  # halves the padding
        **config.trainer,
    }
    callbacks = []
    if splits["dev"]:
        settings = {
            "eval_strategy": "epoch",
            "save_strategy": "epoch",
            "load_best_model_at_end": True,
            "metric_for_best_model": "eval_loss",
            "greater_is_better": False,
            **settings,
        }
        callbacks.append(EarlyStoppingCallback(config.early_stopping_patience))
    try:
        arguments = TrainingArguments(
            output_dir=str(config.output / "trainer"),
            seed=config.seed,
            label_names=["targets"],
            remove_unused_columns=False,
            prediction_loss_only=True,
            **settings,
        )
    except ValueError as error:  # a value that none of its settings knows, or two that do not go together
        raise ConfigError(f"trainer: {error}") from error
    return StanceTrainer(
        weights=weigh_heads(config.loss, model.heads),
        smoothing=config.loss.smoothing,
        head_learning_rate=config.head_learning_rate,
        model=model,
        args=arguments,
        train_dataset=build_dataset(splits["train"], renderer, model.heads),
        eval_dataset=build_dataset(splits["dev"], renderer, model.heads) if splits["dev"] else None,
        data_collator=Collator(model.heads, pad_id),
        callbacks=callbacks,
    )


def _save_folder(
    config: TrainConfig,
    model: StanceModel,
    heads: HeadSpec,
    settings: dict[str, Any],
    tokenizer: Tokenizer,
    pad_id: int,
) -> ModelFolder:
    """Weights, graph, tokenizer and a config with neutral thresholds, which calibration then sets."""
    config.output.mkdir(parents=True, exist_ok=True)
    packed = pack_weights(model, quantize=config.weights == "int8")
    shards = save_weights(packed, config.output)
    # A module of its own, with the rounded weights that both backends read: the trained one may be wrapped.
    plain = StanceModel(build_encoder(settings), int(settings["hidden_size"]), heads)
    plain.load_state_dict(unpack_weights(packed, plain))
    (config.output / TOKENIZER).write_text(tokenizer.to_str(), encoding="utf-8")
    tolerance = export_graph(plain.eval(), config.output / GRAPH, shards, packed)
    thresholds: dict[str, Any] = {
        kind: {option: dict.fromkeys(POLARITIES, 0.5) for option in heads.options} for kind in UNIT_KINDS
    }
    return write_config(
        config.output,
        ModelConfig(
            name=config.name,
            heads=heads,
            encoder=settings,
            max_tokens=config.max_tokens,
            overlap=config.overlap,
            pad_id=pad_id,
            thresholds={
                **thresholds,
                "toward": dict.fromkeys(heads.options, 0.5),
                "mixed": dict.fromkeys(UNIT_KINDS, 0.0),
            },
            temperatures=dict.fromkeys(heads.outputs, 1.0),
            onnx_tolerance=tolerance,
            files={},
        ),
    )
