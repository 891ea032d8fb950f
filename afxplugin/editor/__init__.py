"""The editor: a window in which the methods are heard side by side, seen and rendered.

``state`` and what it needs know nothing of Qt and are tested without a display; ``bridge``, ``window`` and ``widgets``
show them.
"""
