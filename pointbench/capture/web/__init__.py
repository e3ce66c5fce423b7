"""Shows a web page in a headless Chromium, measures it, and finds its clickable elements."""
