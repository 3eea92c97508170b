"""`link` and `links`: for people without an account."""

import time
from collections.abc import Sequence
from pathlib import Path

import click

from client.actions import links as my_links
from client.actions.links import LinkTerms, MadeLink, find_link, state_of
from client.actions.people import KnownKeys
from client.actions.person import Person
from client.cli.duration import Duration
from client.cli.link_options import Shown, link_options, password_of, shown_of
from client.cli.person import signed_in_person
from client.cli.terminal import JsonValue, date_text, note, result, result_json
from client.errors import ClientError
from client.local.names import shown
from client.local.qr import qr_for_terminal, save_qr
from shared.api import limits
from shared.api.models import LinkChange, LinkItem

_DOWNLOADS = click.IntRange(1, limits.MAX_DOWNLOAD_LIMIT)
_EXPIRES = Duration(limits.MAX_EXPIRY_HOURS)
_ID = "LINK"


class _LinkGroup(click.Group):
    """`link FILE` makes one; `link show`, `extend` and `revoke` are about one that is there."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Whatever is no command, is what a link is made to."""
        wants_help = not args or args[0] in ctx.help_option_names
        is_command = bool(args) and args[0] in self.commands and args[0] != _MAKE
        return super().parse_args(ctx, args if wants_help or is_command else [_MAKE, *args])

    def list_commands(self, ctx: click.Context) -> list[str]:
        return [name for name in super().list_commands(ctx) if name != _MAKE]

    def format_usage(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        formatter.write_usage(ctx.command_path, "[OPTIONS] ID|FILE|DIR...")
        formatter.write_usage(ctx.command_path, f"show|extend|revoke {_ID} [OPTIONS]", prefix="       ")

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        make = self.commands[_MAKE]
        options = (each for each in make.params if isinstance(each, click.Option))
        records = [record for each in options if (record := each.get_help_record(ctx)) is not None]
        with formatter.section("Options"):
            formatter.write_dl(records)
        super().format_commands(ctx, formatter)


_MAKE = "make"


@click.group("link", cls=_LinkGroup)
def link_command() -> None:
    """Make a link to files of mine, for people without an account: they open it in a browser.

    Names a file or folder that I have sent by its id, or sends a new one first. Several become one link. Whoever has
    the link can open what it leads to; a password, told by another way, keeps out whoever only sees the link.
    """


@link_command.command(_MAKE)
@click.argument("sources", metavar="ID|FILE|DIR...", nargs=-1, required=True)
@click.option("--expires", type=_EXPIRES, help="How long it works; at most as long as its files are kept.")
@click.option("--downloads", metavar="N", type=_DOWNLOADS, help="How often it can be used.")
@link_options
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def make_command(
    sources: tuple[str, ...],
    expires: int | None,
    downloads: int | None,
    password_file: Path | None,
    ask_password: bool,
    notify: bool,
    qr: bool,
    png: Path | None,
    svg: Path | None,
    as_json: bool,
) -> int:
    """Make one link."""
    pictures = shown_of(qr=qr, png=png, svg=svg, as_json=as_json)
    password = password_of(password_file, ask=ask_password)
    person = signed_in_person()
    person.unlock_soon()
    from client.cli.link_sources import ids_of  # what sends is slow to import

    file_ids, exit_code = ids_of(person, sources, expires)
    if not file_ids:
        return exit_code
    made = my_links.make_link(person, file_ids, password, LinkTerms(expires, downloads, notify))
    tell_made(made, pictures, as_json=as_json)
    return exit_code


@link_command.command("show")
@click.argument("link", metavar=_ID)
@click.option("--qr", is_flag=True, help="Draw it here, to be read by a telephone.")
@click.option("--png", metavar="FILE", type=click.Path(path_type=Path), help="Draw it into a PNG file.")
@click.option("--svg", metavar="FILE", type=click.Path(path_type=Path), help="Draw it into an SVG file.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def show_command(link: str, qr: bool, png: Path | None, svg: Path | None, as_json: bool) -> None:
    """Show a link of mine again, on the machine that made it."""
    pictures = shown_of(qr=qr, png=png, svg=svg, as_json=as_json)
    person = signed_in_person()
    item = find_link(person, link)
    person.unlock_soon()
    tell_made(my_links.show_link(person, item), pictures, as_json=as_json)


@link_command.command("extend")
@click.argument("link", metavar=_ID)
@click.option("--expires", type=_EXPIRES, help="How long it works from now on. Its files are kept as long.")
@click.option("--downloads", metavar="N", type=_DOWNLOADS, help="How often it can be used in all.")
@click.option("--any-downloads", is_flag=True, help="As often as anybody likes: takes the limit away.")
@click.option("--notify/--no-notify", default=None, help="Whether I get a mail when it is first used.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def extend_command(
    link: str,
    expires: int | None,
    downloads: int | None,
    any_downloads: bool,
    notify: bool | None,
    as_json: bool,
) -> None:
    """Change how long a link of mine works, or how often."""
    if downloads is not None and any_downloads:
        raise click.UsageError("--downloads and --any-downloads contradict each other.")
    change = LinkChange()
    if expires is not None:
        change.expires_hours = expires
    if downloads is not None or any_downloads:
        change.download_limit = downloads
    if notify is not None:
        change.notify = notify
    if not change.model_fields_set:
        raise click.UsageError("Say what to change: --expires 3d, --downloads 5, --any-downloads or --notify.")
    person = signed_in_person()
    changed = my_links.change_link(person, find_link(person, link), change)
    if as_json:
        result_json(record_of(changed))
    else:
        result(changed.link_id)
        note(f"{_state_text(changed)}.")


@link_command.command("revoke")
@click.argument("links", metavar=f"{_ID}...", nargs=-1, required=True)
def revoke_command(links: tuple[str, ...]) -> None:
    """Take links of mine back, at once and for good. The files stay; what somebody has fetched, they have."""
    person = signed_in_person()
    for item in [find_link(person, link) for link in links]:
        result(my_links.revoke_link(person, item).link_id)


@click.command("links")
@click.option("--all", "also_over", is_flag=True, help="Also those that are over.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def links_command(also_over: bool, as_json: bool) -> None:
    """List my links, newest first: what they lead to, how often they were used, how long they work."""
    person = signed_in_person()
    now = time.time()
    items = [item for item in my_links.links_of(person) if also_over or as_json or state_of(item, now) == "active"]
    if as_json:
        result_json([record_of(item) for item in items])
        return
    names = _names(person, items)
    for item in items:
        more = f" and {len(item.file_ids) - 1:,} more" if len(item.file_ids) > 1 else ""
        result(f"{item.link_id[:12]}  {names.get(item.file_ids[0], 'a file that is gone')}{more}: {_state_text(item)}")
    if not items:
        note("You have no links. Make one: sealcase link FILE")


def link_sent(
    person: Person,
    file_ids: Sequence[str],
    password: str | None,
    downloads: int | None,
    pictures: Shown,
    *,
    notify: bool,
    files: Sequence[JsonValue] | None,
) -> None:
    """What `send --link` does when all has arrived; `files` are the records of what was sent, where JSON is wanted."""
    made = my_links.make_link(person, file_ids, password, LinkTerms(None, downloads, notify))
    if files is None:
        tell_made(made, pictures, as_json=False)
        return
    _draw(made, pictures)
    result_json({"files": files, "link": {**record_of(made.item), "url": made.url}})


def _draw(made: MadeLink, pictures: Shown) -> None:
    for path in pictures.files:
        save_qr(made.url, path)


def tell_made(made: MadeLink, pictures: Shown, *, as_json: bool) -> None:
    """A link with its key: all of it on standard output, and as pictures where they are wanted."""
    _draw(made, pictures)
    if as_json:
        result_json({**record_of(made.item), "url": made.url})
        return
    result(made.url)
    if pictures.in_terminal:
        click.echo(qr_for_terminal(made.url), err=True)
    note(f"{_state_text(made.item)}.{' Tell the password by another way.' if made.item.password else ''}")


def record_of(item: LinkItem) -> dict[str, JsonValue]:
    """A link without its key, for scripts."""
    return {**item.model_dump(), "state": state_of(item, time.time())}


def _state_text(item: LinkItem) -> str:
    state = state_of(item, time.time())
    used = f"used {item.downloads} times" if item.download_limit is None else _used_of(item)
    if state == "active":
        return f"works until {date_text(item.expires_at)}, {used}{', with a password' if item.password else ''}"
    return f"{state}, {used}"


def _used_of(item: LinkItem) -> str:
    return f"used {item.downloads} of {item.download_limit} times"


def _names(person: Person, items: Sequence[LinkItem]) -> dict[str, str]:
    """What the first file of each is called."""
    from client.actions.library import entry_of

    wanted = {item.file_ids[0] for item in items}
    if not wanted:
        return {}
    found: dict[str, str] = {}
    try:
        known = KnownKeys.of(person)
        for item in person.api.files("owned"):
            if item.file_id in wanted:
                entry = entry_of(person, item, known)
                found[item.file_id] = shown(entry.name or item.file_id)
                if len(found) == len(wanted):
                    break
    except ClientError as error:
        note(f"The names of files can't be shown: {error}")
    return found
