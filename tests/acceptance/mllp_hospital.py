"""A receiver on a real socket that answers as a test tells it to."""

import asyncio

END = b"\x1c\r"


class Hospital:
    """A receiver that answers as it is told to: a list of ways, the last one for ever."""

    def __init__(self, *ways):
        self.ways = list(ways) or ["AA"]
        self.received = []
        self.connections = 0

    @property
    def titles(self):
        return [body.split(b"TXA|1|")[1].split(b"|")[0].decode() for body in self.received]

    @property
    def control_ids(self):
        return [body.split(b"|")[9] for body in self.received]

    async def open(self, port=0):
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", port)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def close(self):
        self._server.close()
        await self._server.wait_closed()

    async def _serve(self, reader, writer):
        self.connections += 1
        try:
            while True:
                body = (await reader.readuntil(END))[1:-2]
                self.received.append(body)
                way = self.ways.pop(0) if len(self.ways) > 1 else self.ways[0]
                if way == "close":
                    break
                for answer in self._answers(way, body.split(b"|")[9]):
                    writer.write(b"\x0b" + answer + END)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    def _answers(self, way, control_id):
        def ack(code, of):
            return b"MSH|^~\\&|PAS|RCF|HUB|HUB|20260501||ACK|1|P|2.4\rMSA|" + code.encode() + b"|" + of + b"\r"

        match way:
            case "silent":
                return []
            case "garbage":
                return [b"OK"]
            case "late":
                return [ack("AE", b"another"), ack("AA", control_id)]
            case "other":
                return [ack("AA", b"another")]
            case code:
                return [ack(code, control_id)]
