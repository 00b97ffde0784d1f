"""Resources in the making: what the rows of a message map have made so far, and the references to be set when all are made."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

from hub.core.diagnostics import Span
from hub.core.json import Json, Resource
from hub.mapping.codes.run import NOTHING_TO_REFER_TO
from hub.mapping.conversion import Produced
from hub.mapping.forward.nodes import Node
from hub.mapping.forward.write_fhir import Put
from hub.mapping.running import Frame, Run
from hub.mapping.syntax import Mode

__all__ = ["Draft", "Making", "Reference"]


@dataclass(frozen=True, slots=True)
class Reference:
    """`with subject = patient`: to the resource of that row. listed: `in report.result`, the other way round."""

    row: str
    put: Put
    span: Span
    listed: bool = False


class Draft:
    """items: which item of a list belongs to which slice, for later rows that write into this resource."""

    __slots__ = ("cleared", "full_url", "items", "key", "mode", "resource", "rule")

    def __init__(self, full_url: str, resource: Resource, *, mode: Mode, key: tuple[str, ...], rule: str, cleared: frozenset[str]) -> None:
        self.full_url = full_url
        self.resource = resource
        self.mode = mode
        self.key = key
        self.rule = rule
        self.cleared = cleared
        self.items: dict[tuple[int, str, object], Json] = {}


class Making:
    """One message. Urls are made from the map's name, the message's bytes, the row and its count: the same message gives the same."""

    __slots__ = ("_counts", "_digest", "_pending", "_seed", "drafts")

    def __init__(self, map_name: str, raw: bytes) -> None:
        self._seed = (raw, b"\0" + map_name.encode())
        self._digest: hashlib._Hash | None = None  # made for the first draft: many a run only asks whether a map serves
        self._counts: dict[str, int] = {}
        self._pending: list[tuple[Reference, Draft, Node]] = []
        self.drafts: list[Draft] = []

    def draft(self, rule: str, resource: Resource, *, mode: Mode, key: tuple[str, ...], cleared: frozenset[str]) -> Draft:
        count = self._counts[rule] = self._counts.get(rule, 0) + 1
        if self._digest is None:
            self._digest = hashlib.sha256(b"".join(self._seed))
        digest = self._digest.copy()
        digest.update(f"\0{rule}\0{count}".encode())
        h = digest.hexdigest()
        variant = "89ab"[int(h[16], 16) & 3]
        url = f"urn:uuid:{h[:8]}-{h[8:12]}-5{h[13:16]}-{variant}{h[17:20]}-{h[20:32]}"
        draft = Draft(url, resource, mode=mode, key=key, rule=rule, cleared=cleared)
        self.drafts.append(draft)
        return draft

    def refer(self, reference: Reference, draft: Draft, node: Node) -> None:
        """Set when everything is made, whichever row comes first."""
        self._pending.append((reference, draft, node))

    def settle(self, run: Run) -> None:
        for reference, draft, node in self._pending:
            other = node.find_made(reference.row)
            if other is None:
                run.report(NOTHING_TO_REFER_TO, f"the row `{reference.row}` made nothing", None, reference.span)
            elif reference.listed:
                _write(reference.put, other, draft)
            else:
                _write(reference.put, draft, other)

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


def _write(put: Put, into: Draft, other: Draft) -> None:
    frame = Frame([], 1, None, {})
    frame.out, frame.items = into.resource, into.items
    reference: dict[str, Any] = {"reference": other.full_url}
    put(frame, reference, 0)
