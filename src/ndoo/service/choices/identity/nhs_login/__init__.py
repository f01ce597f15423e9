"""NHS login: somebody else proves who the person is, and says how well."""
