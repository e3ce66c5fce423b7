"""For authors of adapters: contract checks, the vendors on a loopback server, marked pictures.

- `pointbench.testing.contract.check_adapter` checks everything that a run relies on in an adapter;
- `pointbench.testing.vendors.Vendors` speaks the vendors' protocols on 127.0.0.1, with a small model
  behind it that really looks at the picture it is sent;
- `pointbench.testing.marks` makes pictures with one mark at a known place, and finds it again;
- `pointbench.testing.suites` makes a suite of such pictures for ``pointbench run``.

No run needs any of this, and each module is imported when it is first used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

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


def __getattr__(name: str) -> object:
    if name in _HOMES:
        from importlib import import_module

        return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
