"""The LV2 plugins and presets of this machine, as their bundles describe them: DawDreamer plays them but lists none."""

from __future__ import annotations

import contextlib
import functools
import os
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlparse

from afxplugin.engine.turtle import TYPE, Triple, read_turtle
from afxplugin.errors import PluginError
from afxplugin.files import read_regular

if TYPE_CHECKING:
    from collections.abc import Mapping

_LV2 = "http://lv2plug.in/ns/lv2core#"
_PRESET = "http://lv2plug.in/ns/ext/presets#"
_MOST_BYTES = 16 << 20  # the largest bundles describe themselves in 1 MB
_RDFS = "http://www.w3.org/2000/01/rdf-schema#"


@dataclass(frozen=True)
class Lv2Preset:
    """A preset of an LV2 plugin: its URI, its label, the files that describe it."""

    uri: str
    label: str
    files: tuple[Path, ...]


def lv2_folders() -> list[Path]:
    """Where LV2 bundles are looked for: LV2_PATH, else the user's folder and the system's."""
    given = os.environ.get("LV2_PATH")
    if given:
        return [Path(each) for each in given.split(os.pathsep) if each]
    return [Path.home() / ".lv2", Path("/usr/local/lib/lv2"), Path("/usr/lib/lv2")]


@functools.cache
def lv2_plugins() -> Mapping[str, tuple[Path, ...]]:
    """Files that describe each plugin of this machine, by URI."""
    found: dict[str, tuple[Path, ...]] = {}
    for manifest in _manifests():
        triples = _read(manifest)
        for subject, predicate, object_ in triples:
            if predicate == TYPE and object_ == _LV2 + "Plugin":
                found.setdefault(subject, _files(triples, subject))
    return found


def bundle_plugins(bundle: Path) -> list[str]:
    """URIs of the plugins of a bundle."""
    triples = _read(bundle / "manifest.ttl")
    return list(dict.fromkeys(s for s, p, o in triples if p == TYPE and o == _LV2 + "Plugin"))


def lv2_presets(plugin: str) -> list[Lv2Preset]:
    """Presets for a plugin, by its URI."""
    found: list[Lv2Preset] = []
    for manifest in _manifests():
        triples = _read(manifest)
        of_plugin = [s for s, p, o in triples if p == _LV2 + "appliesTo" and o == plugin]
        for subject in of_plugin:
            files = (manifest, *_files(triples, subject))
            label = next((o for f in files for s, p, o in _read(f) if s == subject and p == _RDFS + "label"), subject)
            found.append(Lv2Preset(subject, label, files))
    return found


def preset_values(plugin: str, preset: str) -> dict[str, float]:
    """Values by the names of the plugin's ports, in the plugin's units, of a preset named by URI or label.

    Raises:
        PluginError: the plugin has no such preset.
    """
    presets = lv2_presets(plugin)
    for each in presets:
        if preset == each.uri or preset.casefold() == each.label.casefold():
            names = _port_names(plugin)
            triples = [triple for file in each.files for triple in _read(file)]
            return {names.get(symbol, symbol): value for symbol, value in _port_values(triples, each.uri).items()}
    known = ", ".join(each.label for each in presets) or "none"
    raise PluginError(f"no preset {preset!r} of this plugin; it has {known}", path=plugin)


def _port_values(triples: list[Triple], preset: str) -> dict[str, float]:
    facts = _facts(triples)
    ports = facts[preset].get(_LV2 + "port", [])
    values: dict[str, float] = {}
    for port in ports:
        symbol, value = facts[port].get(_LV2 + "symbol"), facts[port].get(_PRESET + "value")
        if symbol and value:
            with contextlib.suppress(ValueError):  # a bundle's own mistake, for its other ports to survive
                values[symbol[0]] = float(value[0])
    return values


def _port_names(plugin: str) -> dict[str, str]:
    triples = [triple for file in lv2_plugins().get(plugin, ()) for triple in _read(file)]
    facts = _facts(triples)
    ports = (facts[port] for port in facts[plugin].get(_LV2 + "port", []))
    return {p[_LV2 + "symbol"][0]: p[_LV2 + "name"][0] for p in ports if _LV2 + "symbol" in p and _LV2 + "name" in p}


def _facts(triples: list[Triple]) -> dict[str, dict[str, list[str]]]:
    facts: dict[str, dict[str, list[str]]] = defaultdict(dict)
    for subject, predicate, object_ in triples:
        facts[subject].setdefault(predicate, []).append(object_)
    return facts


def _files(triples: list[Triple], subject: str) -> tuple[Path, ...]:
    uris = [o for s, p, o in triples if s == subject and p == _RDFS + "seeAlso"]
    return tuple(Path(unquote(urlparse(uri).path)) for uri in uris if uri.startswith("file:"))


def _manifests() -> list[Path]:
    return [path for folder in lv2_folders() for path in sorted(folder.glob("*.lv2/manifest.ttl"))]


@functools.lru_cache(maxsize=512)
def _read(path: Path) -> list[Triple]:
    try:
        text = read_regular(path, most_bytes=_MOST_BYTES).decode("utf-8", "replace")
        triples = read_turtle(text, path.absolute().as_uri())
    except OSError:
        return []
    # Blank nodes of several files must not be taken for each other.
    return [tuple(f"{t}@{path}" if t.startswith("_:") else t for t in triple) for triple in triples]  # pyright: ignore[reportReturnType]
