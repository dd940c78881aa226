"""The training loop resumes, and its data do not depend on the number of workers."""

import os
import signal

import pytest
import torch
from torch.utils.data import DataLoader

pytest.importorskip("lightning")

from foundation_causal.networks.training import (
    SeededStream,
    Trainee,
    fast_precision,
    fit,
    newest_checkpoint,
)


def draw(generator):
    x = torch.randn(16, 3, generator=generator)
    return x, x @ torch.tensor([[1.0], [-2.0], [0.5]])


def trainee(steps):
    torch.manual_seed(0)
    loss = lambda model, batch: (model(batch[0]) - batch[1]).square().mean()  # noqa: E731
    return Trainee(torch.nn.Linear(3, 1), loss, lambda model: {"one": 1.0}, steps=steps, learning_rate=0.1)


def run(folder, steps):
    one = trainee(steps)
    fit(one, draw, folder, seed=0, workers=0, validate_every=10, precision="32-true")
    return one


def test_batches_do_not_depend_on_the_number_of_workers():
    batches = []
    for workers in (0, 2):
        stream = iter(DataLoader(SeededStream(draw, seed=3), batch_size=None, num_workers=workers))
        batches.append([next(stream)[0] for _ in range(4)])
    assert all(torch.equal(a, b) for a, b in zip(*batches, strict=True))


def test_training_learns_resumes_and_survives_a_broken_checkpoint(tmp_path):
    first = run(tmp_path, 20)
    averaged = torch.load(newest_checkpoint(tmp_path), weights_only=False)["state_dict"]
    assert torch.equal(averaged["model.weight"], first.model.weight.detach())
    (tmp_path / "step=99.ckpt").write_bytes(b"cut short")
    second = run(tmp_path, 60)
    loss = second.loss(second.model, draw(torch.Generator().manual_seed(9)))
    assert loss < first.loss(first.model, draw(torch.Generator().manual_seed(9)))
    assert torch.load(newest_checkpoint(tmp_path), weights_only=False)["global_step"] == 60


def test_a_stream_starts_where_it_is_told():
    whole, rest = iter(SeededStream(draw, seed=1)), iter(SeededStream(draw, seed=1, start=2))
    batches = [next(whole)[0] for _ in range(3)]
    assert torch.equal(next(rest)[0], batches[2])


def test_processes_that_train_together_share_the_batches_of_one():
    one = iter(SeededStream(draw, seed=1, start=2))
    two = [iter(SeededStream(draw, seed=1, start=2, rank=rank, ranks=2)) for rank in (0, 1)]
    for _ in range(2):
        for stream in two:
            assert torch.equal(next(one)[0], next(stream)[0])


def test_a_step_over_two_batches_averages_their_gradients(tmp_path):
    together, wide = trainee(3), trainee(3)

    def both(generator):
        step = generator.initial_seed()
        halves = [draw(torch.Generator().manual_seed(2 * step + half)) for half in (0, 1)]
        return tuple(torch.cat(part) for part in zip(*halves, strict=True))

    how = {"seed": 0, "workers": 0, "validate_every": 3, "precision": "32-true"}
    assert fit(together, draw, tmp_path / "two", accumulate=2, **how)
    fit(wide, both, tmp_path / "one", **how)
    torch.testing.assert_close(together.model.weight, wide.model.weight, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(
    ("abilities", "precision"),
    [
        ({"avx2": True}, "32-true"),
        ({"avx512_f": True, "avx512_bf16": False, "amx_bf16": False}, "32-true"),
        ({"avx512_f": True, "avx512_bf16": True, "amx_bf16": False}, "bf16-mixed"),
        ({"avx512_f": True, "avx512_bf16": False, "amx_bf16": True}, "bf16-mixed"),
    ],
)
def test_what_a_processor_only_imitates_is_not_used(monkeypatch, abilities, precision):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: abilities)
    assert fast_precision() == precision


def test_a_training_that_is_asked_to_end_does_not_say_that_it_has_finished(tmp_path):
    def asked(generator):
        os.kill(os.getpid(), signal.SIGTERM)
        return draw(generator)

    with pytest.raises(SystemExit) as end:
        fit(trainee(50), asked, tmp_path, seed=0, workers=0, validate_every=10, precision="32-true")
    assert end.value.code == 143
    assert not list(tmp_path.glob("*-final.ckpt"))


def test_a_graphics_card_without_bfloat16_does_not_take_it_whatever_the_processor_can(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: {"avx512_bf16": True})
    for native, precision in ((False, "32-true"), (True, "bf16-mixed")):
        monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda including_emulation, n=native: n)
        assert fast_precision() == precision
