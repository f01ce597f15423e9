"""What stops a release that is not believable, or that would tell who opted out."""
