"""Hugging Face checkpoints in this process."""
