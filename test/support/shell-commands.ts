/**
 * Whether the commands that a document shows can be the ones it means.
 *
 * @module
 */

const ours = "(?:ringcron|@ringcron\\/ringcron)";
const forms = [
  /^npm install$/,
  new RegExp(`^npm (?:install|i|add) (?:-\\S+ )*${ours}(?: [@\\w/-]+)*$`),
  /^npm (?:install|i|add) (?:-\S+ )*(?:effect|@upstash\/redis)(?: [@\w/-]+)*$/,
  new RegExp(`^(?:pnpm|yarn|bun) add (?:jsr:)?${ours}(?: [@\\w/-]+)*$`),
  new RegExp(`^(?:npx|pnpm dlx|yarn dlx|bunx) jsr add ${ours}$`),
  new RegExp(`^deno add (?:ringcron@)?(?:jsr:|npm:)${ours}(?: (?:jsr:|npm:)[@\\w/-]+)*$`),
  /^git clone \S+(?: \S+)?$/,
  /^(?:cd|mkdir) [\w./-]+$/,
  /^npm (?:init -y|pkg set type=module)$/,
  /^node --test$/,
  /^export [A-Z_]+=\S+(?: [A-Z_]+=\S+)*$/,
  /^pass show [\w/-]+ \| npx ringcron [a-z]+(?: .+)?$/,
  /^(?:node|bun|deno run(?: -\S+)*) [\w./-]+\.[mc]?[jt]s(?: .*)?$/,
  /^(?:curl|redis-cli|etcdctl) .+$/,
  // test/unit/cli-documents.test.ts knows which of them there are.
  /^npx ringcron [a-z]+(?: .+)?$/,
];

/** The commands of a `sh` block that are neither scripts of the package nor forms that are known. */
export function strangeCommands(code: string, scripts: Readonly<Record<string, string>>): string[] {
  const joined = code.replace(/\\\n\s*/g, " ").split("\n");
  return joined
    .map((line) => line.replace(/^\s*\$ /, "").replace(/(^|\s)#.*$/, "").trim())
    .filter(Boolean)
    // What is quoted separates nothing.
    .flatMap((line) => line.replace(/'[^']*'/g, "''").split(/\s*(?:&&|\|\||;|\s&$)\s*/))
    .map((command) => command.replace(/^(?:[A-Z_]+=\S+ )+/, "").trim())
    .filter((command) => command !== "" && !isKnown(command, scripts));
}

function isKnown(command: string, scripts: Readonly<Record<string, string>>): boolean {
  const script = /^npm (?:run (?:--silent )?)?([\w:-]+)(?: -- .+)?$/.exec(command)?.[1];
  if (command.startsWith("npm run")) return script !== undefined && script in scripts;
  if (script === "test" || script === "ci") return "test" in scripts;
  return forms.some((form) => form.test(command));
}
