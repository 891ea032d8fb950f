"""What the window does with the engine, subject by subject: each desk turns a user's wishes into work and its news.

They hold no widgets. All their methods and signals belong to the window's thread; what is slow goes through the bridge.
"""
