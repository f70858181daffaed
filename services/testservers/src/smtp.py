"""aiosmtpd, which keeps mail in a folder and answers what a test chooses. Arguments: port, folder.

The file `answers` in the folder has a line for each choice: a step (GREETING, MAIL, RCPT:address, DATA) and the answer, or PASSWORD and the
only one that is right. Every answer that was chosen, and every wrong password, is a line of the file `refused`.
"""

import asyncio
import pathlib
import sys

from aiosmtpd.handlers import Mailbox
from aiosmtpd.smtp import SMTP, AuthResult

PORT, FOLDER = int(sys.argv[1]), pathlib.Path(sys.argv[2])


def chosen(step):
    """What stands in `answers` for the step."""
    try:
        lines = (FOLDER / "answers").read_text().splitlines()
    except FileNotFoundError:
        return None
    return next((line.partition(" ")[2] for line in lines if line.partition(" ")[0] == step), None)


def refused(step):
    """Notes it."""
    with (FOLDER / "refused").open("a") as file:
        file.write(step + "\n")


def answer(step):
    """The chosen answer, noted."""
    text = chosen(step)
    if text:
        refused(step)
    return text


class Keeper(Mailbox):
    """Keeps mail, or does not."""

    async def handle_MAIL(self, server, session, envelope, address, options):
        text = answer("MAIL")
        if text:
            return text
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 OK"

    async def handle_RCPT(self, server, session, envelope, address, options):
        text = answer("RCPT:" + address)
        if text:
            return text
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        return answer("DATA") or await super().handle_DATA(server, session, envelope)


class Server(SMTP):
    """Greets as it was told."""

    async def push(self, status):
        if str(status).startswith("220 "):
            status = answer("GREETING") or status
        await super().push(status)


def authenticate(server, session, envelope, mechanism, data):
    """Whether the password is the right one."""
    good = chosen("PASSWORD") in (None, data.password.decode())
    if not good:
        refused("PASSWORD")
    return AuthResult(success=good, handled=False)


async def main():
    """Serves until it is killed."""
    keeper = Keeper(str(FOLDER / "mails"))
    make = lambda: Server(keeper, auth_require_tls=False, authenticator=authenticate)
    server = await asyncio.get_running_loop().create_server(make, "127.0.0.1", PORT)
    await server.serve_forever()


asyncio.run(main())
