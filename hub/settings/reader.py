"""hub.yaml as nodes with places, checked against the schema: every error at once, each with file, line and column."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import yaml

from hub.core.diagnostics import Code, Diagnostic, Span
from hub.core.suggest import suggest
from hub.sdk import ConnectorSpec, Setting
from hub.sdk.address import parse_address
from hub.settings import codes
from hub.settings.schema import Block, Key, Kind
from hub.settings.values import expand, parse_duration, parse_integer, parse_rate, parse_size, parse_time

Value = Any  # what YAML can hold, checked by kind


@dataclass(slots=True)
class Reader:
    """One reading of one file. `diagnostics` fills as it goes; a value that is wrong reads as its default."""

    file: str
    environment: Mapping[str, str]
    connectors: Mapping[str, ConnectorSpec]
    diagnostics: list[Diagnostic] = field(default_factory=list)

    def report(self, code: Code, detail: str, node: yaml.Node, fix: str | None = None) -> None:
        mark = node.start_mark
        length = max(node.end_mark.column - mark.column, 1) if node.end_mark.line == mark.line else 1
        self.diagnostics.append(Diagnostic(code, detail, span=Span(self.file, mark.line + 1, mark.column + 1, length), fix=fix))

    def read_block(self, node: yaml.Node | None, block: Block) -> dict[str, Value]:
        """The values of a block by key, defaults filled in. A connector's own keys stand under "settings"."""
        pairs = self._pairs(node, block) if node is not None else {}
        known = {key.name: key for key in block.keys}
        spec, own = self._connector_keys(pairs, block)
        values = {key.name: self._value_or_default(pairs.get(key.name), key) for key in block.keys}
        for name, (key_node, _) in pairs.items():
            if name not in known and name not in own:
                self._unknown(key_node, name, block, [*known, *own])
        self._missing(node, block, pairs)
        if block.open_to is not None:
            values["settings"] = self._own_settings(node, pairs, own, spec)
        return values

    def _pairs(self, node: yaml.Node, block: Block) -> dict[str, tuple[yaml.Node, yaml.Node]]:
        if not isinstance(node, yaml.MappingNode):
            self.report(codes.WRONG_KIND, f"`{block.name}` holds keys and values", node)
            return {}
        pairs: dict[str, tuple[yaml.Node, yaml.Node]] = {}
        for key_node, value_node in node.value:
            name = str(key_node.value)
            if name in pairs:
                self.report(codes.DUPLICATE_KEY, f"`{name}` stands twice in this block", key_node)
            pairs[name] = (key_node, value_node)
        return pairs

    def _connector_keys(
        self, pairs: Mapping[str, tuple[yaml.Node, yaml.Node]], block: Block
    ) -> tuple[ConnectorSpec | None, dict[str, Setting]]:
        if block.open_to is None or "connector" not in pairs:
            return None, {}
        node = pairs["connector"][1]
        spec = self.connectors.get(str(node.value))
        if spec is None:
            near = suggest(str(node.value), self.connectors)
            self.report(
                codes.UNKNOWN_NAME,
                "there is no connector of this name",
                node,
                fix=f"did you mean `{near}`?" if near else f"there are: {', '.join(sorted(self.connectors))}",
            )
            return None, {}
        return spec, {setting.name: setting for setting in spec.settings}

    def _own_settings(
        self,
        node: yaml.Node | None,
        pairs: Mapping[str, tuple[yaml.Node, yaml.Node]],
        own: Mapping[str, Setting],
        spec: ConnectorSpec | None,
    ) -> dict[str, Value]:
        found: dict[str, Value] = {}
        for name, setting in own.items():
            key = Key(name, Kind(setting.type if setting.type != "path" else "text"), setting.doc, setting.default, secret=setting.secret)
            found[name] = self._value_or_default(pairs.get(name), key)
            if setting.required and name not in pairs and node is not None and spec is not None:
                self.report(codes.MISSING_KEY, f"the connector `{spec.name}` needs `{name}` ({setting.doc})", node, fix=f"add `{name}:`")
        return found

    def _unknown(self, node: yaml.Node, name: str, block: Block, known: list[str]) -> None:
        near = suggest(name, known)
        self.report(
            codes.UNKNOWN_KEY,
            f"`{block.name}` has no key of this name",
            node,
            fix=f"did you mean `{near}`?" if near else f"it has: {', '.join(known)}",
        )

    def _missing(self, node: yaml.Node | None, block: Block, pairs: Mapping[str, object]) -> None:
        for key in block.keys:
            if key.required and key.name not in pairs and node is not None:
                self.report(codes.MISSING_KEY, f"`{block.name}` needs `{key.name}` ({key.doc})", node, fix=f"add `{key.name}:`")

    def _value_or_default(self, pair: tuple[yaml.Node, yaml.Node] | None, key: Key) -> Value:
        if pair is not None:
            return self._read(pair[1], key)
        if key.kind is Kind.BLOCK and key.block is not None:
            return self.read_block(None, key.block)
        return _READERS[key.kind](self, _scalar(key.default), key) if isinstance(key.default, str) else key.default

    def _read(self, node: yaml.Node, key: Key) -> Value:
        return _READERS[key.kind](self, node, key)

    def text(self, node: yaml.Node, key: Key) -> str | None:
        if not isinstance(node, yaml.ScalarNode):
            self.report(codes.WRONG_KIND, f"`{key.name}` is one {key.kind}", node)
            return None
        expanded = expand(str(node.value), self.environment)
        if expanded is None:
            self.report(codes.NO_VARIABLE, f"`{key.name}` refers to a variable that is not set", node)
        return expanded

    def items(self, node: yaml.Node, key: Key) -> Iterator[yaml.Node]:
        if isinstance(node, yaml.SequenceNode):
            yield from node.value
        else:
            self.report(codes.WRONG_KIND, f"`{key.name}` is a list", node, fix="begin each item with `- `, or write [a, b]")


def _scalar(text: str) -> yaml.Node:
    """A default, written as the file would write it."""
    mark = yaml.Mark("default", 0, 0, 0, "", 0)
    return yaml.ScalarNode("tag:yaml.org,2002:str", text, mark, mark)


def _parsed(parse: Callable[[str], Value]) -> Callable[[Reader, yaml.Node, Key], Value]:
    def read(reader: Reader, node: yaml.Node, key: Key) -> Value:
        text = reader.text(node, key)
        value = None if text is None else parse(text)
        if text is not None and value is None:
            reader.report(codes.WRONG_KIND, f"`{key.name}` is {_A[key.kind]}", node)
        return value

    return read


_A = {
    Kind.INTEGER: "a whole number",
    Kind.BOOLEAN: "true or false",
    Kind.DURATION: "a duration such as 5m",
    Kind.RATE: "a rate such as 10/s",
    Kind.TIME: "a time of the day such as 06:30",
    Kind.SIZE: "a size such as 4MB",
    Kind.ADDRESS: "an address such as 127.0.0.1:2575",
}


def _choice(reader: Reader, node: yaml.Node, key: Key) -> Value:
    text = reader.text(node, key)
    if text is not None and text not in key.choices:
        reader.report(codes.NOT_A_CHOICE, f"`{key.name}` is one of {', '.join(key.choices)}", node)
        return key.default
    return text


def _texts(reader: Reader, node: yaml.Node, key: Key) -> Value:
    return [reader.text(item, key) for item in reader.items(node, key)]


def _text_map(reader: Reader, node: yaml.Node, key: Key) -> Value:
    if not isinstance(node, yaml.MappingNode):
        reader.report(codes.WRONG_KIND, f"`{key.name}` holds names and values", node)
        return {}
    return {str(name.value): reader.text(value, key) for name, value in node.value}


def _block(reader: Reader, node: yaml.Node, key: Key) -> Value:
    return reader.read_block(node, key.block) if key.block else {}


def _blocks(reader: Reader, node: yaml.Node, key: Key) -> Value:
    return [reader.read_block(item, key.block) for item in reader.items(node, key)] if key.block else []


_BOOLEANS: Mapping[str, Literal["yes", "no"]] = {"true": "yes", "false": "no"}


def _boolean(reader: Reader, node: yaml.Node, key: Key) -> Value:
    return _parsed(lambda text: _BOOLEANS.get(text.lower()))(reader, node, key) == "yes"


_READERS: Mapping[Kind, Callable[[Reader, yaml.Node, Key], Value]] = {
    Kind.TEXT: Reader.text,
    Kind.INTEGER: _parsed(parse_integer),
    Kind.BOOLEAN: _boolean,
    Kind.DURATION: _parsed(parse_duration),
    Kind.RATE: _parsed(parse_rate),
    Kind.TIME: _parsed(parse_time),
    Kind.SIZE: _parsed(parse_size),
    Kind.ADDRESS: _parsed(lambda text: text if parse_address(text) else None),
    Kind.CHOICE: _choice,
    Kind.TEXTS: _texts,
    Kind.TEXT_MAP: _text_map,
    Kind.BLOCK: _block,
    Kind.BLOCKS: _blocks,
}
