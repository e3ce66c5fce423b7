"""llama.cpp's own server, from the wheel ``xllamacpp``, in a process of its own.

    python server.py FOLDER [--blind] [--image-max-tokens N]

As a program it serves the checkpoint in FOLDER, prints its address on one line, and ends with its
standard input, so that it never outlives the tests.
"""

from __future__ import annotations

import argparse
import os
import select
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

TEXT, EYE = "text.gguf", "eye.gguf"
"""Files of a checkpoint: the language model, and the picture encoder (mmproj)."""

READY_S = 60.0
"""Seconds that the server may take to start; it needs less than one on an idle machine."""


@contextmanager
def llamacpp(folder: Path, *options: str) -> Iterator[str]:
    """The address (``http://127.0.0.1:PORT``) of a running server of the checkpoint in ``folder``.

    Options are the program's: ``--blind`` starts it without the picture encoder,
    ``--image-max-tokens N`` changes its limit for one picture (4096 for Qwen2-VL by its own default).
    """
    log = folder / f"server{'-'.join(options)}.log"
    with log.open("wb") as errors:
        server = subprocess.Popen(
            [sys.executable, __file__, str(folder), *options],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
        )
    with server:
        assert server.stdin is not None
        assert server.stdout is not None
        try:
            ready, _, _ = select.select([server.stdout], [], [], READY_S)
            address = server.stdout.readline().decode().strip() if ready else ""
            if not address:
                words = log.read_text(errors="replace")[-2000:]
                raise RuntimeError(f"the server did not come up: {words}")
            yield address
        finally:
            server.stdin.close()
            try:
                server.wait(timeout=30)
            finally:
                server.kill()


def _serve(folder: Path, blind: bool, image_max_tokens: int | None) -> None:
    import xllamacpp

    # Whatever the library prints goes to the log, so that the address is alone on standard output.
    address = os.dup(sys.stdout.fileno())
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    params = xllamacpp.CommonParams()
    params.model.path = str(folder / TEXT)
    if not blind:
        params.mmproj.path = str(folder / EYE)
    if image_max_tokens is not None:
        params.image_max_tokens = image_max_tokens
    params.n_ctx, params.n_parallel, params.warmup = 16384, 1, False
    # Several threads wait for each other in a loop, which takes ages on a machine with other work.
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = 1
    params.port, params.verbosity = 0, 0
    server = xllamacpp.Server(params)
    os.write(address, f"{server.listening_address}\n".encode())
    sys.stdin.read()
    # Not the interpreter's own way out: the server's threads may still be at work.
    os._exit(0)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--blind", action="store_true")
    parser.add_argument("--image-max-tokens", type=int)
    arguments = parser.parse_args()
    _serve(arguments.folder, arguments.blind, arguments.image_max_tokens)
