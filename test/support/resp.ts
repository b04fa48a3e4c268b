/**
 * A small RESP2 client: one TCP connection, pipelined, binary-safe, and it does not reconnect, so that a test sees
 * every lost connection instead of a healed one.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { connect, type Socket } from "node:net";
import { NeedMoreBytes, readReply, type RespArgument, type RespReply, writeCommand } from "./resp-codec.ts";

export { type RespArgument, RespError, type RespReply, RespStatus } from "./resp-codec.ts";

/** One open connection to a Redis server. */
export interface RespConnection {
  /** False once the connection was lost or closed. */
  readonly open: boolean;
  /** Sends one command. Rejects when the connection is lost; an error reply *resolves* with a `RespError`. */
  send(command: ReadonlyArray<RespArgument>): Promise<RespReply>;
  /** Sends commands in one write, so that nothing of this connection can come between them. */
  sendAll(commands: ReadonlyArray<ReadonlyArray<RespArgument>>): Promise<RespReply[]>;
  /** Told of what comes without having been asked for, as messages of a channel do, and of the end. */
  onPush?: (reply: RespReply) => void;
  onEnd?: () => void;
  close(): void;
}

interface Waiting {
  readonly resolve: (reply: RespReply) => void;
  readonly reject: (reason: Error) => void;
}

/** Opens a connection to a Redis server; rejects when nobody listens. */
export async function connectResp(port: number, host = "127.0.0.1"): Promise<RespConnection> {
  const socket = connect({ port, host });
  await new Promise<void>((resolve, reject) => {
    socket.once("connect", resolve);
    socket.once("error", reject);
  });
  socket.removeAllListeners("error");
  socket.setNoDelay(true);
  return new Connection(socket);
}

class Connection implements RespConnection {
  open = true;
  onPush?: (reply: RespReply) => void;
  onEnd?: () => void;
  readonly #socket: Socket;
  readonly #waiting: Waiting[] = [];
  #unread: Buffer = Buffer.alloc(0);

  constructor(socket: Socket) {
    this.#socket = socket;
    socket.on("data", (chunk: Buffer) => this.#receive(chunk));
    socket.on("error", (error) => this.#lose(error));
    socket.on("close", () => this.#lose(new Error("the connection to Redis was closed")));
  }

  async send(command: ReadonlyArray<RespArgument>): Promise<RespReply> {
    const replies = await this.sendAll([command]);
    return replies[0] as RespReply;
  }

  sendAll(commands: ReadonlyArray<ReadonlyArray<RespArgument>>): Promise<RespReply[]> {
    if (!this.open) return Promise.reject(new Error("the connection to Redis is closed"));
    const bytes = Buffer.concat(commands.map(writeCommand));
    const replies = commands.map(() =>
      new Promise<RespReply>((resolve, reject) => {
        this.#waiting.push({ resolve, reject });
      })
    );
    this.#socket.write(bytes);
    return Promise.all(replies);
  }

  close(): void {
    this.#lose(new Error("the connection to Redis was closed"));
    this.#socket.destroy();
  }

  #receive(chunk: Buffer): void {
    this.#unread = this.#unread.length === 0 ? chunk : Buffer.concat([this.#unread, chunk]);
    let at = 0;
    try {
      while (at < this.#unread.length) {
        const [reply, next] = readReply(this.#unread, at);
        at = next;
        const waiting = this.#waiting.shift();
        if (waiting === undefined) this.onPush?.(reply);
        else waiting.resolve(reply);
      }
    } catch (error) {
      if (error !== NeedMoreBytes) {
        this.#lose(error as Error);
        this.#socket.destroy();
      }
    }
    this.#unread = this.#unread.subarray(at);
  }

  #lose(reason: Error): void {
    if (this.open) this.onEnd?.();
    this.open = false;
    for (const waiting of this.#waiting.splice(0)) waiting.reject(reason);
  }
}
