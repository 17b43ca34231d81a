"""Everything that checks tianzhuo; mirrors the tree.

A regular package, so that no other package called `tests` can stand before it.
"""
