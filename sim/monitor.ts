import type { Address, Hash } from "../keepers/protocol/bytes.js";
import { bytesToHex } from "../keepers/protocol/bytes.js";
import { decodeLeafFile, treeOf } from "../keepers/protocol/leafFile.js";
import type { LeafEntry } from "../keepers/protocol/leaf.js";
import { type DecodedOracleMessage, messageSigner, type OracleMessage } from "../keepers/protocol/oracleMessages.js";
import { ZERO_HASH } from "../keepers/protocol/oracleValue.js";
import { type Subjects, subjectsHash } from "../keepers/protocol/subjects.js";
import type { EpochReport } from "../keepers/protocol/typedData.js";
import type { DecidedEpoch } from "../keepers/oracle/epoch/types.js";
import { DeedKind, deedId } from "../keepers/protocol/deedId.js";
import { serviceId } from "../keepers/protocol/serviceId.js";
import { ledgerQuorum } from "./ledger.js";

/** A promise that was broken. */
export class Violation extends Error {
  override readonly name = "Violation";
  readonly promise: string;

  constructor(promise: string, what: string) {
    super(`${promise}: ${what}`);
    this.promise = promise;
  }
}

interface Range {
  readonly least: number;
  readonly most: number;
}

/** What honest oracles measured that saw the same links and seats at an epoch's end. */
interface Sight {
  /** Leaf ids of the seats: they have a leaf even when it is zero. */
  readonly services: ReadonlySet<bigint>;
  /** By leaf id: no deed's id is a service's. */
  readonly ranges: Map<bigint, Range>;
}

/** Kinds of which an honest oracle signs one, ever, in its place. */
const SAID_ONCE = new Set(["seal", "report", "proposal", "prevote", "precommit"]);

/** Watches the whole fleet from outside, with rules of its own, and remembers the first broken promise. */
export class Monitor {
  violation: Violation | undefined;
  readonly #byzantine: ReadonlySet<Address>;
  readonly #said = new Map<string, Hash>();
  readonly #precommits = new Map<string, Set<Address>>();
  readonly #decidable = new Map<string, Hash>();
  /** By epoch, and by the hash of what was seen: a reorganisation shows oracles different links and seats. */
  readonly #sights = new Map<bigint, Map<Hash, Sight>>();
  readonly #entries = new Map<Hash, readonly LeafEntry[]>([[ZERO_HASH, []]]);
  readonly #settled = new Set<bigint>();
  readonly #committed = new Map<bigint, Hash>();
  readonly #decided = new Map<string, Hash>();
  /** Size of the oracle set by oracle and epoch. */
  readonly #sizes = new Map<string, number>();

  constructor(options: { readonly byzantine: readonly Address[] }) {
    this.#byzantine = new Set(options.byzantine);
  }

  /** A root that a quorum of Byzantine oracles makes up; nothing is promised about it. */
  wrongRoot: Hash | undefined;

  /** The leaves behind a root that somebody kept. */
  entriesOf(root: Hash): readonly LeafEntry[] {
    return this.#entries.get(root) ?? [];
  }

  /** Every envelope that an oracle lets out, whether or not it arrives. */
  onPublished(from: Address, decoded: DecodedOracleMessage): void {
    const { message } = decoded;
    if (this.#byzantine.has(from) || message.sender !== from) return;
    if (messageSigner(decoded) !== from) this.fail("own signature", `${from} sent what it did not sign`);
    this.#checkSaidOnce(message, decoded.digest);
    if (message.kind === "precommit") this.#countPrecommit(message);
  }

  /** An honest oracle begins an epoch with a set of so many oracles. */
  onStarted(oracle: Address, epoch: bigint, oracles: number): void {
    this.#sizes.set(`${oracle} ${epoch}`, oracles);
  }

  /** What an honest oracle measured. */
  onObserved(epoch: bigint, subjects: Subjects, bytes: Uint8Array): void {
    const services = subjects.seats.map(({ assignment }) => BigInt(assignment));
    const sights = this.#sights.get(epoch) ?? new Map<Hash, Sight>();
    this.#sights.set(epoch, sights);
    const hash = subjectsHash(epoch, subjects);
    const { ranges } = sights.get(hash) ?? { ranges: new Map<bigint, Range>() };
    sights.set(hash, { services: new Set(services), ranges });
    for (const [index, id] of [...subjects.links.map(({ deed }) => deed), ...services].entries()) {
      const byte = bytes[index] as number;
      const { least, most } = ranges.get(id) ?? { least: byte, most: byte };
      ranges.set(id, { least: Math.min(least, byte), most: Math.max(most, byte) });
    }
  }

  /** What an honest oracle decided. */
  onDecided(oracle: string, epoch: bigint, attempt: number, valueId: Hash): void {
    const place = `${epoch}/${attempt}`;
    const known = this.#decided.get(place) ?? valueId;
    this.#decided.set(place, known);
    if (known !== valueId) this.fail("agreement", `${oracle} decided ${valueId} in ${place}, another ${known}`);
  }

  /** What an honest oracle keeps: decided or adopted. */
  onKept(oracle: string, epoch: bigint, leafFile: Uint8Array, meta: DecidedEpoch): void {
    const file = decodeLeafFile(leafFile);
    if (treeOf(file).root !== meta.root) this.fail("catch-up", `${oracle} keeps another file for ${meta.root}`);
    const before = this.#entries.get(meta.previousRoot);
    if (!before) return this.fail("validity", `${oracle} builds on ${meta.previousRoot}, which nobody kept`);
    if (this.#entries.has(meta.root)) return;
    this.#entries.set(meta.root, file.entries);
    this.#checkCredits(epoch, before, file.entries);
  }

  /** The escrow settled all of an assignment, on whatever fork: its leaf may go. */
  onSettled(jobId: bigint, tokenId: number): void {
    this.#settled.add(BigInt(serviceId(jobId, deedId(DeedKind.NODE, BigInt(tokenId)))));
  }

  /** A commit was mined, on whatever fork. */
  onCommitted({ epoch, root }: EpochReport): void {
    if (root === this.wrongRoot) return;
    const known = this.#committed.get(epoch) ?? root;
    this.#committed.set(epoch, known);
    if (known !== root) this.fail("agreement", `epoch ${epoch} was committed as ${known} and as ${root}`);
  }

  /** Notes a broken promise, if it is the first. */
  fail(promise: string, what: string): void {
    this.violation ??= new Violation(promise, what);
  }

  #checkSaidOnce(message: OracleMessage, digest: Uint8Array): void {
    if (message.kind === "signature") {
      return this.#once(`signature ${message.sender} ${message.epoch}`, message.reportDigest);
    }
    if (!SAID_ONCE.has(message.kind)) return;
    const round = "round" in message ? message.round : "";
    const place = `${message.kind} ${message.sender} ${message.epoch}/${message.attempt} ${round}`;
    this.#once(place, bytesToHex(digest));
  }

  #once(place: string, said: Hash): void {
    const known = this.#said.get(place) ?? said;
    this.#said.set(place, known);
    if (known !== said) this.fail("no double vote", `${place}: ${known} and ${said}`);
  }

  /**
   * Two values of one epoch must never both be decidable: to be so, a value needs so many honest precommits in one round
   * that the Byzantine oracles can make them a quorum.
   */
  #countPrecommit(message: OracleMessage & { readonly kind: "precommit" }): void {
    const { epoch, attempt, round, valueId, sender } = message;
    if (valueId === ZERO_HASH) return;
    const place = `${epoch}/${attempt} ${round} ${valueId}`;
    const voters = this.#precommits.get(place) ?? new Set();
    this.#precommits.set(place, voters.add(sender));
    const size = this.#sizes.get(`${sender} ${epoch}`) ?? 0;
    const quorum = ledgerQuorum(size);
    // A quorum of Byzantine oracles can decide whatever it likes.
    const isHopeless = this.#byzantine.size >= quorum;
    if (size === 0 || isHopeless || voters.size + this.#byzantine.size < quorum) return;
    const known = this.#decidable.get(`${epoch}/${attempt}`) ?? valueId;
    this.#decidable.set(`${epoch}/${attempt}`, known);
    if (known !== valueId) {
      this.fail("agreement", `in epoch ${epoch} both ${known} and ${valueId} (round ${round}) can be decided`);
    }
  }

  /** What an epoch adds lies between what honest oracles saw: of those that saw the same links and seats. */
  #checkCredits(epoch: bigint, before: readonly LeafEntry[], after: readonly LeafEntry[]): void {
    const sights = [...(this.#sights.get(epoch)?.values() ?? [])];
    const kept = new Set(after.map(({ id }) => id));
    const lost = before.find(({ id }) => !kept.has(id) && !this.#settled.has(id));
    if (lost) return this.fail("validity", `epoch ${epoch}: leaf ${lost.id} is gone, and was not settled`);
    const problems = sights.map((sight) => wrongCredit(sight, before, after));
    if (problems.includes(undefined)) return;
    this.fail("validity", `epoch ${epoch}: ${problems.join("; or ") || "no honest oracle saw anything"}`);
  }
}

function wrongCredit({ services, ranges }: Sight, before: readonly LeafEntry[], after: readonly LeafEntry[]) {
  const [old, now] = [before, after].map((all) => new Map(all.map(({ id, cumulative }) => [id, cumulative])));
  for (const id of services) if (now?.has(id) !== true) return `service ${id} has no leaf`;
  for (const [id, cumulative] of now ?? []) {
    const credit = Number(cumulative - (old?.get(id) ?? 0n));
    const { least, most } = ranges.get(id) ?? { least: 0, most: 0 };
    if (credit < least || credit > most) return `leaf ${id} got ${credit}; honest oracles saw ${least} to ${most}`;
  }
  return undefined;
}
