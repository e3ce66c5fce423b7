"""Shared parts of adapters that use HTTP: hosts and keys, clients, bodies, errors, waits."""
