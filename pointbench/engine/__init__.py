"""Plans trials, asks models, and journals the records."""
