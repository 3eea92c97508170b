"""The machine's clock."""

import time


class SystemClock:
    """A `Clock` that says what the operating system says."""

    def now(self) -> float:
        return time.time()
