"""A web page in a headless Chromium: shown, measured, and what of it can be clicked."""
