/**
 * `redis-cli` and `etcdctl` as far as `docs/STORES.md` needs them, for machines that have a server and no client of it:
 * `node store-prompt.js redis-cli --raw HGET key field`, with `REDIS_PORT` and `ETCD_URL` in the environment.
 *
 * @module
 */
import process from "node:process";
import { connectResp, RespError, type RespReply } from "./resp.ts";

const linesOf = (reply: RespReply): ReadonlyArray<string> => {
  if (reply instanceof RespError) throw reply;
  if (Array.isArray(reply)) return reply.flatMap(linesOf);
  return [reply === null ? "" : reply instanceof Uint8Array ? new TextDecoder().decode(reply) : String(reply)];
};

const redis = async (args: ReadonlyArray<string>): Promise<ReadonlyArray<string>> => {
  const connection = await connectResp(Number(process.env["REDIS_PORT"]));
  const reply = await connection.send(args.filter((it) => it !== "--raw"));
  connection.close();
  return linesOf(reply);
};

const sorts: Readonly<Record<string, string>> = { "--sort-by=MODIFY": "MOD" };

const etcd = async ([command, ...args]: ReadonlyArray<string>): Promise<ReadonlyArray<string>> => {
  const strange = args.find((it) => /^-/.test(it) && !/^--(prefix|keys-only|print-value-only)$/.test(it) && !sorts[it]);
  const [key = "", ...rest] = args.filter((it) => !it.startsWith("-"));
  if (command !== "get" || strange !== undefined || rest.length > 0) throw new Error(`etcdctl ${command} ${args}`);
  const end = key.slice(0, -1) + String.fromCharCode(key.charCodeAt(key.length - 1) + 1);
  const target = args.flatMap((it) => sorts[it] ?? [])[0];
  const body = {
    key: btoa(key),
    ...(args.includes("--prefix") ? { range_end: btoa(end) } : {}),
    ...(target === undefined ? {} : { sort_target: target, sort_order: "ASCEND" }),
  };
  const answer = await fetch(`${process.env["ETCD_URL"]}/v3/kv/range`, { method: "POST", body: JSON.stringify(body) });
  const { kvs = [] } = await answer.json() as { kvs?: ReadonlyArray<{ key: string; value?: string }> };
  return kvs.flatMap(({ key, value = "" }) => [
    ...(args.includes("--print-value-only") ? [] : [atob(key)]),
    ...(args.includes("--keys-only") ? [] : [atob(value)]),
  ]);
};

const [tool, ...args] = process.argv.slice(2);
console.log((await (tool === "redis-cli" ? redis(args) : etcd(args))).join("\n"));
