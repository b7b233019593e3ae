"""Skops: scikit-learn without pickle. Nothing of a type is made that is not trusted, so no foreign code runs."""

from __future__ import annotations

from inference.errors import NotTrusted
from inference.formats.explained import explained, library
from inference.formats.format import Artifact, Format, Opened


def _load(artifact: Artifact) -> Opened:
    skops = library("skops.io", "skops", artifact.path)
    trusted = {*artifact.card.trusted}
    damaged = "It is damaged, cut short or no skops file: save it again with skops.io.dump"
    with explained(artifact.path, damaged):
        unknown = sorted({*skops.get_untrusted_types(data=artifact.content)} - trusted)
        if not unknown:
            # skops looks again, at these very bytes.
            return Opened(skops.loads(artifact.content, trusted=sorted(trusted)))
    raise NotTrusted(
        artifact.path,
        f"it holds types that nobody has said to trust: {', '.join(unknown)}",
        f"If you know what they do, add them to card.yaml: `trusted: [{', '.join(unknown)}]`",
    )


SKOPS = Format("skops", (".skops",), _load)
