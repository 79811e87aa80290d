import type { History } from "../history.js";
import { FULL, mustCommit, owedBytes, possibleBytes } from "./availability.js";
import { creditedBytes, type Credited } from "./credits.js";

/** What was lost and what was wrong, in sentences. */
export interface Findings {
  readonly lost: readonly string[];
  readonly wrong: readonly string[];
}

/** Epochs that are missing without a cause, and bytes of deeds that are outside of what can have been. */
export function judgeEpochs(history: History): Findings {
  const { first, last, epochs } = history;
  const committed = new Set(epochs.map(({ commit }) => commit.epoch));
  const all = Array.from({ length: last - first + 1 }, (_, index) => first + index);
  const missing = all.filter((epoch) => !committed.has(epoch) && mustCommit(history, epoch));
  const { credits, problems } = creditedBytes(history);
  return {
    lost: [
      ...missing.map((epoch) => `epoch ${epoch} was not committed, though a quorum of oracles was well in all of it`),
      ...credits.flatMap((credit) => tooFew(history, credit)),
    ],
    wrong: [...problems, ...credits.flatMap((credit) => tooMany(history, credit))],
  };
}

function tooFew(history: History, { deed, epoch, bytes }: Credited): string[] {
  if (epoch < history.first || epoch < deed.start) return [];
  const owed = owedBytes(history, deed.deed, epoch);
  return bytes < owed ? [`${deed.name} got ${bytes} of ${FULL} in epoch ${epoch}, and was there for ${owed}`] : [];
}

function tooMany(history: History, { deed, epoch, bytes, isMedian }: Credited): string[] {
  const most = epoch < deed.start ? 0 : possibleBytes(history, deed.deed, epoch);
  const problems: string[] = [];
  if (bytes > most) problems.push(`${deed.name} got ${bytes} in epoch ${epoch}, and can have been there for ${most}`);
  if (!isMedian) problems.push(`${deed.name} got ${bytes} in epoch ${epoch}, which is not what the reports come to`);
  return problems;
}
