"""What can go wrong between a question and its answer.

::

    ReferenceSystemError
    |-- RouteFileError          routes.yaml is not one this system can start with
    |-- UnknownRouteError       the request names a route that is not declared
    |-- RouteUnavailableError   the route is declared, and something it needs is not there
    `-- RouteFailedError        the model did not answer, or its answer cannot be used
"""

from system_under_test.errors import ReferenceSystemError


class RouteFileError(ReferenceSystemError):
    """The routes file is malformed."""


class UnknownRouteError(ReferenceSystemError):
    """The request names a route that is not declared."""


class RouteUnavailableError(ReferenceSystemError):
    """The route needs something that is not there; the message names it."""


class RouteFailedError(ReferenceSystemError):
    """The model behind the route did not give a usable answer. The message quotes nothing of it."""
