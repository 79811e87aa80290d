import { id, ZeroHash } from "ethers";

import { type Report, reportDigest } from "../model/ledger.js";
import { isActive, operatorOfNode } from "../model/nodes.js";
import {
  addOracle,
  answer,
  answerDigest,
  challenge,
  eject,
  isEligible,
  oracleSet,
  removeOracle,
  removeSilent,
  reportEquivocation,
} from "../model/oracles.js";
import type { State } from "../model/state.js";
import { type Action, compact, type Context, type Step } from "../walk/context.js";

export const ORACLE_ACTIONS: readonly Action[] = [
  { name: "addOracle", weight: 8, draw: drawAdd, isUrgent: ({ oracles }) => oracles.size < FEWEST_ORACLES },
  { name: "removeOracle", weight: 2, draw: drawRemove },
  {
    name: "eject",
    weight: 5,
    draw: drawEject,
    isUrgent: (state) => oracleSet(state).some((oracle) => !isEligible(state, oracle)),
  },
  { name: "reportEquivocation", weight: 3, draw: drawEquivocation },
  { name: "challenge", weight: 4, draw: drawChallenge },
  { name: "answer", weight: 5, draw: drawAnswer, isUrgent: (state) => challengedIn(state).length > 0 },
  { name: "removeSilent", weight: 3, draw: drawRemoveSilent, isUrgent: (state) => silentIn(state).length > 0 },
];

/** With one less, one that is gone stops everything. */
const FEWEST_ORACLES = 5;

function drawAdd(context: Context): Step {
  const { random, state, cast } = context;
  const sender = context.holder("governance");
  const owners = new Set([...state.oracles.values()].map(({ owner }) => owner));
  const eligible = cast.nodes.filter((node) => isActive(state, node) && !owners.has(operatorOfNode(state, node)));
  const node = random.mostly(eligible, cast.nodes);
  return registry(sender, "addOracle", [node], (after) => addOracle(after, sender, node));
}

/** Not from a set that is small already: then nothing would be committed any more. */
function drawRemove(context: Context): Step {
  const { random, state, cast } = context;
  const sender = context.holder("governance");
  const oracle = random.mostly(state.oracles.size > 4 ? oracleSet(state) : [], cast.nodes);
  return registry(sender, "removeOracle", [oracle], (after) => removeOracle(after, sender, oracle));
}

function drawEject(context: Context): Step {
  const { random, state, cast } = context;
  const lapsed = oracleSet(state).filter((oracle) => !isEligible(state, oracle));
  const oracle = random.mostly(lapsed, random.once(3) ? cast.nodes : [...oracleSet(state), cast.nodes[0]!]);
  return registry(context.actor(), "eject", [oracle], (after) => eject(after, oracle));
}

/** Two reports that differ in what they call their data, mostly of one signer and of one epoch. */
function drawEquivocation(context: Context): Step {
  const { random, state, cast } = context;
  const signer = random.mostly(state.oracles.size > 4 ? oracleSet(state) : [], cast.nodes);
  const other = random.once(6) ? random.pick(cast.nodes) : signer;
  const epoch = random.below(50);
  const a = drawReport(context, epoch, "one");
  const b = drawReport(context, random.once(6) ? epoch + 1 : epoch, random.once(6) ? "one" : "other");
  const [digestOfA, digestOfB] = [reportDigest(state, a), reportDigest(state, b)];
  const signatureOfA = context.sign(signer, digestOfA);
  const signatureOfB = context.sign(other, digestOfB);
  const args = [a, compact(signatureOfA), b, compact(signatureOfB)];
  return registry(context.actor(), "reportEquivocation", args, (after) =>
    reportEquivocation(
      after,
      { epoch: a.epoch, digest: digestOfA, signature: signatureOfA },
      { epoch: b.epoch, digest: digestOfB, signature: signatureOfB },
    ),
  );
}

function drawReport({ random }: Context, epoch: number, data: string): Report {
  return {
    epoch,
    previousRoot: random.once(4) ? ZeroHash : id("root"),
    root: id("root"),
    dataHash: id(data),
    leafCount: 1,
  };
}

function drawChallenge(context: Context): Step {
  const { random, state, cast, now } = context;
  const free = oracleSet(state).filter((oracle) => {
    const { deadline, nextAllowed } = state.oracles.get(oracle)!;
    return deadline === 0 && nextAllowed <= now;
  });
  const others = random.once(2) ? cast.nodes : [...oracleSet(state), cast.nodes[0]!];
  const oracle = random.mostly(random.once(3) ? [] : free, others);
  return registry(context.actor(), "challenge", [oracle], (after) => challenge(after, oracle));
}

function drawAnswer(context: Context): Step | undefined {
  const { random, state, cast } = context;
  if (challengedIn(state).length === 0 && !random.once(4)) return undefined;
  const oracle = random.mostly(challengedIn(state), cast.nodes);
  const deadline = (state.oracles.get(oracle)?.deadline ?? 0) + (random.once(10) ? 1 : 0);
  const signer = random.once(10) ? random.pick(cast.nodes) : oracle;
  const signature = context.sign(signer, answerDigest(state, oracle, deadline));
  return registry(context.actor(), "answer", [oracle, compact(signature)], (after) => answer(after, oracle, signature));
}

function drawRemoveSilent(context: Context): Step | undefined {
  const { random, state, cast } = context;
  if (challengedIn(state).length === 0 && !random.once(4)) return undefined;
  const oracle = random.mostly(silentIn(state), [...challengedIn(state), cast.nodes[0]!]);
  return registry(context.actor(), "removeSilent", [oracle], (after) => removeSilent(after, oracle));
}

function challengedIn(state: State): string[] {
  return oracleSet(state).filter((oracle) => state.oracles.get(oracle)!.deadline !== 0);
}

function silentIn(state: State): string[] {
  return challengedIn(state).filter((oracle) => state.oracles.get(oracle)!.deadline < state.now);
}

function registry(sender: string, call: string, args: readonly unknown[], model: Step["model"]): Step {
  return { sender, contract: "oracles", call, args, model };
}
