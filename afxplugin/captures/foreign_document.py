"""JSON that is not a capture but comes with one, or from the same tools."""

from __future__ import annotations

from typing import Any

from afxplugin.captures.document import plain_text, shown

# All the keys of one row; what the file is; what a capture would have besides.
_SIGNS = (
    (
        ("unit_type", "hidden_size"),
        "a trainer's configuration (Automated-GuitarAmpModelling)",
        "state_dict, its weights",
    ),
    (("loss_fcns",), "a trainer's configuration (Automated-GuitarAmpModelling)", "state_dict, its weights"),
    (("training_losses",), "a trainer's record of a training (Automated-GuitarAmpModelling)", "state_dict"),
    (("validation_losses",), "a trainer's record of a training (Automated-GuitarAmpModelling)", "state_dict"),
    (
        ("architecture", "config"),
        "a NAM configuration",
        "weights (an older export keeps them beside it in weights.npy)",
    ),
    (("net", "optimizer"), "a configuration of NAM's trainer (model)", "architecture and weights"),
    (("train", "validation"), "a configuration of NAM's trainer (data)", "architecture and weights"),
    (("train_dataloader",), "a configuration of NAM's trainer (learning)", "architecture and weights"),
    (("class_name", "config"), "the description of a Keras model", "in_shape and layers with weights"),
    (("residual_channels",), "a WaveNet of PedalNetRT or SmartAmp, which is not played", "in_shape and layers"),
    (("model_type", "architectures"), "the configuration of a Hugging Face model", "weights"),
    (("cells", "nbformat"), "a Jupyter notebook", "weights"),
)
_WEIGHTS = ("state_dict", "weights", "model_data", "in_shape")
_ANSWERS = ("message", "error", "detail")
_FORMATS = (("model_data", "state_dict"), ("in_shape", "layers"), ("architecture", "weights"))


def foreign_document(document: dict[str, Any]) -> str:
    """Return what a JSON object is that has no weights of its own; empty where it may be a capture or is unknown."""
    if any(key in document for key in _WEIGHTS):
        return ""
    for keys, what, missing in _SIGNS:
        if all(key in document for key in keys):
            return f"{what}: it has the keys {key_list(document)} and lacks {missing}"
    for key in list(document)[:100]:
        value: object = document[key]
        if isinstance(value, dict) and any(all(part in value for part in parts) for parts in _FORMATS):
            return f"JSON that holds a capture under the key {shown(key)} but is none itself; save that part as a file"
    answer = next((document[key] for key in _ANSWERS if isinstance(document.get(key), str)), "")
    if answer and len(document) <= 6:
        return f"the answer of a web service, not the file: {plain_text(answer)[:80]}"
    return ""


def key_list(document: dict[str, Any]) -> str:
    """The first keys of an object, for a message."""
    keys = [plain_text(key)[:20] for key in list(document)[:6]]
    return ", ".join(keys) + (" …" if len(document) > 6 else "")
