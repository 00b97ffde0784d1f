"""Narrative that a browser may be given."""

import pytest

from hub.fhir.narrative import is_safe_narrative

XHTML = 'xmlns="http://www.w3.org/1999/xhtml"'


def div(inner, attributes=""):
    return f"<div {XHTML} {attributes}>{inner}</div>"


@pytest.mark.parametrize(
    "text",
    [
        div("plain"),
        div("<p>a <b>b</b></p><table><tr><td colspan='2'>x</td></tr></table>"),
        div("<a href='https://example.org/x'>x</a><a href='#y'>y</a><a name='z'>z</a><a href='Patient/1:2'>p</a>"),
        div("<img src='data:image/png;base64,aGVsbG8=' alt='x'/>"),
        div("<img src='#pic'/>"),
        div("x", "lang='en' xml:lang='en' style='color: red'"),
        div("a &amp; b &lt; c &#160;"),
        div("x<!-- a note -->"),
    ],
)
def test_safe(text):
    assert is_safe_narrative(text)


@pytest.mark.parametrize(
    "text",
    [
        div("<script>alert(1)</script>"),
        div("x<p onclick='alert(1)'>y</p>"),
        div("x", "onload='alert(1)'"),
        div("x<a href='javascript:alert(1)'>y</a>"),
        div("x<a href=' java\nscript:alert(1)'>y</a>"),
        div("x<img src='data:image/svg+xml;base64,aGVsbG8='/>"),
        div("x<a href='data:text/html,hello'>y</a>"),
        div("x<iframe src='https://example.org'/>"),
        div("x<form/>"), div("x<input/>"), div("x<object/>"), div("x<link href='a'/>"), div("x<style>p {}</style>"),
        div("x<p style='width: expression(alert(1))'>y</p>"),
        div("<![CDATA[x><img src=x onerror=alert(1)>]]>"),
        div("x<!--><img src=x onerror=alert(1)>-->"),
        div("x<?php y ?>"),
        div("x<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>"),
        div("x &nbsp; y"),
        div("<p>x"),
        div(""), div(" \n "),
        "plain text",
        "<div>no namespace</div>",
        f"<p {XHTML}>not a div</p>",
        "<h:div xmlns:h='http://www.w3.org/1999/xhtml'>x</h:div>",
        f"<?xml version='1.0' encoding='utf-16'?>{div('x')}",
        f"<!DOCTYPE div [<!ENTITY a 'b'>]><div {XHTML}>&a;</div>",
        f"<!DOCTYPE div SYSTEM 'file:///etc/hostname'><div {XHTML}>x</div>",
        "\ud800", "",
    ],
)  # fmt: skip
def test_refused(text):
    assert not is_safe_narrative(text)
