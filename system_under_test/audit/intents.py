"""Changes whose outcome nobody recorded: an intent in the log that no later record names."""

from collections.abc import Mapping


class Intents:
    """Fed with every record in its order. Holds the open intents, which are as few as the writes that failed."""

    def __init__(self) -> None:
        self._open: dict[object, int] = {}

    def see(self, fields: Mapping[str, object], *_: int) -> None:
        """One record; where its line stands does not matter."""
        place = fields.get("seq")
        if fields.get("outcome") == "intended" and isinstance(place, int):
            self._open[fields.get("record_id")] = place
        elif (intent := fields.get("intent_record_id")) is not None:
            self._open.pop(intent, None)

    def without_outcome(self) -> tuple[int, ...]:
        """The sequence numbers of the intents that are open, ascending."""
        return tuple(self._open.values())
