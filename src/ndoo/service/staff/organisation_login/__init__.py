"""The organisation's own sign-in for its staff: OpenID Connect, with Entra ID, NHS CIS2 or another provider."""
