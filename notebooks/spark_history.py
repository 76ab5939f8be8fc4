"""Total a history in object storage on a Spark cluster.

spark-submit spark_history.py s3a://inventory/history distribution s3a://inventory/growth
"""

import sys

from pyspark.sql import SparkSession
from pyspark.sql.pandas.types import from_arrow_schema

import imagedf


def main(history: str, by: str, output: str) -> None:
    spark = SparkSession.builder.appName("growth of the image history").getOrCreate()
    declared = from_arrow_schema(imagedf.schema.HISTORY_SCHEMA)
    images = spark.read.schema(declared).parquet(f"{history}/*")
    imagedf.growth(images, by).write.mode("overwrite").parquet(output)


if __name__ == "__main__":
    main(*sys.argv[1:])
