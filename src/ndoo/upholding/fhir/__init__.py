"""FHIR: bulk exports and bundles, upheld resource by resource."""
