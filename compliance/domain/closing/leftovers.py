"""What a brand leaves outside its tables: files in the storage, values in the cache."""

from uuid import UUID

from django.conf import settings
from django.core.files.storage import default_storage
from django.db import connection


def drop_folder(folder: str) -> None:
    """All files below it, whatever row may have named them; a folder that is not there is fine."""
    try:
        folders, files = default_storage.listdir(folder)
    except FileNotFoundError:
        return
    for name in folders:
        drop_folder(f"{folder}/{name}")
    for name in files:
        default_storage.delete(f"{folder}/{name}")
    default_storage.delete(folder)


def drop_cache(brand_id: UUID) -> None:
    """Cached values carry the brand in their key (decision of ADR 20); only the database knows
    which there are."""
    table = settings.CACHES["default"].get("LOCATION", "")
    if "db." not in settings.CACHES["default"]["BACKEND"] or not table:
        return
    with connection.cursor() as cursor:
        quoted = connection.ops.quote_name(str(table))
        cursor.execute(
            f"DELETE FROM {quoted} WHERE cache_key LIKE %s",  # noqa: S608 -- a name from settings
            [f"%{brand_id}%"],
        )
