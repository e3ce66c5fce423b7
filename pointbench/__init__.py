"""pointbench: how accurately vision-language models point at things on a screen."""

from __future__ import annotations

from typing import TYPE_CHECKING

__version__ = "0.1.0"

__all__ = ["Adapter", "Picture", "Reply", "Request", "__version__"]

if TYPE_CHECKING:
    from pointbench.adapters.protocol import Adapter, Picture, Reply, Request


def __getattr__(name: str) -> object:
    # Imported on first use to keep `pointbench --help` light.
    if name in __all__:
        from pointbench.adapters import protocol

        return getattr(protocol, name)
    raise AttributeError(f"module 'pointbench' has no attribute {name!r}")
