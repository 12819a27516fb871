"""The least that relays a token: POST -> PUBLISH -> SUBSCRIBE -> SSE, and nothing else.

No fence, no log, no replay, no owner: what it loses is lost. Run as
`python -m bench.floor STORE_SOCKET PORT_FILE`.
"""

import socket
import sys
from pathlib import Path
from typing import Any

import uvicorn
from redis.asyncio import Redis

CHANNEL = "floor"


def app(store: str) -> Any:
    """POST publishes its body; GET streams what is published."""
    redis = Redis(unix_socket_path=store)

    async def serve(scope: dict[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            return
        if scope["method"] == "POST":
            await redis.publish(CHANNEL, (await receive())["body"])
            headers = [(b"content-length", b"2")]
            await send({"type": "http.response.start", "status": 200, "headers": headers})
            await send({"type": "http.response.body", "body": b"{}"})
            return
        headers = [(b"content-type", b"text/event-stream")]
        async with redis.pubsub() as heard:
            await heard.subscribe(CHANNEL)
            await send({"type": "http.response.start", "status": 200, "headers": headers})
            async for message in heard.listen():
                frame = b": open\n\n" if message["type"] == "subscribe" else message["data"]
                body = b"data: %b\n\n" % frame
                await send({"type": "http.response.body", "body": body, "more_body": True})

    return serve


if __name__ == "__main__":
    listener = socket.create_server(("127.0.0.1", 0))
    Path(sys.argv[2]).write_text(str(listener.getsockname()[1]))
    config = uvicorn.Config(app(sys.argv[1]), log_level="critical", lifespan="off")
    uvicorn.Server(config).run(sockets=[listener])
