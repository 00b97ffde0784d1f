"""Does a map serve a message? The conditions of `when` in its head, asked of every message that has its structure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from hub.codec.hl7v2 import Message
from hub.codec.hl7v2.grouping import Group
from hub.mapping.forward.conditions import compile_condition
from hub.mapping.forward.making import Making
from hub.mapping.forward.maps import Compiler
from hub.mapping.forward.nodes import Node
from hub.mapping.forward.reach import GroupReach, Test
from hub.mapping.program import Program
from hub.mapping.running import Frame, Run
from hub.mapping.syntax import MapDeclaration, V2Path

__all__ = ["HeadConditions"]

_MOST: Final = 200  # answers kept: they come from messages
_LONGEST: Final = 200


@dataclass(frozen=True, slots=True)
class HeadConditions:
    """They mostly ask MSH alone (MSH-21 names the profile), and a sender writes the same there in each message."""

    program: Program
    declaration: MapDeclaration
    _tests: dict[str, list[Test]] = field(default_factory=dict, repr=False)
    _answers: dict[tuple[object, ...], bool] = field(default_factory=dict, repr=False)

    def hold(self, message: Message, version: str) -> bool:
        asked = self._asked(message)
        if asked is None:
            return self._ask(message, version)
        key = (version, message.encoding, message.charset, *asked)
        answer = self._answers.get(key)
        if answer is None:
            if len(self._answers) >= _MOST:
                self._answers.clear()
            answer = self._answers[key] = self._ask(message, version)
        return answer

    def _asked(self, message: Message) -> list[str] | None:
        """The texts that decide; None where they are not all in MSH, or long."""
        texts: list[str] = []
        for condition in self.declaration.when:
            path = condition.subject
            if not isinstance(path, V2Path) or path.segment != "MSH" or path.groups or path.field is None:
                return None
            texts.append(message.msh.field(path.field))
        return texts if sum(map(len, texts)) <= _LONGEST else None

    def _ask(self, message: Message, version: str) -> bool:
        tests = self._tests.get(version)
        if tests is None:
            coverage = Compiler(self.program, version, traced=False).coverage
            reach = GroupReach(version, message.structure or "", ((),), self.program, compile_condition, coverage)
            tests = self._tests[version] = [compile_condition(condition, reach) for condition in self.declaration.when]
        run = Run.start(message, message.encoding, message.charset, {}, Making("", b""))
        frame = Frame([], 1, None, {}, Node(Group("", list(message.segments)), None))
        return all(test(run, frame) for test in tests)
