"""Entry point of ``python -m imagedf`` and of the command ``imagedf``."""

import sys


def run() -> None:
    """Run the command line; Ctrl-C prints no traceback, not even during the imports."""
    try:
        from imagedf.cli import main

        main()
    except KeyboardInterrupt:
        sys.stderr.write("imagedf: stopped\n")
        sys.exit(130)


if __name__ == "__main__":
    run()
