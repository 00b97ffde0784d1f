"""The reference pages of docs/reference, made from what is declared: `make docs`. A test keeps them true.

Never edited by hand: commands, settings and connectors, functions, diagnostic codes, states.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from hub.app.installed import connectors, functions
from hub.cli import COMMANDS
from hub.cli.explain import iter_codes
from hub.cli.lifecycle_page import lifecycle
from hub.sdk import ConnectorSpec
from hub.settings.schema import HUB, Block, Kind

_MADE = "<!-- Made by `make docs` from the code. Do not edit. -->\n"


def pages() -> dict[str, str]:
    """File name to text."""
    return {
        "codes.md": _page("Diagnostic codes", _codes()),
        "commands.md": _page("Commands", _commands()),
        "functions.md": _page("Functions that maps may name", _functions()),
        "lifecycle.md": _page("The life of messages and deliveries", lifecycle()),
        "settings.md": _page("hub.yaml", _settings()),
    }


def _page(title: str, lines: Iterator[str]) -> str:
    return f"{_MADE}\n# {title}\n\n" + "\n".join(lines) + "\n"


def _codes() -> Iterator[str]:
    yield "`calder explain CODE` prints the same."
    for code in sorted(iter_codes(), key=lambda one: one.name):
        yield f"\n## {code.name}: {code.title}\n"
        yield f"*{code.severity.value}* · HL7 table 0357: {code.hl7} · FHIR issue type: {code.issue}\n"
        yield code.explain.strip()


def _commands() -> Iterator[str]:
    yield "Every command has `--help`. Exit 0 done, 1 the answer is no, 2 usage; errors on stderr.\n"
    yield "| command | does | example |\n|---|---|---|"
    for command in COMMANDS:
        yield f"| `calder {command.name}` | {command.summary} | `{command.example}` |"


def _functions() -> Iterator[str]:
    yield "Pure, typed, both directions where they can be turned round. The examples are tests.\n"
    for function in sorted(functions().values(), key=lambda one: one.name):
        yield f"## {function.name}\n"
        back = "turns round" if function.back is not None else "one way"
        yield f"`{function.name}({', '.join(function.takes)}) -> {function.gives}` · {back}\n"
        yield function.doc.strip() + "\n"
        for example in function.examples:
            arguments = ", ".join(f"`{argument}`" for argument in example.arguments)
            yield f"- {arguments} → {'refused' if example.fails else f'`{example.gives}`'}"
        yield ""


def _settings() -> Iterator[str]:
    yield "`calder config check hub.yaml` reports every error at once; `${NAME}` takes a value from the environment.\n"
    yield from _block(HUB, "", 2)
    yield "\n## Connectors\n"
    for spec in sorted(connectors().values(), key=lambda one: one.name):
        yield from _connector(spec)


def _block(block: Block, prefix: str, level: int) -> Iterator[str]:
    yield f"{'#' * level} {prefix or 'hub.yaml'}\n"
    yield "| key | value | default | what |\n|---|---|---|---|"
    for key in block.keys:
        kind = " · ".join(key.choices) if key.kind is Kind.CHOICE else key.kind.value
        default = "required" if key.required else "" if key.default is None else f"`{key.default}`"
        yield f"| `{key.name}` | {kind} | {default} | {key.doc} |"
    yield ""
    for key in block.keys:
        if key.block is not None:
            yield from _block(key.block, f"{prefix}.{key.name}".lstrip("."), level + 1)


def _connector(spec: ConnectorSpec) -> Iterator[str]:
    shapes = [name for name in ("source", "destination", "mount") if getattr(spec, name) is not None]
    yield f"### {spec.name}\n\n{spec.summary}. As: {', '.join(shapes)}.\n"
    if not spec.settings:
        return
    yield "| key | value | default | what |\n|---|---|---|---|"
    for setting in spec.settings:
        default = "required" if setting.required else "" if setting.default is None else f"`{setting.default}`"
        yield f"| `{setting.name}` | {setting.type} | {default} | {setting.doc} |"
    yield ""


def main() -> None:
    folder = Path(__file__).parents[2] / "docs" / "reference"
    for name, text in pages().items():
        (folder / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
