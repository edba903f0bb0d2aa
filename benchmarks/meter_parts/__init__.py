"""The measurements behind `make bench NAME=meter`, one question a file."""
