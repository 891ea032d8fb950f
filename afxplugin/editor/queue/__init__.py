"""The render queue, without Qt: entries rendered one after another as ``afx render`` would."""
