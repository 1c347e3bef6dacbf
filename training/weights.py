"""Weights of a trained module -> safetensors shards that both backends read, whole or as 8-bit integers."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors.torch import save
from torch import Tensor, nn

from stance.backends.torch import list_linear_weights
from stance.store import SCALE_SUFFIX, WEIGHTS

SHARD_BYTES = 90_000_000
INT8_MAX = 127


def quantize_matrix(weight: Tensor) -> tuple[Tensor, Tensor]:
    """8-bit integers ``(in, out)`` and scales ``(out,)`` of a linear layer's ``(out, in)`` weight.

    Symmetric, one scale per output (Jacob et al., CVPR 2018, section 2.1), so the largest weight of each output is 127.
    """
    scales = (weight.abs().amax(dim=1) / INT8_MAX).clamp(min=1e-12)
    integers = torch.round(weight / scales[:, None]).clamp(-INT8_MAX, INT8_MAX).to(torch.int8)
    return integers.T.contiguous(), scales


def pack_weights(model: nn.Module, quantize: bool) -> dict[str, Tensor]:
    """Tensors to store: half precision, or 8 bits for the encoder's linear layers.

    The matrix of a linear layer is stored ``(in, out)``, as a graph multiplies it.
    """
    linear = list_linear_weights(model)
    packed: dict[str, Tensor] = {}
    for name, tensor in model.state_dict().items():
        weight = tensor.detach().cpu().float()
        if quantize and name in linear and name.startswith("encoder."):
            packed[name], packed[name + SCALE_SUFFIX] = quantize_matrix(weight)
        else:
            packed[name] = (weight.T if name in linear else weight).half().contiguous()
    return packed


def save_weights(packed: Mapping[str, Tensor], folder: Path, shard_bytes: int = SHARD_BYTES) -> list[str]:
    """Write the tensors in order, a new shard where ``shard_bytes`` would be passed; gives the shards' file names."""
    shards: list[dict[str, Tensor]] = [{}]
    size = 0
    for name, tensor in packed.items():
        if shards[-1] and size + tensor.nbytes > shard_bytes:
            shards.append({})
            size = 0
        shards[-1][name] = tensor
        size += tensor.nbytes
    for stale in folder.glob(WEIGHTS):
        stale.unlink()  # an earlier run may have left another number of shards
    names = ["model.safetensors"] if len(shards) == 1 else [f"model-{k}.safetensors" for k in range(1, len(shards) + 1)]
    for file, shard in zip(names, shards, strict=True):
        (folder / file).write_bytes(save(shard))
    return names


@dataclass(frozen=True, slots=True)
class StoredTensor:
    """Where a tensor's bytes lie: a file of the model folder, an offset from its start, a length in bytes."""

    file: str
    offset: int
    length: int


def locate_tensors(folder: Path, files: Iterable[str]) -> dict[str, StoredTensor]:
    """The place of every tensor of safetensors files (header length, JSON header, then the data; format's README)."""
    places: dict[str, StoredTensor] = {}
    for file in files:
        with (folder / file).open("rb") as stream:
            n_header = int.from_bytes(stream.read(8), "little")
            header = json.loads(stream.read(n_header))
        header.pop("__metadata__", None)
        for name, entry in header.items():
            start, end = entry["data_offsets"]
            places[name] = StoredTensor(file, 8 + n_header + start, end - start)
    return places
