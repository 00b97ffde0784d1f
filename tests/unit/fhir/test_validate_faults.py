"""Planted faults: a fact or a check that is missing must make some test of this folder fail. Here we see that it does."""

import subprocess
import sys

import pytest

from hub.fhir.validate import validate

# Each removes one thing before anything is loaded, then validates a resource that only this thing finds wrong.
PROGRAM = """
import msgspec
from hub.fhir import facts
real = facts._lines()
changed = dict(real)
def edit(key, change):
    line = msgspec.json.decode(real[key]); change(line); changed[key] = msgspec.json.encode(line)
{fault}
facts._lines = lambda: changed
from hub.fhir.validate import validate
print(" ".join(d.code.name for d in validate({resource})))
"""

OBSERVATION = {"resourceType": "Observation", "status": "final", "code": {"text": "x"}}

FAULTS = {
    "F009": ("edit(('structure', 'Observation'), lambda s: [e.pop('binding') for e in s['elements'] if e['path'] == 'status'])", {"status": "finished"}),
    "F003": ("edit(('structure', 'Observation'), lambda s: [e.pop('min') for e in s['elements'] if e['path'] == 'component.code'])", {"component": [{"valueBoolean": True}]}),
    "F011": ("edit(('structure', 'Observation'), lambda s: [e.pop('targets') for e in s['elements'] if e['path'] == 'subject'])", {"subject": {"reference": "Practitioner/1"}}),
    "F008": ("edit(('structure', 'Observation'), lambda s: [e['types'].append('Money') for e in s['elements'] if e['path'] == 'value[x]'])", {"valueMoney": {"value": 1}}),
    "F004": ("edit(('structure', 'Observation'), lambda s: [e.pop('max') for e in s['elements'] if e['path'] == 'category'])", {"category": {"text": "x"}}),
}  # fmt: skip


@pytest.mark.parametrize("code", sorted(FAULTS))
def test_a_missing_fact_is_noticed(code):
    fault, change = FAULTS[code]
    resource = OBSERVATION | change

    assert [diagnostic.code.name for diagnostic in validate(resource)] == [code]
    program = PROGRAM.format(fault=fault, resource=resource)
    assert subprocess.run([sys.executable, "-c", program], capture_output=True, check=True, text=True).stdout.split() == []
