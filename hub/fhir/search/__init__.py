"""Searching R4: https://hl7.org/fhir/R4/search.html

    extract      a resource -> its typed index rows (`entries`)
    compartment  a resource -> the patients whose record it belongs to
    parse        the parameters of an address -> a typed `query`, or what is wrong with them

`parameters` are HL7's official ones; `routes` are their expressions compiled; `ranges` says what dates and numbers cover.
"""
