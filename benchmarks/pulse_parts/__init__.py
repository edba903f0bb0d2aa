"""The measurements behind `make bench NAME=pulse`, one question a file."""
