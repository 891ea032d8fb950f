"""Playback, without Qt: a looped stretch in several variants, switched without a gap, on an audio device."""
