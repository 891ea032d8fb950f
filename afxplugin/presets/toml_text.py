"""Values and tables as TOML text, for new files; ``toml_edit`` changes text that somebody has written.

Plain text because tomlkit takes thirty times as long: a second for a session of 10,000 stems.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_BARE = re.compile(r"[A-Za-z0-9_-]+")


def value_text(value: Any) -> str:
    """A value as TOML. Floats keep all their digits; text is a basic string."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, str):
        # JSON's escapes are TOML's too, but that TOML wants DEL escaped and has no lone surrogates.
        text = json.dumps(value.encode("utf-8", "replace").decode(), ensure_ascii=False)
        return text.replace("\x7f", "\\u007f")
    if isinstance(value, dict):
        table = cast("dict[str, Any]", value)
        pairs = [f"{_key(key)} = {value_text(each)}" for key, each in table.items()]
        return "{ " + ", ".join(pairs) + " }" if pairs else "{}"
    return "[" + ", ".join(value_text(each) for each in value) + "]"


def table_text(header: str, table: Mapping[str, Any]) -> str:
    """``[device]`` or ``[[preset]]`` with its keys, one a line, and an empty line before."""
    lines = [f"{_key(key)} = {value_text(value)}" for key, value in table.items()]
    return "\n".join(["", header, *lines, ""])


def device_text(
    schema: int, about: Mapping[str, Any], capture: Mapping[str, Any], knobs: Sequence[Mapping[str, Any]]
) -> str:
    """A ``device.toml`` without presets."""
    tables = [table_text("[device]", about), table_text("[capture]", capture)]
    return f"schema = {schema}\n" + "".join([*tables, *(table_text("[[knob]]", knob) for knob in knobs)])


def _key(key: str) -> str:
    return key if _BARE.fullmatch(key) else value_text(key)
