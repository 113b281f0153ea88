"""Settings of django-unfold. Navigation and switcher are ours: ``engage.navigation``."""

from typing import Any

UNFOLD: dict[str, Any] = {
    "SITE_TITLE": "Engage",
    "SITE_HEADER": "Engage",
    "SITE_URL": "",
    "SITE_SYMBOL": "forum",
    "SHOW_HISTORY": True,
    "SHOW_VIEW_ON_SITE": False,
    "SHOW_LANGUAGES": False,
    "SHOW_BACK_BUTTON": False,
    "BORDER_RADIUS": "6px",
    "COMMAND": {"search_models": True, "show_history": False},
    "SIDEBAR": {"show_search": False, "navigation": []},
    "COLORS": {
        "primary": {
            "50": "#eef6ff",
            "100": "#d9eaff",
            "200": "#bcdaff",
            "300": "#8ec3ff",
            "400": "#6cb0ff",
            "500": "#3178fc",
            "600": "#1b59f1",
            "700": "#1446de",
            "800": "#173ab4",
            "900": "#19368d",
            "950": "#142256",
        },
        "font": {
            "subtle-light": "var(--color-base-600)",
            "subtle-dark": "var(--color-base-400)",
            "default-light": "var(--color-base-700)",
            "default-dark": "var(--color-base-300)",
            "important-light": "var(--color-base-900)",
            "important-dark": "var(--color-base-100)",
        },
    },
}
