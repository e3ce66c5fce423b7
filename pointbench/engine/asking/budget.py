"""Spending limits: a request counts at its worst-case cost until its reply gives the actual cost."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass

from pointbench.adapters.prices import Dollars
from pointbench.errors import AskError, RetryLater


class Budget:
    """Spending limit of a run, shared by its models: ``limit`` dollars, ``spent`` of them already spent.

    Spending plus reservations never exceed the limit, unless a request costs more than was reserved
    for it.
    """

    def __init__(self, limit: float, spent: float, stop: threading.Event) -> None:
        self.limit = limit
        self.spent = spent
        self._reserved = 0.0
        self._stop = stop
        self.changed = threading.Condition()

    def reserve(self, most: Callable[[], float], ready: Callable[[], bool]) -> float | None:
        """Reserve the worst-case cost of a request; None if it can never fit, or the run stops.

        Waits while requests in flight may still turn out cheaper, and until ``ready``.
        """
        with self.changed:
            while not self._stop.is_set():
                dollars = most()
                if self.spent + dollars > self.limit:
                    return None
                if ready() and self.spent + self._reserved + dollars <= self.limit:
                    self._reserved += dollars
                    return dollars
                # With a timeout: a stopping run does not notify this condition.
                self.changed.wait(0.2)
        return None

    def settle(self, reserved: float, cost: float) -> None:
        """Replace the reservation of a finished request (``reserved`` dollars) with its actual ``cost``."""
        with self.changed:
            self._reserved -= reserved
            self.spent += cost
            self.changed.notify_all()


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
    that used more tokens than estimated raises the estimates of all later requests.
    """

    def __init__(self, run_budget: Budget, dollars: Dollars) -> None:
        self.run_budget = run_budget
        self._dollars = dollars
        self._answered = False
        self._in_flight = 0
        self._input_factor = 1.0
        self._output_factor = 1.0

    def reserve(self, input_tokens: int, output_tokens: int) -> Reservation | None:
        """Reserve the worst-case cost of a request; None when the budget has no room."""

        def most() -> float:
            return (
                self._dollars(
                    round(input_tokens * self._input_factor),
                    round(output_tokens * self._output_factor),
                )
                or 0.0
            )

        def ready() -> bool:
            return self._answered or not self._in_flight

        # One lock for both, so two first requests cannot leave together.
        with self.run_budget.changed:
            dollars = self.run_budget.reserve(most, ready)
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
            self._in_flight -= 1
            self._answered = True
            self._input_factor = max(
                self._input_factor, (input_tokens or 0) / max(1, reservation.input_tokens)
            )
            self._output_factor = max(
                self._output_factor, (output_tokens or 0) / max(1, reservation.output_tokens)
            )
        self.run_budget.settle(reservation.dollars, reservation.dollars if cost is None else cost)

    def failed(self, reservation: Reservation, error: Exception) -> None:
        """Settle a request without a reply; its whole reservation is spent unless surely not billed."""
        with self.run_budget.changed:
            self._in_flight -= 1
        cost = 0.0 if never_billed(error) else reservation.dollars
        self.run_budget.settle(reservation.dollars, cost)


def never_billed(error: Exception) -> bool:
    """True if the server refused the request or was never reached; a timeout may be billed."""
    if isinstance(error, RetryLater):
        return error.refused
    return isinstance(error, AskError)
