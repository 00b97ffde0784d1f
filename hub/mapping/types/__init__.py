"""What stands at a path: HL7 v2 by version, FHIR R4; structures and their groups."""
