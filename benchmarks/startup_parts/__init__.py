"""The measurements behind `make bench NAME=startup`, one question a file."""
