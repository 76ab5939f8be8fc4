"""Add up a history in object storage on the Spark cluster that can read it.

spark-submit spark_history.py s3a://inventory/history distribution s3a://inventory/growth
"""

import sys

from pyspark.sql import SparkSession
from pyspark.sql.pandas.types import from_arrow_schema

import imagedf


def main(history: str, by: str, output: str) -> None:
    spark = SparkSession.builder.appName("growth of the image history").getOrCreate()
    declared = from_arrow_schema(imagedf.schema.STAR_IMAGES)
    images = spark.read.schema(declared).parquet(f"{history}/images")
    costs = imagedf.estimate_cost(images)
    imagedf.growth(costs, by).write.mode("overwrite").parquet(output)


if __name__ == "__main__":
    main(*sys.argv[1:])
