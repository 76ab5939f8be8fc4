"""Print the table in tests/README.md."""

from tests.faults import rows

print("\n".join(["| fault | result |", "| --- | --- |", *rows()]))
