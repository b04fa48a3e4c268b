/**
 * Finds a real `etcd`, or fetches one into the project's cache without root.
 *
 * @module
 */
import { type Binary, type BinarySearch, findBinary } from "./binary.ts";

/** `ETCD_SERVER`, else `etcd` on the path, else a copy fetched once by apt; else an error that says what to do. */
export const findEtcd = (search: BinarySearch = {}): Promise<Binary> =>
  findBinary({
    program: "etcd",
    variable: "ETCD_SERVER",
    folder: "etcd",
    packages: ["etcd-server"],
    advice: "Install etcd 3.4 or newer (Debian, Ubuntu: apt install etcd-server; macOS: brew install etcd), " +
      "or set ETCD_SERVER to the path of an etcd.",
  }, search);
