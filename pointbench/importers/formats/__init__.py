"""One module per public benchmark, with its convention."""
