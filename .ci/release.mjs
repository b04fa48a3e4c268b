/**
 * Packs, checks and, with `--publish`, publishes to npm (with provenance) and JSR. Without it nothing leaves this machine.
 * `--no-gate` skips `npm run ok`.
 */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));

/** What keeps a version from being published; empty: nothing. */
export const problems = ({ changelog, env, jsr, manifest, publishes, status }) => {
  const [, newest] = /^## (\S+)/m.exec(changelog) ?? [];
  const vouched = env["ACTIONS_ID_TOKEN_REQUEST_URL"] ?? env["SIGSTORE_ID_TOKEN"];
  return [
    manifest.version === jsr.version || `package.json says ${manifest.version}, deno.json ${jsr.version}`,
    newest === manifest.version || `the changelog begins with ${newest}, package.json says ${manifest.version}`,
    /^\d+\.\d+\.\d+(-[\w.]+)?$/.test(manifest.version) || `${manifest.version} is no version`,
    status === "" || `not committed: ${status.trim().split("\n").length} files`,
    !publishes || vouched !== undefined || "provenance needs a CI that vouches for it: nothing is published from here",
  ].filter((it) => it !== true);
};

const run = (file, args, options = {}) => {
  console.log(`> ${[file, ...args].join(" ")}`);
  return execFileSync(file, args, { cwd: root, encoding: "utf8", stdio: ["ignore", "pipe", "inherit"], ...options });
};

const main = () => {
  const args = process.argv.slice(2);
  const strange = args.find((it) => !["--publish", "--no-gate"].includes(it));
  if (strange !== undefined) throw new Error(`${strange} is neither --publish nor --no-gate`);
  const [publishes, isGated] = [args.includes("--publish"), !args.includes("--no-gate")];
  if (publishes && !isGated) throw new Error("what is published passes the gate");

  const read = (file) => readFileSync(join(root, file), "utf8");
  const manifest = JSON.parse(read("package.json"));
  const status = run("git", ["status", "--porcelain"]);
  const jsr = JSON.parse(read("deno.json"));
  const found = problems({ changelog: read("CHANGELOG.md"), env: process.env, jsr, manifest, publishes, status });
  for (const it of found) console.error(`problem: ${it}`);
  if (found.length > 0 && publishes) throw new Error("nothing was published");

  if (isGated) run("npm", ["run", "--silent", "ok"], { stdio: "inherit" });
  const folder = mkdtempSync(join(tmpdir(), "ringcron-release-"));
  try {
    const packing = ["pack", "--json", "--ignore-scripts", "--pack-destination", folder];
    const [packed] = JSON.parse(run("npm", packing));
    const tarball = join(folder, packed.filename);
    const digest = createHash("sha256").update(readFileSync(tarball)).digest("hex");
    console.log(`${packed.filename}: ${packed.entryCount} files, ${packed.size} bytes, sha256 ${digest}`);
    const dry = publishes ? [] : ["--dry-run"];
    const tag = manifest.version.includes("-") ? ["--tag", "next"] : [];
    const npm = ["publish", tarball, "--provenance", "--access", "public", "--ignore-scripts", ...tag, ...dry];
    run("npm", npm, { stdio: "inherit" });
    const deno = join(root, "node_modules", ".bin", "deno");
    run(deno, ["publish", "--quiet", ...(publishes ? [] : ["--dry-run", "--allow-dirty"])], { stdio: "inherit" });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  console.log(publishes ? `published ${manifest.version}` : `${manifest.version}: nothing was published`);
  if (found.length > 0) process.exitCode = 1;
};

if (process.argv[1] === fileURLToPath(import.meta.url)) main();
