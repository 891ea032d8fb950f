"""Which licences let a capture's weights be passed on: only what is known to; silence is no permission."""

from __future__ import annotations

import re

# SPDX identifiers, without version and suffix. The Creative Commons' NC and ND variants allow passing unchanged weights
# on, which is all that a pack does; what is sold with them is the seller's to check.
_SHARING = frozenset(
    {"cc0", "cc-by", "cc-by-sa", "cc-by-nc", "cc-by-nd", "cc-by-nc-sa", "cc-by-nc-nd", "pddl", "odc-by", "odbl"}
    | {"mit", "mit-0", "apache", "bsd", "0bsd", "isc", "zlib", "unlicense", "wtfpl", "bsl", "mpl", "epl", "eupl"}
    | {"gpl", "lgpl", "agpl", "cecill", "ofl", "blueoak"}
)  # fmt: skip
_NUMBER = re.compile(r"-?v?\d+(\.\d+)*(-(only|or-later|clause|universal|international|\w{2}))*\+?$")


_MAX_LENGTH = 2000


def allows_sharing(licence: str) -> bool:
    """Whether a licence, named by its SPDX identifier or the way people write that, allows passing the weights on.

    ``A AND B``, as snapshots by several people have it, does where both do.
    """
    if len(licence) > _MAX_LENGTH:
        return False
    parts = licence.split(" AND ")
    if len(parts) > 1:
        return all(allows_sharing(part) for part in parts)
    words = re.sub(r"[\s_]+", "-", licence.strip().casefold()).replace("(", "").replace(")", "")
    words = words.removesuffix("-license").removesuffix("-licence").removeprefix("creative-commons-")
    return words == "public-domain" or _NUMBER.sub("", words) in _SHARING or words in _SHARING
