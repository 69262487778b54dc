"""E-mail through the mail server of EMAIL_URL: plain text and HTML, a Message-ID made of the delivery's id."""

from __future__ import annotations

import re
import smtplib
from datetime import datetime, timedelta
from email.utils import parseaddr
from typing import Final

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.mail import EmailMultiAlternatives, get_connection
from django.core.validators import validate_email
from django.template.loader import render_to_string
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from plays.surfaces.protocol import Address, Answer, Message, Problem, SurfaceError

MOST_RECIPIENTS: Final = 20
NOT_SET_UP: Final = "E-mail is not set up: EMAIL_URL names no mail server, so nothing is sent."


class Email:
    """One message to one recipient, or to an endpoint's mailboxes. The same Message-ID in every attempt: mail servers
    and readers that know it already show it once."""

    name = "email"
    label = "E-mail"
    pace = timedelta(0)

    def problem(self) -> str:
        """What is missing before anything can be mailed; empty where a mail server is set up."""
        return "" if settings.EMAIL_IS_SET_UP else NOT_SET_UP

    def shown(self, address: Address) -> str:
        """The address as it may be shown to people: mailboxes are no secret."""
        return address.target

    def check(self, address: Address) -> Problem | None:
        """Valid mailboxes, not too many."""
        boxes = mailboxes(address.target)
        if not boxes or len(boxes) > MOST_RECIPIENTS:
            return Problem("target", f"Give 1 to {MOST_RECIPIENTS} e-mail addresses, separated by commas.")
        if wrong := next((box for box in boxes if not is_mailbox(box)), None):
            return Problem("target", f"“{wrong[:80]}” is no e-mail address.")
        return None

    def send(self, message: Message, address: Address, *, now: datetime) -> Answer:
        """Hand it to the mail server."""
        del now
        if problem := self.problem():
            raise SurfaceError(problem, permanent=True)
        to = [address.to] if address.to else mailboxes(address.target)
        if wrong := next((box for box in to if not is_mailbox(box)), None):
            # Values from records: a line end or a second address in one is a way to write to others.
            raise SurfaceError(f"“{' '.join(wrong.split())[:80]}” is no e-mail address.", permanent=True)
        mail = EmailMultiAlternatives(
            subject=" ".join(message.subject.split())[:200],
            body=render_to_string("plays/mail/message.txt", {"message": message}),
            from_email=settings.DEFAULT_FROM_EMAIL,
            to=to,
            headers=headers_of(message),
            connection=get_connection(timeout=15),
        )
        mail.attach_alternative(
            render_to_string("plays/mail/message.html", {"message": message, "text": linked(message.text)}),
            "text/html",
        )
        try:
            mail.send()
        except smtplib.SMTPRecipientsRefused as error:
            codes = [code for code, _ in error.recipients.values()]
            raise SurfaceError(
                f"The mail server refused the recipient ({codes[0] if codes else 'no code'}).",
                permanent=bool(codes) and all(code >= 500 for code in codes),
                status=codes[0] if codes else None,
            ) from None
        except smtplib.SMTPResponseException as error:
            raise SurfaceError(
                f"The mail server answered {error.smtp_code}.",
                permanent=error.smtp_code >= 500
                and not isinstance(error, smtplib.SMTPAuthenticationError | smtplib.SMTPConnectError),
                status=error.smtp_code if 0 < error.smtp_code < 1_000 else None,
            ) from None
        except (smtplib.SMTPException, OSError) as error:
            raise SurfaceError(f"The mail server could not be reached ({type(error).__name__}).") from None
        return Answer(None, "Taken by the mail server.")


def linked(text: str) -> SafeString:
    """The text as HTML in which addresses of this installation can be clicked; what else looks like one stays words."""
    ours = re.compile(rf"{re.escape(escape(settings.SITE_URL))}/[^\s<]*[^\s<.,;:!?)]")
    return mark_safe(ours.sub(lambda found: f'<a href="{found[0]}">Open</a>', escape(text)))  # noqa: S308  (escaped)


def headers_of(message: Message) -> dict[str, str]:
    """What marks the mail: its own id, what it is, and how to get no more of it."""
    domain = parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2] or "abmops.invalid"
    headers = {"Message-ID": f"<{message.id}@{domain}>", "X-Abmops-Delivery": message.id}
    if is_mailbox(message.sender):
        headers["Reply-To"] = message.sender
    if message.manage_url:
        headers["List-Unsubscribe"] = f"<{message.manage_url}>"
        headers["Auto-Submitted"] = "auto-generated"
    return headers


def is_mailbox(text: str) -> bool:
    """Whether it is one e-mail address and nothing else."""
    try:
        validate_email(text)
    except ValidationError:
        return False
    return not any(ord(char) <= 32 or char in ",;<>" for char in text)


def mailboxes(text: str) -> list[str]:
    """The addresses of a list separated by commas."""
    return [box for part in text.split(",") if (box := part.strip())]
