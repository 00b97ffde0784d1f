"""XHTML elements. Built with lxml, so that no text from the record can become markup, nor break it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Final

from lxml.builder import ElementMaker
from lxml.etree import _Element, tostring

XHTML: Final = "http://www.w3.org/1999/xhtml"
_ILLEGAL: Final = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # https://www.w3.org/TR/xml/#charsets


def legal(text: str) -> str:
    """What XML cannot hold (control characters, halves of surrogate pairs) is shown as a replacement mark, never left out unseen."""
    return _ILLEGAL.sub("\ufffd", text)


def _add_text(element: _Element, text: str) -> None:
    children = list(element)
    if children:
        children[-1].tail = (children[-1].tail or "") + legal(text)
    else:
        element.text = (element.text or "") + legal(text)


E: Final = ElementMaker(namespace=XHTML, nsmap={None: XHTML}, typemap={str: _add_text})


def render(element: _Element) -> str:
    return str(tostring(element, encoding="unicode"))


def div(children: Sequence[_Element]) -> str:
    """The narrative of a FHIR section: one xhtml div."""
    return render(E.div(*children))


def table(rows: Iterable[tuple[str, str]]) -> _Element:
    """Names and values; those without a value are left out."""
    return E.table(E.tbody(*(E.tr(E.th(name, scope="row"), E.td(value)) for name, value in rows if value)))


def grid(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> _Element:
    heading = E.tr(*(E.th(head, scope="col") for head in heads))
    return E.table(E.thead(heading), E.tbody(*(E.tr(*(E.td(cell) for cell in row)) for row in rows)))
