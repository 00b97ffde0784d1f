"""A row of a message map that makes a resource of each repetition of a field: its clauses are about this repetition.

    attending PV1-7[*] -> Practitioner by practitioner  key PV1-7.1, PV1-7.9  when PV1-7.9 present

Paths that name the row's own field, and no repetition of it, read the one that is being made; all others read as they do elsewhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from hub.codec.hl7v2 import Segment
from hub.mapping.forward.nodes import Node
from hub.mapping.forward.plain_reads import Plain, ask_general
from hub.mapping.forward.reach import GroupReach
from hub.mapping.forward.read_v2 import Found, ItemTest, Source, read_below
from hub.mapping.running import Frame, Place, Run
from hub.mapping.syntax import Row, V2Path

__all__ = ["RepetitionReach", "frame_of_repetition", "repeated_paths"]


@dataclass(frozen=True, slots=True)
class RepetitionReach(GroupReach):
    """repeated: the fields that the row reads, one for each of its alternatives."""

    repeated: tuple[V2Path, ...] = ()

    def source(self, path: V2Path, tests: Sequence[ItemTest] = ()) -> Source:
        source = GroupReach.source(self, path, tests)
        if not self._is_repeated(path):
            return source
        here, below = (path.segment, path.field), read_below(path)

        def read(run: Run, frame: Frame) -> Found:
            place = _repetition(frame.place)
            if place is None or (place[0].name, place[1]) != here:
                return source.read(run, frame)  # the row has taken its value from another field
            found = ((frame.source[0], place),)
            return found if below is None else below(run, found)

        return replace(source, read=read)

    def plain(self, path: V2Path, general: Plain = ask_general) -> Plain | None:
        return None if self._is_repeated(path) else GroupReach.plain(self, path, general)

    def _is_repeated(self, path: V2Path) -> bool:
        """Asked for the row's own paths too: a clause that names a repetition (`PV1-7[2]`) means that one."""
        named = (path.groups, path.segment, path.field)
        return path.repetition in {None, "*"} and any(named == (each.groups, each.segment, each.field) for each in self.repeated)


def repeated_paths(row: Row) -> tuple[V2Path, ...]:
    """The fields that a row reads with all their repetitions."""
    atoms = [alternative.atom for alternative in row.left.alternatives]
    return tuple(atom for atom in atoms if isinstance(atom, V2Path) and atom.field is not None and atom.repetition in {None, "*"})


def frame_of_repetition(run: Run, frame: Frame, place: Place) -> Frame:
    """The same instance, with nothing remembered of other repetitions."""
    found = _repetition(place)
    if found is None:
        return frame
    node: Node = frame.node
    twin = Node(node.group, node.outer)
    twin.above, twin.below, twin.fields = node.above, node.below, node.fields
    segment, field, at = found
    text = segment.fields[field].split(run.separators[0])[at]
    return Frame([text], 1, found, frame.names, twin)


def _repetition(place: Place) -> tuple[Segment, int, int] | None:
    """(segment, field, repetition) of a place in a field or in a component of it."""
    while isinstance(place, tuple) and len(place) == 2:
        place = place[0]
    return place if isinstance(place, tuple) and isinstance(place[0], Segment) else None
