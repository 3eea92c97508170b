"""What mails say, as plain text and as HTML."""

from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from html import escape

from server.ports import Notice, Purpose

_SUBJECT = {
    Purpose.SIGN_IN: "Your Sealcase sign-in code",
    Purpose.DELETE_ACCOUNT: "Your code to delete your Sealcase account",
}
_FOR = {
    Purpose.SIGN_IN: "Your code to sign in to Sealcase at {place}:",
    Purpose.DELETE_ACCOUNT: "Your code to delete your Sealcase account at {place}, with all your files:",
}
_NOT_YOU = {
    Purpose.SIGN_IN: (
        "If this was not you, ignore this mail: without the code nobody gets in. "
        "Never give it to anybody; nobody at Sealcase will ask for it."
    ),
    Purpose.DELETE_ACCOUNT: (
        "If this was not you, somebody has access to your account: do not give the code to anybody, "
        "and end your sessions (sealcase sessions)."
    ),
}
_HTML = """\
<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{subject}</title></head>
<body style="font-family: sans-serif; color: #1c2430; background: #ffffff; margin: 2em; max-width: 34em">
<p style="font-weight: bold">Sealcase</p>
<p>{purpose}</p>
<p style="font-size: 2em; letter-spacing: 0.2em; font-weight: bold">{code}</p>
<p>It is valid for {minutes} minutes, once.</p>
<p style="color: #566070">{not_you}</p>
</body></html>
"""
_INVITATION = """\
Sealcase

{who} wants to send you files at {place}, sealed so that only you can open them.

Your keys are made on your machine when you sign in for the first time:

{steps}

Files appear once {who} has used Sealcase again after that: only they can add your key.

If you don't know {who}, ignore this mail: nothing was sent to you, and nobody will remind you.
"""
_INVITATION_HTML = """\
<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Somebody wants to send you files with Sealcase</title></head>
<body style="font-family: sans-serif; color: #1c2430; background: #ffffff; margin: 2em; max-width: 34em">
<p style="font-weight: bold">Sealcase</p>
<p>{who} wants to send you files at {place}, sealed so that only you can open them.</p>
<p>Your keys are made on your machine when you sign in for the first time:</p>
<p style="font-family: monospace">{steps}</p>
<p>Files appear once {who} has used Sealcase again after that: only they can add your key.</p>
<p style="color: #566070">If you don't know {who}, ignore this mail: nothing was sent to you, and nobody will remind
you.</p>
</body></html>
"""
_NOTICE_SUBJECT = {
    Notice.LINK_USED: "A link of yours was used",
    Notice.FILE_FETCHED: "A file of yours was fetched",
    Notice.FILES_LEFT: "Files arrived for you",
}
_NOTICE = {
    Notice.LINK_USED: "A link that you made at {place} was used for the first time: what it leads to was downloaded.",
    Notice.FILE_FETCHED: "A file that you sent at {place} was downloaded for the first time.",
    Notice.FILES_LEFT: "{count} arrived in a drop box of yours at {place}.",
}
_ONCE = "When it was, `sealcase activity` tells you. You get this mail because you asked for it, and only once."
_MORE = {
    Notice.LINK_USED: _ONCE,
    Notice.FILE_FETCHED: _ONCE,
    Notice.FILES_LEFT: "`sealcase ls --received` shows them. You get this mail because you asked for it.",
}
_NOTICE_HTML = """\
<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{subject}</title></head>
<body style="font-family: sans-serif; color: #1c2430; background: #ffffff; margin: 2em; max-width: 34em">
<p style="font-weight: bold">Sealcase</p>
<p>{what}</p>
<p style="color: #566070">{more}</p>
</body></html>
"""


def code_letter(sender: str, to: str, place: str, code: str, minutes: int, purpose: Purpose) -> EmailMessage:
    """The mail with a code; the code stands in the body only, for subjects are logged and shown on locked screens."""
    subject, purpose_text = _SUBJECT[purpose], _FOR[purpose].format(place=place)
    message = _envelope(sender, to, subject)
    message.set_content(
        f"Sealcase\n\n{purpose_text}\n\n    {code}\n\nIt is valid for {minutes} minutes, once.\n\n{_NOT_YOU[purpose]}\n"
    )
    html = _HTML.format(
        subject=escape(subject),
        purpose=escape(purpose_text),
        code=escape(code),
        minutes=minutes,
        not_you=escape(_NOT_YOU[purpose]),
    )
    message.add_alternative(html, subtype="html")
    return message


def invitation_letter(sender: str, to: str, place: str, who: str) -> EmailMessage:
    """The mail that tells somebody that `who` wants to send them files; it names no file."""
    message = _envelope(sender, to, "Somebody wants to send you files with Sealcase")
    steps = (
        f"sealcase login --server {place} --email {to}",
        "sealcase ls --received",
    )
    message.set_content(_INVITATION.format(who=who, place=place, steps="\n".join(f"    {step}" for step in steps)))
    html = _INVITATION_HTML.format(
        who=escape(who), place=escape(place), steps="<br>".join(escape(step) for step in steps)
    )
    message.add_alternative(html, subtype="html")
    return message


def notice_letter(sender: str, to: str, place: str, notice: Notice, count: int = 1) -> EmailMessage:
    """The mail about something that somebody wanted to be told of; it names no file, nobody and no link."""
    subject, what = _NOTICE_SUBJECT[notice], _NOTICE[notice].format(place=place, count=files(count))
    message = _envelope(sender, to, subject)
    message.set_content(f"Sealcase\n\n{what}\n\n{_MORE[notice]}\n")
    html = _NOTICE_HTML.format(subject=escape(subject), what=escape(what), more=escape(_MORE[notice]))
    message.add_alternative(html, subtype="html")
    return message


def files(count: int) -> str:
    """So many of them, in words."""
    return "1 file" if count == 1 else f"{count:,} files"


def test_letter(sender: str, to: str, place: str) -> EmailMessage:
    """What `admin mail-test` sends."""
    message = _envelope(sender, to, "Sealcase can send mail")
    message.set_content(f"Sealcase\n\nThe server {place} can send mail: this is its test.\n")
    return message


def _envelope(sender: str, to: str, subject: str) -> EmailMessage:
    """`EmailMessage` refuses line breaks in headers."""
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = sender, to, subject
    message["Date"] = formatdate()
    message["Message-ID"] = make_msgid(domain=sender.rpartition("@")[2].strip("> ") or "sealcase.invalid")
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no holiday replies
    return message
