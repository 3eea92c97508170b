"""What people would use to store a file in S3: boto3's `upload_file`, as a program of its own.

boto_upload.py ENDPOINT BUCKET KEY FILE PART_BYTES CONNECTIONS   credentials come from the environment
"""

import sys

import boto3
from boto3.s3.transfer import TransferConfig
from botocore.config import Config


def main(arguments: list[str]) -> None:
    endpoint, bucket, key, path = arguments[:4]
    part_bytes, connections = int(arguments[4]), int(arguments[5])
    # Its checksums as AWS has them by default, which many other stores refuse.
    config = Config(s3={"addressing_style": "path"}, request_checksum_calculation="when_required")
    client = boto3.client("s3", endpoint_url=endpoint, region_name="us-east-1", config=config)
    how = TransferConfig(
        multipart_threshold=part_bytes, multipart_chunksize=part_bytes, max_concurrency=connections, use_threads=True
    )
    client.upload_file(path, bucket, key, Config=how)


if __name__ == "__main__":
    main(sys.argv[1:])
