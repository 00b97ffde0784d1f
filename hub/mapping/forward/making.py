"""Resources in the making: what the rows of a message map have made so far, and the references to be set when all are made."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import lru_cache
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
    """`with subject = patient`: to the resource of that row. listed: `in report.result`, the other way round.

    element: the one element it stands in, where that is no list. item: the list and the number of the item, where it says one:
    `with participant[1].actor = patient` adds to the first item that the called map has made.
    """

    row: str
    put: Put
    span: Span
    listed: bool = False
    element: str | None = None
    item: tuple[str, int] | None = None


class Draft:
    """items: which item of a list belongs to which slice, for later rows that write into this resource.

    again: the message has made it before (`as identify`, the same key). References go to the first; nothing else of this one is used.
    """

    __slots__ = ("again", "cleared", "full_url", "items", "key", "mode", "resource", "rule")

    def __init__(self, full_url: str, resource: Resource, *, mode: Mode, key: tuple[str, ...], rule: str, cleared: frozenset[str]) -> None:
        self.full_url = full_url
        self.resource = resource
        self.mode = mode
        self.key = key
        self.rule = rule
        self.cleared = cleared
        self.again = False
        self.items: dict[tuple[int, str, object], Json] = {}


class Making:
    """One message. Urls are made from the map's name, the message's bytes, the row and its count: the same message gives the same."""

    __slots__ = ("_base", "_counts", "_identified", "_map_name", "_pending", "_raw", "drafts")

    def __init__(self, map_name: str, raw: bytes) -> None:
        self._map_name = map_name
        self._raw = raw
        self._base: tuple[str, int] | None = None  # made for the first draft: many a run only asks whether a map serves
        self._counts: dict[str, int] = {}
        self._identified: dict[object, list[tuple[Resource, Draft]]] = {}
        self._pending: list[tuple[Reference, Draft, Node]] = []
        self.drafts: list[Draft] = []

    def draft(self, rule: str, resource: Resource, *, mode: Mode, key: tuple[str, ...], cleared: frozenset[str]) -> Draft:
        """`as identify` makes nothing of what is known already, be it by a row above: that is the same doctor, the same ward.

        Without a key it must say the same, too: one number with two names may be a mistake of the sender, and both stay to be seen.
        """
        identity = _identity(resource, key) if mode is Mode.IDENTIFY else None
        alike = self._identified.setdefault(identity, []) if identity is not None else []
        known = next((each for said, each in alike if any(key) or said == resource), None)
        if known is not None:
            again = Draft(known.full_url, resource, mode=mode, key=key, rule=rule, cleared=cleared)
            again.again = True
            return again
        draft = Draft(self._next_url(rule), resource, mode=mode, key=key, rule=rule, cleared=cleared)
        alike.append((resource.copy(), draft))  # as it was made: later rows may add to it
        self.drafts.append(draft)
        return draft

    def _next_url(self, rule: str) -> str:
        count = self._counts[rule] = self._counts.get(rule, 0) + 1
        if self._base is None:
            self._base = _base_of_urls(self._map_name, self._raw)
        head, low = self._base
        return f"{head}{low ^ _place_of(rule, count):012x}"

    def refer(self, reference: Reference, draft: Draft, node: Node) -> None:
        """Set when everything is made, whichever row comes first."""
        self._pending.append((reference, draft, node))

    def settle(self, run: Run) -> None:
        listed: set[tuple[int, int, str]] = set()
        for reference, draft, node in self._pending:
            other = node.find_made(reference.row)
            if other is None:
                run.report(NOTHING_TO_REFER_TO, f"the row `{reference.row}` made nothing", None, reference.span)
            elif reference.listed:
                entry = (id(other), id(reference.put), draft.full_url)
                if entry not in listed:
                    listed.add(entry)
                    _write(reference.put, other, draft)
            elif reference.element is not None and reference.element not in draft.resource:
                draft.resource[reference.element] = {"reference": other.full_url}
            else:
                if reference.item is not None:
                    _know_item(draft, *reference.item)
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


def _base_of_urls(map_name: str, raw: bytes) -> tuple[str, int]:
    """What the urls of one message have in common: all but their last twelve digits, and what those are made with."""
    h = hashlib.sha256(raw + b"\0" + map_name.encode()).hexdigest()
    variant = "89ab"[int(h[16], 16) & 3]
    return f"urn:uuid:{h[:8]}-{h[8:12]}-5{h[13:16]}-{variant}{h[17:20]}-", int(h[20:32], 16)


@lru_cache(maxsize=4096)
def _place_of(rule: str, count: int) -> int:
    """What tells the resources of one message apart: 48 bits of the row and its count."""
    return int(hashlib.sha256(f"{rule}\0{count}".encode()).hexdigest()[:12], 16)


def _identity(resource: Resource, key: tuple[str, ...]) -> object:
    """By its key, else by its identifiers; None where there is nothing that could be the same again."""
    kind = resource.get("resourceType")
    if any(key):
        return kind, key
    held = resource.get("identifier")
    identifiers = [(each.get("system"), each.get("value")) for each in held if isinstance(each, dict)] if isinstance(held, list) else []
    return (kind, frozenset(identifiers)) if identifiers and all(all(pair) for pair in identifiers) else None


def _write(put: Put, into: Draft, other: Draft) -> None:
    frame = Frame([], 1, None, {})
    frame.out, frame.items = into.resource, into.items
    reference: dict[str, Any] = {"reference": other.full_url}
    put(frame, reference, 0)


def _know_item(draft: Draft, name: str, number: int) -> None:
    """What stands in a list was made by a map of its own: its items are `[1]`, `[2]`, …"""
    listed = draft.resource.get(name)
    if isinstance(listed, list) and number <= len(listed):
        draft.items.setdefault((id(draft.resource), name, number), listed[number - 1])
