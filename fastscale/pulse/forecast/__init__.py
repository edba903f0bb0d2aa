"""What Pulse expects of the next day, drawn for a terminal and as a page."""
