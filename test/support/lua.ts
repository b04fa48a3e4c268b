/**
 * A linter for Lua: what luacheck would say of names.
 *
 * @module
 */
import { createRequire } from "node:module";

interface Node {
  readonly type: string;
  readonly loc?: { readonly start: { readonly line: number } };
  readonly [part: string]: unknown;
}

interface Identifier extends Node {
  readonly type: "Identifier";
  readonly name: string;
}

/** Of `luaparse`, which comes without types. */
interface Parser {
  readonly parse: (text: string, options: { readonly luaVersion: "5.1"; readonly locations: true }) => Node;
}

/** A name that is declared. */
interface Local {
  readonly name: string;
  readonly line: number;
  /** The function in which it is, counted from outside. */
  readonly depth: number;
  /** A function may be called from others: what it stands for does not change. */
  readonly isFunction: boolean;
  isUsed: boolean;
}

/** Names that are declared in a block, and those around it. */
class Scope {
  readonly locals: Map<string, Local> = new Map();
  readonly parent: Scope | undefined;

  constructor(parent: Scope | undefined) {
    this.parent = parent;
  }

  find(name: string): Local | undefined {
    return this.locals.get(name) ?? this.parent?.find(name);
  }
}

const isNode = (value: unknown): value is Node => typeof value === "object" && value !== null && "type" in value;

const isIdentifier = (node: unknown): node is Identifier => isNode(node) && node.type === "Identifier";

const list = (value: unknown): ReadonlyArray<Node> => Array.isArray(value) ? value.filter(isNode) : [];

/** The names that are wrong in a script, each with its line. `_` may be left unused, and declared again. */
export const faultsIn = (text: string, given: ReadonlyArray<string>): ReadonlyArray<string> => {
  const { parse } = createRequire(import.meta.url)("luaparse") as Parser;
  const faults: Array<string> = [];
  const lineOf = (node: Node): number => node.loc?.start.line ?? 0;
  const all: Array<Local> = [];
  let functions: ReadonlyArray<string> = [];

  const declare = (scope: Scope, node: Node, isFunction = false): void => {
    if (!isIdentifier(node) || node.name === "_") return;
    const { name } = node;
    if (scope.find(name) !== undefined || given.includes(name)) faults.push(`${lineOf(node)}: ${name} hides another`);
    const local: Local = { name, line: lineOf(node), depth: functions.length, isFunction, isUsed: false };
    scope.locals.set(name, local);
    all.push(local);
  };
  const use = (scope: Scope, node: Identifier): void => {
    const local = scope.find(node.name);
    if (local === undefined) {
      if (!given.includes(node.name)) faults.push(`${lineOf(node)}: ${node.name} is global`);
      return;
    }
    local.isUsed = true;
    const inner = functions.at(-1);
    if (!local.isFunction && local.depth < functions.length && inner !== "") {
      faults.push(`${lineOf(node)}: ${node.name} is of outside ${inner}`);
    }
  };
  const block = (parent: Scope, body: unknown, begin: (scope: Scope) => void = () => {}): void => {
    const scope = new Scope(parent);
    begin(scope);
    for (const statement of list(body)) visit(scope, statement);
  };
  const visitFunction = (scope: Scope, node: Node): void => {
    const outer = functions;
    // One without a name is part of what is around it.
    functions = [...functions, isIdentifier(node["identifier"]) ? node["identifier"].name : ""];
    block(scope, node["body"], (inner) => list(node["parameters"]).forEach((it) => declare(inner, it)));
    functions = outer;
  };
  const parts = (scope: Scope, node: Node): void => {
    for (const value of Object.values(node)) {
      if (isNode(value)) visit(scope, value);
      else list(value).forEach((it) => visit(scope, it));
    }
  };
  const visit = (scope: Scope, node: Node): void => {
    switch (node.type) {
      case "Identifier":
        return use(scope, node as Identifier);
      case "LocalStatement":
        list(node["init"]).forEach((it) => visit(scope, it));
        return list(node["variables"]).forEach((it) => declare(scope, it));
      case "AssignmentStatement":
        list(node["init"]).forEach((it) => visit(scope, it));
        for (const target of list(node["variables"])) {
          if (!isIdentifier(target)) visit(scope, target);
          else if (scope.find(target.name) === undefined) faults.push(`${lineOf(target)}: ${target.name} is global`);
        }
        return;
      case "FunctionDeclaration":
        if (isNode(node["identifier"])) declare(scope, node["identifier"], true);
        return visitFunction(scope, node);
      case "ForGenericStatement":
        list(node["iterators"]).forEach((it) => visit(scope, it));
        return block(scope, node["body"], (inner) => list(node["variables"]).forEach((it) => declare(inner, it)));
      case "ForNumericStatement":
        for (const part of ["start", "end", "step"]) if (isNode(node[part])) visit(scope, node[part]);
        return block(scope, node["body"], (inner) => isNode(node["variable"]) && declare(inner, node["variable"]));
      case "IfClause":
      case "ElseifClause":
      case "WhileStatement":
        if (isNode(node["condition"])) visit(scope, node["condition"]);
        return block(scope, node["body"]);
      case "ElseClause":
      case "DoStatement":
        return block(scope, node["body"]);
      case "MemberExpression":
        return visit(scope, node["base"] as Node);
      case "TableKeyString":
        return visit(scope, node["value"] as Node);
      default:
        return parts(scope, node);
    }
  };

  block(new Scope(undefined), parse(text, { luaVersion: "5.1", locations: true })["body"]);
  for (const { isUsed, line, name } of all) if (!isUsed) faults.push(`${line}: ${name} is not used`);
  return faults;
};
