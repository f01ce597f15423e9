"""Lists and single choices for other systems: asked over HTTP, answered from the register, with a brake on guessing."""
