"""For people who write adapters: marked pictures, the vendors on a loopback server, a contract.

- `pointbench.testing.contract.check_adapter` puts any adapter through what a run relies on;
- `pointbench.testing.vendors.Vendors` speaks the vendors' wires on 127.0.0.1, with a small model
  behind it that really looks at the picture it was sent;
- `pointbench.testing.marks` makes pictures with one mark at a known place, and finds it again;
- `pointbench.testing.suites` puts such pictures into a suite that ``pointbench run`` takes.

Nothing here is needed for a run, and nothing is imported before it is used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

__all__ = ["Fault", "Vendors", "check_adapter", "find_mark", "marked_picture", "marked_suite"]

if TYPE_CHECKING:
    from pointbench.testing.contract import check_adapter
    from pointbench.testing.marks import find_mark, marked_picture
    from pointbench.testing.suites import marked_suite
    from pointbench.testing.vendors import Fault, Vendors

_HOMES = {
    "Fault": "vendors",
    "Vendors": "vendors",
    "check_adapter": "contract",
    "find_mark": "marks",
    "marked_picture": "marks",
    "marked_suite": "suites",
}


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        from importlib import import_module

        return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
