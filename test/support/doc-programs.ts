/**
 * Compiles the programs of documents against the built library, as a user would, and runs them.
 *
 * @module
 */
import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { basename, join, relative } from "node:path";
import process from "node:process";
import { type Guarded, spawnGuarded } from "./guarded.ts";
import type { Program } from "./markdown.ts";
import { missingLine } from "./markdown.ts";
import { projectRoot } from "./project.ts";

/** A program that was compiled. */
export interface CompiledProgram {
  readonly program: Program;
  /** The JavaScript to run. */
  readonly file: string;
  /** What the compiler has to say, with the places in the document. */
  readonly errors: ReadonlyArray<string>;
}

/** Compiles all programs with one call of the compiler, into a new folder under `.build`. */
export async function compilePrograms(programs: ReadonlyArray<Program>): Promise<CompiledProgram[]> {
  const build = join(projectRoot, ".build");
  mkdirSync(build, { recursive: true });
  const folder = mkdtempSync(join(build, "docs-"));
  const named = programs.map((program) => ({ program, stem: program.name.replace(/[^\w]+/g, "-") }));
  for (const { program, stem } of named) {
    // A module even without imports: it may await, and its names are its own.
    writeFileSync(join(folder, `${stem}.${program.language}`), `${program.code}\nexport {};\n`);
  }
  const options = {
    outDir: "out",
    rootDir: ".",
    allowJs: true,
    checkJs: false,
    noUnusedLocals: false,
    noUnusedParameters: false,
  };
  const config = { extends: "../../tsconfig.run.json", compilerOptions: options, include: ["*.ts", "*.js"] };
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(config));
  const messages = programs.length > 0 ? await tsc(folder) : [];
  return named.map(({ program, stem }) => ({
    program,
    file: join(folder, "out", `${stem}.js`),
    errors: messages.filter((it) => it.file === stem).map((it) => `${program.name.replace(/:\d+$/, "")}${it.message}`),
  }));
}

interface Message {
  readonly file: string;
  readonly message: string;
}

function tsc(folder: string): Promise<Message[]> {
  const compiler = join(projectRoot, "node_modules", "typescript", "bin", "tsc");
  return new Promise((resolve, reject) => {
    execFile(process.execPath, [compiler, "-p", folder, "--pretty", "false"], { cwd: projectRoot }, (error, stdout) => {
      const messages: Message[] = [];
      for (const line of stdout.split("\n").filter(Boolean)) {
        const [, file, at, text] = /^(\S.*?)\.[tj]s(\(\d+,\d+\)): (.*)$/.exec(line) ?? [];
        const last = messages.at(-1);
        if (file !== undefined) messages.push({ file: basename(file), message: `${at}: ${text}` });
        else if (last && line.startsWith(" ")) messages.push({ file: last.file, message: `: ${line.trim()}` });
        else return reject(new Error(`tsc -p ${relative(projectRoot, folder)}: ${stdout}`));
      }
      if (error && messages.length === 0) return reject(error);
      resolve(messages);
    });
  });
}

/** Runs a program as its flags say; throws with what it printed when it does not do what the document promises. */
export async function runProgram(
  { program, file }: CompiledProgram,
  env: Readonly<Record<string, string>>,
  boundMs: number,
): Promise<void> {
  const child = await spawnGuarded({
    command: [process.execPath, file],
    cwd: projectRoot,
    env: { ...env, NO_COLOR: "1" },
  });
  let [printed, complaints] = ["", ""];
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => printed += chunk);
  child.stderr.setEncoding("utf8").on("data", (chunk: string) => complaints += chunk);
  const fail = (what: string): never => {
    throw new Error(
      `${program.name} ${what}\nprinted: ${printed || "nothing"}\nstandard error: ${complaints || "nothing"}`,
    );
  };
  try {
    const ended = await within(child, program.runForMs ?? boundMs);
    if (program.runForMs === undefined) {
      if (!ended) fail(`did not end within ${boundMs / 1_000} s; one that runs for ever needs run=4s`);
    } else {
      if (ended) fail(`was to run for ${program.runForMs / 1_000} s, and ended by itself`);
      if (printed === "") fail(`printed nothing in ${program.runForMs / 1_000} s`);
      child.signal("SIGTERM");
      if (!await within(child, 5_000)) fail("did not end within 5 s after SIGTERM");
    }
    const code = await child.end();
    if (code !== 0 && !(program.runForMs !== undefined && code === 143)) fail(`exited with ${code}`);
    if (complaints !== "") fail("complained");
    const missing = program.output === undefined ? undefined : missingLine(program.output, printed);
    if (missing !== undefined) fail(`did not print, or not in this place: ${missing}`);
  } finally {
    await child.end();
  }
}

async function within(child: Guarded, ms: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const ended = child.gone.then(() => true);
  const late = new Promise<boolean>((resolve) => timer = setTimeout(() => resolve(false), ms));
  try {
    return await Promise.race([ended, late]);
  } finally {
    clearTimeout(timer);
  }
}
