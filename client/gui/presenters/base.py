"""What every presenter is: one frozen state, and those who render it."""

from collections.abc import Callable
from typing import Generic, TypeVar, TypeVarTuple

State = TypeVar("State")
Given = TypeVarTuple("Given")


class Presenter(Generic[State]):
    """Holds all that its view shows, flags of what can be done included; decides, and never draws.

    State goes down (`watch`), intents come up (methods named after what the person wants). Lives on the main thread.
    """

    def __init__(self, state: State) -> None:
        self._state = state
        self._watchers: list[Callable[[State], None]] = []

    @property
    def state(self) -> State:
        return self._state

    def watch(self, render: Callable[[State], None]) -> Callable[[], None]:
        """Renders now and at every change; what it returns ends that."""
        self._watchers.append(render)
        render(self._state)
        return lambda: self._watchers.remove(render) if render in self._watchers else None

    def _show(self, state: State) -> None:
        """The new state; one that equals the old is no news. Use `dataclasses.replace` on `self.state`."""
        if state == self._state:
            return
        self._state = state
        for render in tuple(self._watchers):
            render(state)


class Openings:
    """Of a dialog or a page: what was begun in one opening of it must not end in the next."""

    def __init__(self) -> None:
        self._now = 0

    def anew(self) -> None:
        """It is opened, or closed."""
        self._now += 1

    def only(
        self, call: Callable[[*Given], object], late: Callable[[*Given], object] | None = None
    ) -> Callable[[*Given], None]:
        """`call` as long as this opening lasts; `late` after that, or nothing."""
        began = self._now

        def either(*given: *Given) -> None:
            chosen = call if began == self._now else late
            if chosen is not None:
                chosen(*given)

        return either
