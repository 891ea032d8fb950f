"""A few steps of training: the loss falls, a stopped run goes on to the same bits, the capture plays as the model."""

# Torch may be absent, so this file asks for it before it imports what needs it.
# ruff: noqa: E402

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="torch is in the train extra only: build/setup train")

from afxplugin.captures import Control, read_capture, write_afx
from afxplugin.chain import Player
from afxplugin.errors import CaptureError
from afxplugin.train.data import Segments, make_data
from afxplugin.train.export import build_capture
from afxplugin.train.losses import emphasised_error, offset_error, scaled_error
from afxplugin.train.recurrent import RecurrentModel, hold_knobs
from afxplugin.train.selection import hardest, join, segment_errors
from afxplugin.train.trainer import Trainer, TrainingPlan

if TYPE_CHECKING:
    from pathlib import Path

torch.set_num_threads(1)  # threads of so small a network wait for one another, on a busy machine for ever
PLAN = TrainingPlan(hidden=6, epochs=4, lanes=8, chunk_frames=128, warm_frames=64)
CONTROLS = (Control("Drive", high=10.0, default=5.0, breakpoints=((0.0, 0.0), (10.0, 1.0))), Control("Tone"))


def quiet(_: str) -> None:
    """Take a line of the report and drop it."""


@pytest.fixture(scope="module")
def data() -> Segments:
    return make_data(4, 16, frames=1500, rate_hz=44_100)


def weights(model: RecurrentModel) -> dict[str, np.ndarray]:
    return {name: tensor.detach().numpy().copy() for name, tensor in model.state_dict().items()}


def test_the_loss_falls(data: Segments, tmp_path: Path) -> None:
    trainer = Trainer(PLAN, data, tmp_path)
    trainer.run(quiet)
    assert trainer.history[-1] < 0.7 * trainer.history[0]


def test_a_stopped_run_goes_on_to_the_same_weights(data: Segments, tmp_path: Path) -> None:
    whole = weights(Trainer(PLAN, data, tmp_path / "whole").run(quiet))
    stopped = Trainer(PLAN, data, tmp_path / "parts")
    for _ in range(2):
        stopped.history.append(stopped.train_epoch())
        stopped.epoch += 1
    stopped.save()
    torch.manual_seed(99)
    resumed = Trainer(PLAN, data, tmp_path / "parts")
    parts = weights(resumed.run(quiet))
    assert len(resumed.history) == PLAN.epochs
    for name, expected in whole.items():
        np.testing.assert_array_equal(parts[name], expected)


def test_a_half_written_checkpoint_is_never_taken(
    data: Segments, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trainer = Trainer(PLAN, data, tmp_path)
    trainer.epoch = 1
    trainer.save()

    def killed(_: object, target: Path) -> None:
        target.write_bytes(b"half")
        raise KeyboardInterrupt

    monkeypatch.setattr(torch, "save", killed)
    trainer.epoch = 2
    with pytest.raises(KeyboardInterrupt):
        trainer.save()
    again = Trainer(PLAN, data, tmp_path)
    again.resume()
    assert again.epoch == 1


def test_the_capture_plays_what_the_model_says(data: Segments, tmp_path: Path) -> None:
    torch.manual_seed(3)
    model = RecurrentModel(hidden=8, knobs=2)
    capture = build_capture(model, name="Made", rate_hz=44_100, controls=CONTROLS, training={"esr": 0.5})
    write_afx(tmp_path / "made.afx", capture)
    read = read_capture(tmp_path / "made.afx")
    assert dict(read.training) == {"esr": 0.5}
    assert read.loop_eigenvalues is not None
    knobs = {"Drive": 2.0, "Tone": 0.75}
    player = Player(read, rate_hz=44_100, method="naive", start="zero", knobs=knobs, channels=1)
    x = data.x[:1]
    with torch.no_grad():
        expected, _ = model(torch.from_numpy(x.T.copy()), torch.tensor([[0.2, 0.75]]))
    np.testing.assert_allclose(player.process(x)[0], expected.numpy()[:, 0], rtol=0, atol=2e-6)


def test_held_knobs_become_bias(data: Segments, tmp_path: Path) -> None:
    """A snapshot begins as the network with knobs, which it then is at one setting; and it can be trained on."""
    torch.manual_seed(6)
    model = RecurrentModel(hidden=6, knobs=2)
    held = hold_knobs(model, (0.25, 0.75))
    x = torch.from_numpy(data.x[:2].T.copy())
    with torch.no_grad():
        expected, _ = model(x, torch.tensor([[0.25, 0.75]] * 2))
        output, _ = held(x, torch.zeros(2, 0))
        one_left, _ = hold_knobs(model, (0.75,))(x, torch.tensor([[0.25]] * 2))
    for each in (output, one_left):
        np.testing.assert_allclose(each.numpy(), expected.numpy(), rtol=0, atol=1e-6)
    alone = replace(data, knobs=data.knobs[:, :0])
    trainer = Trainer(PLAN, alone, tmp_path, start=held)
    trainer.run(quiet)
    assert trainer.history[-1] < trainer.history[0]


def test_a_model_needs_one_input_per_control() -> None:
    with pytest.raises(CaptureError, match="given 2 controls for 2 inputs"):
        build_capture(RecurrentModel(hidden=4, knobs=1), name="x", rate_hz=44_100, controls=CONTROLS, training={})


def test_the_hardest_segments_are_those_with_the_largest_errors(data: Segments) -> None:
    torch.manual_seed(5)
    model = RecurrentModel(hidden=4, knobs=2)
    pool = join([data, data])
    errors = segment_errors(model, pool)
    np.testing.assert_allclose(errors[:16], errors[16:], rtol=1e-5)
    with torch.no_grad():
        output, _ = model(torch.from_numpy(data.x[3:4].T.copy()), torch.from_numpy(data.knobs[3:4]))
    expected = np.mean((output.numpy()[256:, 0] - data.y[3, 256:]) ** 2) / data.scale[3]
    assert errors[3] == pytest.approx(expected, rel=1e-4)
    chosen = hardest(model, data, 5)
    assert chosen.x.shape == (5, 1500)
    np.testing.assert_allclose(np.sort(segment_errors(model, chosen)), np.sort(errors[:16])[-5:], rtol=1e-5)


def test_a_second_stage_starts_from_the_first(data: Segments, tmp_path: Path) -> None:
    first = RecurrentModel(hidden=6, knobs=2)
    second = Trainer(PLAN, data, tmp_path, start=first)
    for name, expected in weights(first).items():
        np.testing.assert_array_equal(weights(second.model)[name], expected)


def test_losses_are_what_their_formulas_say() -> None:
    random = np.random.default_rng(1)
    output, target = random.standard_normal((2, 50, 3)).astype(np.float32)
    scale = np.array([1.0, 2.0, 0.5], dtype=np.float32)
    given = [torch.from_numpy(a) for a in (output, target, scale)]
    error = output - target
    emphasised = error[1:] - 0.95 * error[:-1]
    assert float(scaled_error(*given)) == pytest.approx(np.mean(np.mean(error**2, axis=0) / scale), rel=1e-5)
    assert float(emphasised_error(*given)) == pytest.approx(np.mean(np.mean(emphasised**2, axis=0) / scale), rel=1e-5)
    assert float(offset_error(*given)) == pytest.approx(np.mean(np.mean(error, axis=0) ** 2 / scale), rel=1e-5)


def test_the_rate_falls_along_a_cosine() -> None:
    plan = TrainingPlan(epochs=10, first_rate=1.0, last_rate=0.1)
    assert [plan.rate_at(p) for p in (0.0, 5.0, 10.0, 11.0)] == pytest.approx([1.0, 0.55, 0.1, 0.1])
