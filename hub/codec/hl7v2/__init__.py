"""HL7 v2 encoding rules (ER7), versions 2.1 to 2.8.2: bytes to messages and back, without I/O and without loss.

Read with `parse_message`, walk `message.segments`, divide with `split_…`, understand with `unescape`. Write with `MessageBuilder`.
Structures and types are in `dictionary`, groups in `grouping`, answers in `acknowledgement`.
"""

from hub.codec.hl7v2.acknowledgement import AckCode, Acknowledgement, acknowledge, parse_acknowledgement
from hub.codec.hl7v2.asking import ask_for_both
from hub.codec.hl7v2.batch import split_batch
from hub.codec.hl7v2.builder import MessageBuilder, SegmentBuilder
from hub.codec.hl7v2.charset import charset_name, find_charset
from hub.codec.hl7v2.encoding import (
    ABSENT,
    DEFAULT_ENCODING,
    HL7_NULL,
    EncodingCharacters,
    split_components,
    split_repetitions,
    split_subcomponents,
)
from hub.codec.hl7v2.escape import escape, unescape
from hub.codec.hl7v2.grouping import Group, Grouped, group
from hub.codec.hl7v2.header import check_header
from hub.codec.hl7v2.message import Message, Segment, render
from hub.codec.hl7v2.path import Path, parse_path, raw_at, span_of
from hub.codec.hl7v2.tokenizer import parse_header, parse_message

__all__ = [
    "ABSENT",
    "DEFAULT_ENCODING",
    "HL7_NULL",
    "AckCode",
    "Acknowledgement",
    "EncodingCharacters",
    "Group",
    "Grouped",
    "Message",
    "MessageBuilder",
    "Path",
    "Segment",
    "SegmentBuilder",
    "acknowledge",
    "ask_for_both",
    "charset_name",
    "check_header",
    "escape",
    "find_charset",
    "group",
    "parse_acknowledgement",
    "parse_header",
    "parse_message",
    "parse_path",
    "raw_at",
    "render",
    "span_of",
    "split_batch",
    "split_components",
    "split_repetitions",
    "split_subcomponents",
    "unescape",
]
