"""Proposals of a customer profile: asked for, worked out by a worker, adopted or dismissed by a person."""

from accounts.services.icp.proposing import (
    adopt_proposal,
    ask_for_proposal,
    dismiss_proposal,
    take_up_again,
    work_out,
)

__all__ = ["adopt_proposal", "ask_for_proposal", "dismiss_proposal", "take_up_again", "work_out"]
