"""Who is this person? The register of people, the codes that prove it, and NHS login."""
