"""Compiled maps, FHIR to HL7 v2."""
