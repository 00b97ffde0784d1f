"""Compiled maps, HL7 v2 to FHIR."""
