"""The strategies that are compared, one file each; :mod:`.catalogue` lists them."""
