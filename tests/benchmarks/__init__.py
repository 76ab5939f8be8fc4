"""Speed and memory compared with the alternatives that people use; see README.md."""
