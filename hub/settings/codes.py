"""What can be wrong with hub.yaml: S001-S099."""

from __future__ import annotations

from typing import Final

from hub.core.diagnostics import Code

NOT_YAML: Final = Code(
    "S001",
    "not readable as YAML",
    "The file is not YAML: most often the indentation of a line differs from that of its neighbours,"
    " or a text with a colon in it needs quotes.",
)
UNKNOWN_KEY: Final = Code(
    "S002",
    "unknown key",
    "hub.yaml has no such key at this place, nor has the connector that the block names. docs/reference/settings.md lists all of them.",
)
MISSING_KEY: Final = Code("S003", "required key is missing", "The block cannot be used without this key. Add it.")
WRONG_KIND: Final = Code(
    "S004",
    "wrong kind of value",
    "The key wants another kind of value: a duration is written `500ms`, `1s`, `5m`, `2h`, `3d` or `8y`;"
    " a size `64kB` or `4MB`; an address `host:port`.",
)
NOT_A_CHOICE: Final = Code("S005", "not one of the choices", "The key takes one of a few words; the message lists them.")
UNKNOWN_NAME: Final = Code(
    "S006",
    "nothing has this name",
    "A route names a destination, or a block names a connector, that is not there."
    " Connectors come with the hub or with an installed package.",
)
DUPLICATE_NAME: Final = Code("S007", "name is used twice", "Names of sources and of destinations must differ: the ledger counts by them.")
NO_VARIABLE: Final = Code(
    "S008",
    "environment variable is not set",
    "The value refers to `${NAME}` and the environment has no NAME. Set it where the hub is started.",
)
DUPLICATE_KEY: Final = Code("S009", "key stands twice", "YAML would silently take the second. Keep one.")
NO_SUCH_SOURCE: Final = Code(
    "S010",
    "overlays of a source that is not there",
    "A folder in mappings/local has the name of a source, and its maps are in force for that source alone. hub.yaml has no source of this"
    " name: rename the folder, or put its files into mappings/local itself if they are for every source.",
)
KEPT_TOO_SHORT: Final = Code(
    "S020",
    "kept for too short a time",
    "What `retention` names is removed for good when its time is over, so less than 30 days is taken for a slip: `m` is minutes, and a"
    " month is `30d`. Without the key it is kept for ever.",
)

CODES: Final = (
    NOT_YAML,
    UNKNOWN_KEY,
    MISSING_KEY,
    WRONG_KIND,
    NOT_A_CHOICE,
    UNKNOWN_NAME,
    DUPLICATE_NAME,
    NO_VARIABLE,
    DUPLICATE_KEY,
    NO_SUCH_SOURCE,
    KEPT_TOO_SHORT,
)
