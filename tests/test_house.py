"""What holds for the whole house: quick import, public names, direction of imports is checked by import-linter."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import afxplugin as afx

HEAVY = ("scipy", "torch", "PySide6", "dawdreamer", "sounddevice", "soundfile", "pydantic")


@pytest.mark.parametrize(
    "name", [n for n in dir(afx) if not n.startswith("_") and n not in ("annotations", "importlib")]
)
def test_every_public_name_resolves(name: str) -> None:
    assert getattr(afx, name) is not None


def test_unknown_names_are_attribute_errors() -> None:
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        _ = afx.nonsense  # pyright: ignore[reportAttributeAccessIssue]


def test_import_is_quick() -> None:
    code = f"import afxplugin, sys; print([m for m in {HEAVY!r} if m in sys.modules])"
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == "[]"


def test_playing_needs_no_heavy_module() -> None:
    code = (
        "import sys, numpy as np, afxplugin as afx\n"
        "afx.Player, afx.read_capture, afx.plan_rates\n"
        "print([m for m in ('scipy', 'torch', 'PySide6', 'dawdreamer') if m in sys.modules])"
    )
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == "[]"


def test_a_render_offers_what_the_chain_has() -> None:
    from afxplugin.chain import plan
    from afxplugin.render import options

    assert (options.METHODS, options.OVERSAMPLINGS, options.FILTERS) == (plan.METHODS, plan.OVERSAMPLING, plan.FILTERS)


def test_the_stub_describes_the_core_as_it_is(tmp_path: Path) -> None:
    stubgen = [
        sys.executable,
        "-m",
        "nanobind.stubgen",
        "-q",
        "-m",
        "afxplugin._core",
        "-o",
        str(tmp_path / "_core.pyi"),
    ]
    subprocess.run(stubgen, check=True, capture_output=True)
    stub = Path(__file__).parent.parent / "afxplugin" / "_core.pyi"
    assert (tmp_path / "_core.pyi").read_text() == stub.read_text()
