/**
 * A clock for a server that can be moved while the server runs: `libfaketime`, found or fetched as the servers are.
 *
 * @module
 */
import { existsSync, readdirSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { findBinary } from "./binary.ts";

/** A clock that stands behind a server. */
export interface MovableClock {
  /** What the server's process needs. */
  readonly env: Readonly<Record<string, string>>;
  /** From now on the server's wall clock shows so much more than it is. Milliseconds. */
  move(byMs: number): void;
}

const name = "libfaketimeMT.so.1";

const findLibrary = async (): Promise<string> => {
  const { file } = await findBinary({
    program: "faketime",
    variable: "FAKETIME",
    folder: "faketime",
    packages: ["faketime", "libfaketime"],
    advice: "Install faketime (Debian, Ubuntu: apt install faketime), or set FAKETIME to the path of a faketime.",
  });
  const lib = join(dirname(file), "..", "lib");
  const folders = existsSync(lib) ? readdirSync(lib).map((it) => join(lib, it, "faketime")) : [];
  const found = [join(lib, "faketime"), ...folders].map((it) => join(it, name)).find((it) => existsSync(it));
  if (found === undefined) throw new Error(`there is no ${name} beside ${file}`);
  return found;
};

/** A clock that is right until it is moved. `file` is where its deviation is kept. */
export async function movableClock(file: string): Promise<MovableClock> {
  const library = await findLibrary();
  const move = (byMs: number): void => {
    // It is read at any time, so it must be whole at any time.
    writeFileSync(`${file}.next`, `${byMs < 0 ? "" : "+"}${byMs / 1_000}\n`);
    renameSync(`${file}.next`, file);
  };
  move(0);
  return {
    move,
    env: {
      // An allocator of the server's own asks for the time while the library is not ready; the system's does not.
      LD_PRELOAD: `${library} libc.so.6`,
      FAKETIME_TIMESTAMP_FILE: file,
      FAKETIME_NO_CACHE: "1",
      // As a step of the wall clock does, it leaves the monotonic clock alone.
      FAKETIME_DONT_FAKE_MONOTONIC: "1",
      NO_FAKE_STAT: "1",
    },
  };
}
