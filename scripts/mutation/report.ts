import type { Judgement, Justification, Result } from "./justified.js";

/** How many mutants of a kind ended how. */
interface Row {
  readonly name: string;
  readonly killed: number;
  readonly survived: number;
  readonly justified: number;
}

/** What `--json` prints. */
export interface Summary {
  readonly killed: number;
  readonly survived: number;
  readonly justified: number;
}

export const summaryOf = ({ killed, survived, justified }: Judgement): Summary => ({
  killed: killed.length,
  survived: survived.length,
  justified: justified.length,
});

/** Killed of all that can be told from the contract, in percent with one digit. */
export function scoreOf({ killed, survived }: Summary): string {
  return killed + survived === 0 ? "none" : `${((100 * killed) / (killed + survived)).toFixed(1)} %`;
}

function rowsBy(judgement: Judgement, nameOf: (result: Result) => string): Row[] {
  const { killed, survived, justified } = judgement;
  const names = [...new Set([...killed, ...survived, ...justified].map(nameOf))].sort();
  const count = (results: readonly Result[], name: string): number =>
    results.filter((result) => nameOf(result) === name).length;
  return names.map((name) => ({
    name,
    killed: count(killed, name),
    survived: count(survived, name),
    justified: count(justified, name),
  }));
}

const cells = ({ name, killed, survived, justified }: Row): string[] => [
  name,
  ...[killed + survived + justified, killed, survived, justified].map(String),
];

function markdownTable(head: string, rows: readonly Row[]): string {
  const lines = [
    [head, "mutants", "killed", "survived", "justified"],
    ["---", ...Array<string>(4).fill("---:")],
  ];
  return [...lines, ...rows.map(cells)].map((line) => `| ${line.join(" | ")} |`).join("\n");
}

const shortFile = ({ mutant }: Result): string => mutant.file.replace("contracts/", "");

/** The tables and the list of the justified for docs/audit/mutation.md. */
export function renderMarkdown(judgement: Judgement, justifications: readonly Justification[]): string {
  const { killed, survived, justified } = summaryOf(judgement);
  const operators = rowsBy(judgement, ({ mutant }) => mutant.operator);
  const reasons = justifications.map(
    ({ reason, mutants }) => `- ${reason}\n${mutants.map((key) => `  - \`\` ${key} \`\``).join("\n")}`,
  );
  return [
    `${killed + survived + justified} mutants: ${killed} killed, ${survived} survived, ${justified} justified; score ${scoreOf(summaryOf(judgement))} ` +
      `(${judgement.stillborn.length} more do not compile and count for nothing).`,
    markdownTable("contract", rowsBy(judgement, shortFile)),
    markdownTable("operator", operators),
    "### Justified",
    reasons.join("\n"),
  ].join("\n\n");
}

/** For the terminal: a table by contract, what survived, and what is wrong with the list of the justified. */
export function renderText(judgement: Judgement): string {
  const rows = rowsBy(judgement, shortFile);
  const width = Math.max(...rows.map(({ name }) => name.length), 8);
  const line = ([name = "", ...counts]: string[]): string =>
    name.padEnd(width) + counts.map((count) => count.padStart(10)).join("");
  const table = [["contract", "mutants", "killed", "survived", "justified"], ...rows.map(cells)].map(line);
  const survivors = judgement.survived.map(({ mutant }) => `survived (line ${mutant.line}): ${mutant.key}`);
  const { killed, survived, justified } = summaryOf(judgement);
  const total = `${killed} killed, ${survived} survived, ${justified} justified, ${judgement.stillborn.length} do not compile; score ${scoreOf({ killed, survived, justified })}`;
  return [...table, "", ...survivors, ...judgement.complaints, total, ""].join("\n");
}
