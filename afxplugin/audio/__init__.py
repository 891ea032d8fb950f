"""Audio files in and out, block by block; the only room that knows soundfile, and the only one that transposes."""

from afxplugin.audio.bext import Bext
from afxplugin.audio.chunks import Chunk, Chunks
from afxplugin.audio.file_facts import FileFacts, read_facts
from afxplugin.audio.publish import create_hidden, remove_abandoned, replace_file, share_with_folder
from afxplugin.audio.reader import AUDIO_SUFFIXES, AudioInfo, AudioReader, read_audio, read_info
from afxplugin.audio.samples import float_samples
from afxplugin.audio.signal import HIGHEST_RATE_HZ, LOWEST_RATE_HZ, Audio, check_rate
from afxplugin.audio.writer import AudioWriter

__all__ = [
    "AUDIO_SUFFIXES",
    "HIGHEST_RATE_HZ",
    "LOWEST_RATE_HZ",
    "Audio",
    "AudioInfo",
    "AudioReader",
    "AudioWriter",
    "Bext",
    "Chunk",
    "Chunks",
    "FileFacts",
    "check_rate",
    "create_hidden",
    "float_samples",
    "read_audio",
    "read_facts",
    "read_info",
    "remove_abandoned",
    "replace_file",
    "share_with_folder",
]
