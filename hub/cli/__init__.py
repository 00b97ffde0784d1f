"""The `calder` command."""

def main() -> None:
    raise SystemExit(2)
