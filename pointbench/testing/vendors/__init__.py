"""The vendors' protocols on a loopback server, with a small model behind them that really looks.

Every request is checked as the vendor would check it, and refused in the vendor's own words. A
picture is decoded, resized as that vendor's server does, and searched for the mark. The answer comes
in the frame and format of the model that was asked. Nothing leaves the machine.
"""

from __future__ import annotations

from pointbench.testing.vendors.call import Call, Seen
from pointbench.testing.vendors.families import FAMILIES, Family
from pointbench.testing.vendors.faults import FATAL, FAULTS, TURNS, Fault, Weather
from pointbench.testing.vendors.server import BASES, Vendors

__all__ = [
    "BASES",
    "FAMILIES",
    "FATAL",
    "FAULTS",
    "TURNS",
    "Call",
    "Family",
    "Fault",
    "Seen",
    "Vendors",
    "Weather",
]
