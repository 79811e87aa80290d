import type { Provider } from "ethers";
import { dataSlice, getAddress } from "ethers";

import { KeeperError } from "../../keepers/core/errors.js";
import { scanEvents } from "./events.js";
import type { Protocol } from "./protocol.js";
import type { Terminal } from "./terminal.js";

/** A committed epoch, with who signed it. */
export interface Commit {
  readonly epoch: bigint;
  readonly root: string;
  readonly previousRoot: string;
  readonly dataHash: string;
  readonly leafCount: bigint;
  readonly signers: readonly string[];
  /** Oracles in the set at that time. */
  readonly setSize: number;
  readonly txHash: string;
  /** From when on its root can be claimed against: Unix seconds. Until then it can be disproved. */
  readonly activeFrom: bigint;
}

const ADDRESS_BYTES = 20;

/** The commit that counts: earlier ones of the same epoch were disproved. @throws KeeperError `COMMIT_NOT_FOUND` */
export async function readCommit(protocol: Protocol, epoch: bigint, terminal: Terminal): Promise<Commit> {
  const ledger = protocol.contracts.epochLedger;
  const fromBlock = await blockAfter(protocol, await ledger.epochEnd(epoch));
  const later = { ...protocol, deployment: { ...protocol.deployment, fromBlock } };
  const filter = ledger.filters.EpochCommitted(epoch);
  const events = await terminal.during(`looking for the commit of epoch ${epoch.toString()}`, (relabel) =>
    scanEvents(later, (from, to) => ledger.queryFilter(filter, from, to), relabel),
  );
  const event = events.at(-1);
  if (event === undefined) {
    throw new KeeperError("COMMIT_NOT_FOUND", `the commit of epoch ${epoch.toString()} is not in the chain's logs`);
  }
  const { root, previousRoot, dataHash, leafCount, signers, setPointer } = event.args;
  const set = await readSet(protocol.provider, setPointer);
  const signed = set.filter((_, position) => ((signers >> BigInt(position)) & 1n) === 1n);
  const [block, delay] = await Promise.all([event.getBlock(), ledger.ACTIVATION_DELAY()]);
  const activeFrom = BigInt(block.timestamp) + delay;
  const txHash = event.transactionHash;
  return { epoch, root, previousRoot, dataHash, leafCount, signers: signed, setSize: set.length, txHash, activeFrom };
}

/** The oracle set that a pointer holds: addresses of 20 bytes each, after one zero byte of code. */
async function readSet(provider: Provider, pointer: string): Promise<string[]> {
  const code = await provider.getCode(pointer);
  const count = (code.length / 2 - 2) / ADDRESS_BYTES;
  return Array.from({ length: count }, (_, i) => {
    const start = 1 + i * ADDRESS_BYTES;
    return getAddress(dataSlice(code, start, start + ADDRESS_BYTES));
  });
}

/** The first block at or after a moment: an epoch is committed after its end, so earlier blocks need no search. */
async function blockAfter({ provider, deployment }: Protocol, time: bigint): Promise<number> {
  let low = deployment.fromBlock;
  let high = await provider.getBlockNumber();
  while (low < high) {
    const middle = (low + high) >> 1;
    const block = await provider.getBlock(middle);
    if (block !== null && BigInt(block.timestamp) >= time) high = middle;
    else low = middle + 1;
  }
  return low;
}
