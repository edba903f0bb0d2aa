"""The command line: one file a command, each only arguments and one call."""
