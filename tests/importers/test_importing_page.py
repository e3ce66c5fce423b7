"""docs/importing.md names every format and every reason."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import pointbench.importers
from pointbench.exporters import FORMATS as EXPORTS
from pointbench.importers import FORMATS

PAGE = (Path(__file__).parents[2] / "docs" / "importing.md").read_text("utf-8")
CODE = Path(pointbench.importers.__file__).parent


@pytest.mark.parametrize("form", [*FORMATS, *EXPORTS])
def test_every_format_is_named(form: str) -> None:
    assert f"`{form}`" in PAGE


def test_every_reason_is_explained() -> None:
    code = "".join(path.read_text("utf-8") for path in CODE.rglob("*.py"))
    pattern = r'(?:_drop\(draft|Conversion\(None|Conversion\(inside|Finding\([^()"]*?), "([a-z-]+)"'
    reasons = set(re.findall(pattern, code)) - {"changed"}
    assert len(reasons) > 15
    assert {reason for reason in reasons if f"`{reason}`" not in PAGE} == set()
