"""Which raw events are which signal type: rules on name, page and properties, specific before general.

A type has a list of rules, and one of them is enough. A rule is an object of one or more of `{"event":
"Demo Requested", "path": "/pricing*", "property": {"plan": ["pro", "enterprise"]}}`, all of which must
hold:

- `event`: the name of a track call, or `page` or `screen` for any such call, or a page's own name; `*` stands for
  anything; case, `_` and `-` make no difference.
- `path`: the page's path, without query; `*` stands for anything, slashes too. Without `event` it means page views
  only: browsers send the page along with every event.
- `property`: properties, inner ones as `plan.name`, each equal to a value or to one of a list.
"""

from signals.domain.rules.book import Match, Rulebook
from signals.domain.rules.reading import KEYS, MAX_RULES, MAX_TEXT, check, read
from signals.domain.rules.rule import Rule

__all__ = ["KEYS", "MAX_RULES", "MAX_TEXT", "Match", "Rule", "Rulebook", "check", "read"]
