"""Files in S3: what goes there directly, what comes back, what goes wrong."""
