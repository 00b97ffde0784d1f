"""`calder map coverage PATH…`: what a corpus of messages has that no rule takes, and what the maps have that no message uses."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from hub.app.corpus import Corpus, CorpusError
from hub.cli.map_set import hub_yaml_beside, load_or_exit
from hub.cli.places import parameters_of
from hub.cli.reporting import print_error, print_json
from hub.core.json import Json
from hub.mapping.survey.behind import Rule
from hub.mapping.survey.elements import Element
from hub.mapping.survey.naming import name_of
from hub.mapping.survey.survey import Survey, Unexplained
from hub.mapping.survey.tally import Count

__all__ = ["coverage"]

_SHOWN = 40  # lines of each list, for people; JSON has all of them
_WIDTH = 140  # of a table where there is no terminal to ask


def coverage(
    paths: Annotated[list[Path], typer.Argument(metavar="PATH", help="Files or folders of messages: single ones, batches, any line ends.")],
    *,
    maps: Annotated[list[Path] | None, typer.Option("--maps", help="Files or folders of maps, over the packaged ones.")] = None,
    source: Annotated[str | None, typer.Option("--source", metavar="NAME", help="With the site's overlays for this source.")] = None,
    config: Annotated[
        Path | None, typer.Option(help="hub.yaml: the parameters of --source. Default: the one beside its mappings/local.")
    ] = None,
    fail_under: Annotated[
        float | None,
        typer.Option("--fail-under", min=0, max=100, metavar="PERCENT", help="Exit 1 if fewer of the populated fields are explained."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One object of JSON on standard output.")] = False,
) -> None:
    """Which populated fields of a corpus no rule reads, drops or keeps; which rules never fire; which elements nothing fills.

    A field is explained when nothing of it is left over: every component and every repetition that has something is read by a row,
    or a map says `drop` or `keep` of it. Names and counts only, never a value. Exit 1: the share is under --fail-under.
    """
    loaded = load_or_exit(maps or [], source)
    survey = Survey(loaded.maps, _parameters(source, config or hub_yaml_beside(maps or [])))
    corpus = Corpus(paths)
    try:
        for message in corpus:
            survey.take(message.body)
    except CorpusError as error:
        print_error(str(error))
        raise typer.Exit(2) from None
    if not survey.messages:
        print_error("no HL7 v2 message there: each begins with MSH")
        raise typer.Exit(2)
    if as_json:
        print_json(_describe(survey, corpus))
    else:
        _print(survey, corpus)
    is_enough = fail_under is None or survey.share * 100 >= fail_under
    if not is_enough:
        print_error(f"{_percent(survey.share)} explained, and --fail-under asks for {fail_under:g} %")
    raise typer.Exit(0 if is_enough else 1)


def _parameters(source: str | None, config: Path | None) -> dict[str, str]:
    return parameters_of(source, config) if source is not None and config is not None else {}


def _percent(share: float) -> str:
    """Never rounded up to 100."""
    return f"{int(share * 10_000) / 100:.2f} %"


# --- for programs


def _describe(survey: Survey, corpus: Corpus) -> Json:
    rules, idle = survey.never_fired()
    return {
        "messages": survey.messages,
        "converted": survey.converted,
        "populated": survey.populated,
        "explained": survey.explained,
        "share": round(survey.share * 100, 4),
        "fields": [_describe_field(found, count) for found, count in survey.fields],
        "unsupported": [{"type": kind.type, "structure": kind.structure, "messages": count.messages} for kind, count in survey.unsupported],
        "refused": [
            {"code": refusal.code.name, "title": refusal.code.title, "place": refusal.place, "messages": count.messages}
            for refusal, count in survey.refused
        ],
        "rules_never_fired": [_describe_rule(rule) for rule in rules],
        "maps_never_used": idle,
        "elements_never_filled": [
            {"element": each.path, "rules": [_describe_rule(rule) for rule in each.rules]} for each in survey.elements.unfilled()
        ],
        "other_files": corpus.other,
        "not_listed": survey.fields.others + survey.unsupported.others + survey.refused.others,
    }


def _describe_field(found: Unexplained, count: Count) -> Json:
    gap = found.gap
    return {
        "type": found.kind.type,
        "structure": found.kind.structure,
        "map": found.kind.map,
        "place": str(gap),
        "segment": gap.segment,
        "field": gap.field or None,
        "component": ".".join(map(str, gap.parts)) or None,
        "further_repetitions": gap.repetition,
        "name": name_of(gap),
        "messages": count.messages,
        "occurrences": count.occurrences,
    }


def _describe_rule(rule: Rule) -> Json:
    return {"rule": rule.name, "file": rule.file, "line": rule.line}


# --- for people


def _print(survey: Survey, corpus: Corpus) -> None:
    refused = sum(count.messages for _, count in survey.refused)
    unsupported = survey.messages - survey.converted - refused
    print(f"{survey.messages} messages: {survey.converted} converted, {unsupported} without a map, {refused} refused")
    if corpus.other:
        print(f"{corpus.other} other files: nothing in them begins with MSH")
    print(f"{survey.populated} populated fields, {survey.explained} explained ({_percent(survey.share)})")
    _print_fields(survey)
    _print_table(
        "Messages without a map",
        ("messages", "type", "structure"),
        [(count.messages, kind.type, kind.structure) for kind, count in survey.unsupported],
    )
    _print_table(
        "Refused",
        ("messages", "code", "because", "at"),
        [(count.messages, each.code.name, each.code.title, each.place or "") for each, count in survey.refused],
    )
    rules, idle = survey.never_fired()
    _print_table("Rules that never fired", ("rule", "where"), [(rule.name, f"{rule.file}:{rule.line}") for rule in rules])
    if idle:
        print(f"\nMaps that were not used: {', '.join(idle)}")
    _print_elements(list(survey.elements.unfilled()))


def _print_fields(survey: Survey) -> None:
    """One line for each place, whatever the types of the messages."""
    counts: Counter[str] = Counter()
    times: Counter[str] = Counter()
    types: dict[str, dict[str, None]] = {}
    names: dict[str, str] = {}
    for found, count in survey.fields:
        place = str(found.gap)
        counts[place] += count.messages
        times[place] += count.occurrences
        types.setdefault(place, {})[found.kind.type] = None
        names[place] = name_of(found.gap)
    rows = [(counts[place], times[place], place, names[place], _few(types[place])) for place, _ in counts.most_common()]
    _print_table("Populated, and no rule reads, drops or keeps it", ("messages", "times", "field", "what it is", "in"), rows)
    if survey.fields.others:
        print(f"  and {survey.fields.others} times a field that there was no room to list")


def _few(types: Mapping[str, None]) -> str:
    listed = list(types)
    return ", ".join(listed[:3]) + (f" and {len(listed) - 3} more" if len(listed) > 3 else "")


def _print_elements(elements: Sequence[Element]) -> None:
    aimed = [each for each in elements if each.rules]
    _print_table(
        "Elements that rules aim at, and none ever filled",
        ("element", "rules"),
        [(each.path, _few(dict.fromkeys(rule.name for rule in each.rules))) for each in aimed],
    )
    free = [each.path for each in elements if not each.rules]
    if free:
        print(f"\n{len(free)} more elements of these resources have no rule; --json lists them")


def _print_table(title: str, headings: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    listed = list(rows)
    if not listed:
        return
    table = Table(box=None, pad_edge=False, header_style="")
    for heading in headings:
        table.add_column(heading, justify="right" if heading in {"messages", "times"} else "left", overflow="fold")
    for row in listed[:_SHOWN]:
        table.add_row(*map(str, row))
    print(f"\n{title}: {len(listed)}\n")
    Console(width=None if sys.stdout.isatty() else _WIDTH, markup=False, highlight=False).print(table)
    if len(listed) > _SHOWN:
        print(f"… and {len(listed) - _SHOWN} more; --json lists them all")
