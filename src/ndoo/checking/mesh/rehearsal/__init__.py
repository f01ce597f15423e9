"""The assurance cases of a MESH client, run before somebody asks for them."""
