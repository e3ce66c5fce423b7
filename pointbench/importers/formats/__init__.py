"""Import formats: one module per public benchmark, with its convention."""
