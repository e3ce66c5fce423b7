"""The optional extras of the package, and the one message that says how to install a missing one."""

from __future__ import annotations

from importlib.util import find_spec

from pointbench.errors import UsageError

EXTRAS: dict[str, dict[str, str]] = {
    "ocr": {"rapidocr": "rapidocr", "onnxruntime": "onnxruntime", "rapidfuzz": "rapidfuzz"},
    "capture": {"jeepney": "jeepney", "playwright": "playwright", "python-xlib": "Xlib"},
    "parquet": {"pyarrow": "pyarrow"},
    "figures": {"matplotlib": "matplotlib"},
    "hf": {"torch": "torch", "transformers": "transformers"},
}
"""Extra -> the packages without which it does nothing, each with the name of its module."""


def importable(module: str) -> bool:
    """Whether a module is installed; none of its code is run."""
    try:
        return find_spec(module) is not None
    except (ImportError, ValueError):
        return False


def install_command(extra: str) -> str:
    """The command that installs an extra."""
    return f"pip install 'pointbench[{extra}]'"


def require_extra(extra: str, what: str, *packages: str) -> None:
    """UsageError with the installing command if a package of ``extra`` is missing.

    ``what`` names the command or file that needs it. ``packages`` names those of the extra's
    packages that are needed; none means all.
    """
    needed = EXTRAS[extra]
    missing = [name for name in packages or needed if not importable(needed[name])]
    if missing:
        raise UsageError(
            f"{what} needs {' and '.join(missing)}, not installed here: {install_command(extra)}"
        )
