/**
 * Reports as each tenant plans its own, over Redis: start as many processes as you like, with `REDIS_URL` and `PORT` set. Any of
 * them is asked to `PUT`, `GET` or `DELETE` `/reports/<tenant>`; each report runs on one of them, and outlives them all.
 */
import { createServer, type IncomingMessage } from "node:http";
import process from "node:process";
import { text } from "node:stream/consumers";
import { Redis as Client } from "ioredis";
import { createCron } from "ringcron/promise";
import * as Redis from "ringcron/redis";

const client = new Client(process.env["REDIS_URL"] ?? "redis://127.0.0.1:6379");
const cron = await createCron({ service: "tenant-reports", driver: Redis.layer({ client }) });
await cron.handle("report", ({ id, payload }) => console.log(`runs ${id} of ${JSON.stringify(payload)}`));
await cron.start();

const answer = async (request: IncomingMessage): Promise<unknown> => {
  const id = decodeURIComponent(request.url?.slice("/reports/".length) ?? "");
  if (request.method === "PUT") {
    const { payload, schedule, timeZone } = JSON.parse(await text(request));
    return cron.schedules.put({ id, handler: "report", schedule, timeZone, payload });
  }
  if (request.method === "DELETE") return cron.schedules.remove(id);
  return id === "" ? cron.schedules.list({ handler: "report" }) : cron.schedules.get(id);
};
const api = createServer((request, response) => {
  const reply = (status: number, body: unknown) => void response.writeHead(status).end(JSON.stringify(body) ?? "null");
  // What is wrong with a schedule is said by the error: field, value, what is allowed.
  answer(request).then((body) => reply(200, body), (error: Error) => reply(400, error.message));
});
api.listen(Number(process.env["PORT"] ?? 8080), "127.0.0.1", () => console.log("listens at", api.address()));

process.once("SIGTERM", async () => {
  api.close();
  await cron.stop({ drainMs: 5_000 });
  client.disconnect();
});
