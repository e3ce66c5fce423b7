"""Code shared by several commands: options, asking, progress, results."""
