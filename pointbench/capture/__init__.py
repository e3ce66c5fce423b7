"""Screenshots with ground truth taken from a desktop or a web page.

Three independent sources say where things are, and none of them is a model: the accessibility
tree (`desktop.atspi`), the window system's own list of windows (`desktop.x11`), and an icon theme
in which every icon is a flat patch of its own color (`desktop.markers`). A web page's boxes come
from the DOM (`web`). `elements` keeps what a person could see and click, `hover` checks a box
against what lights up under the pointer, `targets` and `files` write the suite, and `session`
captures a whole suite on virtual displays. Reading and touching the screen is kept apart from
deciding, so that everything that decides can be tested without a screen.

Needs the extra ``capture``; `desktop` and `session` need X11, `web` a Chromium.
"""
