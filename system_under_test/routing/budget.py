"""What each tenant has spent on each route today. A call is paid before it is made, at the estimate, and settled after.

The ledger lives in this process and starts empty: a restart gives a tenant its day's budget again, and several
processes have a ledger each. The audit log holds the cost of every request.
"""

import threading
from collections import defaultdict
from dataclasses import dataclass
from datetime import date

from system_under_test.routing.clock import Clock
from system_under_test.routing.errors import BudgetSpentError


@dataclass(frozen=True, slots=True)
class Reservation:
    """Money set aside for one call."""

    day: date
    tenant: str
    route: str
    usd: float


class Ledger:
    """Spending by day, tenant and route, in US dollars. Safe to use from several threads."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._day = clock.today()
        self._spent: defaultdict[tuple[str, str], float] = defaultdict(float)

    def spent(self, tenant: str, route: str) -> float:
        """What is spent or set aside today."""
        with self._lock:
            self._turn()
            return self._spent.get((tenant, route), 0.0)

    def reserve(self, tenant: str, route: str, usd: float, budget_usd: float) -> Reservation:
        """Set the estimate aside. Raises BudgetSpentError where it is more than what is left."""
        with self._lock:
            self._turn()
            if self._spent.get((tenant, route), 0.0) + usd > budget_usd:
                raise BudgetSpentError("the tenant's budget for the route is spent for today")
            self._spent[tenant, route] += usd
            return Reservation(self._day, tenant, route, usd)

    def settle(self, reservation: Reservation, usd: float | None) -> None:
        """Replace the estimate by the cost. `None`: nobody knows the cost, so the estimate counts as spent."""
        with self._lock:
            self._turn()
            if usd is not None and reservation.day == self._day:
                self._spent[reservation.tenant, reservation.route] += usd - reservation.usd

    def _turn(self) -> None:
        """A new day starts with an empty ledger."""
        today = self._clock.today()
        if today != self._day:
            self._day = today
            self._spent.clear()
