"""Server-sent events: a reply that came in parts. Read by the rules of the HTML standard, section 9.2.6."""

_BYTE_ORDER_MARK = "\ufeff"


def is_events(headers: str) -> bool:
    """Whether the headers (`name: value`, one a line) declare a stream of events."""
    return any(line.lower().startswith("content-type: text/event-stream") for line in headers.splitlines())


def event_data(body: str) -> list[str]:
    """The data of each event, in their order; one that the end of the body cut off is not among them."""
    found: list[str] = []
    data: list[str] = []
    text = body.removeprefix(_BYTE_ORDER_MARK).replace("\r\n", "\n").replace("\r", "\n")
    for line in text.split("\n")[:-1]:  # what follows the last line break was cut off
        name, _, value = line.partition(":")
        if name == "data":
            data.append(value.removeprefix(" "))
        elif not line and data:
            found.append("\n".join(data))
            data = []
    return found
