"""Deciding whether a model keeps a stored run's total, while it is asked."""

from __future__ import annotations

import pytest

from pointbench.statistics import gate


def test_a_loss_of_exactly_the_margin_passes() -> None:
    old = [1] * 60 + [0] * 40
    assert gate.need_for_margin(old, 0.07) == 53  # 0.07 * 100 is a little more than 7
    assert gate.need_for_margin(old, 0.069) == 54
    assert gate.need_for_minimum(100, 0.07) == 7
    assert gate.unchanged_fails(1264, 0.02, 0.049) == pytest.approx(0.0006, abs=1e-4)
