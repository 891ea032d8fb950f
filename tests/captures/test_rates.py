"""The rate that a capture states, wherever its trainer wrote it."""

from __future__ import annotations

import pytest

from afxplugin.captures import CaptureRateWarning, read_capture
from afxplugin.errors import RateError

BARE = {"proteus": 44100, "aidax": 48000, "nam": 48000}  # what is assumed where nothing is stated


def bare(documents, kind, **more):
    """A document that states no rate, with more keys."""
    document = getattr(documents, kind)()
    document.pop("sample_rate", None)
    document.pop("metadata", None)
    return document | more


def placed(document, place, value):
    """The document with one more key, at a dotted place."""
    *way, last = place.split(".")
    for key in way:
        document = document.setdefault(key, {})
    document[last] = value


@pytest.mark.parametrize("kind", BARE)
@pytest.mark.parametrize(
    "place",
    [
        "samplerate", "sample_rate", "sampleRate", "SampleRate", "sample rate", "sampling_rate", "fs", "sr",
        "metadata.samplerate", "metadata.sample_rate", "metadata.sampleRate", "metadata.training.sample_rate",
        "model_data.samplerate", "model_data.sample_rate", "config.samplerate", "training.sample_rate",
    ],
)  # fmt: skip
def test_every_place_counts(documents, tmp_path, kind, place):
    document = bare(documents, kind)
    placed(document, place, 96000)
    capture = read_capture(documents.written(tmp_path, document))  # a warning would be an error here
    assert (capture.rate_hz, capture.rate_assumed, capture.notes) == (96000, False, ())


@pytest.mark.parametrize(
    ("value", "hz"),
    [
        (44100, 44100), (44100.0, 44100), ("44100", 44100), ("48000.0", 48000), (" 44100 Hz", 44100), ("48 k", 48000),
        ("44.1k", 44100), ("44.1 kHz", 44100), ("44,1 kHz", 44100), ("44,100 Hz", 44100), ("48K", 48000), (44.1, 44100),
        ("88.2", 88200), (48, 48000), ("22.05khz", 22050), ("176.4 kHz", 176400), ("4.41e4", 44100),
    ],
)  # fmt: skip
@pytest.mark.parametrize("kind", BARE)
def test_every_spelling_is_read(documents, tmp_path, kind, value, hz):
    capture = read_capture(documents.written(tmp_path, bare(documents, kind, samplerate=value)))
    assert (capture.rate_hz, capture.rate_assumed, capture.notes) == (hz, False, ())


@pytest.mark.parametrize(
    "value", [0, -1, -44100, "unknown", "", "0", "Hz", True, [44100], {"hz": 44100}, float("nan"), float("inf"), "nan"]
)
@pytest.mark.parametrize("kind", BARE)
def test_nonsense_is_noted_and_the_usual_rate_assumed_aloud(documents, tmp_path, kind, value):
    path = documents.written(tmp_path, bare(documents, kind, samplerate=value))
    with pytest.warns(CaptureRateWarning, match=f"states no sample rate: {BARE[kind]} Hz is assumed"):
        capture = read_capture(path)
    assert (capture.rate_hz, capture.rate_assumed) == (BARE[kind], True)
    (note,) = capture.notes
    assert note.startswith("samplerate is ")
    assert note.endswith(", not a sample rate; it is ignored")


@pytest.mark.parametrize("kind", BARE)
def test_null_states_nothing(documents, tmp_path, kind):
    document = bare(documents, kind, sample_rate=None, metadata={"sample_rate": None})
    with pytest.warns(CaptureRateWarning):
        capture = read_capture(documents.written(tmp_path, document))
    assert (capture.rate_hz, capture.rate_assumed, capture.notes) == (BARE[kind], True, ())


def test_a_null_does_not_hide_another_place(documents, tmp_path):
    document = bare(documents, "nam", sample_rate=None, metadata={"sample_rate": "44100"})
    assert read_capture(documents.written(tmp_path, document)).rate_hz == 44100


@pytest.mark.parametrize(
    ("kind", "first", "second"),
    [
        ("aidax", "metadata.samplerate", "samplerate"),  # as AIDA-X's own plugin decides
        ("proteus", "model_data.sample_rate", "sample_rate"),
        ("proteus", "metadata.sample_rate", "sample_rate"),
        ("nam", "sample_rate", "metadata.sample_rate"),  # as NAM's own engine decides
    ],
)
def test_of_two_that_contradict_each_other_the_formats_own_is_taken(documents, tmp_path, kind, first, second):
    document = bare(documents, kind)
    placed(document, second, 48000)
    placed(document, first, "44100")
    capture = read_capture(documents.written(tmp_path, document))
    assert (capture.rate_hz, capture.rate_assumed) == (44100, False)
    assert capture.notes == (f"{first} states 44100 Hz and {second} 48000 Hz; {first} is taken",)


def test_two_that_agree_need_no_note(documents, tmp_path):
    document = bare(documents, "aidax", samplerate="48k", metadata={"samplerate": 48000})
    assert read_capture(documents.written(tmp_path, document)).notes == ()


def test_nonsense_beside_a_rate_is_noted(documents, tmp_path):
    document = bare(documents, "aidax", samplerate=44100, metadata={"samplerate": "unknown"})
    capture = read_capture(documents.written(tmp_path, document))
    assert (capture.rate_hz, capture.rate_assumed) == (44100, False)
    assert capture.notes == ("metadata.samplerate is 'unknown', not a sample rate; it is ignored",)


@pytest.mark.parametrize("value", [4000, 7_000_000, "1 MHz", 44100.5, "500 kHz"])
def test_a_rate_that_cannot_be_played_is_not_replaced_by_another(documents, tmp_path, value):
    path = documents.written(tmp_path, bare(documents, "nam", sample_rate=value))
    if value == "1 MHz":  # no number of Hz that is understood
        with pytest.warns(CaptureRateWarning):
            assert read_capture(path).notes
        return
    with pytest.raises(RateError, match="^sample_rate: given .*, needs a whole number of Hz from 8000 to 384000: "):
        read_capture(path)
    assert read_capture(path, rate_hz=48000).rate_hz == 48000


def test_other_numbers_are_not_taken_for_rates(documents, tmp_path):
    document = bare(documents, "nam", metadata={"rate": 5, "sr": "senior", "fs": 1, "learning_rate": 44100})
    with pytest.warns(CaptureRateWarning):
        assert read_capture(documents.written(tmp_path, document)).notes == ()


def test_the_rate_at_the_top_of_an_aidax_file(reference):
    path = reference.parent / "inputs" / "a_top_samplerate.json"
    if not path.is_file():
        pytest.skip("no inputs beside the reference data")
    capture = read_capture(path)
    assert (capture.rate_hz, capture.rate_assumed) == (44100, False)
