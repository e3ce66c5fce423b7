"""Files of replies obtained elsewhere: one module per format, and the rows that they all yield.

A format turns the rows of a file into `FoundReply`; it parses no reply and scores nothing. Which
targets the replies belong to is settled by who asks: ``score`` by target, a run by ``custom_id``.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

from pointbench.errors import UsageError, nearest_hint

if TYPE_CHECKING:
    from pointbench.engine.reply_files.found import ReplyFormat

_HERE = "pointbench.engine.reply_files"

FORMATS: dict[str, str] = {
    "lines": f"{_HERE}.lines:LINES",
    "openai-batch": f"{_HERE}.openai_batch:OPENAI_BATCH",
    "screenspot-pro-results": f"{_HERE}.screenspot_pro_results:SCREENSPOT_PRO_RESULTS",
}
"""Name -> its `ReplyFormat`, as ``module:attribute``; only `load_reply_format` imports the module."""

DEFAULT = "lines"


def load_reply_format(name: str) -> ReplyFormat:
    """The format with a given name; UsageError, with the nearest names, if there is none."""
    if name not in FORMATS:
        hint = nearest_hint(name, FORMATS, f"there are {', '.join(FORMATS)}", most=3)
        raise UsageError(f"no format of replies {name!r:.60}; {hint}")
    module, _, attribute = FORMATS[name].partition(":")
    form: ReplyFormat = getattr(importlib.import_module(module), attribute)
    return form
