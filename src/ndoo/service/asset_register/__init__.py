"""The register of assets and flows as the service keeps it: every version, decision, review, finding and statement."""
