"""LV2 presets of AFX: a bundle with the state and the port values, as hosts list and load them.

Vocabulary: lv2plug.in/ns/ext/presets (pset:Preset, lv2:appliesTo) and lv2plug.in/ns/ext/state (state:state). DPF keeps
its state under urn:distrho: and the key.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

AFX_URI = "urn:afxplugin:afx"
AFX_LIVE_URI = "urn:afxplugin:live"
_PREFIXES = """\
@prefix lv2:   <http://lv2plug.in/ns/lv2core#> .
@prefix pset:  <http://lv2plug.in/ns/ext/presets#> .
@prefix rdfs:  <http://www.w3.org/2000/01/rdf-schema#> .
@prefix state: <http://lv2plug.in/ns/ext/state#> .
"""


def lv2_preset_files(
    plugin_uri: str, *, label: str, slug: str, state: Mapping[str, str], parameters: Mapping[str, float]
) -> dict[str, str]:
    """Text of the bundle's files by name.

    slug: letters, digits and dashes that tell this preset from every other of the plugin. state: by DPF's key.
    parameters: values by symbol, in the plugin's units.
    """
    subject = f"<{plugin_uri}:preset:{slug}>"
    manifest = f"{_PREFIXES}\n{subject}\n\ta pset:Preset ;\n\tlv2:appliesTo <{plugin_uri}> ;\n"
    ports = " , ".join(f'[ lv2:symbol "{symbol}" ; pset:value {value:#.12g} ]' for symbol, value in parameters.items())
    states = " ;\n\t\t".join(f"<urn:distrho:{key}> {_literal(text)}" for key, text in state.items())
    preset = (
        f"{_PREFIXES}\n{subject}\n\ta pset:Preset ;\n\tlv2:appliesTo <{plugin_uri}> ;\n"
        f"\trdfs:label {_literal(label)} ;\n"
        f"\tlv2:port {ports} ;\n\tstate:state [\n\t\t{states}\n\t] .\n"
    )
    return {"manifest.ttl": f"{manifest}\trdfs:seeAlso <preset.ttl> .\n", "preset.ttl": preset}


def _literal(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\r", "\\r")
    return f'"{escaped}"'
