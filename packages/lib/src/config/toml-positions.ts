import { type AST, parseTOML } from "toml-eslint-parser";
import type { KeyPath } from "./key-path.ts";

/** Both from 1. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

interface Place {
  readonly key: Position;
  readonly value: Position;
  /** Names directly below, in file order. */
  readonly children: string[];
}

/**
 * Where keys and values stand in a TOML text, and in which order: what the parser of the values loses. Slower than
 * that one (about four times), so it is made only when somebody asks.
 */
export class TomlPositions {
  readonly #places = new Map<string, Place>();
  readonly #start: Position = { line: 1, column: 1 };

  /** The text must be one that parsed; what this parser cannot read has no positions. */
  constructor(text: string) {
    this.#place([], this.#start, this.#start);
    try {
      // 1.1, since the parser of the values reads that too.
      for (const node of parseTOML(text, { tomlVersion: "1.1.0" }).body[0].body) this.#walk(node, []);
    } catch {}
  }

  /** The nearest thing that has a place: the key or its value, else the table that should hold it. */
  locate(path: KeyPath, at: "key" | "value"): Position {
    for (let length = path.length; length > 0; length--) {
      const place = this.#places.get(JSON.stringify(path.slice(0, length)));
      if (place !== undefined) return length < path.length ? place.key : place[at];
    }
    return this.#start;
  }

  /** Names below a table, in file order; empty where there is no such table. */
  names(path: KeyPath): readonly string[] {
    return this.#places.get(JSON.stringify(path))?.children ?? [];
  }

  #walk(node: AST.TOMLTable | AST.TOMLKeyValue, above: KeyPath): void {
    if (node.type === "TOMLTable") {
      this.#place(node.resolvedKey, positionOf(node), positionOf(node));
      for (const entry of node.body) this.#walk(entry, node.resolvedKey);
      return;
    }
    const path = [...above, ...node.key.keys.map((key) => (key.type === "TOMLBare" ? key.name : key.value))];
    this.#place(path, positionOf(node.key), positionOf(node.value));
    this.#content(node.value, path);
  }

  #content(value: AST.TOMLContentNode, path: KeyPath): void {
    if (value.type === "TOMLInlineTable") for (const entry of value.body) this.#walk(entry, path);
    if (value.type !== "TOMLArray") return;
    for (const [index, element] of value.elements.entries()) {
      this.#place([...path, index], positionOf(element), positionOf(element));
      this.#content(element, [...path, index]);
    }
  }

  /** The first place wins; tables that only a longer name implies get the place of that one. */
  #place(path: KeyPath, key: Position, value: Position): void {
    const id = JSON.stringify(path);
    if (this.#places.has(id)) return;
    const name = path.at(-1);
    if (name !== undefined) {
      const above = path.slice(0, -1);
      this.#place(above, key, value);
      if (typeof name === "string") this.#places.get(JSON.stringify(above))?.children.push(name);
    }
    this.#places.set(id, { key, value, children: [] });
  }
}

const positionOf = (node: AST.TOMLNode): Position => ({
  line: node.loc.start.line,
  column: node.loc.start.column + 1,
});
