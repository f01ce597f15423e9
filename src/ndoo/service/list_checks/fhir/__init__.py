"""The choice of one person as FHIR: R4, where `provision.type` carries the meaning, and STU3 with its reversed `active`."""
