"""The residue of an archived message, put into the message in the making: instance by instance, each segment where it came from.

An instance and an archived group belong together if they are of the same resources, a segment likewise. What cannot be told is left
out: the residue of one result must never stand on another. docs/decisions/0006, "The way back".
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

from hub.codec.hl7v2 import Segment
from hub.codec.hl7v2.grouping import Group
from hub.mapping.backward.archived import Archived
from hub.mapping.backward.filling import fill
from hub.mapping.backward.instances import Instance, has_set_id
from hub.mapping.backward.write_v2 import Fields
from hub.mapping.codes.back import RESIDUE_UNDECIDED
from hub.mapping.running import Run, render_place

__all__ = ["Restoring"]


class Restoring:
    """urls: of the resources, by their ids as objects. changed: those that are not as the message made them. undecided: grows.

    set_ids_anew: OBX-1 and its like are not taken: something is new, or gone.
    """

    def __init__(self, run: Run, archived: Archived, urls: Mapping[int, str], changed: Collection[str], *, set_ids_anew: bool) -> None:
        self.undecided: set[str] = set()
        self._run = run
        self._archived = archived
        self._urls = urls
        self._changed = frozenset(changed)
        self._set_ids_anew = set_ids_anew

    def restore(self, root: Instance) -> None:
        self._instance(root, self._archived.root, allowed=not self._changed)

    def _instance(self, made: Instance, group: Group, *, allowed: bool) -> None:
        """allowed: is the resource unchanged that the instance stands for?"""
        if made.owner is not None:
            allowed = self._urls.get(made.owner, "") not in {"", *self._changed}
        came: dict[int, Fields | Instance] = {}
        self._segments(made, group, came, allowed=allowed)
        self._groups(made, group, came, allowed=allowed)
        _put_in_order(made, group, came)

    # --- segments

    def _segments(self, made: Instance, group: Group, came: dict[int, Fields | Instance], *, allowed: bool) -> None:
        segments = [item for item in group.items if isinstance(item, Segment)]
        if allowed:
            names = {segment.name for segment in segments}
            made.segments = [fields for fields in made.segments if fields.owners or fields.by_number or fields.name in names]
        for segment, fields in self._paired(made, segments, allowed=allowed):
            if id(segment) in came:
                continue  # of two resources
            came[id(segment)] = fields
            if self._is_unchanged(fields, segment):
                self._fill(fields, segment)
        for segment in segments:
            if id(segment) not in came and allowed and self._is_free(segment):
                came[id(segment)] = self._copy(segment)

    def _paired(self, made: Instance, segments: Sequence[Segment], *, allowed: bool) -> Iterable[tuple[Segment, Fields]]:
        """Of each resource as many written as archived; of no resource, where there is one of the name."""
        for name in dict.fromkeys(fields.name for fields in made.segments):
            written = [fields for fields in made.segments if fields.name == name]
            archived = [segment for segment in segments if segment.name == name]
            free = [fields for fields in written if not fields.owners]
            if free and len(written) == len(archived) == 1 and allowed:
                yield archived[0], free[0]
            pairs = [
                pair
                for url in dict.fromkeys(u for f in written for u in self._urls_of(f))
                for pair in self._paired_of(url, written, archived)
            ]
            yield from pairs
            yield from self._paired_in_order(written, archived, pairs)

    def _paired_of(self, url: str, written: Sequence[Fields], archived: Sequence[Segment]) -> Iterable[tuple[Segment, Fields]]:
        ours = [fields for fields in written if url in self._urls_of(fields)]
        theirs = [segment for segment in archived if url in self._owners(segment)]
        if theirs and len(ours) != len(theirs):
            self.undecided.add(url)
        return zip(theirs, ours, strict=True) if len(ours) == len(theirs) else ()

    def _paired_in_order(
        self, written: Sequence[Fields], archived: Sequence[Segment], pairs: Sequence[tuple[Segment, Fields]]
    ) -> Iterable[tuple[Segment, Fields]]:
        """Of which two-way rows have read nothing: as many as are left, in the order in which the message made them."""
        known = {id(fields) for _, fields in pairs}
        order = {url: at for at, url in enumerate(self._archived.made)}
        ours = [fields for fields in written if id(fields) not in known and self._urls_of(fields) - self.undecided]
        ours.sort(key=lambda fields: min(order.get(url, len(order)) for url in self._urls_of(fields)))
        theirs = [segment for segment in archived if not self._owners(segment)]
        if len(ours) == len(theirs):
            return zip(theirs, ours, strict=True)
        self.undecided |= {url for fields in ours for url in self._urls_of(fields)} if theirs else set()
        return ()

    def _is_unchanged(self, fields: Fields, segment: Segment) -> bool:
        return all(self._urls.get(owner) for owner in fields.owners) and not self._makers(segment) & self._changed

    def _is_free(self, segment: Segment) -> bool:
        """Nothing that stands in it is written by a row, and nothing that was made of it has changed."""
        return not self._owners(segment) and not self._makers(segment) & self._changed

    def _fill(self, fields: Fields, segment: Segment) -> None:
        anew = [1] if self._set_ids_anew and has_set_id(segment.name, self._archived.message.version) else []
        fields.as_it_came = not anew
        for number in fill(self._run, fields, segment, self._archived.read.get(segment.index), anew):
            self._run.report(RESIDUE_UNDECIDED, "not as many repetitions as are written", f"{render_place(segment)}-{number}")

    def _copy(self, segment: Segment) -> Fields:
        copied = Fields(segment.name)
        self._fill(copied, segment)
        return copied

    # --- groups

    def _groups(self, made: Instance, group: Group, came: dict[int, Fields | Instance], *, allowed: bool) -> None:
        below = [item for item in group.items if isinstance(item, Group)]
        for name, instances in made.groups.items():
            archived = [each for each in below if each.name == name]
            for inner, source in self._paired_groups(instances, archived):
                came[id(source)] = inner
                self._instance(inner, source, allowed=allowed)
        for source in below:
            if id(source) not in came and allowed and all(self._is_free(segment) for segment in source.walk()):
                came[id(source)] = self._copy_group(source)

    def _paired_groups(self, instances: Sequence[Instance], archived: Sequence[Group]) -> Iterable[tuple[Instance, Group]]:
        ours = [self._urls_in(instance) for instance in instances]
        theirs = [frozenset().union(*(self._owners(segment) for segment in each.walk())) for each in archived]
        if len(ours) == len(theirs) == 1 and not (ours[0] and theirs[0] and not ours[0] & theirs[0]):
            yield instances[0], archived[0]
            return
        for instance, urls in zip(instances, ours, strict=True):
            found = [at for at, each in enumerate(theirs) if urls & each]
            if len(found) == 1 and sum(bool(each & theirs[found[0]]) for each in ours) == 1:
                yield instance, archived[found[0]]
            elif found:
                self.undecided |= urls

    def _copy_group(self, source: Group) -> Instance:
        """As it stands: it became nothing that a row writes."""
        copied = Instance(source.name, as_it_came=[])
        for item in source.items:
            if isinstance(item, Segment):
                fields = self._copy(item)
                copied.segments.append(fields)
                copied.as_it_came = [*(copied.as_it_came or []), fields]
            else:
                inner = self._copy_group(item)
                copied.groups.setdefault(item.name, []).append(inner)
                copied.as_it_came = [*(copied.as_it_came or []), inner]
        return copied

    # --- whose

    def _urls_of(self, fields: Fields) -> set[str]:
        return {url for owner in fields.owners if (url := self._urls.get(owner))}

    def _urls_in(self, instance: Instance) -> frozenset[str]:
        owners = [owner for inner in instance.walk() for fields in inner.segments for owner in fields.owners]
        return frozenset(url for owner in owners if (url := self._urls.get(owner)))

    def _owners(self, segment: Segment) -> frozenset[str]:
        return self._archived.owners.get(segment.index, frozenset())

    def _makers(self, segment: Segment) -> frozenset[str]:
        return self._archived.makers.get(segment.index, frozenset())


def _put_in_order(made: Instance, group: Group, came: Mapping[int, Fields | Instance]) -> None:
    """What came from the archived message in its order, and what is new after it; where nothing is new, all as it came."""
    listed = [came[id(item)] for item in group.items if id(item) in came]
    known = {id(each) for each in listed}
    new_segments = [fields for fields in made.segments if id(fields) not in known]
    new_groups = [inner for inners in made.groups.values() for inner in inners if id(inner) not in known]
    made.segments = [*(each for each in listed if isinstance(each, Fields)), *new_segments]
    made.groups = {}
    for inner in (*(each for each in listed if isinstance(each, Instance)), *new_groups):
        made.groups.setdefault(inner.name, []).append(inner)
    if not new_segments and not new_groups:
        made.as_it_came = listed
