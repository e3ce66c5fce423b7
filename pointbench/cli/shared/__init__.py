"""What several commands share: options, asking, progress, results."""
