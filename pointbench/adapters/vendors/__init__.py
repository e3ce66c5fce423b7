"""One module per vendor: builds its requests, and turns its answers into replies."""
