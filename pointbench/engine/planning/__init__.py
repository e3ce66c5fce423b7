"""Planning before the first call: which trials to ask, in which order, and at what cost."""
