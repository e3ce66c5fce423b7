"""An X11 desktop that is running: windows, accessibility tree, icon theme, pointer."""
