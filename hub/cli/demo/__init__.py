"""A morning in Kirklees: the main job over real sockets, with synthetic people (NHS numbers of the 999 test range)."""
