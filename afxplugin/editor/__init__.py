"""The editor: a window in which the methods are heard side by side, seen and rendered.

``state``, ``comparing``, ``playing`` and ``queue`` know nothing of Qt and are tested without a display. ``bridge``
brings their news into the window's thread, where ``desks`` turn a user's wishes into work, ``widgets`` show, and
``presenters`` stand between the two; ``office`` makes all of them for one ``window``.
"""
