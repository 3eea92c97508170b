"""Containers that must be refused, each with the error and the step at which it is due.

`read`: the container's records are parsed (opening, step 1, and the hash list of step 5). `open`: steps 1 to 4.
`restore`: steps 5 and 6. "Forged" vectors are made by somebody without the file key; "crafted" ones by somebody who
has it: a malicious sender where the file is signed, anybody who can open it where it is anonymous.
"""

from tests.vectors.reference import Json, Made, Person, b64u
from tests.vectors.refused_containers import foreign, many_parts, tails, truncated
from tests.vectors.refused_crafted import bodies, commitments, compressed, crafted_grants, links, metadata, rewrapped
from tests.vectors.refused_forged import forged_grants, forged_manifests, strict_manifests
from tests.vectors.refusing import Refusals


def vectors(people: dict[str, Person], big: Made) -> tuple[list[Json], dict[str, str]]:
    """The vectors, and the containers that some of them change."""
    r = Refusals(people)
    forged_manifests(r)
    strict_manifests(r)
    forged_grants(r)
    crafted_grants(r)
    links(r)
    rewrapped(r)
    commitments(r)
    metadata(r)
    bodies(r)
    compressed(r)
    tails(r)
    truncated(r)
    foreign(r)
    many_parts(r, big)
    return r.out, {name: b64u(base) for name, base in r.bases.items()}
