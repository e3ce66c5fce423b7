"""What a run spends: a request counts at its worst-case cost until its reply gives the actual cost."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from pointbench.adapters.prices import Dollars
from pointbench.errors import AskError
from pointbench.runs import Spent

AHEAD = 7
"""Requests for which run.json already counts the cost, beyond those that have left."""
AHEAD_SHARE = 0.05
"""The same as a share of what has been spent, so that run.json is written seldom."""

SaveSpent = Callable[[dict[str, Spent]], None]
"""Writes what each model has spent to disk; raises RunError if it cannot."""


@dataclass
class Account:
    """What one model has spent, in dollars, over all sittings of a run."""

    known: float = 0.0
    """The sum of the costs that are known."""
    at_most: float = 0.0
    """The same, with the worst case of every request whose cost is not known."""
    bounded: bool = True
    """False if it had a request whose cost is not known and has no worst case."""
    reserved: float = 0.0
    """The worst case of its requests in flight."""
    on_disk: float = 0.0
    """The ``at_most_usd`` that run.json has."""


@dataclass
class Budget:
    """Spending of a run, shared by its models: ``limit`` dollars (None: no limit), ``spent`` so far.

    Spending plus reservations never exceed the limit, unless a request costs more than was reserved
    for it. What ``save`` has on disk is at no moment less than what may have been billed, so a run
    that is killed goes on with all of it.
    """

    limit: float | None
    spent: float
    """Dollars, with the worst case where the cost is not known."""
    stop: threading.Event
    save: SaveSpent | None = None
    accounts: dict[str, Account] = field(default_factory=dict)
    """Label -> what the model has spent; part of ``spent``."""
    changed: threading.Condition = field(default_factory=threading.Condition)
    _reserved: float = 0.0

    def account(self, label: str) -> Account:
        with self.changed:
            return self.accounts.setdefault(label, Account())

    def reserve(
        self, account: Account, most: Callable[[], float], ready: Callable[[], bool]
    ) -> float | None:
        """Reserve the worst-case cost of a request; None if it can never fit, or the run stops.

        Waits while requests in flight may still turn out cheaper, and until ``ready``; with no limit it
        never waits. RunError if it cannot be saved.
        """
        with self.changed:
            while not self.stop.is_set():
                dollars = most()
                if self.limit is None:
                    return self._reserve(account, dollars)
                if self.spent + dollars > self.limit:
                    return None
                if ready() and self.spent + self._reserved + dollars <= self.limit:
                    return self._reserve(account, dollars)
                # With a timeout: a stopping run does not notify this condition.
                self.changed.wait(0.2)
        return None

    def _reserve(self, account: Account, dollars: float) -> float:
        total = account.at_most + account.reserved + dollars
        if self.save is not None and total > account.on_disk:
            ahead = max(AHEAD * dollars, AHEAD_SHARE * total)
            if self.limit is not None:
                others = sum(max(a.on_disk, a.at_most) for a in self.accounts.values())
                left = self.limit - (others - max(account.on_disk, account.at_most)) - total
                ahead = max(0.0, min(ahead, left))
            account.on_disk = total + ahead
            self.save(self._spent(lambda a: max(a.on_disk, a.at_most + a.reserved)))
        account.reserved += dollars
        self._reserved += dollars
        return dollars

    def settle(self, account: Account, reserved: float, cost: float | None) -> None:
        """Replace the reservation of a finished request with its ``cost``; None if that is not known."""
        with self.changed:
            spent = reserved if cost is None else cost
            account.reserved -= reserved
            account.at_most += spent
            account.known += cost or 0.0
            self._reserved -= reserved
            self.spent += spent
            self.changed.notify_all()

    def result(self) -> dict[str, Spent]:
        """What each model has spent; requests still in flight count at their most."""
        with self.changed:
            return self._spent(lambda account: account.at_most + account.reserved)

    def _spent(self, at_most: Callable[[Account], float]) -> dict[str, Spent]:
        return {
            label: Spent(
                known_usd=max(0.0, account.known),
                at_most_usd=max(0.0, account.known, at_most(account)) if account.bounded else None,
            )
            for label, account in self.accounts.items()
        }


@dataclass(frozen=True)
class Reservation:
    """Dollars reserved for one request, and the token counts they were computed from."""

    dollars: float
    input_tokens: int
    output_tokens: int


class ModelBudget:
    """One model's share of the run budget.

    Reserves each request's worst-case cost and settles it when the reply arrives. Most vendors do not
    publish how many tokens a picture takes, so the second request waits for the first reply, and a reply
    that used more tokens or cost more than estimated raises the estimates of all later requests.
    ``dollars`` is None if no price is known; then only what servers report counts.
    """

    def __init__(self, run_budget: Budget, dollars: Dollars | None, label: str = "") -> None:
        self.run_budget = run_budget
        self._dollars = dollars
        self._account = run_budget.account(label)
        self._answered = False
        self._in_flight = 0
        self._input_factor = 1.0
        self._output_factor = 1.0
        self._highest = 0.0

    def most(self, input_tokens: int, output_tokens: int) -> float:
        """The worst-case cost of a request, in dollars."""
        if self._dollars is None:
            return self._highest
        dollars = self._dollars(
            round(input_tokens * self._input_factor), round(output_tokens * self._output_factor)
        )
        return max(dollars or 0.0, self._highest)

    def output_part(self, input_tokens: int, output_tokens: int) -> float:
        """The part of `most` that the output tokens make, in dollars."""
        if self._dollars is None:
            return 0.0
        whole = self._dollars(input_tokens, output_tokens)
        return (whole or 0.0) - (self._dollars(input_tokens, 0) or 0.0)

    def reserve(self, input_tokens: int, output_tokens: int) -> Reservation | None:
        """Reserve the worst-case cost of a request; None when the budget has no room."""

        def ready() -> bool:
            return self._answered or not self._in_flight

        # One lock for both, so two first requests cannot leave together.
        with self.run_budget.changed:
            dollars = self.run_budget.reserve(
                self._account, lambda: self.most(input_tokens, output_tokens), ready
            )
            if dollars is None:
                return None
            self._in_flight += 1
        return Reservation(dollars, input_tokens, output_tokens)

    def answered(
        self,
        reservation: Reservation,
        cost: float | None,
        input_tokens: int | None,
        output_tokens: int | None,
    ) -> None:
        """Settle a request that was answered; an unknown ``cost`` (None) counts as the whole reservation."""
        with self.run_budget.changed:
            self._answered = True
            self._input_factor = max(
                self._input_factor, (input_tokens or 0) / max(1, reservation.input_tokens)
            )
            self._output_factor = max(
                self._output_factor, (output_tokens or 0) / max(1, reservation.output_tokens)
            )
        self._settle(reservation, cost)

    def failed(self, reservation: Reservation, error: Exception, cost: float | None = None) -> None:
        """Settle a request without a reply at its ``cost``, if the server reported it.

        Otherwise its whole reservation is spent unless surely not billed.
        """
        if cost is None and never_billed(error):
            cost = 0.0
        self._settle(reservation, cost)

    def released(self, reservation: Reservation) -> None:
        """Give back the reservation of a request that never left."""
        self._settle(reservation, 0.0)

    def _settle(self, reservation: Reservation, cost: float | None) -> None:
        with self.run_budget.changed:
            self._in_flight -= 1
            if cost is None and self._dollars is None:
                self._account.bounded = False
            self._highest = max(self._highest, cost or 0.0)
        self.run_budget.settle(self._account, reservation.dollars, cost)


def never_billed(error: Exception) -> bool:
    """True if the server refused the request or was never reached; a timeout may be billed."""
    return isinstance(error, AskError) and error.refused
