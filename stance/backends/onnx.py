"""ONNX Runtime: the default backend, no torch needed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import onnxruntime

from stance.errors import ModelError
from stance.store import GRAPH, ModelFolder

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def start_session(graph: bytes, weights: Mapping[str, bytes], threads: int | None = None) -> Any:
    """An onnxruntime session of a graph that refers to weight files, whose content is given by name."""
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    if threads is not None:
        options.intra_op_num_threads = threads
    # Without VNNI instructions, products of 8-bit integers saturate; there this takes the exact, slower kernel.
    options.add_session_config_entry("session.x64quantprecision", "1")
    # From memory, so that what runs is what was hashed.
    options.add_external_initializers_from_files_in_memory(
        list(weights), list(weights.values()), [len(content) for content in weights.values()]
    )
    return onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])


class OnnxBackend:
    """Runs ``model.onnx`` on the CPU."""

    def __init__(self, folder: ModelFolder, threads: int | None = None) -> None:
        graph, weights = folder.read_file(GRAPH), folder.read_weights()
        try:
            self._session = start_session(graph, weights, threads)
        except Exception as error:  # onnxruntime has no public base class for its errors
            raise ModelError(f"{folder.path / GRAPH}: onnxruntime cannot load it: {error}") from error
        self._check_outputs(folder)

    def _check_outputs(self, folder: ModelFolder) -> None:
        """Refuse a graph whose heads are not those of the config: it belongs to another label set."""
        heads = folder.config.heads
        widths = {"stance": len(heads.options), "toward": len(heads.options)}
        widths |= {extra.name: len(extra.labels) for extra in heads.extras}
        shapes = {output.name: output.shape for output in self._session.get_outputs()}
        if set(shapes) != set(heads.outputs):
            raise ModelError(f"{folder.path}: config has the heads {sorted(heads.outputs)}, graph has {sorted(shapes)}")
        for name, width in widths.items():
            found = shapes[name][2] if name == "stance" else shapes[name][-1]
            if found != width:
                raise ModelError(
                    f"{folder.path}: config has {width} labels for {name}, graph has {found}: other label set"
                )

    def run(self, arrays: Mapping[str, NDArray[np.generic]]) -> dict[str, NDArray[np.float32]]:
        """See `stance.backends.Backend.run`."""
        names = [output.name for output in self._session.get_outputs()]
        return dict(zip(names, self._session.run(names, dict(arrays)), strict=True))
