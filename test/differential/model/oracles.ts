/** The oracle set: who is in it, whose signatures count, and how it is left. */
import { recoverAddress, type SignatureLike, TypedDataEncoder } from "ethers";

import { isActive, operatorOfNode } from "./nodes.js";
import { Refused, refuseIf } from "./refusal.js";
import { type Oracle, restricted, type State } from "./state.js";

const LARGEST_SET = 64;
const COOLDOWN = 10;
const ANSWER = {
  Answer: [
    { name: "oracle", type: "address" },
    { name: "deadline", type: "uint64" },
  ],
};

/** Ascending. */
export function oracleSet({ oracles }: State): string[] {
  return [...oracles.keys()].sort(byAddress);
}

export function byAddress(a: string, b: string): number {
  return a.toLowerCase() < b.toLowerCase() ? -1 : 1;
}

export function quorumOf({ oracles }: State): number {
  return Math.max(Math.floor((2 * oracles.size) / 3) + 1, 3);
}

/** Who signed; they have to be enough, of the present set, ascending, each once. */
export function verify(state: State, digest: string, signatures: readonly SignatureLike[]): string[] {
  refuseIf(signatures.length < quorumOf(state), "OracleRegistry_TooFewSignatures");
  const signers = signatures.map((signature) => recoverAddress(digest, signature));
  const isGood = signers.every(
    (signer, i) => state.oracles.has(signer) && (i === 0 || byAddress(signers[i - 1]!, signer) < 0),
  );
  refuseIf(!isGood, "OracleRegistry_BadSignature");
  return signers;
}

export function isEligible(state: State, oracle: string): boolean {
  const { owner } = oracleAt(state, oracle);
  return isActive(state, oracle) && operatorOfNode(state, oracle) === owner;
}

export function addOracle(state: State, sender: string, node: string): void {
  restricted(state, sender, "governance");
  refuseIf(state.oracles.has(node), "OracleRegistry_AlreadyOracle");
  refuseIf(!isActive(state, node), "OracleRegistry_NodeNotActive");
  const owner = operatorOfNode(state, node);
  refuseIf(
    [...state.oracles.values()].some((other) => other.owner === owner),
    "OracleRegistry_OwnerHasOracle",
  );
  refuseIf(state.oracles.size === LARGEST_SET, "OracleRegistry_SetFull");
  state.oracles.set(node, { owner, deadline: 0, nextAllowed: 0 });
}

export function removeOracle(state: State, sender: string, oracle: string): void {
  restricted(state, sender, "governance");
  remove(state, oracle);
}

export function eject(state: State, oracle: string): void {
  refuseIf(isEligible(state, oracle), "OracleRegistry_StillEligible");
  remove(state, oracle);
}

/** Two reports of one epoch, each with its epoch and digest, and a signature of each. */
export function reportEquivocation(
  state: State,
  a: { readonly epoch: number; readonly digest: string; readonly signature: SignatureLike },
  b: typeof a,
): void {
  refuseIf(a.epoch !== b.epoch, "OracleRegistry_DifferentEpochs");
  refuseIf(a.digest === b.digest, "OracleRegistry_SameReport");
  const signer = recoverAddress(a.digest, a.signature);
  refuseIf(signer !== recoverAddress(b.digest, b.signature), "OracleRegistry_DifferentSigners");
  remove(state, signer);
}

export function challenge(state: State, oracle: string): void {
  const challenged = oracleAt(state, oracle);
  refuseIf(challenged.deadline !== 0, "OracleRegistry_ChallengeOpen");
  refuseIf(state.now < challenged.nextAllowed, "OracleRegistry_ChallengedLately");
  challenged.deadline = state.now + state.setting.answerWindow;
}

export function answer(state: State, oracle: string, signature: SignatureLike): void {
  const deadline = openDeadline(state, oracle);
  refuseIf(state.now > deadline, "OracleRegistry_TooLate");
  const signer = recoverAddress(answerDigest(state, oracle, deadline), signature);
  refuseIf(signer !== oracle, "OracleRegistry_BadAnswer");
  const nextAllowed = state.now + COOLDOWN * state.setting.answerWindow;
  Object.assign(oracleAt(state, oracle), { deadline: 0, nextAllowed });
}

export function removeSilent(state: State, oracle: string): void {
  refuseIf(state.now <= openDeadline(state, oracle), "OracleRegistry_NotSilent");
  remove(state, oracle);
}

export function answerDigest({ setting }: State, oracle: string, deadline: number): string {
  const { chainId, addresses } = setting;
  const domain = { name: "OracleRegistry", version: "1", chainId, verifyingContract: addresses["oracles"]! };
  return TypedDataEncoder.hash(domain, ANSWER, { oracle, deadline });
}

function oracleAt({ oracles }: State, oracle: string): Oracle {
  const found = oracles.get(oracle);
  if (found === undefined) throw new Refused("OracleRegistry_NotOracle");
  return found;
}

function openDeadline({ oracles }: State, oracle: string): number {
  const deadline = oracles.get(oracle)?.deadline ?? 0;
  refuseIf(deadline === 0, "OracleRegistry_NotChallenged");
  return deadline;
}

function remove(state: State, oracle: string): void {
  oracleAt(state, oracle);
  state.oracles.delete(oracle);
}
