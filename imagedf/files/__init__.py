"""The disk: saved answers in, Parquet, CSV, Excel and the star schema out."""
