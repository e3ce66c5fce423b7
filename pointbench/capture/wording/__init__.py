"""Words instructions that fit exactly one element of a picture, or none."""
