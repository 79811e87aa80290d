import { getAddress, isAddress, ZeroAddress } from "ethers";
import { z } from "zod";

import { SystemDisk } from "../../keepers/core/disk.js";
import { KeeperError } from "../../keepers/core/errors.js";
import { readJson } from "../../keepers/core/files.js";
import { formatDuration, formatTime } from "./times.js";

export type ModuleName = "Protocol" | "Development" | "HandOver";

/** A module's parameters as Ignition takes them: numbers are bigint, written "86400n" in the file. */
export type ModuleParameters = Readonly<Record<string, string | bigint | readonly bigint[]>>;

const WHOLE = 10_000n;
const ACCOUNTS = ["guardian", "compliance", "treasurer"];
const POSITIVE = [
  "epochDuration",
  "answerWindow",
  "reassociationDelay",
  "nodeDeedDuration",
  "masterNodeDeedDuration",
  "genesisNodeDeedDuration",
  "jobTerm",
  "feedMaxAge",
  "feedLeast",
];

const number = z
  .string()
  .regex(/^\d+n$/u)
  .transform((text) => BigInt(text.slice(0, -1)));
const valueSchema = z.union([number, z.array(number), z.string()]);
const fileSchema = z.record(z.string(), z.record(z.string(), valueSchema));

/** The parameters of one module. @throws KeeperError `PARAMETERS_NOT_FOUND`, or what is wrong with the file */
export async function readParameters(path: string, module: ModuleName): Promise<ModuleParameters> {
  const file = await readJson(new SystemDisk(), path, fileSchema);
  const parameters = file?.[module];
  if (parameters !== undefined) return parameters;
  const what =
    file === undefined ? `there is no parameter file ${path}` : `parameter file ${path} has no section ${module}`;
  throw new KeeperError("PARAMETERS_NOT_FOUND", what);
}

/** What is wrong with a module's parameters, one line each; none when they can be deployed. */
export function parameterProblems(module: ModuleName, parameters: ModuleParameters): string[] {
  if (module === "HandOver") {
    return [...accountProblems(["governance"], parameters), ...positiveProblems(["governanceDelay"], parameters)];
  }
  return [
    ...accountProblems(module === "Protocol" ? [...ACCOUNTS, "feed"] : ACCOUNTS, parameters),
    ...positiveProblems(module === "Protocol" ? POSITIVE : [...POSITIVE, "feedPrice"], parameters),
    ...delayProblems(parameters),
    ...boundProblems(parameters),
    ...milestoneProblems(parameters),
  ];
}

/** A parameter with what it means, for the table that people confirm. */
export function parameterRows(parameters: ModuleParameters): string[][] {
  return Object.entries(parameters).map(([name, value]) => [name, show(value), meaning(name, value)]);
}

function accountProblems(names: readonly string[], parameters: ModuleParameters): string[] {
  return names.flatMap((name) => {
    const value = parameters[name];
    if (value === undefined || value === "") return [`${name}: empty, wants an address`];
    if (typeof value !== "string" || !value.startsWith("0x") || !isAddress(value)) {
      return [`${name}: got ${JSON.stringify(String(value))}, wants an address, checksum right when in mixed case`];
    }
    return getAddress(value) === ZeroAddress ? [`${name}: is the zero address, wants an account`] : [];
  });
}

function positiveProblems(names: readonly string[], parameters: ModuleParameters): string[] {
  return names.flatMap((name) => {
    const value = parameters[name];
    if (typeof value === "bigint" && value > 0n) return [];
    return [
      `${name}: got ${value === undefined ? "nothing" : show(value)}, wants a number above zero, such as "86400n"`,
    ];
  });
}

function delayProblems({ activationDelay, epochDuration }: ModuleParameters): string[] {
  if (typeof epochDuration !== "bigint" || epochDuration <= 0n) return [];
  if (typeof activationDelay === "bigint" && activationDelay >= 0n && activationDelay < epochDuration) return [];
  return [`activationDelay: got ${String(activationDelay)}, wants less than an epoch, ${epochDuration.toString()}`];
}

function boundProblems({ feedLeast, feedMost }: ModuleParameters): string[] {
  if (typeof feedLeast !== "bigint" || (typeof feedMost === "bigint" && feedMost >= feedLeast)) return [];
  return [`feedMost: got ${String(feedMost)}, wants a number not below feedLeast, ${feedLeast.toString()}`];
}

function milestoneProblems(parameters: ModuleParameters): string[] {
  return Object.entries(parameters).flatMap(([name, value]) => {
    if (!Array.isArray(value) || value.length === 0) return [];
    const sum = (value as readonly bigint[]).reduce((total, share) => total + share, 0n);
    return sum === WHOLE ? [] : [`${name}: add up to ${sum.toString()} basis points, want 10000`];
  });
}

function show(value: string | bigint | readonly bigint[]): string {
  return Array.isArray(value) ? `[${value.join(", ")}]` : value.toString();
}

function meaning(name: string, value: string | bigint | readonly bigint[]): string {
  if (Array.isArray(value)) return value.length === 0 ? "everything at once" : value.map(percent).join(" + ");
  if (typeof value !== "bigint") return "";
  if (name.endsWith("UnlockTime")) return value === 0n ? "unlocked" : formatTime(value);
  if (name === "genesis") return value === 0n ? "now" : formatTime(value);
  if (
    /^(epochDuration|activationDelay|answerWindow|reassociationDelay|feedMaxAge|treasurerDelay|governanceDelay)$/u.test(
      name,
    )
  )
    return formatDuration(value);
  if (name.endsWith("DeedStart")) return "first epoch";
  return name.endsWith("DeedDuration") || name === "jobTerm" ? "epochs" : "";
}

function percent(share: bigint): string {
  return `${Number(share) / 100} %`;
}
