"""The one way back for every way in: `plan` says what stands in the way, `undo` takes a set of changes back."""

from accounts.services.undoing.act import undo
from accounts.services.undoing.planning import Blocked, UndoPlan, plan
from accounts.services.undoing.rows import derives

__all__ = ["Blocked", "UndoPlan", "derives", "plan", "undo"]
