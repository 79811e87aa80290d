import { readFileSync } from "node:fs";

import type { Mutant } from "./mutants.js";
import type { Verdict } from "./trial.js";

/** Mutants that no test can or need tell from the contract, with one reason for all of them. */
export interface Justification {
  readonly reason: string;
  /** Their keys. */
  readonly mutants: readonly string[];
}

export function readJustifications(path: string | URL): Justification[] {
  return JSON.parse(readFileSync(path, "utf8")) as Justification[];
}

export type Result = Readonly<{ mutant: Mutant; verdict: Verdict }>;

/** A run's results, sorted. */
export interface Judgement {
  readonly killed: readonly Result[];
  readonly survived: readonly Result[];
  readonly justified: readonly Result[];
  readonly stillborn: readonly Result[];
  /** What is wrong with the list of the justified. */
  readonly complaints: readonly string[];
}

/** Sorts results, and refuses justifications of mutants that do not exist any more, that are killed, or that give no reason. */
export function judge(results: readonly Result[], justifications: readonly Justification[]): Judgement {
  const excused = new Set(justifications.flatMap(({ mutants }) => mutants));
  const withFate = (fate: Verdict["fate"]): Result[] => results.filter(({ verdict }) => verdict.fate === fate);
  const survivors = withFate("survived");
  return {
    killed: withFate("killed"),
    survived: survivors.filter(({ mutant }) => !excused.has(mutant.key)),
    justified: survivors.filter(({ mutant }) => excused.has(mutant.key)),
    stillborn: withFate("stillborn"),
    complaints: complaintsAbout(results, justifications),
  };
}

function complaintsAbout(results: readonly Result[], justifications: readonly Justification[]): string[] {
  const fates = new Map(results.map(({ mutant, verdict }) => [mutant.key, verdict]));
  const files = new Set(results.map(({ mutant }) => mutant.file));
  const seen = new Set<string>();
  return justifications.flatMap(({ reason, mutants }) =>
    mutants.flatMap((key) => {
      const isTwice = seen.has(key);
      seen.add(key);
      if (reason.trim() === "") return [`no reason is given: ${key}`];
      if (isTwice) return [`justified twice: ${key}`];
      // A run of a part of the contracts says nothing about the others.
      if (!files.has(key.split(" ")[0] as string)) return [];
      return complaintAbout(key, fates.get(key));
    }),
  );
}

function complaintAbout(key: string, verdict: Verdict | undefined): string[] {
  if (!verdict) return [`justified, but there is no such mutant any more: ${key}`];
  if (verdict.fate === "killed") return [`justified, but killed by ${verdict.by}: ${key}`];
  return verdict.fate === "stillborn" ? [`justified, but it does not compile: ${key}`] : [];
}
