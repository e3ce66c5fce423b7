"""Adapters: send a question to a model and return its reply.

`pointbench.adapters.protocol` is the public interface: an adapter's inputs and outputs. Adapters
are found by their entry points in the group ``pointbench.adapters``, in this package or any other
installed one.

- `registry` resolves the argument of ``-m`` to a model and checks all its settings.
- `catalog` (with ``catalog.toml``) lists the known services and models, `prices` computes the
  cost of a reply, `setting_specs` defines valid settings, `describe` puts all of it into sentences.
- `vendors` has one module per vendor API; `http` has their shared parts: hosts and keys, clients,
  bodies, errors, waits.
- `transformers` runs Hugging Face checkpoints in this process.
- `local` holds the pointers that need no key: random, center, best-constant and OCR.
- `simulated` receives the correct answer and misses on purpose, to test everything around a model.

To add a vendor, write a module in `vendors`, its services and models in ``catalog.toml``, and an
entry point in ``pyproject.toml``.
"""
