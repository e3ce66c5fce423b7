"""While calls are under way: workers, limits, budget, prefetch."""
