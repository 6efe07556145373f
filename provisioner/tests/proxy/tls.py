"""Takes TLS off connections, as AWS's own endpoints would, and hands the bytes to the served sandbox.

    tls.py CERTIFICATE KEY LISTEN-ADDRESS:PORT TO-ADDRESS:PORT LOG

Writes the host that each client names in its handshake (SNI) to LOG, a line each. Runs until it is killed.
"""

import asyncio
import contextlib
import ssl
import sys


async def pump(reader, writer):
    with contextlib.suppress(OSError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    writer.close()


async def main(certificate, key, listen, to, log):
    log = open(log, "a", buffering=1)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate, key)
    context.sni_callback = lambda _socket, name, _context: print(name, file=log)

    async def answer(reader, writer):
        try:
            of_sandbox, to_sandbox = await asyncio.open_connection(*to.split(":"))
        except OSError:
            writer.close()
            return
        await asyncio.gather(pump(reader, to_sandbox), pump(of_sandbox, writer))

    server = await asyncio.start_server(answer, *listen.split(":"), ssl=context)
    await server.serve_forever()


asyncio.run(main(*sys.argv[1:]))
