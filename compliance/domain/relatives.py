"""What belongs to one object, asked of every app, so that its whole story can be read at once."""

from collections import defaultdict
from collections.abc import Iterable

from django.apps import apps
from django.db.models import Q

from compliance.registries import ObjectKey, related_objects

MOST = 2000
"""Objects of one story; a conversation with more messages than that is told in part."""


def with_relatives(label: str, ref: str) -> list[ObjectKey]:
    """The object first, then what belongs to it, each once. Runs in the brand's scope."""
    found: dict[ObjectKey, None] = {(label, ref): None}
    for source in related_objects:
        for key in source.of(label, ref):
            found[key] = None
            if len(found) >= MOST:
                return list(found)
    return list(found)


def whatever_it_is(ref: str) -> list[ObjectKey]:
    """The same for a key whose model nobody named: what any app knows to belong to it."""
    labels = dict.fromkeys(label for source in related_objects for label in source.labels)
    found = {key: None for label in labels for key in with_relatives(label, ref)}
    return list(found)[:MOST]


def about(objects: Iterable[ObjectKey], *, prefix: str = "") -> Q:
    """Events about any of these objects. ``prefix``: path to the event, such as ``event__``."""
    by_label: dict[str, list[str]] = defaultdict(list)
    for label, ref in objects:
        by_label[label].append(ref)
    condition = Q(pk__in=[])
    for label, refs in by_label.items():
        condition |= Q(**{f"{prefix}object_type": label, f"{prefix}object_ref__in": refs})
    return condition


def labels_of_objects() -> list[str]:
    """Every label an event's object can have, so that a bare key is found by the index."""
    return [model._meta.label_lower for model in apps.get_models()]
