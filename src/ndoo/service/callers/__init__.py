"""Which other systems may ask this service, for what, and how do they prove who they are?"""
