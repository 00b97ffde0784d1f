"""What everything stands on: diagnostics, errors, lifecycle, the caller, visibility, JSON. No I/O."""
