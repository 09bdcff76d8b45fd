"""Blobs that are named like the copies which Caffe makes of a blob with several readers."""

from __future__ import annotations

import re

from protolint.model.place import problem
from protolint.typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from protolint.model.net import Net
    from protolint.problem import Problem

_COPY = r"_\d+_split_\d+$"
"""The end of ``<blob>_<layer>_<i>_split_<k>`` (SplitBlobName in insert_splits.cpp)."""


def split_name_problems(net: Net) -> Iterator[Problem]:
    """Yield the tops that are named like a copy; a Split layer that is written out may do so."""
    for layer in net.layers:
        for index, blob in enumerate(layer.tops):
            if "_split_" in blob and layer.type != "Split" and re.search(_COPY, blob):
                args = {"blob": blob}
                yield problem("split-blob-name", layer.top_node(index), args, layer=layer.name)
