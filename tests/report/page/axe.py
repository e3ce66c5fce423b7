"""axe-core in the page under test: what a machine can find wrong with its accessibility."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from tests.report.page.chrome import Chrome

INSTALL = "npm install --no-save --prefix .ci/axe axe-core@4.14.1"
_ROOT = Path(__file__).parents[3]


def find_axe() -> Path | None:
    """``axe.min.js`` where POINTBENCH_AXE says, or where `INSTALL` puts it."""
    configured = os.environ.get("POINTBENCH_AXE")
    paths = [Path(configured)] if configured else []
    paths.append(_ROOT / ".ci/axe/node_modules/axe-core/axe.min.js")
    return next((path for path in paths if path.is_file()), None)


def violations(tab: Chrome, axe: Path) -> list[str]:
    """What axe finds in the page as it stands, an entry a rule and its first element."""
    # A policy holds against what a page loads, not against what its debugger evaluates.
    tab.evaluate(axe.read_text(encoding="utf-8") + "\n;0")
    failures: list[dict[str, Any]] = json.loads(
        tab.evaluate(
            "axe.run(document, {resultTypes: ['violations']})"
            ".then(result => JSON.stringify(result.violations))"
        )
    )
    return [
        f"{rule['impact']} {rule['id']}: {rule['nodes'][0]['html'][:200]} ({len(rule['nodes'])})"
        for rule in failures
    ]
