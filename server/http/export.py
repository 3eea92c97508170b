"""An account as one JSON object, written piece by piece: it may be long, and memory is not."""

from collections.abc import Callable, Iterable, Iterator

from pydantic import BaseModel

from server.domain import Caller, Event
from server.http import wire
from server.services.belongings import Belongings
from shared.api.models import Account, ActivityItem, SecondFactorState


def export_text(
    belongings: Belongings, caller: Caller, shown: Callable[[Event], ActivityItem], public_url: str
) -> Iterator[str]:
    """The object's text; `shown` says what the caller may see of an event, `public_url` where links lead."""
    state = belongings.second_factor(caller)
    factor = SecondFactorState(on=state.on, recovery_codes_left=state.recovery_codes_left)
    user, card = belongings.account(caller), belongings.card(caller)
    account = None if user is None else Account(user_id=user.user_id, email=user.email, created_at=int(user.created_at))
    yield f'{{"account": {_text(account)}'
    yield f',\n"card": {_text(None if card is None else wire.card(card))}'
    copy = belongings.recovery(caller)
    yield f',\n"recovery": {_text(None if copy is None else wire.recovery(copy))}'
    yield f',\n"second_factor": {_text(factor)}'
    yield from _array("sessions", (wire.session_item(each, caller) for each in belongings.sessions(caller)))
    yield from _array("tokens", (wire.token_item(*each) for each in belongings.access_tokens(caller)))
    yield from _array("links", (wire.link_item(*each, public_url) for each in belongings.links(caller)))
    yield from _array("drop_boxes", (wire.box_item(*each, public_url) for each in belongings.boxes(caller)))
    yield from _array("files", (wire.file_detail(file, caller, count) for file, count in belongings.files(caller)))
    yield from _array("activity", (shown(event) for event in belongings.events(caller)))
    yield "}\n"


def _array(name: str, items: Iterable[BaseModel]) -> Iterator[str]:
    yield f',\n"{name}": ['
    for number, item in enumerate(items):
        yield f"{',' if number else ''}\n{_text(item)}"
    yield "]"


def _text(model: BaseModel | None) -> str:
    return "null" if model is None else model.model_dump_json()
