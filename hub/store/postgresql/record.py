"""Resources, and who holds which identifiers, as a piece of work sees and changes them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Final

from hub.core.errors import StoreError, VersionConflict
from hub.core.visibility import Visibility
from hub.fhir.search.query import Query
from hub.store.postgresql.held import Address, Stand
from hub.store.postgresql.topics import topic
from hub.store.postgresql.work import Work
from hub.store.relational.indexing import Index, Row, index_of
from hub.store.relational.limits import limits
from hub.store.relational.people import Key
from hub.store.relational.search.run import search
from hub.store.relational.versions import owner_of, read_several, to_version, version_values
from hub.store.rows import NewVersion, Page, Version

__all__ = ["RecordWork"]

_EVERYTHING: Final[dict[str, str | None]] = {"people": None, "types": None, "denied": None}
_LONGEST: Final = 600  # characters of a value in an index: PostgreSQL's index rows have to fit a third of a page


class RecordWork(Work):
    """The part of a Transaction that holds the record and knows people by their keys."""

    # --- resources

    def current(self, visibility: Visibility, type_: str, id_: str) -> Version | None:
        return self.currents(visibility, [(type_, id_)]).get((type_, id_))

    def currents(self, visibility: Visibility, addresses: Sequence[tuple[str, str]]) -> Mapping[tuple[str, str], Version]:
        if limits(visibility) == _EVERYTHING:
            self._find(addresses)
            found = ((address, self._stand(address)) for address in addresses)
            return {address: stand.version for address, stand in found if stand is not None}
        self._read_record(*(topic("resource", *address) for address in addresses))
        return read_several(self._connection, visibility, addresses)

    def search(self, visibility: Visibility, query: Query) -> Page:
        self._read_record(topic("type", query.type))
        self._connection.execute("SET LOCAL plan_cache_mode = auto")  # a search is planned for its values
        page = search(self._connection, visibility, query)
        self._connection.execute("SET LOCAL plan_cache_mode = force_generic_plan")
        return page

    def put(self, new: NewVersion) -> None:
        version = new.version
        address = (version.type, version.id)
        self._find([address])
        before = self._stand(address)
        current = 0 if before is None else before.version.version
        if version.version != current + 1:
            raise VersionConflict(current or None)
        self._check_receipt(version.receipt)
        person, labels = (None, None) if before is None else (before.version.person, before.labels)
        owner = owner_of(version, person, labels)
        type_ = self._names.number("type", version.type)
        key = self._next("resource_key") if before is None else before.key
        index = Index() if version.deleted else _fitting(index_of(self._names, version.type, key, new.entries))
        map_set = None if version.map_set is None else self._names.number("map_set", version.map_set)
        self._own.stands[address] = Stand(
            key=key,
            type=type_,
            version=_as_read(version, owner[0], owner[1]),
            labels=owner[1],
            base=0 if before is None else before.base,
            was_indexed=0 if before is None else before.was_indexed,
            had=frozenset() if before is None else before.had,
            versions=(*(() if before is None else before.versions), version_values(key, version, owner, map_set, self._packer)),
            index=index,
        )
        self._own.topics |= {topic("resource", *address), topic("type", version.type)}

    def _stand(self, address: Address) -> Stand | None:
        for held in (self._own.stands, self._kept.stands):
            if address in held:
                return held[address]
        return self._stands[address]

    def _find(self, addresses: Sequence[Address]) -> None:
        """Read those that are not known in this batch."""
        unknown = [one for one in addresses if not any(one in known for known in (self._own.stands, self._kept.stands, self._stands))]
        if not unknown:
            return
        for address in unknown:
            self._now_reading(topic("resource", *address))
            self._stands[address] = None
        for *columns, key, indexed, terms in self._ask("stands", {"addresses": json.dumps(unknown)}):
            version = to_version(self._connection, tuple(columns))
            number = self._names.number("type", version.type)
            stand = Stand(key, number, version, columns[7], version.version, indexed, frozenset(terms or ()))
            self._stands[version.type, version.id] = stand

    def _read_record(self, *asked: int) -> None:
        """The record is to be asked about these, with what this batch has put."""
        for each in asked:
            self._now_reading(each)
        if any(each in several.topics for several in (self._own, self._kept) for each in asked):
            self._flush()

    def _check_receipt(self, receipt: int | None) -> None:
        """What a foreign key would do."""
        if receipt is None or receipt in self._own.receipts or receipt in self._kept.receipts:
            return
        if self._ask("get_receipt", (receipt,)).fetchone() is None:
            raise StoreError("there is no such receipt")

    # --- people

    def find_people(self, keys: Sequence[tuple[str, str]]) -> frozenset[str]:
        self._find_holders(keys)
        return frozenset(holder for key in keys if (holder := self._holder(key)) is not None)

    def bind_keys(self, person: str, keys: Sequence[tuple[str, str]]) -> None:
        self._find_holders(keys)
        for key in keys:
            holder = self._holder(key)
            if holder is None:
                self._own.keys[key] = (self._names.number("system", key[0]), person)
                self._own.topics.add(topic("key", *key))
            elif holder != person:
                raise StoreError("another Patient holds this key")

    def _holder(self, key: Key) -> str | None:
        for held in (self._own.keys, self._kept.keys):
            if key in held:
                return held[key][1]
        return self._holders[key]

    def _find_holders(self, keys: Sequence[Key]) -> None:
        unknown = [key for key in keys if key not in self._holders]
        if not unknown:
            return
        for key in unknown:
            self._now_reading(topic("key", *key))
            self._holders[key] = None
        for system, value, person in self._ask("holders_of_keys", {"pairs": json.dumps(unknown)}):
            self._holders[system, value] = person


def _as_read(version: Version, person: str | None, labels: str | None) -> Version:
    """As it will be read: a deletion stays whose it was."""
    if not version.deleted:
        return version
    known = frozenset(json.loads(labels)) if labels else frozenset[str]()
    return Version(
        version.type, version.id, version.version, version.updated, version.body, person, known, deleted=True,
        receipt=version.receipt, rule=version.rule, map_set=version.map_set, interaction=version.interaction,
    )  # fmt: skip


def _fitting(index: Index) -> Index:
    rows = {kind: [_fit(row) for row in several] for kind, several in index.rows.items()}
    return Index(frozenset((param, _fit_text(text), space) for param, text, space in index.terms), rows)


def _fit(row: Row) -> Row:
    """PostgreSQL's text holds no NUL, and its indexes no long values."""
    return tuple(_fit_text(value) if isinstance(value, str) else value for value in row)


def _fit_text(text: str) -> str:
    return text[:_LONGEST].replace("\0", "\ufffd")
