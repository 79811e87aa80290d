import { existsSync, readFileSync } from "node:fs";

/** A test that a document names: `path` › name, or `path` › "title of a describe or an it". */
export interface Reference {
  readonly path: string;
  readonly name: string;
}

const NAME = /"[^"]+"|(?:test|testFuzz|invariant)_\w+|property_\w+/u;
const REFERENCE = new RegExp(
  `\`(?<path>[\\w./-]+)\`\\s+›\\s+(?<names>(?:${NAME.source})(?:,\\s+(?:${NAME.source}))*)`,
  "gu",
);
const TITLE = /\b(?:it|describe)\(\s*(?:"(?<plain>(?:[^"\\]|\\.)*)"|`(?<template>[^`]*)`|'(?<single>[^']*)')/gu;

/** Every reference in a text, in order. Lines may be broken anywhere. */
export function referencesIn(text: string): Reference[] {
  const flat = text.replace(/\n\s*/gu, " ");
  return [...flat.matchAll(REFERENCE)].flatMap(({ groups }) => {
    const { path = "", names = "" } = groups ?? {};
    const found = [...names.matchAll(new RegExp(NAME.source, "gu"))];
    return found.map(([name]) => ({ path, name: name.replace(/^"|"$/gu, "") }));
  });
}

/** Why a reference leads nowhere; undefined when its test is there. */
export function problemOf({ path, name }: Reference): string | undefined {
  if (!existsSync(path)) return `there is no file ${path}`;
  const source = readFileSync(path, "utf8");
  const isThere = path.endsWith(".sol")
    ? new RegExp(`\\bfunction ${name}\\(`, "u").test(source)
    : titlesIn(source).some((title) => title.test(name));
  return isThere ? undefined : `${path} has no test "${name}"`;
}

/** Patterns of the titles in a test file; what a template puts in may be anything. */
function titlesIn(source: string): RegExp[] {
  return [...source.matchAll(TITLE)].map(({ groups }) => {
    const { plain, template, single } = groups ?? {};
    const parts = (plain ?? single ?? template ?? "").split(/\$\{(?:[^{}]|\{[^{}]*\})*\}/u);
    return new RegExp(
      `^${parts.map((part) => part.replaceAll('\\"', '"').replace(/[.*+?^${}()|[\]\\]/gu, String.raw`\$&`)).join(".*")}$`,
      "u",
    );
  });
}
