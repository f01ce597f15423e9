"""What follows for rows that lead to each other: keys, levels and promises, for folders, schemas and FHIR."""
