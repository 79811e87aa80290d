import { Dice } from "./dice.js";

/** What can be done to a part of the network. */
export const FAULT_KINDS = ["kill", "pause", "rpc", "disk"] as const;
export type FaultKind = (typeof FAULT_KINDS)[number];

/** How the path from a keeper to the chain fails. */
export const RPC_MODES = ["away", "failing", "refusing", "slow", "lossy", "silent", "garbled"] as const;
export type RpcMode = (typeof RPC_MODES)[number];

/** One fault. Times in milliseconds since the beginning of the first disturbed epoch. */
export interface Fault {
  readonly at: number;
  readonly forMs: number;
  readonly kind: FaultKind;
  /** `oracle-1`, `node-2`, `deeploy`, `broker`, `redis`. */
  readonly target: string;
  /** With kind `rpc` only. */
  readonly mode?: RpcMode;
}

/** What somebody does meanwhile; `pick` chooses among what there is then. */
export interface Activity {
  readonly at: number;
  readonly kind: "hire" | "extend" | "close" | "refund" | "settle" | "claim" | "dissociate" | "associate";
  readonly pick: number;
}

export interface Plan {
  readonly faults: readonly Fault[];
  readonly activities: readonly Activity[];
}

export interface PlanOptions {
  readonly seed: number;
  readonly minutes: number;
  readonly epochMs: number;
  readonly oracles: readonly string[];
  /** Nodes that may be disturbed; others are left alone in all of the run. */
  readonly nodes: readonly string[];
  /** Keepers whose disk can be filled. */
  readonly disks: readonly string[];
}

const second = 1_000;
/** Between two faults of one part. */
const REST_MS = 6 * second;
/** Longest pause: a broker drops whoever is silent for longer than its keep-alive allows. */
const LONGEST_PAUSE = 12 * second;
const LARGEST_PICK = 1_000_000;

type Theme = "calm" | "oracle" | "agreement" | "nodes" | "services" | "storm";

/** Most epochs have one victim among the oracles at most, so that in most of them all has to go on as if nothing was. */
const THEMES: readonly Theme[] = [
  ...["oracle", "oracle", "oracle", "agreement", "agreement", "nodes", "nodes", "calm"],
  ...["services", "storm"],
] as Theme[];

/** Everything that chance decides before the run begins. Ascending by time. */
export function planOf(options: PlanOptions): Plan {
  return { faults: faultsOf(options), activities: activitiesOf(options) };
}

function faultsOf(options: PlanOptions): Fault[] {
  const { seed, minutes, epochMs } = options;
  const dice = new Dice(`soak ${seed}`);
  const totalMs = minutes * 60 * second;
  const faults: Fault[] = [];
  let victim = dice.pick(options.oracles);
  for (let start = 0; start < totalMs; start += epochMs) {
    const theme = dice.pick(THEMES);
    // Who was a victim a moment ago may still be coming back: another one would make two at once.
    if (theme === "calm" || theme === "nodes" || dice.chance(0.3)) victim = dice.pick(options.oracles);
    faults.push(...epochOf(dice, theme, victim, { ...options, start }));
  }
  return apart(faults.filter(({ at }) => at < totalMs));
}

type EpochOptions = PlanOptions & { readonly start: number };

function epochOf(dice: Dice, theme: Theme, victim: string, options: EpochOptions): Fault[] {
  const { start, epochMs, nodes } = options;
  const anywhere = () => start + dice.between(0, Math.floor(epochMs * 0.8));
  const times = (least: number, most: number, make: () => Fault) =>
    Array.from({ length: dice.between(least, most) }, make);
  const onOracle = (target: string, at: number) => keeperFault(dice, target, at, options);
  const onDeeploy = () => serviceFault(dice, "deeploy", anywhere());
  const onService = () => serviceFault(dice, dice.pick(["broker", "broker", "redis", "deeploy"]), anywhere());
  const onNode = () => keeperFault(dice, dice.pick(nodes), anywhere(), options);
  switch (theme) {
    case "calm":
      return [];
    case "oracle":
      return [...times(1, 3, () => onOracle(victim, anywhere())), ...times(1, 3, onNode), ...times(0, 1, onDeeploy)];
    case "agreement":
      return [...times(1, 2, () => onOracle(victim, start + dice.between(-1_500, 6_000))), ...times(0, 2, onNode)];
    case "nodes":
      return times(2, 5, onNode);
    case "services":
      return [...times(1, 3, onService), ...times(0, 2, onNode)];
    case "storm":
      return [
        ...times(2, 4, () => onOracle(dice.pick(options.oracles), anywhere())),
        ...times(1, 3, onNode),
        ...times(1, 2, onService),
      ];
  }
}

function keeperFault(dice: Dice, target: string, at: number, { disks }: PlanOptions): Fault {
  const kinds: FaultKind[] = ["kill", "kill", "pause", "pause", "rpc", "rpc"];
  if (disks.includes(target)) kinds.push("disk");
  return { at: Math.max(0, at), target, ...manner(dice, dice.pick(kinds)) };
}

function serviceFault(dice: Dice, target: string, at: number): Fault {
  const kinds = target === "deeploy" ? (["kill", "pause", "rpc"] as const) : (["kill", "pause"] as const);
  return { at, target, ...manner(dice, dice.pick(kinds)) };
}

function manner(dice: Dice, kind: FaultKind): Pick<Fault, "kind" | "forMs" | "mode"> {
  if (kind === "pause") return { kind, forMs: dice.between(500, LONGEST_PAUSE) };
  if (kind === "rpc") return { kind, mode: dice.pick(RPC_MODES), forMs: dice.between(1_000, 15_000) };
  return { kind, forMs: dice.between(0, 10_000) };
}

/** Without those that would begin while the one before of the same part goes on. */
function apart(faults: readonly Fault[]): Fault[] {
  const free = new Map<string, number>();
  return [...faults]
    .sort((a, b) => a.at - b.at)
    .filter(({ at, forMs, target }) => {
      if (at < (free.get(target) ?? 0)) return false;
      free.set(target, at + forMs + REST_MS);
      return true;
    });
}

function activitiesOf({ seed, minutes }: PlanOptions): Activity[] {
  const dice = new Dice(`soak activities ${seed}`);
  const kinds: Activity["kind"][] = ["hire", "hire", "hire", "extend", "close", "refund", "settle", "claim", "claim"];
  kinds.push("dissociate", "associate");
  const activities: Activity[] = [{ at: 0, kind: "hire", pick: dice.between(0, LARGEST_PICK) }];
  for (let at = dice.between(2_000, 8_000); at < minutes * 60 * second; at += dice.between(3_000, 12_000)) {
    activities.push({ at, kind: dice.pick(kinds), pick: dice.between(0, LARGEST_PICK) });
  }
  return activities;
}
