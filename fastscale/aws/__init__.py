"""AWS behind the project's own words: shapes of the API, and ports built on boto3."""
