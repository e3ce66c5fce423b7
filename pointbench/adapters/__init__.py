"""Adapters: what carries a question to a model and brings its reply back.

`pointbench.adapters.protocol` is the public address: what an adapter is given and gives back.
An adapter is found by its entry point in the group ``pointbench.adapters``, from this package or
any other that is installed.

- `registry` resolves what a user writes after ``-m``, and checks every setting of it.
- `catalog` (with ``catalog.toml``) holds what is known of services and models by name, `prices`
  what a reply costs, `setting_specs` what a setting may be, `describe` all of it in words.
- `vendors` has one module per vendor's API; `http` is what they share: hosts and keys, clients,
  bodies, errors, waits.
- `transformers` runs checkpoints of Hugging Face in this process.
- `local` holds the pointers that need no key: random, center, best-constant and OCR.
- `simulated` is told the right answer and misses on purpose, to test everything around a model.

To add a vendor, write a module in `vendors`, its services and models in ``catalog.toml``, and an
entry point in ``pyproject.toml``.
"""
