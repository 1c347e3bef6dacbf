"""Torch module -> ONNX graph over the folder's own weight files, checked against the module before it is kept."""

from __future__ import annotations

import hashlib
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from stance.backends.onnx import start_session
from stance.model import StanceModel
from stance.pooling import apply_sigmoid
from stance.store import SCALE_SUFFIX
from training.errors import ExportError
from training.weights import INT8_MAX, StoredTensor, locate_tensors

TOLERANCE = 1e-3  # largest difference of a logit between graph and module, where weights are not quantized
# A quantized graph strays further, since activations are quantized as they come: of a probability, on random input.
QUANTIZED_TOLERANCE = 0.05
_ZERO, _ONE, _STEP, _TINY, _LAST_AXIS = (f"quantize.{name}" for name in ("zero", "one", "step", "tiny", "last_axis"))
_CONSTANTS: Mapping[str, NDArray[Any]] = {
    _ZERO: np.array(128, np.uint8),
    _ONE: np.array(1, np.float32),
    _STEP: np.array(1 / INT8_MAX, np.float32),
    _TINY: np.array(1e-12, np.float32),
    _LAST_AXIS: np.array([-1]),
}
_SMALL = 1024  # initializers of fewer elements stay in the graph


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


def export_graph(model: StanceModel, path: Path, shards: Sequence[str], packed: Mapping[str, torch.Tensor]) -> float:
    """Write the graph beside its weight files and give the tolerance it was checked to.

    ``model`` holds exactly the weights that ``packed`` stands for and that lie in ``shards``. Raises `ExportError` when
    graph and module differ by more than the tolerance.
    """
    graph = _trace_graph(model)
    _Surgery(graph, model, packed, locate_tensors(path.parent, shards)).run()
    path.write_bytes(graph.SerializeToString())
    is_quantized = any(name.endswith(SCALE_SUFFIX) for name in packed)
    tolerance = QUANTIZED_TOLERANCE if is_quantized else TOLERANCE
    _check_graph(model, path, shards, tolerance)
    return tolerance


def _trace_graph(model: StanceModel) -> onnx.ModelProto:
    """The graph as torch exports it, weights inside."""
    dims = {
        "input_ids": {0: torch.export.Dim.AUTO, 1: torch.export.Dim.AUTO},
        "attention_mask": {0: torch.export.Dim.AUTO, 1: torch.export.Dim.AUTO},
        "unit_mask": {0: torch.export.Dim.AUTO, 1: torch.export.Dim.AUTO, 2: torch.export.Dim.AUTO},
    }
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the exporter warns about its own internals
        program = torch.onnx.export(
            _Flat(model),
            _build_example(2, 11, 3),
            dynamo=True,
            dynamic_shapes=dims,
            input_names=list(dims),
            output_names=list(model.heads.outputs),
            verbose=False,
        )
    if program is None:
        raise ExportError("torch.onnx.export gave no graph")
    return program.model_proto


class _Surgery:
    """Replaces the large initializers of a graph by references into weight files, and multiplies integers as such."""

    def __init__(
        self,
        model: onnx.ModelProto,
        module: torch.nn.Module,
        packed: Mapping[str, torch.Tensor],
        places: Mapping[str, StoredTensor],
    ) -> None:
        self._graph = model.graph
        self._packed = packed
        self._places = places
        # By content: the exporter renames the matrices that it transposes.
        self._names: dict[tuple[tuple[int, ...], bytes], str] = {}
        for name, tensor in module.state_dict().items():
            weight = tensor.detach().cpu().float()
            self._names[_sign(weight.numpy())] = name
            if weight.dim() == 2:
                self._names.setdefault(_sign(weight.T.contiguous().numpy()), name)
        self._before: list[onnx.NodeProto] = []  # casts, which need no input of the graph
        self._quantized: dict[str, tuple[str, str]] = {}  # initializer -> its integers and scales
        self._referred: set[str] = set()
        self._activations: set[str] = set()  # those that are quantized already: one serves several products

    def run(self) -> None:
        """Change the graph in place."""
        kept: list[TensorProto] = []
        for tensor in self._graph.initializer:
            if tensor.data_type != TensorProto.FLOAT or np.prod(tensor.dims) < _SMALL:
                kept.append(tensor)
                continue
            name = self._names.get(_sign(numpy_helper.to_array(tensor)))
            if name is None:
                raise ExportError(f"initializer {tensor.name} {list(tensor.dims)} is no weight of the module")
            kept += self._replace_weight(tensor.name, name)
        nodes = [new for node in self._graph.node for new in self._rewrite_node(node)]
        if self._quantized:
            kept += [numpy_helper.from_array(value, name) for name, value in _CONSTANTS.items()]
        del self._graph.initializer[:], self._graph.node[:], self._graph.value_info[:]
        self._graph.initializer.extend(kept)
        self._graph.node.extend([*self._before, *nodes])
        for node in self._graph.node:
            del node.metadata_props[:]  # the exporter's notes on where in its code a node came from

    def _replace_weight(self, initializer: str, name: str) -> list[TensorProto]:
        """The references that take an initializer's place; none that stand already, where two had one content."""
        if name + SCALE_SUFFIX in self._packed:
            self._quantized[initializer] = (name, name + SCALE_SUFFIX)
            needed = [name, name + SCALE_SUFFIX]
        else:
            self._before.append(helper.make_node("Cast", [name], [initializer], to=TensorProto.FLOAT))
            needed = [name]
        new = [part for part in needed if part not in self._referred]
        self._referred.update(new)
        return [self._refer(part) for part in new]

    def _refer(self, name: str) -> TensorProto:
        """An initializer whose bytes lie in a weight file."""
        place, tensor = self._places[name], self._packed[name]
        kinds = {torch.int8: TensorProto.INT8, torch.float16: TensorProto.FLOAT16, torch.float32: TensorProto.FLOAT}
        proto = TensorProto(name=name, dims=list(tensor.shape), data_type=kinds[tensor.dtype])
        proto.data_location = TensorProto.EXTERNAL
        for key, value in (("location", place.file), ("offset", place.offset), ("length", place.length)):
            proto.external_data.add(key=key, value=str(value))
        return proto

    def _rewrite_node(self, node: onnx.NodeProto) -> list[onnx.NodeProto]:
        """A product with a quantized matrix becomes one of integers; activations are quantized as they come."""
        if not any(name in self._quantized for name in node.input):
            return [node]
        if node.op_type != "MatMul" or node.input[1] not in self._quantized:
            raise ExportError(f"{node.op_type} {node.name} takes a quantized weight; only products from the right may")
        activation, (weight, scales), output = node.input[0], self._quantized[node.input[1]], node.output[0]
        nodes = []
        if activation not in self._activations:
            self._activations.add(activation)
            nodes = _quantize_tokens(activation)
        return [
            *nodes,
            helper.make_node("MatMulInteger", [f"{activation}.int8", weight, _ZERO], [f"{output}.int32"]),
            helper.make_node("Cast", [f"{output}.int32"], [f"{output}.sum"], to=TensorProto.FLOAT),
            helper.make_node("Mul", [f"{output}.sum", f"{activation}.scale"], [f"{output}.scaled"]),
            helper.make_node("Mul", [f"{output}.scaled", scales], [output]),
        ]


def _quantize_tokens(activation: str) -> list[onnx.NodeProto]:
    """8-bit integers of an activation with one scale per token, so that a text's scores do not depend on its batch.

    Token-wise dynamic quantization is that of ZeroQuant (Yao et al., NeurIPS 2022, section 4.1).
    """
    absolute, largest, step, scale, unit, integers = (
        f"{activation}.{name}" for name in ("absolute", "largest", "step", "scale", "unit", "int8")
    )
    return [
        helper.make_node("Abs", [activation], [absolute]),
        helper.make_node("ReduceMax", [absolute, _LAST_AXIS], [largest], keepdims=1),
        helper.make_node("Mul", [largest, _STEP], [step]),
        helper.make_node("Max", [step, _TINY], [scale]),
        helper.make_node("Div", [activation, scale], [unit]),
        helper.make_node("QuantizeLinear", [unit, _ONE, _ZERO], [integers]),
    ]


def _sign(array: NDArray[Any]) -> tuple[tuple[int, ...], bytes]:
    """Shape and hashed content of an array."""
    return array.shape, hashlib.sha256(array.tobytes()).digest()


def _build_example(batch: int, tokens: int, units: int) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Inputs of that size, drawn with a fixed seed; the last row is padded."""
    generator = np.random.default_rng(0)
    ids = torch.from_numpy(generator.integers(0, 50, (batch, tokens)))
    mask = torch.ones(batch, tokens, dtype=torch.int64)
    mask[-1, tokens - 2 :] = 0
    unit_mask = torch.from_numpy(generator.integers(0, 2, (batch, units, tokens)).astype(np.float32))
    unit_mask[:, 0] = mask
    return ids, mask, unit_mask * mask[:, None]


def _check_graph(model: StanceModel, path: Path, shards: Sequence[str], tolerance: float) -> None:
    """Compare graph and module on shapes other than the one that was traced."""
    session = start_session(path.read_bytes(), {name: (path.parent / name).read_bytes() for name in shards})
    for batch, tokens, units in ((1, 5, 1), (3, 40, 6), (2, 11, 3)):
        example = _build_example(batch, tokens, units)
        with torch.inference_mode():
            expected = model(*example)
        names = ("input_ids", "attention_mask", "unit_mask")
        found = session.run(None, {name: tensor.numpy() for name, tensor in zip(names, example, strict=True)})
        for name, values in zip(model.heads.outputs, found, strict=True):
            left, right = expected[name].numpy(), values
            if tolerance > TOLERANCE:
                left, right = apply_sigmoid(left), apply_sigmoid(right)
            difference = float(np.abs(left - right).max())
            if not difference <= tolerance:  # so that it fails for a difference that is no number, too
                raise ExportError(f"{path}: {name} differs from torch by {difference:.2g} at {(batch, tokens, units)}")
