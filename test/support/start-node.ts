/**
 * A process of a fleet over an Upstash endpoint, as `fleet-node.ts` runs it.
 *
 * @module
 */
import type { FleetNode } from "./fleet-node.ts";
import type { Fleet, FleetProcess, ProcessOptions } from "./processes.ts";

/** Starts it, under a name that the node has too. */
export const startNode = (
  fleet: Fleet,
  { token, url }: { readonly token: string; readonly url: string },
  name: string,
  node: FleetNode,
  how: Pick<ProcessOptions, "nodeArgs" | "runtime"> = {},
): Promise<FleetProcess> =>
  fleet.start({
    ...how,
    name,
    program: "test/support/fleet-node.js",
    env: {
      UPSTASH_REDIS_REST_URL: url,
      UPSTASH_REDIS_REST_TOKEN: token,
      FLEET_NODE: JSON.stringify({ ...node, options: { ...node.options, nodeName: name } }),
    },
  });
