/**
 * The dashboard of the demo's fleet, for this machine alone.
 *
 * @module
 */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { dashboard } from "ringcron/dashboard";
import { type Client, createClient } from "ringcron/promise";
import type { Fleet } from "./fleet.ts";

/** Where it is, until it is closed. */
export interface Shown {
  readonly url: string;
  readonly close: () => Promise<void>;
}

type Handle = (request: Request) => Promise<Response>;

const starting: Handle = () =>
  Promise.resolve(new Response("The fleet is starting; load this again.", { status: 503, headers: { refresh: "1" } }));

/** Serves it. A name other than this machine's own is not answered: another site may have had it pointed here. */
export const showDashboard = async (fleet: Fleet): Promise<Shown> => {
  let client: Client | undefined;
  let handle: Handle = starting;
  const handler = async (host: string): Promise<Handle> => {
    const driver = fleet.driver();
    if (client !== undefined || driver === undefined) return handle;
    client = await createClient({ service: "demo", driver });
    const authorize = ({ url }: Request) => new URL(url).host === host && { role: "operator", name: "you" } as const;
    handle = dashboard({ client, authorize, title: "demo", refreshMs: 1_000 });
    return handle;
  };
  const server = createServer(async (from, to) => {
    const chunks: Array<Uint8Array> = [];
    for await (const chunk of from) chunks.push(chunk);
    const headers = new Headers();
    for (const [name, value] of Object.entries(from.headers)) headers.set(name, String(value));
    const { method = "GET" } = from;
    const body = chunks.length > 0 ? { body: new Blob(chunks as Array<BlobPart>) } : {};
    const { port } = server.address() as AddressInfo;
    const asked = new Request(`http://${from.headers.host}${from.url}`, { method, headers, ...body });
    const answer = await (await handler(`127.0.0.1:${port}`))(asked);
    to.writeHead(answer.status, Object.fromEntries(answer.headers));
    to.end(new Uint8Array(await answer.arrayBuffer()));
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await client?.close();
    },
  };
};
