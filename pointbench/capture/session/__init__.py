"""A suite made again from one session file, each screen on a virtual display."""
