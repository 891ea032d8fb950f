"""The stages of one capture at one session rate: the plan that decides them, and the player that runs them."""

from afxplugin.chain.plan import RatePlan, UnstablePlanWarning, plan_rates, with_eigenvalues
from afxplugin.chain.player import Player

__all__ = ["Player", "RatePlan", "UnstablePlanWarning", "plan_rates", "with_eigenvalues"]
