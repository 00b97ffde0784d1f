"""The checker: every mistake that can be found without a message."""
