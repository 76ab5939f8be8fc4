"""``python -m tests.benchmarks [part ...] [--quick] [-o results.json]``."""

from __future__ import annotations

import argparse
import importlib
import json
import tempfile
from pathlib import Path

from tests.benchmarks.common import Section, as_json, machine, shown

PARTS = ("parse", "fetch", "account", "memory", "summaries", "startup", "history", "scale")


def main() -> None:
    """Run the parts that were named, print their tables and write them as JSON."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("parts", nargs="*", choices=[*PARTS, []], metavar="part",
                        help=f"default all: {', '.join(PARTS)}")  # fmt: skip
    parser.add_argument("--quick", action="store_true", help="smaller sizes, fewer rounds")
    parser.add_argument("-o", "--output", type=Path, help="where the JSON goes; a temporary file")
    options = parser.parse_args()
    known = machine()
    print(f"{known['cores']} cores, {known['memory_gib']} GiB, Python {known['python']}")
    results: dict[str, list[Section]] = {}
    for name in options.parts or PARTS:
        results[name] = importlib.import_module(f"tests.benchmarks.{name}").run(quick=options.quick)
        for section in results[name]:
            print(f"\n{shown(section)}", flush=True)
    output = options.output or Path(tempfile.mkdtemp()) / "benchmarks.json"
    output.write_text(json.dumps(as_json(results), indent=1) + "\n", encoding="utf-8")
    print(f"\nwritten to {output}")


if __name__ == "__main__":
    main()
