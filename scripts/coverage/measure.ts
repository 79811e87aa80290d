import { globSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, posix } from "node:path";

import { parse } from "../formal/sources.js";
import { type Decision, instrument, LIBRARY } from "./branches.js";

/** What of one file was executed. `missing` tells where nothing was, as `line: what`. */
export interface FileCoverage {
  readonly file: string;
  readonly lines: number;
  readonly linesHit: number;
  readonly branches: number;
  readonly branchesHit: number;
  readonly missing: readonly string[];
}

interface Statement {
  readonly tag: Uint8Array;
  readonly startUtf16: number;
}

/** The part of Hardhat's engine that numbers statements, the same way each time. */
interface Engine {
  addStatementCoverageInstrumentation(
    source: string,
    sourceName: string,
    version: string,
  ): { readonly metadata: readonly Statement[] };
}

const VERSION = "0.8.30";
const LIBRARY_FILE = "contracts/mocks/Branches.sol";
/** What is no part of the protocol, or has no code. */
const EXCLUDED = /^contracts\/(mocks|interfaces)\//;

/** Hardhat reports each call to this address as a hit, with its 32 bytes as the tag. */
const LIBRARY_SOURCE = `// SPDX-License-Identifier: MIT
pragma solidity ${VERSION};

library ${LIBRARY} {
    function decided(bool outcome, uint256 id) internal pure returns (bool) {
        reached(outcome ? id : id + 1);
        return outcome;
    }

    function reached(uint256 id) internal pure {
        _pure(_report)(id);
    }

    function _report(uint256 id) private view {
        assembly ("memory-safe") {
            mstore(0, id)
            pop(staticcall(gas(), 0xc0bEc0BEc0BeC0bEC0beC0bEC0bEC0beC0beC0BE, 0, 32, 0, 0))
        }
    }

    function _pure(function(uint256) internal view given) private pure returns (function(uint256) pure same) {
        assembly ("memory-safe") {
            same := given
        }
    }
}
`;

/** Rewrites the contracts below `root` so that they report their branches; gives the decisions of each file. */
export function instrumentAll(root: string): Map<string, readonly Decision[]> {
  const decisions = new Map<string, readonly Decision[]>();
  let id = 0;
  for (const file of sourcesOf(root)) {
    const source = readFileSync(join(root, file), "utf8");
    const path = posix.relative(dirname(file), LIBRARY_FILE);
    const result = instrument(source, parse(source), id, path.startsWith(".") ? path : `./${path}`);
    writeFileSync(join(root, file), result.source);
    decisions.set(file, result.decisions);
    id += 2 * result.decisions.length;
  }
  writeFileSync(join(root, LIBRARY_FILE), LIBRARY_SOURCE);
  return decisions;
}

const sourcesOf = (root: string): string[] =>
  globSync("contracts/**/*.sol", { cwd: root })
    .filter((file) => !EXCLUDED.test(file))
    .sort();

/** Adds the tags that a test run left below `root` to `hits`: 64 digits of hex each. */
export function collect(root: string, hits: Set<string>): void {
  for (const file of globSync("coverage/data/**/*.json", { cwd: root })) {
    for (const tag of Object.keys(JSON.parse(readFileSync(join(root, file), "utf8")) as object)) hits.add(tag);
  }
}

/** Compares what could be executed with what was. A line counts as executed when every statement that begins on it was. */
export function summarise(
  root: string,
  decisions: ReadonlyMap<string, readonly Decision[]>,
  hits: ReadonlySet<string>,
): FileCoverage[] {
  const engine = createRequire(import.meta.url)("@nomicfoundation/edr") as Engine;
  return [...decisions].map(([file, branching]) => {
    const source = readFileSync(join(root, file), "utf8");
    const { metadata } = engine.addStatementCoverageInstrumentation(source, `project/${file}`, VERSION);
    const lines = new Map<number, boolean>();
    for (const { tag, startUtf16 } of metadata) {
      const line = source.slice(0, startUtf16).split("\n").length;
      lines.set(line, (lines.get(line) ?? true) && hits.has(Buffer.from(tag).toString("hex")));
    }
    const outcomes = branching.flatMap(({ id, line, kind }) =>
      [0, 1].map((outcome) => ({ isHit: hits.has((id + outcome).toString(16).padStart(64, "0")), line, kind, outcome })),
    );
    const missed = [...lines].filter(([, isHit]) => !isHit).map(([line]) => `${line}: not executed`);
    const oneSided = outcomes.filter(({ isHit }) => !isHit);
    return {
      file,
      lines: lines.size,
      linesHit: lines.size - missed.length,
      branches: outcomes.length,
      branchesHit: outcomes.length - oneSided.length,
      missing: [...missed, ...oneSided.map(({ line, kind, outcome }) => `${line}: ${kind} never ${OUTCOMES[outcome] ?? ""}`)],
    };
  });
}

const OUTCOMES = ["true (or, of a try, successful)", "false (or, of a try, failed)"];
