"""Sessions of randomly drawn targets, each to its first failure or the goal."""
