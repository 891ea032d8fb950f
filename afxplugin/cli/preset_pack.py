"""``afx preset export`` and ``afx preset import``: packs."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from afxplugin.cli.failure import tell
from afxplugin.cli.render import Json, Overwrite
from afxplugin.cli.text import count_text, joined_lines
from afxplugin.files import shown

Pack = Annotated[Path, typer.Argument(metavar="PACK.afxpack", help="The pack.")]
Packed = Annotated[
    list[str], typer.Argument(metavar="NAME", help='Devices with all their presets, or "Device/Preset".')
]


def export(pack: Pack, names: Packed, overwrite: Overwrite = False, as_json: Json = False) -> None:
    """Write devices and presets as one file to take along.

    A capture goes along where its licence allows passing it on; else the pack refers to it by sha256 and link.
    """
    from afxplugin.presets import PresetStore
    from afxplugin.presets.pack import export_pack

    packed = export_pack(PresetStore(), names, pack, overwrite=overwrite)
    if as_json:
        typer.echo(json.dumps([asdict(each) for each in packed], indent=1))
        return
    for each in packed:
        licence, link = joined_lines(each.licence) or "not stated", joined_lines(each.link)
        told = f"{each.device}: {count_text(each.presets, 'preset')}, licence {licence}"
        if each.embedded:
            typer.echo(f"{told}, capture included")
        else:
            where = f"by sha256 and {link}" if link else "by sha256"
            typer.echo(f"{told}: does not allow passing the capture on, so it is not included, but referred to {where}")
    typer.echo(f"wrote {shown(pack)}")


def import_pack(pack: Pack, as_json: Json = False) -> None:
    """Check a pack and add its devices and presets to your own folder; refused whole where something is wrong."""
    from afxplugin.presets import PresetStore
    from afxplugin.presets.folder import PresetFolder
    from afxplugin.presets.install_pack import import_pack as install

    store = PresetStore()
    imported = install(store, pack, PresetFolder(store.paths[0]))
    if as_json:
        facts = [
            {**asdict(each), "capture": each.capture and shown(each.capture), "home": shown(each.home)}
            for each in imported
        ]
        typer.echo(json.dumps(facts, indent=1))
        return
    for each in imported:
        there = f", {each.there} there already" if each.there else ""
        typer.echo(f"{each.device}: {count_text(each.added, 'preset')} added{there}")
        if each.capture is None:
            link = f" from {joined_lines(each.link)}" if each.link else ""
            licence = joined_lines(each.licence) or "not stated"
            tell(
                f"warning: {each.device}: its capture is not in the pack (licence: {licence}); "
                f"get the file of sha256 {each.sha256}{link} and put it into {shown(each.home)}, under any name"
            )
