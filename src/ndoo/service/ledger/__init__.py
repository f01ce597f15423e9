"""Shows later that nothing was changed. Whatever is recorded enters a Merkle log, in the same transaction.

`entering.append(kind, payload)` is all that the other rooms need.
"""
