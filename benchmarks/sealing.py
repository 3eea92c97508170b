"""`sealcase seal` and `open`, file to file, against age and openssl."""

from dataclasses import dataclass
from pathlib import Path

from benchmarks import tools, workplace
from benchmarks.figures import Measurement, time_figure
from benchmarks.processes import output_of, run
from benchmarks.scale import Scale

PEERS = ("age", "age-keygen", "openssl")
SEAL_TARGET = 0.85
OPEN_TARGET = 0.65
_FILES = 5  # the plain one, three sealed ones, one opened

Command = tuple[str | Path, ...]


@dataclass(frozen=True, slots=True)
class Program:
    """How one program seals a file, and opens it again."""

    name: str
    seal: Command
    open: Command
    sealed: Path
    opened: Path


def measure(scale: Scale) -> list[Measurement]:
    """Sealing and opening random bytes: each program once, then each again."""
    tools.require(*PEERS)
    size = scale.size
    with workplace.folder(_FILES * size) as folder:
        plain = workplace.random_file(folder / "plain", size)
        programs = (_sealcase(folder, plain), _age(folder, plain), _openssl(folder, plain))
        seal_seconds: dict[str, list[float]] = {program.name: [] for program in programs}
        open_seconds: dict[str, list[float]] = {program.name: [] for program in programs}
        for program in programs:  # warms the page cache, and shows that what comes out is what went in
            run(program.seal)
            run(program.open)
            output_of("cmp", plain, program.opened)
        for _ in range(scale.runs):
            for program in programs:
                workplace.forget(program.sealed, program.opened)
                workplace.warm(folder, size)
                seal_seconds[program.name].append(run(program.seal).seconds)
                workplace.warm(folder, size)
                open_seconds[program.name].append(run(program.open).seconds)
                workplace.forget(program.opened)
    return [
        Measurement(
            action, {"content": size}, seconds, "s", [time_figure(f"{action} against age", seconds, "age", target)]
        )
        for action, seconds, target in (("seal", seal_seconds, SEAL_TARGET), ("open", open_seconds, OPEN_TARGET))
    ]


def _sealcase(folder: Path, plain: Path) -> Program:
    sealcase, sealed, opened = tools.ours("sealcase"), folder / "plain.sealed", folder / "plain.opened"
    output_of(sealcase, "keygen", "--bits", "3072", "--out", folder, "--no-passphrase")
    return Program(
        "sealcase",
        (sealcase, "seal", plain, "--to", folder / "public_key.pem", "-o", sealed),
        (sealcase, "open", sealed, "--key", folder / "private_key.pem", "-o", opened),
        sealed,
        opened,
    )


def _age(folder: Path, plain: Path) -> Program:
    age, keygen = tools.peer("age"), tools.peer("age-keygen")
    key, sealed, opened = folder / "age.key", folder / "plain.age", folder / "plain.age.opened"
    output_of(keygen, "-o", key)
    recipient = output_of(keygen, "-y", key).strip()
    return Program(
        "age", (age, "-r", recipient, "-o", sealed, plain), (age, "-d", "-i", key, "-o", opened, sealed), sealed, opened
    )


def _openssl(folder: Path, plain: Path) -> Program:
    secret, sealed, opened = folder / "openssl.pass", folder / "plain.openssl", folder / "plain.openssl.opened"
    secret.write_text("correct horse battery staple\n")
    cipher = (tools.peer("openssl"), "enc", "-aes-256-ctr", "-pbkdf2", "-pass", f"file:{secret}")
    return Program(
        "openssl",
        (*cipher, "-in", plain, "-out", sealed),
        (*cipher, "-d", "-in", sealed, "-out", opened),
        sealed,
        opened,
    )
