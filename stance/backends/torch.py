"""Torch: for a GPU, for research, and the reference that the ONNX graph is compared with."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import torch
from safetensors.torch import load
from transformers import AutoConfig, AutoModel

from stance.errors import ModelError
from stance.model import StanceModel
from stance.store import SCALE_SUFFIX, ModelFolder

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def build_encoder(config: Mapping[str, Any]) -> torch.nn.Module:
    """An encoder of that architecture without trained weights: they must be loaded over it."""
    settings = dict(config)
    architecture = AutoConfig.for_model(settings.pop("model_type"), **settings)
    encoder: torch.nn.Module = AutoModel.from_config(architecture, add_pooling_layer=False)  # type: ignore[no-untyped-call]
    return encoder


def list_linear_weights(model: torch.nn.Module) -> set[str]:
    """Names of the matrices of linear layers, which a folder stores ``(in, out)``."""
    return {f"{name}.weight" for name, module in model.named_modules() if isinstance(module, torch.nn.Linear)}


def load_weights(folder: ModelFolder, model: torch.nn.Module) -> dict[str, torch.Tensor]:
    """Single-precision weights of a folder for ``model``; raises `ModelError` where two files hold the same one."""
    stored: dict[str, torch.Tensor] = {}
    for file, content in folder.read_weights().items():
        shard = load(content)
        if twice := sorted(stored.keys() & shard.keys()):
            raise ModelError(f"{folder.path / file}: {twice[0]} lies in two weight files; export the model again")
        stored |= shard
    return unpack_weights(stored, model)


def unpack_weights(stored: Mapping[str, torch.Tensor], model: torch.nn.Module) -> dict[str, torch.Tensor]:
    """Single-precision weights for ``model`` from what its folder stores.

    Matrices of linear layers are stored ``(in, out)``, some as 8-bit integers with scales ``(out,)`` beside them.
    """
    linear = list_linear_weights(model)
    weights: dict[str, torch.Tensor] = {}
    for name, tensor in stored.items():
        if name.endswith(SCALE_SUFFIX):
            continue
        weight = tensor.float()
        if name + SCALE_SUFFIX in stored:
            weight = weight * stored[name + SCALE_SUFFIX]
        weights[name] = weight.T.contiguous() if name in linear else weight
    return weights


@contextmanager
def _use_threads(threads: int | None) -> Iterator[None]:
    """Torch's threads are the whole process's: set for one pass, then as the caller had them."""
    before = torch.get_num_threads()
    torch.set_num_threads(threads or before)
    try:
        yield
    finally:
        torch.set_num_threads(before)


class TorchBackend:
    """Runs the weight files on the GPU if there is one, else on the CPU."""

    def __init__(self, folder: ModelFolder, threads: int | None = None) -> None:
        self._threads = threads
        config = folder.config
        model = StanceModel(build_encoder(config.encoder), int(config.encoder["hidden_size"]), config.heads)
        try:
            model.load_state_dict(load_weights(folder, model), strict=True)
        except RuntimeError as error:
            raise ModelError(f"{folder.path}: weights of another model: {error}") from error
        self._device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        self._model = model.to(self._device).eval()

    def run(self, arrays: Mapping[str, NDArray[np.generic]]) -> dict[str, NDArray[np.float32]]:
        """See `stance.backends.Backend.run`."""
        tensors = {name: torch.from_numpy(array).to(self._device) for name, array in arrays.items()}
        with _use_threads(self._threads), torch.inference_mode():
            outputs = self._model(**tensors)
        return {name: logits.float().cpu().numpy() for name, logits in outputs.items()}
