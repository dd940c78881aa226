"""The network: its symmetries, its logits by hand, and large tables."""

import subprocess
import sys

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from discovery.avici.network import LARGEST_STATE, Avici, Block, apply_in_place, inputs
from foundation_causal.networks.pretrained import load_pretrained

SIZES = {"n": st.integers(2, 12), "d": st.integers(2, 5), "seed": st.integers(0, 99)}


@pytest.fixture(scope="module")
def model():
    torch.manual_seed(0)
    return Avici(width=16, layers=2, heads=2, key_size=8).double().eval()


def table(n, d, seed, batch=1):
    generator = torch.Generator().manual_seed(seed)
    data = torch.randn(batch, n, d, generator=generator, dtype=torch.float64)
    return data, torch.rand(batch, n, d, generator=generator) < 0.3


def logits(model, data, mask):
    with torch.no_grad():
        return model(inputs(data, mask).double())


@given(**SIZES)
def test_permuting_variables_permutes_the_answer(model, n, d, seed):
    data, mask = table(n, d, seed)
    order = torch.randperm(d, generator=torch.Generator().manual_seed(seed))
    permuted = logits(model, data[..., order], mask[..., order])
    torch.testing.assert_close(permuted, logits(model, data, mask)[:, order][:, :, order], atol=1e-5, rtol=0)


@given(**SIZES)
def test_permuting_rows_changes_nothing(model, n, d, seed):
    data, mask = table(n, d, seed)
    order = torch.randperm(n, generator=torch.Generator().manual_seed(seed))
    permuted = logits(model, data[:, order], mask[:, order])
    torch.testing.assert_close(permuted, logits(model, data, mask), atol=1e-5, rtol=0)


@given(**SIZES, tokens=st.integers(1, 70), batch=st.integers(1, 3))
def test_working_on_parts_gives_the_same_answer(model, n, d, seed, tokens, batch):
    data, mask = table(n, d, seed, batch)
    whole = logits(model, data, mask).sigmoid() * (1 - torch.eye(d))
    model.float()  # as the weights are stored
    parts = model.probabilities(data, mask, tokens=tokens)
    model.double()
    torch.testing.assert_close(parts.double(), whole, atol=1e-5, rtol=0)


def test_the_mask_matters(model):
    data, mask = table(10, 3, 0)
    assert not torch.allclose(logits(model, data, mask), logits(model, data, None))


def test_units_do_not_matter(model):
    data, mask = table(30, 4, 0)
    scaled = data * torch.tensor([1e-9, 1.0, 1e12, 3.0]) + torch.tensor([0.0, 5.0, 1e12, -2.0])
    torch.testing.assert_close(logits(model, scaled, mask), logits(model, data, mask), atol=1e-4, rtol=0)


def layer_norm(norm, x):
    x = (x - x.mean(-1, keepdims=True)) / np.sqrt(x.var(-1, keepdims=True) + norm.eps)
    return x * array(norm.weight) + array(norm.bias)


def linear(layer, x):
    return x @ array(layer.weight).T + array(layer.bias)


def array(tensor):
    return tensor.detach().numpy()


def reference_block(block, z):
    """The block on tokens `[tokens, D]`, head by head."""
    q, k, v = (
        linear(project, layer_norm(norm, z))
        for project, norm in ((block.q, block.norm_q), (block.k, block.norm_k), (block.v, block.norm_v))
    )
    mixed = []
    for part in np.split(np.arange(q.shape[1]), block.heads):
        score = np.exp(q[:, part] @ k[:, part].T / np.sqrt(len(part)))
        mixed.append(score / score.sum(1, keepdims=True) @ v[:, part])
    z = z + linear(block.out, np.concatenate(mixed, 1))
    return z + linear(block.mlp[2], np.maximum(linear(block.mlp[0], layer_norm(block.norm_mlp, z)), 0))


def test_logits_agree_with_a_plain_reference(model):
    data, mask = table(7, 3, 5)
    torch.manual_seed(1)
    for norm in (part for part in model.modules() if isinstance(part, torch.nn.LayerNorm)):
        torch.nn.init.normal_(norm.weight)  # at the start all norms are alike, which hides mistakes
    x = (data - data.mean(1, keepdim=True)) / data.std(1, keepdim=True, unbiased=False)
    z = linear(model.embed, np.stack([array(x[0]), array(mask[0])], -1))
    for over_variables, over_samples in zip(model.over_variables, model.over_samples, strict=True):
        z = np.stack([reference_block(over_variables, row) for row in z])
        z = np.stack([reference_block(over_samples, z[:, j]) for j in range(3)], 1)
    z = layer_norm(model.norm, z).max(0)
    u, v = (linear(head[1], layer_norm(head[0], z)) for head in (model.cause, model.effect))
    u, v = (x / np.linalg.norm(x, axis=1, keepdims=True) for x in (u, v))
    expected = np.exp(model.log_temperature.item()) * u @ v.T + model.bias.item()
    np.testing.assert_allclose(array(logits(model, data, mask)[0]), expected, atol=1e-5)


def test_the_published_settings_are_the_defaults():
    model = Avici()
    assert len(model.over_samples) == len(model.over_variables) == 8
    assert model.embed.weight.shape == (128, 2)
    assert model.over_samples[0].q.weight.shape == (8 * 32, 128)
    assert model.over_samples[0].mlp[0].weight.shape == (4 * 128, 128)
    assert (model.log_temperature.item(), model.bias.item()) == (0.0, -3.0)
    bound = (6 / 128) ** 0.5  # Kaiming: variance 2 / fan-in, uniform
    assert bound * 0.99 < model.over_samples[0].k.weight.abs().max() < bound


def test_attention_is_the_same_in_bfloat16():
    block = Block(16, heads=2, key_size=8, widening=2, dropout=0.0).eval()
    z = torch.randn(3, 9, 16)
    with torch.autocast("cpu", torch.bfloat16):
        low = block(z)
    torch.testing.assert_close(low, block(z), atol=0.1, rtol=0.05)


@pytest.mark.parametrize("at_once", [1, 7, 8, 50])
def test_a_block_in_place_does_what_it_does_elsewhere(at_once):
    block = Block(8, heads=2, key_size=4, widening=2, dropout=0.0).eval()
    z = torch.randn(7, 5, 8).transpose(0, 1)  # as for samples: not contiguous
    expected = block(z.clone())
    apply_in_place(block, z, at_once)
    torch.testing.assert_close(z, expected)


def test_one_row_and_constant_columns_give_numbers(model):
    model.float()
    for data in (torch.randn(1, 1, 4), torch.ones(1, 30, 3)):
        chance = model.probabilities(data)
        assert chance.isfinite().all()
        assert (chance.diagonal(dim1=1, dim2=2) == 0).all()
    model.double()


def test_there_is_no_dropout_outside_training():
    model, data = Avici(width=8, layers=1, heads=1, key_size=8, dropout=0.5).train(), torch.randn(1, 20, 3)
    assert torch.equal(model.probabilities(data), model.probabilities(data))
    assert model.training


def test_a_saved_model_gives_the_same_probabilities(model, tmp_path):
    model.float().save_pretrained(tmp_path)
    data = torch.randn(1, 40, 4)
    loaded = load_pretrained(Avici, tmp_path)
    assert torch.equal(loaded.probabilities(data), model.probabilities(data))
    model.double()


@pytest.mark.parametrize(
    ("n", "d", "words"),
    [(10**6, 20, ("10.2 GB", "209715 rows")), (300_000, 3, ("hours", "at most"))],
)
def test_what_is_too_large_is_said_before_it_starts(one_sentence, n, d, words):
    with one_sentence(*words):
        Avici().check_size(n, d)
    with one_sentence(*words):
        Avici().probabilities(torch.zeros(1, 1, 1).expand(1, n, d))


def test_the_number_of_rows_that_the_error_names_is_accepted():
    model = Avici()
    model.check_size(LARGEST_STATE // (4 * 5000 * 128), 5000)


PEAK = """
import resource, torch
from discovery.avici.network import Avici
torch.set_num_threads(1)
model = Avici(width=8, layers=1, heads=1, key_size=8).eval()
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
model.probabilities(torch.randn(1, 10_000, 2))
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024)
"""


def test_many_rows_never_hold_all_pairs_of_rows():
    done = subprocess.run([sys.executable, "-c", PEAK], capture_output=True, text=True, check=True)
    assert float(done.stdout) < 100  # MiB; one matrix of all pairs would take 400
