"""Serve the sandbox in the foreground: ``python -m imagedf.sandbox --port 8765``."""

from __future__ import annotations

import argparse
import sys
import threading

from imagedf.sandbox._accounts import many_images
from imagedf.sandbox._server import Sandbox


def main() -> None:
    """Serve until Ctrl-C."""
    parser = argparse.ArgumentParser(
        prog="python -m imagedf.sandbox",
        description="Serve a local mock of the DigitalOcean API until Ctrl-C.",
    )
    parser.add_argument(
        "--port", type=int, default=0, help="port to listen on; 0 means any free port"
    )
    parser.add_argument(
        "--latency", type=float, default=0.0, help="delay of each response in seconds"
    )
    parser.add_argument("--images", type=int, help="serve one account with this many images")
    parser.add_argument(
        "--scopes", help="limit tokens to these scopes, such as image:read,droplet:read"
    )
    options = parser.parse_args()
    accounts = None if options.images is None else {"default": list(many_images(options.images))}
    sandbox = Sandbox(accounts, latency=options.latency, port=options.port, limit=10**9)
    with sandbox:
        lines = [f"export DIGITALOCEAN_API_URL={sandbox.url}"]
        tokens = dict(sandbox.tokens)
        if options.scopes:
            scopes = options.scopes.split(",")
            tokens = {name: sandbox.token_with(scopes, name) for name in tokens}
        lines += _exports(tokens)
        sys.stdout.write("\n".join([*lines, "Press Ctrl-C to stop.", ""]))
        sys.stdout.flush()
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            sys.stderr.write("\n")


def _exports(tokens: dict[str, str]) -> list[str]:
    """Return one variable per account, so that pasting all lines sets every token."""
    names = list(tokens)
    first = f"export DIGITALOCEAN_TOKEN={tokens[names[0]]}  # {names[0]}"
    others = [
        f"export {name.upper()}_TOKEN={tokens[name]}  # --account {name}={name.upper()}_TOKEN"
        for name in names[1:]
    ]
    return [first, *others]


if __name__ == "__main__":
    main()
