"""From a `PlayDefinition` back to the API's JSON."""

from typing import Any

from plays.domain.committee import Filter, Gap
from plays.domain.definition import PlayDefinition

WAITS = ("wait_business_days", "wait_hours", "opens_between")
"""What a step may say of its wait besides `wait_days`; left out where it says nothing."""


def as_json(definition: PlayDefinition) -> dict[str, Any]:
    """The API's shape of a definition, without the parts left at "no filter"; `parse_play` reads it back unchanged."""
    trigger, audience = definition.trigger, definition.audience
    engaged: dict[str, Any] = (
        {} if trigger.contacts_at_most is None else {"contacts_at_most": trigger.contacts_at_most}
    )
    return {
        "trigger": _without_empty(
            {
                "crossing": list(trigger.crossings),
                "joined_tier": list(trigger.joined_tiers),
                "stage": list(trigger.stages),
                "hand_raise": trigger.hand_raise,
                "manual": trigger.manual,
            }
        )
        | ({"contact_engaged": engaged} if trigger.contact_engaged else {})
        | ({} if trigger.score_at_least is None else {"score": {"at_least": trigger.score_at_least}}),
        "audience": _without_empty(
            {
                "tiers": list(audience.tiers),
                "phases": list(audience.phases),
                "lifecycles": list(audience.lifecycles),
                "industries": list(audience.industries),
                "territories": list(audience.territories),
                "committee": [_filter(one) for one in audience.committee],
            }
        )
        | ({} if audience.fit_at_least is None else {"fit_at_least": audience.fit_at_least}),
        "steps": [
            {
                "key": step.key,
                "wait_days": step.wait_days,
                "channel": step.channel,
                "side": step.side,
                "role": step.role,
                "sla_hours": step.sla_hours,
                "title": step.title,
                "instructions": step.instructions,
                "variants": dict(step.variants),
                "surface": step.surface,
            }
            | ({} if step.tries == 1 else {"tries": step.tries})
            | _without_empty({name: getattr(step, name) for name in WAITS})
            for step in definition.steps
        ],
        "exits": list(definition.exits),
        "contract": {"outcome": definition.contract.outcome, "days": definition.contract.days},
        "priority": definition.priority,
        "throttle": {
            "live_per_account": definition.throttle.live_per_account,
            "new_per_owner_per_week": definition.throttle.new_per_owner_per_week,
            "cooldown_days": definition.throttle.cooldown_days,
        },
        "holdout": definition.holdout,
    }


def _without_empty(values: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in values.items() if value}


def _filter(asked: Filter) -> dict[str, Any]:
    if isinstance(asked, Gap):
        return {"gap": asked.role}
    named = {"role": asked.role, "persona": asked.persona, "seniority": asked.seniority}
    return {"at_least": asked.at_least} | _without_empty(named | {"engaged_days": asked.engaged_days})
