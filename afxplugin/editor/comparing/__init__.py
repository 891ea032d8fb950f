"""Methods side by side, without Qt: a stretch played through every variant, measured, and judged blind."""
