"""The register of choices, and the patient's side of it."""
