"""Where this person's files live."""

import os
from dataclasses import dataclass
from pathlib import Path

HOME_VARIABLE = "SEALCASE_HOME"


@dataclass(frozen=True, slots=True)
class Paths:
    """Folders of one person on this machine."""

    data: Path
    config: Path | None = None
    """Where settings go; None for beside the data."""

    @classmethod
    def default(cls) -> "Paths":
        """`$SEALCASE_HOME`, else the platform's folder for user data."""
        if home := os.environ.get(HOME_VARIABLE):
            return cls(Path(home))
        from platformdirs import user_config_path, user_data_path  # slow to import, and scripts set SEALCASE_HOME

        return cls(user_data_path("sealcase", appauthor=False), user_config_path("sealcase", appauthor=False))

    @property
    def session(self) -> Path:
        return self.data / "session.json"

    @property
    def identities(self) -> Path:
        return self.data / "identities"

    @property
    def contacts(self) -> Path:
        return self.data / "contacts.json"

    @property
    def key_logs(self) -> Path:
        """What was seen of servers' key logs."""
        return self.data / "key_logs.json"

    @property
    def invitations(self) -> Path:
        return self.data / "invitations.json"

    @property
    def links(self) -> Path:
        """The keys of links that were made here, wrapped for their maker."""
        return self.data / "links.json"

    @property
    def boxes(self) -> Path:
        """The keys and names of drop boxes that were made here."""
        return self.data / "boxes.json"

    @property
    def link_claims(self) -> Path:
        """Names of downloads by links that are under way, so that the next try goes on with the same place."""
        return self.data / "link_claims"

    @property
    def groups(self) -> Path:
        return self.data / "groups.json"

    @property
    def uploads(self) -> Path:
        """Journals of uploads that are under way, or were interrupted."""
        return self.data / "uploads"

    @property
    def downloads(self) -> Path:
        """What has arrived of files that are not whole yet."""
        return self.data / "downloads"

    @property
    def folders(self) -> Path:
        """Which files belong to which folder on the server."""
        return self.data / "folders"

    @property
    def settings(self) -> Path:
        """What the person has chosen in the window."""
        return (self.config or self.data) / "settings.json"

    @property
    def reminded(self) -> Path:
        """Its time is when somebody was last reminded of the recovery kit."""
        return self.data / "reminded"
