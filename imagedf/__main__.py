"""``python -m imagedf`` and the command ``imagedf``."""

import sys


def run() -> None:
    """Run the command line; Ctrl-C during its imports is not a traceback either."""
    try:
        from imagedf.cli import main

        main()
    except KeyboardInterrupt:
        sys.stderr.write("imagedf: stopped\n")
        sys.exit(130)


if __name__ == "__main__":
    run()
