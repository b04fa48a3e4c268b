/**
 * Serves a function from requests to answers over HTTP, as docs/DASHBOARD.md says.
 */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

/** What is served, and where. */
export interface Served extends AsyncDisposable {
  readonly url: string;
}

/** Serves it on a port of its own. */
export const serve = async (handle: (request: Request) => Promise<Response>): Promise<Served> => {
  const server = createServer(async (from, to) => {
    const headers = new Headers();
    for (const [name, value] of Object.entries(from.headers)) headers.set(name, String(value));
    const chunks: Array<Uint8Array> = [];
    for await (const chunk of from) chunks.push(chunk);
    const body = chunks.length > 0 ? { body: new Blob(chunks as Array<BlobPart>) } : {};
    const { method = "GET" } = from;
    const answer = await handle(new Request(`http://${from.headers.host}${from.url}`, { method, headers, ...body }));
    to.writeHead(answer.status, Object.fromEntries(answer.headers));
    to.end(new Uint8Array(await answer.arrayBuffer()));
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    },
  };
};
