"""The block of one model in summary.json: each module has the figures of one subject."""
