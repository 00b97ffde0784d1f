"""Tests that stand in maps."""
