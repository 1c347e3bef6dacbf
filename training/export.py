"""Torch module -> ONNX graph with half-precision weights, checked against the module before it is kept."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import torch
from onnx import helper, numpy_helper

from stance.model import StanceModel
from training.errors import ExportError

TOLERANCE = 1e-3  # largest difference of a logit between graph and module
_SMALL = 1024  # initializers of fewer elements stay in single precision


class _Flat(torch.nn.Module):
    """The module with a tuple of outputs, as graphs have them."""

    def __init__(self, model: StanceModel) -> None:
        super().__init__()
        self.model = model

    def forward(
        self, input_ids: torch.Tensor, attention_mask: torch.Tensor, unit_mask: torch.Tensor
    ) -> tuple[torch.Tensor, ...]:
        outputs = self.model(input_ids, attention_mask, unit_mask)
        return tuple(outputs[name] for name in self.model.heads.outputs)


def export_graph(model: StanceModel, path: Path) -> float:
    """Write the graph and give the tolerance it was checked to; raises `ExportError` when it differs by more."""
    example = _build_example(2, 11, 3)
    dims = {
        "input_ids": {0: torch.export.Dim.AUTO, 1: torch.export.Dim.AUTO},
        "attention_mask": {0: torch.export.Dim.AUTO, 1: torch.export.Dim.AUTO},
        "unit_mask": {0: torch.export.Dim.AUTO, 1: torch.export.Dim.AUTO, 2: torch.export.Dim.AUTO},
    }
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the exporter warns about its own internals
        program = torch.onnx.export(
            _Flat(model),
            example,
            dynamo=True,
            dynamic_shapes=dims,
            input_names=list(dims),
            output_names=list(model.heads.outputs),
            verbose=False,
        )
    if program is None:
        raise ExportError("torch.onnx.export gave no graph")
    graph = program.model_proto
    _halve_weights(graph)
    path.write_bytes(graph.SerializeToString())
    _check_graph(model, path)
    return TOLERANCE


def _build_example(batch: int, tokens: int, units: int) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Inputs of that size, drawn with a fixed seed; the last row is padded."""
    generator = np.random.default_rng(0)
    ids = torch.from_numpy(generator.integers(0, 50, (batch, tokens)))
    mask = torch.ones(batch, tokens, dtype=torch.int64)
    mask[-1, tokens - 2 :] = 0
    unit_mask = torch.from_numpy(generator.integers(0, 2, (batch, units, tokens)).astype(np.float32))
    unit_mask[:, 0] = mask
    return ids, mask, unit_mask * mask[:, None]


def _halve_weights(graph: onnx.ModelProto) -> None:
    """Store large float initializers as float16 and cast them back at load time: half the file, same arithmetic."""
    casts = []
    for tensor in graph.graph.initializer:
        if tensor.data_type != onnx.TensorProto.FLOAT or np.prod(tensor.dims) < _SMALL:
            continue
        name = tensor.name
        half = numpy_helper.from_array(numpy_helper.to_array(tensor).astype(np.float16), f"{name}.half")
        tensor.CopyFrom(half)
        casts.append(helper.make_node("Cast", [f"{name}.half"], [name], to=onnx.TensorProto.FLOAT))
    nodes = [*casts, *graph.graph.node]
    del graph.graph.node[:]
    graph.graph.node.extend(nodes)
    del graph.graph.value_info[:]


def _check_graph(model: StanceModel, path: Path) -> None:
    """Compare graph and module on shapes other than the one that was traced."""
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    for batch, tokens, units in ((1, 5, 1), (3, 40, 6), (2, 11, 3)):
        example = _build_example(batch, tokens, units)
        with torch.inference_mode():
            expected = model(*example)
        names = ("input_ids", "attention_mask", "unit_mask")
        found = session.run(None, {name: tensor.numpy() for name, tensor in zip(names, example, strict=True)})
        for name, values in zip(model.heads.outputs, found, strict=True):
            difference = float(np.abs(expected[name].numpy() - values).max())
            if difference > TOLERANCE:
                raise ExportError(f"{path}: {name} differs from torch by {difference:.2g} at {(batch, tokens, units)}")
