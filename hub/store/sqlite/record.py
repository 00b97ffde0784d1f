"""Resources, as a piece of work sees and changes them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from hub.core.errors import VersionConflict
from hub.core.visibility import Visibility
from hub.fhir.search.query import Query
from hub.store.relational.indexing import Index, index_of, kinds_in, kinds_of
from hub.store.relational.instants import to_microseconds
from hub.store.relational.search.run import search
from hub.store.relational.versions import owner_of, read, read_several, version_values
from hub.store.rows import NewVersion, Page, Version
from hub.store.sqlite.statements import SQL
from hub.store.sqlite.work import Work

__all__ = ["RecordWork"]


class RecordWork(Work):
    """The part of a Transaction that holds the record."""

    __slots__ = ()

    def current(self, visibility: Visibility, type_: str, id_: str) -> Version | None:
        return read(self._record(), visibility, type_, id_)

    def currents(self, visibility: Visibility, addresses: Sequence[tuple[str, str]]) -> Mapping[tuple[str, str], Version]:
        return read_several(self._record(), visibility, addresses)

    def search(self, visibility: Visibility, query: Query) -> Page:
        return search(self._record(), visibility, query)

    def put(self, new: NewVersion) -> None:
        version = new.version
        self._check_receipt(version.receipt)
        type_ = self._names.number("type", version.type)
        address = (type_, version.id)
        if address in self._additions.resources:
            self._write_additions()
        before = self._read(SQL["find_resource"], address).fetchone()
        found, current, person, labels, was_indexed, had = before or (None, 0, None, None, 0, None)
        if version.version != current + 1:
            raise VersionConflict(current or None)
        owner = owner_of(version, person, labels)
        key: int = self._next_resource() if found is None else found
        index = Index() if version.deleted else index_of(self._names, version.type, key, new.entries)
        terms = {self._names.term(term) for term in index.terms}
        stands = (version.version, to_microseconds(version.updated), *owner, version.deleted, kinds_of(index.rows), _to_array(terms))
        if found is None:
            self._add("add_resource", (key, *address, *stands))
        else:
            self._write(SQL["renew_resource"], (*stands, key))
            self._add("add_superseded", (to_microseconds(version.updated), key, current))
            for kind in kinds_in(was_indexed):
                self._write(SQL[f"drop_{kind}"], (key,))
        self._post(key, terms, set(json.loads(had or "[]")))
        map_set = None if version.map_set is None else self._names.number("map_set", version.map_set)
        self._add("add_version", version_values(key, version, owner, map_set, self._packer))
        for kind, several in index.rows.items():
            self._add(f"add_{kind}", *several)
        self._additions.resources.add(address)

    def _post(self, key: int, terms: set[int], had: set[int]) -> None:
        for term in had - terms:
            self._write(SQL["drop_posting"], (term, key))
        self._add("add_posting", *((term, key) for term in sorted(terms - had)))


def _to_array(terms: set[int]) -> str | None:
    return json.dumps(sorted(terms), separators=(",", ":")) if terms else None
