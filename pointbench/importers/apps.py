"""Whether a value of the column ``application`` names an app.

Sets in the shape of ScreenSpot-Pro must have that column, so that converters of other sets fill it with
what they have: the name of a file, a system, or a sort of web site. Taken for apps these would make the
rates by app, and intervals for other apps, say nothing.
"""

from __future__ import annotations

import re
from dataclasses import replace

from pointbench.importers.drafts import Draft

_OF_SCREENSPOT = frozenset(
    ("windows", "macos", "ios", "android", "linux", "forum", "gitlab", "shop", "tool")
)
"""Values of ScreenSpot's ``data_source``: systems and sorts of web sites."""
_SET = re.compile(r"screenspot_(?P<platform>desktop|mobile|web)(_v2)?|osworld-g", re.IGNORECASE)
"""The name of a set or of its file."""
_PART_OF_SET = re.compile(r"screenspot_v2_\w+", re.IGNORECASE)
"""MMBench-GUI's name for pictures that it took from ScreenSpot-v2."""


def only_apps(draft: Draft) -> Draft:
    """The draft without an app if its app is none; what it says goes into platform and tags instead.

    Rows that bear the name of their set have a placeholder for a group, too, which is left out.
    """
    app = draft.app
    if app is None:
        return draft
    named = _SET.fullmatch(app)
    if named is not None:
        return replace(draft, app=None, platform=named["platform"] or draft.platform, tags=())
    if app.casefold() in _OF_SCREENSPOT or _PART_OF_SET.fullmatch(app):
        return replace(draft, app=None, tags=tuple(dict.fromkeys((*draft.tags, app))))
    if draft.platform == app:
        # UI-Vision's column platform is the app.
        return replace(draft, platform=None)
    return draft
