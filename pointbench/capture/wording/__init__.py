"""Words instructions so that they fit exactly one element of a picture, or none."""
