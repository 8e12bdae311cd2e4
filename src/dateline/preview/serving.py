"""An application on a socket, until somebody interrupts. The one fence around uvicorn."""

from collections.abc import Callable
from socket import socket
from typing import Any

import uvicorn

# Of each response, whatever it is: no other site may show, load or embed what is not published yet.
HEADERS = (
    ("content-security-policy", "frame-ancestors 'self'"),
    ("cross-origin-resource-policy", "same-origin"),
    ("x-content-type-options", "nosniff"),
)


async def serve(application: Callable[..., Any], listening: socket) -> None:
    """Answer requests until this process is interrupted or told to end, and raise that signal anew.

    What is being sent then is cut off, lest a page that is open, or a slow download, keep the program from ending.
    """
    config = uvicorn.Config(
        application,
        http="h11",
        ws="none",
        lifespan="off",
        loop="asyncio",
        log_config=None,
        log_level="critical",
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=60,
        timeout_graceful_shutdown=0,
        headers=list(HEADERS),
    )
    await uvicorn.Server(config).serve(sockets=[listening])
