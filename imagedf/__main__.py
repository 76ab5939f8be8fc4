"""``python -m imagedf`` is the command ``imagedf``."""

from imagedf.cli import main

if __name__ == "__main__":
    main()
