"""What ``dateline --help`` prints, as it stands: click, which prints the help of each command, takes longer to load."""

# The commands, each with its line in the list.
COMMANDS = {
    "adopt": "Move in, with the ids of an old feed.",
    "build": "Write the feeds and pages.",
    "check": "Report what to fix before publishing, and fix it.",
    "diff": "Show what subscribers would see.",
    "due": "Show when the next scheduled post comes out.",
    "help": "Show the guide.",
    "import": "Move a whole site in.",
    "init": "Start a publication.",
    "live": "Say that it is online.",
    "new": "Start a post.",
    "pin": "Keep the ids and addresses of posts that moved.",
    "preview": "Show a private preview in the browser.",
    "publish": "Build, send it to where it is served, and check it there.",
    "schedule": "Publish scheduled posts at their minute.",
    "schema": "Print a JSON Schema for editors.",
    "verify": "Check the live site.",
}
_HELP = """\
Usage: dateline [OPTIONS] [COMMAND] [ARGS]...

  Publish a folder of dated Markdown posts as RSS, Atom and JSON feeds, and as
  pages.

  Without a command, say what is in this folder, and what to do next.

Options:
  --version   Show the version and exit.
  -h, --help  Show this message and exit.

Commands:
{}

  Example:
    dateline init
    dateline preview
    dateline build
"""


def help_text() -> str:
    """Return the help of the whole program."""
    width = max(map(len, COMMANDS))
    return _HELP.format("\n".join(f"  {name:{width}}  {line}" for name, line in COMMANDS.items()))
