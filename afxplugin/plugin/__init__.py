"""Our plugins as files: where the bundles are, the state and the presets that they read.

Nothing is imported here: the process that a graph plays in needs only to know where the bundles are, and quickly.
"""
