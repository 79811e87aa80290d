import type { Chain, Signer } from "./chain.js";
import type { Protocol } from "./protocol.js";

/**
 * Who acts, in the order of the chain's accounts:
 * - `governor` has every role; `submitter` sends what anybody may send; neither is an operator.
 * - `genesis` owns the Genesis deed.
 * - `early` bought Node Deeds before all others; `holder` a batch of 50, some with live nodes; `newcomer` one, for its last R1.
 * - `buyer` and `receiver` never had a deed.
 */
const NAMES = ["governor", "submitter", "genesis", "early", "holder", "newcomer", "buyer", "receiver"] as const;

export type People = Readonly<Record<(typeof NAMES)[number], Signer>> & {
  /** Number `i` owns Master Node Deed `i + 1`; each may run an oracle. */
  readonly masters: readonly Signer[];
};

/** Master Node Deeds there are. */
export const MASTERS = 21;

/** Unix seconds, and a word of four non-zero bytes: 2100. Used for whatever should not expire here. */
export const NEVER = 4_102_444_800n;

const BUSINESS = 2;

export async function castPeople(chain: Chain): Promise<People> {
  const signers = await chain.ethers.getSigners();
  const named = Object.fromEntries(NAMES.map((name, i) => [name, signers[i]])) as Record<string, Signer>;
  const masters = signers.slice(NAMES.length, NAMES.length + MASTERS);
  return { ...named, masters } as unknown as People;
}

/** Makes everybody but the governor and the submitter an operator. */
export async function approvePeople({ operators }: Protocol, people: People): Promise<void> {
  const { genesis, early, holder, newcomer, buyer, receiver, masters } = people;
  for (const operator of [genesis, early, holder, newcomer, buyer, receiver, ...masters]) {
    await operators.approve(operator.address, NEVER, BUSINESS);
  }
}
