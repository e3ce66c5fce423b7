"""One module per vendor: what it is sent, and the reply its answer becomes."""
