"""Serve the sandbox in the foreground: ``python -m imagedf.sandbox --port 8765``."""

from __future__ import annotations

import argparse
import sys
import threading

from imagedf.sandbox._accounts import many_images
from imagedf.sandbox._server import Sandbox


def main() -> None:
    """Serve until Ctrl-C."""
    parser = argparse.ArgumentParser(prog="python -m imagedf.sandbox", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0 takes any free port")
    parser.add_argument("--latency", type=float, default=0.0, help="seconds an answer waits")
    parser.add_argument("--images", type=int, help="one account of so many images instead")
    options = parser.parse_args()
    accounts = None if options.images is None else {"default": list(many_images(options.images))}
    sandbox = Sandbox(accounts, latency=options.latency, port=options.port, limit=10**9)
    with sandbox:
        lines = [f"export DIGITALOCEAN_API_URL={sandbox.url}"]
        lines += [
            f"export DIGITALOCEAN_TOKEN={token}  # {n}" for n, token in sandbox.tokens.items()
        ]
        sys.stdout.write("\n".join([*lines, "Ctrl-C ends it.", ""]))
        sys.stdout.flush()
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            sys.stderr.write("\n")


if __name__ == "__main__":
    main()
