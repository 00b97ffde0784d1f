"""Every key of hub.yaml, declared once: the reader, `calder config check`, the reference page and the tests are made from it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Kind(StrEnum):
    TEXT = "text"
    INTEGER = "integer"
    BOOLEAN = "boolean"
    DURATION = "duration"  # 500ms 1s 5m 2h 3d 8y
    RATE = "rate"  # 10/s 100/m 2000/h
    TIME = "time"  # 06:30
    SIZE = "size"  # 64kB 4MB
    ADDRESS = "address"  # host:port
    CHOICE = "choice"
    TEXTS = "texts"  # a list of texts
    TEXT_MAP = "text map"  # names and texts: parameters
    BLOCK = "block"
    BLOCKS = "blocks"  # a list of blocks


@dataclass(frozen=True, slots=True)
class Key:
    name: str
    kind: Kind
    doc: str
    default: Any = None
    required: bool = False
    choices: tuple[str, ...] = ()
    block: Block | None = None
    secret: bool = False


@dataclass(frozen=True, slots=True)
class Block:
    """open_to: this block also takes the keys of the connector that its `connector` names, as a "source" or a "destination"."""

    name: str
    keys: tuple[Key, ...]
    open_to: str | None = None


RETRY = Block(
    "retry",
    (
        Key("initial", Kind.DURATION, "the first wait", default="1s"),
        Key("maximum", Kind.DURATION, "the longest wait", default="5m"),
        Key("for", Kind.DURATION, "after this time it becomes a dead letter", default="3d"),
        Key(
            "answers",
            Kind.TEXTS,
            "refusals after which it is tried again, where the receiver means `not now` by them: AE, AR, CE or CR (MSA-1), or an error"
            " code of table 0357 (ERR-3; 206 is `record locked`, 207 `internal error`); after any other it is a dead letter",
            default=["206"],
        ),
    ),
)

BREAKER = Block(
    "breaker",
    (
        Key("failures", Kind.INTEGER, "so many failures in a row to reach it, and nothing more is tried", default="5"),
        Key("pause", Kind.DURATION, "then it is asked so often whether it is there, without a message", default="30s"),
    ),
)

WINDOW = Block(
    "window",
    (
        Key("from", Kind.TIME, "it may be sent to from this time of the day, by the hub's time zone", required=True),
        Key("to", Kind.TIME, "until this time; before `from` it is that of the next day", required=True),
    ),
)

LANE = Block(
    "lane",
    (
        Key("family", Kind.TEXT, "the family of content: messages of one person, source and family keep their order", default="messages"),
        Key(
            "on_poison",
            Kind.CHOICE,
            "what to do when a message fails through a fault of the hub's: park it and its lane, skip it, or stop the source",
            default="park",
            choices=("park", "skip", "stop"),
        ),
    ),
)

SOURCE = Block(
    "source",
    (
        Key("name", Kind.TEXT, "how the ledger and the commands call it", required=True),
        Key("connector", Kind.TEXT, "which connector brings the messages", required=True),
        Key("organisation", Kind.TEXT, "ODS code of the sender"),
        Key("maps", Kind.TEXT, "the map set; overlays stand in mappings/local", default="hl7v2"),
        Key(
            "mode",
            Kind.CHOICE,
            "acknowledgement mode: one answer (original), an accept and an application acknowledgement (enhanced), or as MSH-15 and"
            " MSH-16 of each message say (auto)",
            default="original",
            choices=("original", "enhanced", "auto"),
        ),
        Key(
            "acknowledge",
            Kind.CHOICE,
            "answer when the effect is in the record, or when the message is safely received",
            default="committed",
            choices=("committed", "received"),
        ),
        Key("processing", Kind.TEXTS, "processing ids (MSH-11) that are taken; others get AR", default=["P"]),
        Key("lane", Kind.BLOCK, "order and poison messages", block=LANE),
        Key(
            "strict_control_ids",
            Kind.BOOLEAN,
            "refuse the same control id with other bytes (many systems start their counter again each day)",
            default=False,
        ),
        Key("sequence_numbers", Kind.BOOLEAN, "keep the sequence number protocol: MSH-13 must be the one that is expected", default=False),
        Key(
            "share",
            Kind.INTEGER,
            "its weight, from 1, when sources wait for room in the engine: one with 2 has two turns for each turn of one with 1",
            default=1,
        ),
        Key("parameters", Kind.TEXT_MAP, "values for the `param` lines of the maps"),
    ),
    open_to="source",
)

DESTINATION = Block(
    "destination",
    (
        Key("name", Kind.TEXT, "how routes, the ledger and the commands call it", required=True),
        Key("connector", Kind.TEXT, "which connector takes the messages", required=True),
        Key("organisation", Kind.TEXT, "ODS code of the receiver"),
        Key("retry", Kind.BLOCK, "when a delivery is tried again", block=RETRY),
        Key("breaker", Kind.BLOCK, "when a destination that cannot be reached is left alone", block=BREAKER),
        Key("rate", Kind.RATE, "it is sent no more than this, evenly spread (10/s, 100/m, 2000/h)"),
        Key("window", Kind.BLOCK, "the part of the day in which it may be sent to", block=WINDOW),
        Key(
            "connections",
            Kind.INTEGER,
            "how many messages are on their way at once, each over a connection of its own; those of one lane follow one another",
            default="1",
        ),
        Key(
            "on_dead",
            Kind.CHOICE,
            "whether a dead letter holds what follows it in its lane: docs/deliveries.md says why it does not by itself",
            default="go-on",
            choices=("go-on", "hold"),
        ),
        Key("owner", Kind.TEXT, "who is asked about its dead letters: a name, a team, an address"),
        Key("idempotent", Kind.BOOLEAN, "the same message twice does no harm there, so an unanswered one may be sent again", default=False),
        Key(
            "mode",
            Kind.CHOICE,
            "how it answers: once, or (enhanced, MSH-15 and MSH-16) that it keeps the message and then what became of it",
            default="original",
            choices=("original", "enhanced"),
        ),
        Key("version", Kind.TEXT, "HL7 version that is written", default="2.4"),
        Key("parameters", Kind.TEXT_MAP, "values for the `param` lines of the maps (receiving_application, …)"),
    ),
    open_to="destination",
)

HUB = Block(
    "hub.yaml",
    (
        Key(
            "hub",
            Kind.BLOCK,
            "the hub itself",
            block=Block(
                "hub",
                (
                    Key("name", Kind.TEXT, "its name", default="Calder"),
                    Key("url", Kind.TEXT, "the address others reach it by", default="http://127.0.0.1:8080"),
                    Key("timezone", Kind.TEXT, "the zone of times that carry none", default="Europe/London"),
                ),
            ),
        ),
        Key(
            "store",
            Kind.BLOCK,
            "where the record is kept",
            block=Block(
                "store",
                (
                    Key(
                        "url",
                        Kind.TEXT,
                        "sqlite:PATH or postgresql://…",
                        default="sqlite:data/hub.db",
                        secret=True,
                    ),
                ),
            ),
        ),
        Key(
            "organisations",
            Kind.BLOCKS,
            "who takes part",
            block=Block(
                "organisation",
                (
                    Key("ods", Kind.TEXT, "ODS code", required=True),
                    Key("name", Kind.TEXT, "its name", required=True),
                    Key(
                        "kind",
                        Kind.CHOICE,
                        "what it is",
                        required=True,
                        choices=("gp", "hospital", "ambulance", "community", "mental-health", "social-care", "telecare", "other"),
                    ),
                ),
            ),
        ),
        Key(
            "transformers",
            Kind.INTEGER,
            "how many processes run maps, so that a map can neither hold the hub up nor take it down; 0: the hub's own process "
            "(default: one for each core, at most four)",
        ),
        Key("transform_limit", Kind.DURATION, "what a map may take for one message; after that its process is ended", default="10s"),
        Key("sources", Kind.BLOCKS, "who brings messages", block=SOURCE),
        Key("destinations", Kind.BLOCKS, "who takes them", block=DESTINATION),
        Key(
            "routes",
            Kind.BLOCKS,
            "what goes where",
            block=Block(
                "route",
                (
                    Key("when", Kind.TEXT, "the resource type that changed", required=True),
                    Key("map", Kind.TEXT, "the map that writes the message", required=True),
                    Key("to", Kind.TEXTS, "names of destinations", required=True),
                ),
            ),
        ),
        Key(
            "telemetry",
            Kind.BLOCK,
            "traces for an OpenTelemetry collector (the extra `otel`); metrics are always at /metrics",
            block=Block("telemetry", (Key("otlp", Kind.TEXT, "its OTLP/HTTP address for traces, http://…/v1/traces"),)),
        ),
        Key("agreements", Kind.TEXT, "files of sharing agreements (not in force yet)"),
        Key(
            "retention",
            Kind.BLOCK,
            "how long is kept what need not be kept for ever; without a key: for ever (docs/life-of-the-store.md)",
            block=Block(
                "retention",
                (
                    Key("archive", Kind.DURATION, "the bytes of messages, since they came; the messages themselves stay in the books"),
                    Key("history", Kind.DURATION, "versions of resources, since they were superseded; the current one stays for ever"),
                ),
            ),
        ),
    ),
)
