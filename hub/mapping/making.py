"""Resources in the making: what the rows of a message map have made so far, and the references to be set when all are made."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

from hub.core.diagnostics import Span
from hub.core.json import Json, Resource
from hub.mapping.codes_run import NOTHING_TO_REFER_TO
from hub.mapping.conversion import Produced
from hub.mapping.nodes import Node
from hub.mapping.running import Frame, Run
from hub.mapping.syntax import Mode

__all__ = ["Draft", "Making"]


class Draft:
    """items: which item of a list belongs to which slice, for later rows that write into this resource."""

    __slots__ = ("cleared", "full_url", "items", "key", "mode", "resource", "rule")

    def __init__(
        self, full_url: str, resource: Resource, *, mode: Mode, key: tuple[str, ...], rule: str, cleared: frozenset[str]
    ) -> None:
        self.full_url = full_url
        self.resource = resource
        self.mode = mode
        self.key = key
        self.rule = rule
        self.cleared = cleared
        self.items: dict[tuple[int, str, object], Json] = {}


class Making:
    """One message. Urls are made from the map's name, the message's bytes, the row and its count: the same message gives the same."""

    __slots__ = ("_counts", "_pending", "_seed", "drafts")

    def __init__(self, map_name: str, raw: bytes) -> None:
        self._seed = hashlib.sha256(raw)
        self._seed.update(b"\0" + map_name.encode())
        self._counts: dict[str, int] = {}
        self._pending: list[tuple[Callable[[Frame, Json, int], None] | None, Draft, str, Node, Span]] = []
        self.drafts: list[Draft] = []

    def draft(self, rule: str, resource: Resource, mode: Mode, key: tuple[str, ...], cleared: frozenset[str]) -> Draft:
        count = self._counts[rule] = self._counts.get(rule, 0) + 1
        digest = self._seed.copy()
        digest.update(f"\0{rule}\0{count}".encode())
        h = digest.hexdigest()
        variant = "89ab"[int(h[16], 16) & 3]
        draft = Draft(f"urn:uuid:{h[:8]}-{h[8:12]}-5{h[13:16]}-{variant}{h[17:20]}-{h[20:32]}", resource, mode, key, rule, cleared)
        self.drafts.append(draft)
        return draft

    def refer(self, put: Callable[[Frame, Json, int], None], draft: Draft, row: str, node: Node, span: Span) -> None:
        """`with subject = patient`: set when everything is made, whichever row comes first."""
        self._pending.append((put, draft, row, node, span))

    def list_in(self, put: Callable[[Frame, Json, int], None], draft: Draft, row: str, node: Node, span: Span) -> None:
        """`in report.result`: the other way round."""
        self._pending.append((_Listed(put), draft, row, node, span))

    def settle(self, run: Run) -> None:
        for put, draft, row, node, span in self._pending:
            other = node.find_made(row)
            if other is None:
                run.report(NOTHING_TO_REFER_TO, f"the row `{row}` made nothing", None, span)
            elif isinstance(put, _Listed):
                _write(put.put, other, draft)
            elif put is not None:
                _write(put, draft, other)

    def produced(self) -> tuple[Produced, ...]:
        """Two of one type and key in one message are two: the later ones get their number."""
        seen: dict[tuple[str, tuple[str, ...]], int] = {}
        made: list[Produced] = []
        for draft in self.drafts:
            key = draft.key
            if key:
                identity = (draft.resource.get("resourceType", ""), key)
                count = seen[identity] = seen.get(identity, 0) + 1
                if count > 1:
                    key = (*key, f"#{count}")
            made.append(Produced(draft.full_url, draft.resource, draft.mode, key, draft.rule, draft.cleared - draft.resource.keys()))
        return tuple(made)


class _Listed:
    __slots__ = ("put",)

    def __init__(self, put: Callable[[Frame, Json, int], None]) -> None:
        self.put = put

    def __call__(self, frame: Frame, value: Json, number: int) -> None:
        self.put(frame, value, number)


def _write(put: Callable[[Frame, Json, int], None], into: Draft, other: Draft) -> None:
    frame = Frame([], 1, None, {})
    frame.out, frame.items = into.resource, into.items
    reference: dict[str, Any] = {"reference": other.full_url}
    put(frame, reference, 0)
