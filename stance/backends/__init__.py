"""Backends run one padded batch of windows; which library does it is their business alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Protocol

from stance.errors import ModelError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from stance.store import ModelFolder

BACKENDS = ("onnx", "torch")
MAX_THREADS = 1024


class Backend(Protocol):
    """Anything that turns the arrays of `stance.encode.pad_windows` into logits."""

    def run(self, arrays: Mapping[str, NDArray[np.generic]]) -> dict[str, NDArray[np.float32]]:
        """Logits by head, in the shapes of `stance.model.StanceModel.forward`."""
        ...


def load_backend(name: str, folder: ModelFolder, threads: int | None = None) -> Backend:
    """The backend of that name over a model folder; ``threads`` ``None`` leaves the choice to the library."""
    if threads is not None and (not isinstance(threads, int) or not 1 <= threads <= MAX_THREADS):
        raise ModelError(f"threads is a number from 1 to {MAX_THREADS}, got {threads!r}")
    if name == "onnx":
        from stance.backends.onnx import OnnxBackend

        return OnnxBackend(folder, threads)
    if name == "torch":
        try:
            from stance.backends.torch import TorchBackend
        except ModuleNotFoundError as error:
            raise ModelError(f"backend 'torch' needs the extra: pip install 'stance[torch]' ({error})") from error
        return TorchBackend(folder, threads)
    raise ModelError(f"backend is one of {', '.join(BACKENDS)}, got {name!r}")
