"""``python -m afxplugin``: the same as ``afx``."""

from afxplugin.cli import main

if __name__ == "__main__":
    main()
