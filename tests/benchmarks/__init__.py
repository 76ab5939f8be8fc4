"""Speed and memory side by side with what people use otherwise; see README.md here."""
