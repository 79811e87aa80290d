import type { EpochConfig } from "../../keepers/oracle/consensus/types.js";
import { type Address, type Hash, hexToBytes } from "../../keepers/protocol/bytes.js";
import { DeedKind, deedId } from "../../keepers/protocol/deedId.js";
import { type LeafEntry, LeafKind } from "../../keepers/protocol/leaf.js";
import { dataHash, encodeLeafFile, treeOf } from "../../keepers/protocol/leafFile.js";
import { compactSignature, type SigningKey } from "../../keepers/protocol/signing.js";
import { type EpochReport, epochReportDigest } from "../../keepers/protocol/typedData.js";
import { CONTEXT, DOMAIN } from "../context.js";
import type { MakeBehaviour, Puppet } from "./puppet.js";

/** More than one epoch, and any number of them in a run, can give. */
const TOO_MUCH = 100_000n;

export interface CoupOptions {
  readonly epoch: number;
  /** A quorum of the oracle set. */
  readonly keys: readonly SigningKey[];
}

export interface CoupDependencies {
  /** The leaves behind a root, by deed. */
  readonly entriesOf: (root: Hash) => readonly LeafEntry[];
  readonly commit: (report: EpochReport, signatures: readonly Uint8Array[]) => Promise<void>;
  /** It is about to be committed. */
  readonly onStrike: (root: Hash) => void;
}

/**
 * A quorum of oracles that does its work until one epoch, of which it commits a root of its own making. Beyond what agreement
 * can stand; the ledger and the honest rest have to see to it.
 */
export class Coup {
  readonly #options: CoupOptions;
  readonly #dependencies: CoupDependencies;
  #file: Uint8Array | undefined;
  #key: Hash | undefined;

  constructor(options: CoupOptions, dependencies: CoupDependencies) {
    this.#options = options;
    this.#dependencies = dependencies;
  }

  readonly behaviour: MakeBehaviour = (puppet) => ({
    onSay: ({ message, envelope }) => {
      if (message.epoch < BigInt(this.#options.epoch)) return puppet.send(envelope);
      const config = puppet.state()?.config;
      if (config?.epoch === BigInt(this.#options.epoch)) this.#strike(config);
    },
    onHear: ({ message }) => {
      if (message.kind === "request" && message.key === this.#key) this.#hand(puppet, message.epoch, message.attempt);
    },
  });

  #hand(puppet: Puppet, epoch: bigint, attempt: number): void {
    const sender: Address = puppet.key.address;
    if (this.#file) puppet.say({ kind: "leaves", epoch, attempt, sender, file: this.#file });
  }

  #strike({ epoch, previousRoot }: EpochConfig): void {
    if (this.#file) return;
    const known = this.#dependencies.entriesOf(previousRoot);
    const first = { kind: LeafKind.AVAILABILITY, id: deedId(DeedKind.NODE, 1n), cumulative: 0n };
    const entries = (known.length > 0 ? known : [first]).map((entry) => {
      return { ...entry, cumulative: entry.cumulative + TOO_MUCH };
    });
    const file = { ...CONTEXT, epoch, previousRoot, entries };
    this.#file = encodeLeafFile(file);
    this.#key = dataHash(this.#file);
    const { root } = treeOf(file);
    const report = { epoch, previousRoot, root, dataHash: this.#key, leafCount: BigInt(entries.length) };
    const digest = epochReportDigest(DOMAIN, report);
    const signatures = [...this.#options.keys]
      .sort((a, b) => Buffer.compare(hexToBytes(a.address), hexToBytes(b.address)))
      .map((key) => compactSignature(key.sign(digest)));
    this.#dependencies.onStrike(root);
    void this.#dependencies.commit(report, signatures);
  }
}
