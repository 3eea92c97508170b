"""How a link stands, in the window's words."""

import time
from typing import TYPE_CHECKING

from client.gui.text import _, date, ngettext

if TYPE_CHECKING:
    from shared.api.models import LinkItem


def link_words(item: "LinkItem") -> str:
    """In a line: whether it works, how often it was used, whether it has a password."""
    from client.actions.links import state_of

    state = {
        "active": _("Works until {date}").format(date=date(item.expires_at)),
        "revoked": _("Taken back"),
        "expired": _("Expired"),
        "used up": _("Used up"),
    }[state_of(item, time.time())]
    if item.download_limit is None:
        used = ngettext("used {count} time", "used {count} times", item.downloads)
    else:
        used = _("used {count} of {most} times").format(count=item.downloads, most=item.download_limit)
    mail = item.notify and not item.downloads and item.revoked_at is None
    parts = [state, used, _("with a password") if item.password else "", _("mail at the first use") if mail else ""]
    return " · ".join(part for part in parts if part)
