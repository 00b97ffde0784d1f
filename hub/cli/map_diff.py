"""`calder map diff OLD NEW`: what other maps would make of the same messages."""

from __future__ import annotations

import asyncio
import getpass
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from hub.app.corpus import Corpus, CorpusError
from hub.app.installed import load_texts
from hub.app.map_sets import account_for_shown, each_archived, read_kept_maps
from hub.cli.map_set import Loaded, errors_of, load_maps
from hub.cli.messages import printable
from hub.cli.places import source_parameters, store_url
from hub.cli.reporting import print_diagnostics, print_error, print_json
from hub.core.errors import CalderError, StoreError
from hub.core.json import Json
from hub.mapping.difference.comparison import Comparison, Group
from hub.mapping.mapset import MapSet
from hub.settings.map_files import MapFilesError, MapTexts, read_folders, read_packaged
from hub.settings.values import parse_duration
from hub.store.rows import Receipt

__all__ = ["diff"]

_DIGEST = re.compile(r"[0-9a-f]{6,64}")
_SHOWN = 40  # groups, for people; JSON has all of them
_COMMAND = "map diff --show-values"


def diff(
    old: Annotated[
        str,
        typer.Argument(
            metavar="OLD", help="`packaged`, a file or folder of maps, `only:FOLDER`, or the digest of a set that the hub has used."
        ),
    ],
    new: Annotated[str, typer.Argument(metavar="NEW", help="The same.")],
    *,
    corpus: Annotated[Path | None, typer.Option("--corpus", metavar="DIR", help="Over the messages of this file or folder.")] = None,
    replay: Annotated[
        str | None, typer.Option("--replay", metavar="7d", help="Over the archived messages of the last days or hours.")
    ] = None,
    data: Annotated[Path | None, typer.Option(help="Folder of the embedded store (default: data).")] = None,
    store: Annotated[str | None, typer.Option(help="Store address instead of --data: sqlite:PATH or postgresql://…")] = None,
    config: Annotated[Path | None, typer.Option(help="hub.yaml: the parameters of each archived message's source.")] = None,
    source: Annotated[str | None, typer.Option("--source", metavar="NAME", help="With the site's overlays for this source.")] = None,
    show_values: Annotated[
        bool, typer.Option("--show-values", help="Also the values before and after; of archived messages that is written to the audit.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One object of JSON on standard output.")] = False,
) -> None:
    """What changes in the resources of the same messages from one set of maps to another, path by path, grouped by rule.

    A file or folder goes over the packaged maps, file by file, as with --maps; `only:FOLDER` stands for itself. Both sets are run on
    each message; nothing is stored or sent, and it may be done beside a running hub. Paths and counts, no values unless asked for.
    Exit 0: nothing changes; 1: something does; 2: it cannot be done as typed.
    """
    url = store_url(data, store)
    if (corpus is None) == (replay is None):
        _refuse("say over which messages: --corpus DIR or --replay 7d")
    comparison = Comparison(_load(old, url, source), _load(new, url, source))
    try:
        if corpus is not None:
            for message in Corpus([corpus]):
                comparison.take(message.body, f"message {message.index + 1} of {message.file}")
        else:
            _replay(comparison, url, replay or "", source_parameters(config))
        if show_values and corpus is None:
            _account(comparison, url)
    except (CorpusError, CalderError, OSError) as error:
        _refuse(str(error))
    if as_json:
        print_json(_describe(comparison, show_values=show_values))
    else:
        _print(comparison, show_values=show_values)
    raise typer.Exit(1 if comparison.changed else 0)


def _refuse(text: str) -> NoReturn:
    print_error(text)
    raise typer.Exit(2)


# --- the two sets


def _load(spec: str, url: str, source: str | None) -> MapSet:
    try:
        loaded = _find(spec, url, source)
    except (CalderError, OSError) as error:
        _refuse(f"{spec}: {error}")
    if errors := errors_of(loaded):
        print_diagnostics(errors, loaded.sources)
        _refuse(f"{spec}: the maps have errors: `calder map check`")
    return loaded.maps


def _find(spec: str, url: str, source: str | None) -> Loaded:
    alone = spec.removeprefix("only:")
    if spec == "packaged" or alone != spec:
        texts = read_packaged() if alone == spec else read_folders([Path(alone)])
        return _whole(load_texts(texts), texts)
    if Path(spec).exists():
        return load_maps([Path(spec)], source)
    if _DIGEST.fullmatch(spec.lower()):
        maps = asyncio.run(read_kept_maps(url, spec))
        return _whole(maps, MapTexts(dict(maps.texts.maps), dict(maps.texts.tables)))
    raise MapFilesError("there is no such file or folder, and it is no digest of a map set (six of its digits are enough)")


def _whole(maps: MapSet, texts: MapTexts) -> Loaded:
    return Loaded(maps, texts, texts.names, None, texts)


# --- archived messages


def _replay(comparison: Comparison, url: str, replay: str, parameters: Mapping[str, Mapping[str, str]]) -> None:
    lasting = parse_duration(replay)
    if lasting is None:
        _refuse("--replay takes a time: 7d, 12h, 30m")

    def take(receipt: Receipt, body: bytes) -> None:
        comparison.take(body, f"message {receipt.id}", parameters.get(receipt.source))

    asyncio.run(each_archived(url, lasting, take))


def _account(comparison: Comparison, url: str) -> None:
    """Who saw which messages is durable before anything is shown."""
    labels = {example.label for group in comparison.groups for example in group.examples}
    numbers = sorted(int(label.removeprefix("message ")) for label in labels)
    try:
        asyncio.run(account_for_shown(url, numbers, user=getpass.getuser(), command=_COMMAND))
    except StoreError as error:
        _refuse(f"the values stay masked: showing them writes to the audit, and that could not be done ({error})")


# --- what is shown


def _describe(comparison: Comparison, *, show_values: bool) -> Json:
    return {
        "old": comparison.old.digest,
        "new": comparison.new.digest,
        "messages": comparison.messages,
        "changed": comparison.changed,
        "unreadable": comparison.unreadable,
        "groups": [_describe_group(group, show_values=show_values) for group in comparison.groups],
        "not_listed": comparison.others,
    }


def _describe_group(group: Group, *, show_values: bool) -> Json:
    subject = group.subject
    values = [
        {"message": each.label, "old": each.old, "new": each.new} if show_values else {"message": each.label} for each in group.examples
    ]
    return {
        "rule": subject.rule.name if subject.rule is not None else None,
        "file": subject.rule.file if subject.rule is not None else None,
        "line": subject.rule.line if subject.rule is not None else None,
        "path": subject.path or None,
        "kind": subject.kind.value,
        "old_outcome": subject.old or None,
        "new_outcome": subject.new or None,
        "messages": group.messages,
        "occurrences": group.occurrences,
        "examples": values,
    }


def _print(comparison: Comparison, *, show_values: bool) -> None:
    unreadable = f" ({comparison.unreadable} cannot be read)" if comparison.unreadable else ""
    print(f"{comparison.messages} messages{unreadable}: {comparison.changed or 'none'} of them would change")
    groups = comparison.groups
    by_rule: dict[str, list[Group]] = {}
    for group in groups[:_SHOWN]:
        by_rule.setdefault(_heading(group), []).append(group)
    for heading, own in by_rule.items():
        print(f"\n{heading}")
        for line in (line for group in own for line in _lines(group, show_values=show_values)):
            print(f"  {printable(line)}")
    if len(groups) > _SHOWN:
        print(f"\n… and {len(groups) - _SHOWN} more; --json lists them all")


def _heading(group: Group) -> str:
    rule = group.subject.rule
    return "no rule of its own" if rule is None else f"{rule.name or 'the map'}   {rule.file}:{rule.line}"


def _lines(group: Group, *, show_values: bool) -> Iterator[str]:
    subject = group.subject
    what = f"{subject.path}  {subject.kind}" if subject.path else f"{subject.old} -> {subject.new}"
    count = f"{group.messages} message" + ("s" if group.messages != 1 else "")
    yield f"{what}  {count}  e.g. {group.examples[0].label}"
    if show_values and subject.path:
        for example in group.examples:
            yield f"    {example.label}: {example.old or 'nothing'} -> {example.new or 'nothing'}"
