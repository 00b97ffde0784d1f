"""A map, or a part of one, put to work."""
