"""Access to a running X11 desktop: windows, accessibility tree, icon theme, pointer."""
