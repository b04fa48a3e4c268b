/**
 * What would be published on JSR, and a registry of this machine that serves it as JSR would.
 *
 * @module
 */
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { dirname, join, relative } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { promisify, stripVTControlCharacters } from "node:util";
import { projectRoot } from "./project.ts";

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly exports: Readonly<Record<string, string>>;
  readonly imports: Readonly<Record<string, string>>;
}

/** What a command of Deno came to. */
export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command of Deno. */
export const runDeno = (
  deno: string,
  args: ReadonlyArray<string>,
  cwd: string,
  env: Readonly<Record<string, string>> = {},
): Promise<Ended> =>
  promisify(execFile)(deno, [...args], {
    cwd,
    timeout: 120_000,
    maxBuffer: 1 << 26,
    env: { ...process.env, NO_COLOR: "1", DENO_NO_UPDATE_CHECK: "1", ...env },
  }).then(
    ({ stderr, stdout }) => ({ code: 0, stderr, stdout }),
    ({ code, stderr, stdout }) => ({ code, stderr, stdout }),
  );

/** The files that `deno publish` would upload, relative to the project, and what it said. */
export async function publishList(deno: string): Promise<Ended & { readonly files: ReadonlyArray<string> }> {
  const ended = await runDeno(deno, ["publish", "--dry-run", "--allow-dirty"], projectRoot);
  const text = stripVTControlCharacters(ended.stdout + ended.stderr);
  const files = [...text.matchAll(/^ +(file:\S+) \(/gm)].map((it) => relative(projectRoot, fileURLToPath(it[1] ?? "")));
  return { ...ended, files };
}

/** The text of a file as it is published: what the import map names is written out, its own files relative to this one. */
function published(file: string, imports: Manifest["imports"]): string {
  const text = readFileSync(join(projectRoot, file), "utf8");
  if (!file.endsWith(".ts")) return text;
  return Object.entries(imports).reduce((done, [name, mapped]) => {
    const path = relative(dirname(file), mapped);
    const target = !mapped.startsWith(".") ? mapped : path.startsWith(".") ? path : `./${path}`;
    return done.replaceAll(`"${name}"`, `"${target}"`).replaceAll(`"${name}/`, `"${target}/`);
  }, text);
}

/** A running registry. */
export interface JsrRegistry {
  /** What `JSR_URL` must be. */
  readonly url: string;
  [Symbol.asyncDispose](): Promise<void>;
}

/** Serves the files as the one version of the package. */
export async function startJsr(files: ReadonlyArray<string>): Promise<JsrRegistry> {
  const own: Manifest = JSON.parse(readFileSync(join(projectRoot, "deno.json"), "utf8"));
  const texts = new Map(files.map((file) => [`/${file}`, published(file, own.imports)]));
  const manifest = Object.fromEntries(
    [...texts].map(([path, text]) => {
      const checksum = `sha256-${createHash("sha256").update(text).digest("hex")}`;
      return [path, { size: new TextEncoder().encode(text).length, checksum }];
    }),
  );
  const documents = new Map<string, unknown>([
    [`/${own.name}/meta.json`, { name: own.name, latest: own.version, versions: { [own.version]: {} } }],
    [`/${own.name}/${own.version}_meta.json`, { manifest, exports: own.exports }],
  ]);
  const server = createServer((request, response) => {
    const path = decodeURI(request.url ?? "/");
    const text = texts.get(path.slice(`/${own.name}/${own.version}`.length));
    if (documents.has(path)) {
      response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(documents.get(path)));
    } else if (path.startsWith(`/${own.name}/${own.version}/`) && text !== undefined) {
      response.writeHead(200, { "content-type": path.endsWith(".ts") ? "text/typescript" : "text/plain" }).end(text);
    } else {
      response.writeHead(404).end();
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
