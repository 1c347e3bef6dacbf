import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from stance.backends.torch import unpack_weights
from training.weights import locate_tensors, pack_weights, quantize_matrix, save_weights


@pytest.fixture
def module():
    torch.manual_seed(0)
    return torch.nn.ModuleDict({"encoder": torch.nn.Linear(6, 4), "head": torch.nn.Linear(4, 4)})


def test_integers_are_within_half_a_step_of_the_weights():
    weight = torch.randn(5, 7)
    integers, scales = quantize_matrix(weight)
    assert integers.dtype == torch.int8
    assert integers.shape == (7, 5)
    assert (integers.abs().amax(dim=0) == 127).all()
    assert ((integers * scales).T - weight).abs().max() <= scales.max() / 2 + 1e-6


def test_an_output_without_weights_stays_zero():
    integers, scales = quantize_matrix(torch.zeros(2, 3))
    assert not integers.any()
    assert (integers * scales == 0).all()


@pytest.mark.parametrize("quantize", [False, True])
def test_unpacked_weights_are_near_the_packed_ones(module, quantize):
    packed = pack_weights(module, quantize)
    assert (packed["encoder.weight"].dtype == torch.int8) == quantize
    assert packed["head.weight"].dtype == torch.float16
    assert ("encoder.weight.scale" in packed) == quantize
    unpacked = unpack_weights(packed, module)
    assert unpacked.keys() == module.state_dict().keys()
    for name, tensor in module.state_dict().items():
        assert torch.allclose(unpacked[name], tensor, atol=5e-3), name


def test_packing_what_was_unpacked_changes_nothing(module):
    packed = pack_weights(module, quantize=True)
    module.load_state_dict(unpack_weights(packed, module))
    again = pack_weights(module, quantize=True)
    assert all(torch.equal(packed[name], again[name]) for name in packed)


def test_shards_hold_every_tensor_once_where_they_say(module, tmp_path):
    packed = pack_weights(module, quantize=True)
    names = save_weights(packed, tmp_path, shard_bytes=40)
    assert names == [f"model-{k}.safetensors" for k in range(1, len(names) + 1)]
    assert len(names) > 1
    stored = {name: tensor for file in names for name, tensor in load_file(tmp_path / file).items()}
    assert stored.keys() == packed.keys()
    places = locate_tensors(tmp_path, names)
    for name, tensor in packed.items():
        place = places[name]
        content = (tmp_path / place.file).read_bytes()[place.offset : place.offset + place.length]
        assert content == np.ascontiguousarray(tensor.numpy()).tobytes(), name


def test_shards_of_an_earlier_run_do_not_stay(module, tmp_path):
    save_weights(pack_weights(module, quantize=True), tmp_path, shard_bytes=40)
    assert save_weights(pack_weights(module, quantize=False), tmp_path) == ["model.safetensors"]
    assert [path.name for path in tmp_path.iterdir()] == ["model.safetensors"]


def test_one_shard_has_the_plain_name(module, tmp_path):
    assert save_weights(pack_weights(module, quantize=False), tmp_path) == ["model.safetensors"]
