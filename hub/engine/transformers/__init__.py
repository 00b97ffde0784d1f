"""Transformers: processes that do nothing but run maps, so that a map can neither hold the hub up nor take it down.

transformers.py   all of them, as the hub sees them: who gets which message, and what follows when one is lost
transformer.py    one of them, as the hub sees it: the process and what it has in hand
frames.py         what goes over the pair of sockets between the two
child.py          the process itself
"""
