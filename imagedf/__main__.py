"""Entry point of ``python -m imagedf`` and of the command ``imagedf``."""

import gc
import sys

_COLLECT_AT = 500_000
"""The threshold of Python's garbage collector: a command is short, and imports a lot."""


def run() -> None:
    """Run the command line; Ctrl-C prints no traceback, not even during the imports."""
    gc.set_threshold(_COLLECT_AT)
    try:
        from imagedf.cli import main

        main()
    except KeyboardInterrupt:
        sys.stderr.write("imagedf: stopped\n")
        sys.exit(130)
    finally:
        # At exit, the interpreter would collect all modules twice more: a fifth of its time.
        gc.freeze()


if __name__ == "__main__":
    run()
