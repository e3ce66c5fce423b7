"""``python -m pointbench.testing.vendors``: the loopback server as its own process."""

from __future__ import annotations

import argparse
import asyncio
import json
import signal
import sys
import threading

from pointbench.testing.vendors.faults import CLEAR, FAULTS, Weather
from pointbench.testing.vendors.server import BASES, Vendors


def main() -> int:
    """Serve until SIGTERM or Ctrl-C; the first line on stdout is JSON with port and addresses."""
    parser = argparse.ArgumentParser(prog="python -m pointbench.testing.vendors")
    parser.add_argument(
        "--port", type=int, default=0, help="port to listen on; 0 (default) picks a free one"
    )
    parser.add_argument(
        "--latency", type=float, default=0.0, metavar="S", help="seconds before every reply"
    )
    parser.add_argument(
        "--slow",
        action="append",
        default=[],
        metavar="MODEL=S",
        help="latency of models whose name contains MODEL",
    )
    parser.add_argument(
        "--share", type=float, default=0.0, help="share of requests that fail (0 to 1)"
    )
    parser.add_argument(
        "--faults", default=",".join(FAULTS), metavar="LIST", help="kinds of failure (default: all)"
    )
    parser.add_argument("--seed", type=int, default=0, help="seed of the random faults")
    parser.add_argument(
        "--after", type=float, default=0.05, metavar="S", help="seconds that a 429 asks to wait"
    )
    parser.add_argument(
        "--throttle", type=float, metavar="N", help="requests per second per vendor"
    )
    parser.add_argument(
        "--polls", type=int, default=2, help="polls until a Replicate prediction is done"
    )
    parser.add_argument(
        "--log", metavar="FILE", help="where to write one JSON line per request, at the end"
    )
    args = parser.parse_args()
    weather = Weather(args.share, args.faults.split(","), args.seed, args.after)
    server = Vendors(
        port=args.port,
        latency=args.latency,
        latencies={name: float(s) for name, _, s in (pair.rpartition("=") for pair in args.slow)},
        weather=weather if args.share else CLEAR,
        throttle=args.throttle,
        polls=args.polls,
        log=args.log is not None,
    )
    asyncio.run(_serve(server))
    if args.log:
        with open(args.log, "w", encoding="utf-8") as file:  # noqa: PTH123 - may be /dev/stderr
            for call in server.log:
                pictures = [seen.sha256 for seen in call.pictures]
                line = [call.number, call.vendor, call.model, call.status, call.fault, pictures]
                file.write(json.dumps(line) + "\n")
    return 0


async def _serve(server: Vendors) -> None:
    loop = asyncio.get_running_loop()
    ready = threading.Event()
    serving = loop.create_task(server.serve(ready))
    while not ready.is_set() and not serving.done():
        await asyncio.sleep(0.01)
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, server.end)
    addresses = {vendor: server.base_url(vendor) for vendor in BASES}
    sys.stdout.write(json.dumps({"port": server.port, **addresses}) + "\n")
    sys.stdout.flush()
    await serving


if __name__ == "__main__":
    sys.exit(main())
