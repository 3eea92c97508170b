"""The words of a recovery kit, looked for where they must not be."""

import re
from itertools import pairwise


def tells_words(said: str, words: str) -> bool:
    """Whether two of the kit's words stand there as they do in it: one alone ("destroy") may be in any sentence."""
    return not set(pairwise(words.split())).isdisjoint(pairwise(re.findall(r"\w+", said)))
