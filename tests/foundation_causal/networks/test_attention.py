"""Attention blocks treat their tokens alike."""

import torch

from foundation_causal.networks.attention import AttentionBlock, GridBlock, through


def test_a_block_follows_a_permutation_of_its_tokens():
    torch.manual_seed(0)
    block, x = AttentionBlock(16, heads=4, widening=2), torch.randn(2, 3, 7, 16)
    order = torch.randperm(7)
    assert torch.allclose(block(x)[:, :, order], block(x[:, :, order]), atol=1e-5)


def test_a_block_agrees_with_torch():
    torch.manual_seed(0)
    block, x = AttentionBlock(16, heads=4, widening=2), torch.randn(3, 7, 16)
    reference = torch.nn.TransformerEncoderLayer(16, 4, 32, 0.0, "gelu", norm_first=True, batch_first=True)
    names = {"norm1": block.norm_attention, "norm2": block.norm_mlp, "linear1": block.mlp[0]}
    names |= {"linear2": block.mlp[2], "self_attn.out_proj": block.out}
    state = {f"{name}.{k}": v for name, module in names.items() for k, v in module.state_dict().items()}
    state |= {f"self_attn.in_proj_{k}": v for k, v in block.qkv.state_dict().items()}
    reference.load_state_dict(state)
    assert torch.allclose(block(x), reference(x), atol=1e-5)


def test_a_grid_follows_a_permutation_of_both_axes():
    torch.manual_seed(0)
    block, x = GridBlock(8, heads=2, widening=2), torch.randn(2, 5, 5, 8)
    order = torch.randperm(5)
    expected = block(x)[:, order][:, :, order]
    assert torch.allclose(expected, block(x[:, order][:, :, order]), atol=1e-5)


def test_products_without_gradients_are_those_with_them():
    layer, x = torch.nn.Linear(24, 40), torch.randn(3, 5, 7, 24).transpose(1, 2)
    with_gradients = through(layer, x)
    assert with_gradients.requires_grad
    with torch.no_grad():
        torch.testing.assert_close(through(layer, x), with_gradients.detach(), atol=1e-5, rtol=1e-5)
        assert through(layer.double(), x.double()).dtype == torch.float64
