"""The shop's database as one thread of the engine has it open."""

from __future__ import annotations

from typing import TYPE_CHECKING

from studio.shop.place import shop_path
from studio.workspace.paths import Workspace
from studio.workspace.watch import file_id

if TYPE_CHECKING:
    from studio.shop.database import Shop


class ShopDoor:
    """Opens it when first asked to, and anew when another file has taken its place. For one thread."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._shop: Shop | None = None
        self.file: tuple[int, int] | None = None  # which one is open

    def shop(self) -> Shop:
        """Looked through when it is opened. Raises StudioError, as `check` and `open_shop` do."""
        # Here and not above: the database's library takes a third of a second to load, in which servers can be met.
        from studio.shop.database import check, open_shop

        path = shop_path(self._workspace)
        file = file_id(path)
        if file not in {None, self.file}:
            self.close()
        if self._shop is None:
            check(path, new=True)
            self._shop = open_shop(self._workspace, holds_engine_lock=True)
            self.file = file or file_id(path)
        return self._shop

    def close(self) -> None:
        if self._shop is not None:
            self._shop.close()
            self._shop = None
