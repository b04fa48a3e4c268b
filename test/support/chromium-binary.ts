/**
 * Finds a real Chromium, or fetches Debian's into the project's cache without root.
 *
 * @module
 */
import { delimiter, join } from "node:path";
import { type Binary, type BinarySearch, findBinary } from "./binary.ts";

/** `CHROMIUM`, else `chromium` on the path, else a copy fetched once by apt; else an error that says what to do. */
export const findChromium = async (search: BinarySearch = {}): Promise<Binary> => {
  const { env, file } = await findBinary({
    program: "chromium",
    variable: "CHROMIUM",
    folder: "chromium",
    packages: ["chromium", "fonts-liberation"],
    file: "usr/lib/chromium/chromium",
    withDependencies: true,
    advice: "Install Chromium (Debian: apt install chromium), or set CHROMIUM to the path of one.",
  }, search);
  const { LD_LIBRARY_PATH: path } = env;
  if (path === undefined) return { file, env };
  // One of them looks for another where it would have been installed.
  const more = path.split(delimiter).map((folder) => join(folder, "pulseaudio"));
  return { file, env: { LD_LIBRARY_PATH: [path, ...more].join(delimiter) } };
};
