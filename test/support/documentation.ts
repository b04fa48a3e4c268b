/**
 * What the public documentation lacks, as `deno doc --lint` finds it over all entries of the package.
 *
 * It looks at each entry by itself and into no namespace, so it takes types for private that a namespace of another entry
 * exports, and all those of other packages. Of such findings only those about types of ours that nothing exports are kept.
 *
 * @module
 */
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { projectRoot } from "./project.ts";
import { resolveImport, sources } from "./source.ts";

const entries = (): string[] => Object.values(JSON.parse(readFileSync(join(projectRoot, "deno.json"), "utf8")).exports);

const declaration = /^export (?:declare )?(?:abstract )?(?:class|const|interface|type) (\w+)/gm;

/** The names that an entry exports, itself or within a namespace. */
function exportedNames(entry: string): string[] {
  const read = (path: string): string => readFileSync(join(projectRoot, path), "utf8");
  const declared = (text: string): string[] => [...text.matchAll(declaration)].map((it) => it[1] as string);
  const listed = (text: string): string[] =>
    [...text.matchAll(/^export (?:type )?\{([^}]*)\}/gm)]
      .flatMap((it) => (it[1] as string).split(",")).map((it) => it.trim().replace(/^type | as .*$/g, ""));
  const passedOn = (path: string): string[] =>
    [...read(path).matchAll(/^export \* from "(.+)"/gm)].flatMap((it) => all(resolveImport(path, it[1] as string)));
  const all = (path: string): string[] => [...declared(read(path)), ...listed(read(path)), ...passedOn(path)];
  const namespaces = [...read(entry).matchAll(/^export (?:type )?\* as \w+ from "(.+)"/gm)].map((it) =>
    it[1] as string
  );
  return [...all(entry), ...namespaces.flatMap((it) => all(resolveImport(entry, it)))];
}

const lint = (deno: string): Promise<string> =>
  new Promise((resolve) => {
    const env = { ...process.env, NO_COLOR: "1", DENO_NO_UPDATE_CHECK: "1" };
    const options = { cwd: projectRoot, env, timeout: 120_000, maxBuffer: 1 << 26 };
    execFile(deno, ["doc", "--lint", ...entries()], options, (_, stdout, stderr) => resolve(stdout + stderr));
  });

/** Public symbols without documentation and private types in public ones: one line each, with file and place. */
export async function undocumented(deno: string): Promise<string[]> {
  const output = await lint(deno);
  const findings = output.split(/^(?=error\[)/m).filter((it) => it.startsWith("error["));
  // Whatever is clean, there are findings about types of Effect: without any it has not looked.
  if (findings.length === 0) throw new Error(`deno doc --lint: ${output}`);
  const own = new Set(sources("src", "adapters").flatMap(({ text }) => text.split("\n")));
  const exported = new Set(entries().flatMap(exportedNames));
  return findings.filter((finding) => {
    if (!finding.startsWith("error[private-type-ref]")) return true;
    const name = /private type '(\w+)'/.exec(finding)?.[1] ?? "";
    // The last line that is quoted from a file is the declaration of the private type.
    const quoted = [...finding.matchAll(/^ *\d+ \| (.*)$/gm)].at(-1)?.[1] ?? "";
    return own.has(quoted) && !exported.has(name);
  }).map((finding) => {
    const place = /--> (\S+)/.exec(finding)?.[1]?.replace(`${projectRoot}/`, "");
    const quoted = /^ *\d+ \| (.*)$/m.exec(finding)?.[1]?.trim();
    return `${place}: ${finding.slice(0, finding.indexOf("\n"))}: ${quoted}`;
  });
}
