"""Screenshots with ground truth taken from a running desktop.

Three independent sources say where things are, and none of them is a model: the accessibility
tree (`atspi`), the window system's own list of windows (`x11`), and an icon theme in which every
icon is a flat patch of a color of its own (`markers`). `visible` keeps what a person could see
and click, `hover` checks a box against what lights up under the pointer, and `annotations` writes
the targets. Reading and touching the screen is kept apart from deciding, so that everything that
decides can be tested without a screen.

Needs the extra ``capture`` (jeepney, python-xlib, numpy, Pillow) and an X11 desktop.
"""
