"""Narrative: whether `text.div` is the safe XHTML that FHIR allows. https://hl7.org/fhir/R4/narrative.html (rules txt-1, txt-2)

Read with expat: it opens no files and no connections, and a DOCTYPE, the only door for entities, ends the reading at once.
"""

from __future__ import annotations

from typing import Final
from xml.parsers import expat

__all__ = ["is_safe_narrative"]

_XHTML: Final = "http://www.w3.org/1999/xhtml"
_ELEMENT_NAMES: Final = """a abbr acronym b big blockquote br caption cite code col colgroup dd dfn div dl dt em h1 h2 h3 h4 h5 h6 hr i
    img li ol p pre q samp small span strong sub sup table tbody td tfoot th thead tr tt ul var"""
_ELEMENTS: Final = frozenset(_ELEMENT_NAMES.split())
_ATTRIBUTE_NAMES: Final = """abbr accesskey align alt axis bgcolor border cellhalign cellpadding cellspacing cellvalign char charoff charset
    cite class colspan compact coords dir frame headers height href hreflang hspace id lang longdesc name nowrap rel rev rowspan rules
    scope shape span src start style summary tabindex title type valign value vspace width"""
_ATTRIBUTES: Final = frozenset(_ATTRIBUTE_NAMES.split())
_XML_NAMESPACE: Final = "http://www.w3.org/XML/1998/namespace "
_SAFE_SCHEMES: Final = frozenset({"http", "https", "ftp", "mailto", "tel", "urn", "cid"})


class _UnsafeError(Exception):
    """Ends the reading from inside a callback; never leaves this module."""


class _Reading:
    """What has been seen so far of one div."""

    def __init__(self) -> None:
        self.started = False
        self.has_content = False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        namespace, _, local = name.partition(" ")  # a third part would be a prefix, which HTML does not know
        if namespace != _XHTML or local not in _ELEMENTS or (not self.started and local != "div"):
            raise _UnsafeError
        self.started = True
        self.has_content = self.has_content or (local == "img" and "src" in attributes)
        if not all(_is_safe_attribute(*attribute) for attribute in attributes.items()):
            raise _UnsafeError

    def text(self, text: str) -> None:
        self.has_content = self.has_content or not text.isspace()

    def comment(self, text: str) -> None:
        """HTML ends some comments sooner than XML does; what follows would be live."""
        if text.startswith((">", "->")) or "--!>" in text:
            raise _UnsafeError

    def refuse(self, *_: object) -> None:
        """DOCTYPE, XML declaration, processing instruction; and CDATA, which HTML reads as markup."""
        raise _UnsafeError


def _is_safe_attribute(name: str, value: str) -> bool:
    if name.startswith(_XML_NAMESPACE):
        return True
    if name not in _ATTRIBUTES:
        return False
    if name not in {"href", "src", "cite", "longdesc"}:
        return name != "style" or not any(word in value.lower() for word in ("expression(", "javascript:", "@import"))
    address = "".join(value.split()).lower()  # browsers skip white space, so `java script:` is no way round
    scheme, colon, _ = address.partition(":")
    return not colon or "/" in scheme or "#" in scheme or scheme in _SAFE_SCHEMES or _is_picture(name, address)


def _is_picture(name: str, address: str) -> bool:
    """Pictures may stand in the text itself; SVG may not, it can carry scripts."""
    return name == "src" and address.startswith("data:image/") and not address.startswith("data:image/svg")


def is_safe_narrative(div: str) -> bool:
    reading = _Reading()
    parser = expat.ParserCreate("UTF-8", namespace_separator=" ")
    parser.namespace_prefixes = True
    parser.StartElementHandler = reading.start
    parser.CharacterDataHandler = reading.text
    parser.CommentHandler = reading.comment
    parser.XmlDeclHandler = reading.refuse
    parser.StartDoctypeDeclHandler = reading.refuse
    parser.ProcessingInstructionHandler = reading.refuse
    parser.StartCdataSectionHandler = reading.refuse
    try:
        parser.Parse(div.encode(), True)
    except (_UnsafeError, expat.ExpatError, UnicodeEncodeError):
        return False
    return reading.has_content
