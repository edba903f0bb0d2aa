"""The container image: built by whichever engine is there, compressed by zstd where it can, pushed to Amazon ECR."""
