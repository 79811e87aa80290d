import type { Interface, LogDescription } from "ethers";

import { GRANTS, ROLE_GUARDIANS, type Role, ROLES } from "../../deploy/modules/roles.js";
import { addressOf } from "../../keepers/chain/deployment.js";
import * as factories from "../../typechain-types/index.js";
import { managerEvents, roleName as nameOf, waitingOperations } from "../../tasks/lib/roles.js";
import { formatTime } from "../../tasks/lib/times.js";
import { artifactOf, GOVERNED } from "./names.js";
import { type Check, compare, demand, note, type Subject } from "./types.js";

type Manager = Subject["contracts"]["accessManager"];

const ROLE_NAMES = Object.entries(ROLES) as [Role, bigint][];
const HAND_OVER = "run deploy --hand-over with the governance account of the parameter file";
const REVOKE =
  "governance takes it back with governance:revoke; until then treat what the role may do as open to that account";

/** Who may do what, when, and who may stop it: every member, every function, every delay, as the manager's events name them. */
export async function roleChecks(subject: Subject): Promise<Check[]> {
  const manager = subject.contracts.accessManager;
  const events = await managerEvents(subject, subject.progress);
  const [members, roles, functions, targets, waiting] = await Promise.all([
    memberChecks(subject, manager, events),
    roleSettings(manager, events),
    functionChecks(subject, manager, events),
    targetChecks(subject, manager),
    scheduledNotes(subject, events),
  ]);
  return [
    ...members,
    ...(await governanceChecks(subject, manager, events)),
    ...roles,
    ...functions,
    ...targets,
    ...waiting,
  ];
}

/** One line a role, known or not: its members with their delays, those that only will be members included. */
async function memberChecks(subject: Subject, manager: Manager, events: readonly LogDescription[]): Promise<Check[]> {
  const granted = new Map<bigint, Set<string>>(ROLE_NAMES.map(([, role]) => [role, new Set<string>()]));
  for (const { name, args } of events) {
    if (name !== "RoleGranted") continue;
    const role = args["roleId"] as bigint;
    granted.set(role, (granted.get(role) ?? new Set()).add((args["account"] as string).toLowerCase()));
  }
  return Promise.all(
    [...granted].map(async ([role, accounts]) => {
      const members = await Promise.all(
        [...accounts].sort().map(async (account) => memberText(manager, role, account)),
      );
      return compare("roles", `members of ${nameOf(role)}`, {
        expected: expectedMembers(subject, events, role).join(", ") || "nobody",
        found: members.filter((member) => member !== undefined).join(", ") || "nobody",
        advice: role === ROLES.governance ? HAND_OVER : REVOKE,
      });
    }),
  );
}

async function memberText(manager: Manager, role: bigint, account: string): Promise<string | undefined> {
  const { since, currentDelay, pendingDelay, effect } = await manager.getAccess(role, account);
  if (since === 0n) return undefined;
  const next = effect === 0n ? "" : `, ${pendingDelay.toString()} s from ${formatTime(effect)} on`;
  return member(account, currentDelay) + next;
}

function member(account: string, delay: bigint): string {
  return `${account.toLowerCase()} after ${delay.toString()} s`;
}

function expectedMembers({ parameters }: Subject, events: readonly LogDescription[], role: bigint): string[] {
  if (role === ROLES.governance) {
    const { governance } = parameters;
    return [governance === undefined ? member(deployerOf(events), 0n) : member(governance.account, governance.delay)];
  }
  const name = nameOf(role);
  const account = parameters.protocol[name];
  if (typeof account !== "string") return [];
  const delay = parameters.protocol[`${name}Delay`];
  return [member(account, typeof delay === "bigint" ? delay : 0n)];
}

/** The manager's first member: its constructor made it governance. */
function deployerOf(events: readonly LogDescription[]): string {
  const first = events.find(({ name }) => name === "RoleGranted");
  return (first?.args["account"] as string | undefined) ?? "nobody";
}

/** In production governance is a contract, and the account that deployed holds nothing any more. */
async function governanceChecks(
  { parameters, provider }: Subject,
  manager: Manager,
  events: readonly LogDescription[],
): Promise<Check[]> {
  const { governance } = parameters;
  if (governance === undefined) return [];
  const deployer = deployerOf(events);
  const [code, held] = await Promise.all([
    provider.getCode(governance.account),
    Promise.all(ROLE_NAMES.map(async ([name, role]) => ((await manager.hasRole(role, deployer))[0] ? [name] : []))),
  ]);
  return [
    compare("roles", "governance is a contract", {
      expected: "code",
      found: code === "0x" ? "an account with a key" : "code",
      advice: "hand over to a multisig: one key that leaks would be enough",
    }),
    compare("roles", "roles of the deployer", {
      expected: `none of ${deployer}`,
      found: `${held.flat().join(", ") || "none"} of ${deployer}`,
      advice: HAND_OVER,
    }),
  ];
}

/** Who administers a role, who may cancel what it scheduled, and how long a grant waits. */
async function roleSettings(manager: Manager, events: readonly LogDescription[]): Promise<Check[]> {
  const others = events.flatMap(({ name, args }) => (name.startsWith("Role") ? [args["roleId"] as bigint] : []));
  const roles = [...new Set([...Object.values(ROLES), ...others])];
  return Promise.all(
    roles.map(async (role) => {
      const [admin, guardian, delay] = await Promise.all([
        manager.getRoleAdmin(role),
        manager.getRoleGuardian(role),
        manager.getRoleGrantDelay(role),
      ]);
      const text = (by: bigint, stopper: bigint, wait: bigint): string =>
        `granted by ${nameOf(by)}, cancelled by ${nameOf(stopper)}, grants wait ${wait.toString()} s`;
      const stopper = ROLES[ROLE_GUARDIANS[nameOf(role) as Role] ?? "governance"];
      return compare("roles", `settings of ${nameOf(role)}`, {
        expected: text(ROLES.governance, stopper, 0n),
        found: text(admin, guardian, delay),
        advice: "governance sets it back with setRoleAdmin, setRoleGuardian or setGrantDelay of the AccessManager",
      });
    }),
  );
}

/** Every function of every contract, restricted or not, and every selector that was ever given to a role. */
async function functionChecks(subject: Subject, manager: Manager, events: readonly LogDescription[]): Promise<Check[]> {
  const checks = GOVERNED.map(async (name) => {
    const address = addressOf(subject.deployment, name);
    const abi: Interface = factories[`${artifactOf(name)}__factory`].createInterface();
    const selectors = new Set<string>();
    abi.forEachFunction(({ selector }) => selectors.add(selector));
    for (const selector of mappedSelectors(events, address)) selectors.add(selector);
    const label = (selector: string): string => abi.getFunction(selector)?.format() ?? selector;
    const held = await Promise.all(
      [...selectors].map(
        async (selector) => [label(selector), await manager.getTargetFunctionRole(address, selector)] as const,
      ),
    );
    const mapped = held.flatMap(([label, role]) => (role === ROLES.governance ? [] : [`${label}: ${nameOf(role)}`]));
    return compare("roles", `functions of ${name}`, {
      expected: expectedFunctions(name).sort().join(", ") || "all governance's",
      found: mapped.sort().join(", ") || "all governance's",
      advice: "governance puts it right with setTargetFunctionRole of the AccessManager; see docs/governance.md",
    });
  });
  const known = new Set<string>(GOVERNED.map((name) => addressOf(subject.deployment, name)));
  const strangers = events.flatMap(({ name, args }) =>
    name === "TargetFunctionRoleUpdated" && !known.has((args["target"] as string).toLowerCase())
      ? [String(args["target"])]
      : [],
  );
  const foreign = [...new Set(strangers)].map((target) =>
    note("roles", "the manager governs another contract", target),
  );
  return [...(await Promise.all(checks)), ...foreign];
}

function mappedSelectors(events: readonly LogDescription[], address: string): string[] {
  return events.flatMap(({ name, args }) =>
    name === "TargetFunctionRoleUpdated" && (args["target"] as string).toLowerCase() === address
      ? [args["selector"] as string]
      : [],
  );
}

function expectedFunctions(contract: string): string[] {
  return Object.entries(GRANTS).flatMap(([role, grants]) =>
    grants
      .filter((grant) => grant.contract === contract)
      .flatMap(({ functions }) => functions.map((signature) => `${signature}: ${role}`)),
  );
}

/** A closed contract answers to nobody, and a delay of its own would be another one than the role's. */
async function targetChecks({ deployment }: Subject, manager: Manager): Promise<Check[]> {
  const found = await Promise.all(
    GOVERNED.map(async (name) => {
      const address = addressOf(deployment, name);
      const [closed, delay] = await Promise.all([
        manager.isTargetClosed(address),
        manager.getTargetAdminDelay(address),
      ]);
      return [
        ...(closed ? [`${name} is closed`] : []),
        ...(delay === 0n ? [] : [`${name} waits ${delay.toString()} s`]),
      ];
    }),
  );
  const odd = found.flat();
  return [
    demand("roles", "contracts are open to their roles", {
      holds: odd.length === 0,
      expected: "none closed, none with a delay of its own",
      found: odd.join(", ") || "none closed, none with a delay of its own",
      advice: "governance undoes it with setTargetClosed or setTargetAdminDelay of the AccessManager",
    }),
  ];
}

/** What is scheduled and not done yet: nothing is wrong with it, and whoever guards the protocol reads it. */
async function scheduledNotes(subject: Subject, events: readonly LogDescription[]): Promise<Check[]> {
  const waiting = await waitingOperations(subject, events);
  return waiting.map(({ caller, target, data, readyAt }) =>
    note("roles", `scheduled by ${caller}`, `${target} ${data.slice(0, 10)}, from ${formatTime(readyAt)} on`),
  );
}
