"""axe-core in the page under test: the accessibility faults that a machine can find."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from tests.report.page.chrome import Chrome

INSTALL = "npm install --no-save --prefix .ci/axe axe-core@4.14.1"
_ROOT = Path(__file__).parents[3]


def find_axe() -> Path | None:
    """``axe.min.js`` from POINTBENCH_AXE, or from where `INSTALL` puts it."""
    configured = os.environ.get("POINTBENCH_AXE")
    paths = [Path(configured)] if configured else []
    paths.append(_ROOT / ".ci/axe/node_modules/axe-core/axe.min.js")
    return next((path for path in paths if path.is_file()), None)


def violations(tab: Chrome, axe: Path) -> list[str]:
    """Faults that axe finds in the page's current state, one entry per rule with its first element."""
    # A policy applies to what a page loads, not to what its debugger evaluates.
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
