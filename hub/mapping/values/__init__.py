"""Simple values, codes and function calls, both ways."""
