"""FHIR R4 (4.0.1) as data and pure rules: a resource is a plain dict (`hub.core.json.Resource`), never a class.

    elements     what may stand where: resolve("Observation", "valueQuantity.value"), children("Patient.contact")
    validate     validate(resource) -> the list of what is wrong with its structure
    outcome      diagnostics as an OperationOutcome
    bundle       searchset, transaction-response, history and document Bundles
    references   find and rewrite the references of a resource
    search       extract (resource -> index rows), parse (URL parameters -> Query), compartment
    capability   the CapabilityStatement, from what is registered
    codes        every diagnostic of this package
    facts        HL7's definitions, from the packaged fact file; nothing else here reads a file

Not checked here: profiles, extensible bindings and the FHIRPath invariants other than ext-1.
"""
