"""Sessions of randomly drawn targets, each until its first failure or the goal."""
