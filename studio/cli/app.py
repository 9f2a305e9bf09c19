"""The command line: `benchcast`."""

from __future__ import annotations

import logging
import sys

import typer
from typer.exceptions import TyperException

from studio import __version__
from studio.cli import air, clip, live, works
from studio.cli.claims import claims_app
from studio.cli.keys import key_app
from studio.cli.orders import orders_app
from studio.cli.products import products_app
from studio.errors import InputError, StudioError
from studio.system import use_utf8


def _tell_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"Benchcast {__version__}")
        raise typer.Exit


app = typer.Typer(
    name="benchcast",
    add_completion=False,
    no_args_is_help=True,
    context_settings={"help_option_names": ["--help", "-h"]},
    pretty_exceptions_enable=False,
)
app.add_typer(products_app, name="products")
app.add_typer(orders_app, name="orders")
app.add_typer(claims_app, name="claims")
app.add_typer(key_app, name="key")
air.register(app)
live.register(app)
clip.register(app)
works.register(app)


@app.callback()
def benchcast(
    version: bool = typer.Option(False, "--version", is_eager=True, callback=_tell_version, help="Tell the version."),
) -> None:
    """Sell live from your workbench. Without a command, the window opens."""


def main(args: list[str]) -> int:
    """Run one command; its exit status. A person's mistake is one line on stderr, never a traceback."""
    use_utf8()
    logging.basicConfig(level=logging.ERROR, format="%(message)s")
    try:
        result = app(args, prog_name="benchcast", standalone_mode=False)
    except typer.Exit as done:
        return done.exit_code
    except TyperException as error:  # an option or argument that is wrong
        # Without a command its help has been shown already, and there is nothing to add.
        said = error.format_message()
        return _say(f"{said}; see: benchcast --help", 2) if said else 2
    except (typer.Abort, KeyboardInterrupt):
        return _say("Stopped.", 1)
    except InputError as error:
        return _say(str(error), 2)
    except StudioError as error:
        return _say(str(error), 1)
    except BrokenPipeError:
        sys.stderr.close()
        return 1
    except Exception as error:
        logging.getLogger(__name__).debug("unexpected", exc_info=True)
        return _say(f"Something went wrong that should not ({type(error).__name__}: {error}). Please report it.", 1)
    return result if isinstance(result, int) else 0


def _say(text: str, status: int) -> int:
    print(" ".join(text.split()), file=sys.stderr)  # noqa: T201 - a command talks to people here
    return status
