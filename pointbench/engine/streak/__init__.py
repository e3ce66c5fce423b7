"""Sessions of drawn clicks to the first failure, a goal, or a decision."""
