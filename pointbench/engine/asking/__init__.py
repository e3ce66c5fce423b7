"""Concurrent requests to models: workers, limits, budget, prefetching."""
