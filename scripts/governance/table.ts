import { GRANTS, type Role, ROLES } from "../../deploy/modules/roles.js";
import { artifactOf, GOVERNED } from "../deployment/names.js";
import { restrictedFunctions } from "./restricted.js";

/** A restricted function and the one role that may call it. */
export interface Door {
  /** Name in a deployment. */
  readonly contract: string;
  readonly signature: string;
  readonly role: Role;
}

const ROLE_NAMES = Object.keys(ROLES) as Role[];
/** Around what is generated in `docs/governance.md`. */
export const MARKS = [
  "<!-- table of restricted functions: begin -->",
  "<!-- table of restricted functions: end -->",
] as const;

/** Every restricted function of every contract, as the compiler knows them, with its role as the deployment gives it. */
export async function doors(): Promise<Door[]> {
  const all = await Promise.all(
    GOVERNED.map(async (contract) => {
      const signatures = await restrictedFunctions(artifactOf(contract));
      return signatures.map((signature) => ({ contract, signature, role: roleOf(contract, signature) }));
    }),
  );
  return all.flat();
}

function roleOf(contract: string, signature: string): Role {
  const holds = ([, grants]: [string, (typeof GRANTS)["guardian"]]): boolean =>
    grants.some((grant) => grant.contract === contract && grant.functions.includes(signature));
  return (Object.entries(GRANTS).find(holds)?.[0] ?? "governance") as Role;
}

/** The doors as a Markdown table: a line each, a column for each role. */
export async function tableLines(): Promise<string[]> {
  const rows = (await doors()).map(({ contract, signature, role }) => {
    const marks = ROLE_NAMES.map((name) => (name === role ? "yes" : "–"));
    return [`\`${contract}.${signature}\``, ...marks];
  });
  const header = ["function", ...ROLE_NAMES];
  const widths = header.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => (row[column] ?? "").length)),
  );
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(" | ")} |`;
  return [line(header), line(widths.map((width) => "-".repeat(width))), ...rows.map(line)];
}
