"""Recaptures a suite from one session file, each screen on a virtual display."""
