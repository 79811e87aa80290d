/** What an action draws from: the model's state, the actors and their keys, and the trees published so far. */
import { type Signature, type Wallet } from "ethers";

import { deedId, type Leaf, rootOf, type Tree } from "../model/merkle.js";
import { deedAt, NODE } from "../model/deeds.js";
import { isApproved, isBanned } from "../model/operators.js";
import { type ContractName, NOBODY, type State } from "../model/state.js";
import type { Random } from "./random.js";

/** Accounts of a world; all that act have keys. */
export interface Cast {
  /** Operators, buyers, developers and thieves, all in one. */
  readonly actors: readonly string[];
  readonly nodes: readonly string[];
  /** Receive, and never act. */
  readonly payees: readonly string[];
  readonly wallets: ReadonlyMap<string, Wallet>;
}

/** A leaf of a job, with what its id is made of. */
export interface PublishedLeaf extends Leaf {
  readonly jobId?: number;
  readonly token?: number;
}

export interface Published {
  readonly epoch: number;
  readonly tree: Tree;
  readonly leaves: readonly PublishedLeaf[];
}

/** One transaction, and what the model makes of it. */
export interface Step {
  readonly sender: string;
  readonly contract: ContractName;
  readonly call: string;
  readonly args: readonly unknown[];
  readonly model: (state: State) => void;
}

export interface Action {
  readonly name: string;
  /** How often it is drawn, against the others. */
  readonly weight: number;
  /** Whether there is something for it to do that will not wait, or that much else waits for. */
  readonly isUrgent?: (state: State) => boolean;
  /** Undefined: nothing to do it with now, only time goes by. */
  readonly draw: (context: Context) => Step | undefined;
}

export class Context {
  readonly state: State;
  readonly random: Random;
  readonly cast: Cast;
  readonly published: Published[];

  constructor(state: State, random: Random, cast: Cast, published: Published[]) {
    this.state = state;
    this.random = random;
    this.cast = cast;
    this.published = published;
  }

  get now(): number {
    return this.state.now;
  }

  actor(): string {
    return this.random.pick(this.cast.actors);
  }

  approved(): string {
    return this.random.mostly(this.where(isApproved), this.cast.actors);
  }

  where(test: (state: State, actor: string) => boolean): string[] {
    return this.cast.actors.filter((actor) => test(this.state, actor));
  }

  banned(): string[] {
    return this.where(isBanned);
  }

  /** Anybody at all: contracts, and nobody too. */
  anybody(): string {
    const { actors, payees, nodes } = this.cast;
    const { addresses } = this.state.setting;
    if (this.random.once(8)) return NOBODY;
    return this.random.pick([
      ...actors,
      ...payees,
      nodes[0]!,
      addresses["escrow"]!,
      addresses["r1"]!,
      addresses["grants"]!,
    ]);
  }

  /** Who holds a role, once in `odds` times somebody else. */
  holder(role: keyof State["setting"]["roles"], odds = 8): string {
    const { roles } = this.state.setting;
    return this.random.once(odds) ? this.random.pick([...Object.values(roles), this.actor()]) : roles[role];
  }

  /** Wei: mostly a part of `all`, at times nothing, all of it, or a wei too many. */
  part(all: bigint): bigint {
    const kind = this.random.below(6);
    if (kind === 0) return 0n;
    if (kind === 1) return all;
    return kind === 2 ? all + 1n : this.random.upTo(all);
  }

  /** Mostly in time, at times just so, at times a second too late. */
  deadline(): number {
    return this.now + (this.random.once(4) ? this.random.pick([0, 1, 1_000, -1]) : 100_000);
  }

  /** DeedIds of a kind, or of all. */
  deeds(kind?: bigint): bigint[] {
    return [...this.state.deeds.keys()].filter((deed) => kind === undefined || deed >> 248n === kind);
  }

  ownerOf(deed: bigint): string {
    return deedAt(this.state, deed).owner;
  }

  /** A Node Deed that there is, mostly. */
  nodeDeed(): bigint {
    const all = this.deeds(NODE);
    return this.random.once(12) ? deedId(NODE, this.random.below(60_000)) : this.random.pick(all);
  }

  wallet(address: string): Wallet {
    return this.cast.wallets.get(address)!;
  }

  sign(address: string, digest: string): Signature {
    return this.wallet(address).signingKey.sign(digest);
  }

  treeOf(root: string): Published | undefined {
    return this.published.find(({ tree }) => rootOf(tree) === root);
  }
}

/** As the contracts take it (EIP-2098). */
export function compact({ r, yParityAndS: vs }: Signature): { readonly r: string; readonly vs: string } {
  return { r, vs };
}
