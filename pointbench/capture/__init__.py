"""Captures screenshots with ground truth from a desktop or a web page.

Element positions come from three independent sources, none of them a model: the accessibility
tree (`desktop.atspi`), the window system's own list of windows (`desktop.x11`), and an icon theme
in which every icon is a flat patch of a unique color (`desktop.markers`). A web page's boxes come
from the DOM (`web`). `elements` keeps what a person could see and click, `hover` checks a box
against what lights up under the pointer, `targets` and `files` write the suite, and `session`
captures a whole suite on virtual displays. Code that reads or touches the screen is separate from
code that decides, so all decisions can be tested without a screen.

Needs the extra ``capture``; `desktop` and `session` need X11, `web` a Chromium.
"""
