/**
 * Free ports of the loopback interface.
 *
 * @module
 */
import { type AddressInfo, createServer } from "node:net";

/** A port on which nobody listened a moment ago; another process may still take it, so callers must try again. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}
