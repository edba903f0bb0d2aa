"""The one-second controller without its surroundings: one tick over all services, and the loop that calls it."""
