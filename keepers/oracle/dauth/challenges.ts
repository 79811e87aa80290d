import { timingSafeEqual } from "node:crypto";
import type { Clock } from "../../core/clock.js";
import type { Random } from "../../core/random.js";
import { type Address, bytesToHex, ByteWriter, concatBytes, type Hash, hexToBytes } from "../../protocol/bytes.js";
import { keccak } from "../../protocol/signing.js";

export interface ChallengesOptions {
  readonly lifetimeSeconds: number;
  /** Most used challenges remembered; when all are still alive, nothing more is redeemed until one expires. */
  readonly capacity: number;
}

export interface Challenge {
  readonly challenge: Hash;
  /** Unix seconds. */
  readonly expiresAt: number;
}

export type Redemption = "ok" | "unknown" | "expired" | "used" | "full";

const NONCE_BYTES = 16;
const SECRET_BYTES = 32;

/**
 * Challenges for nodes: each is for one node, for a short time, and for once. They carry their own proof of origin (half of
 * one is a nonce, half a keyed hash), so that those who only ask take no memory; what is remembered are the used ones.
 */
export class Challenges {
  readonly #options: ChallengesOptions;
  readonly #clock: Pick<Clock, "now">;
  readonly #random: Random;
  readonly #secret: Uint8Array;
  readonly #used = new Map<Hash, number>();

  constructor(options: ChallengesOptions, dependencies: { clock: Pick<Clock, "now">; random: Random }) {
    this.#options = options;
    this.#clock = dependencies.clock;
    this.#random = dependencies.random;
    this.#secret = dependencies.random.bytes(SECRET_BYTES);
  }

  /** Used challenges that are remembered. */
  get size(): number {
    return this.#used.size;
  }

  issue(node: Address): Challenge {
    const expiresAt = Math.floor(this.#clock.now() / 1_000) + this.#options.lifetimeSeconds;
    return { challenge: this.#make(node, expiresAt, this.#random.bytes(NONCE_BYTES)), expiresAt };
  }

  /** Whether the challenge was issued here, to this node, with this expiry, and could be redeemed. Uses nothing up. */
  check(node: Address, { challenge, expiresAt }: Challenge): Redemption {
    const nonce = hexToBytes(challenge).subarray(0, NONCE_BYTES);
    const own = hexToBytes(this.#make(node, expiresAt, nonce));
    if (!timingSafeEqual(own, hexToBytes(challenge))) return "unknown";
    if (expiresAt * 1_000 <= this.#clock.now()) return "expired";
    return this.#used.has(challenge) ? "used" : "ok";
  }

  /** As `check`, and with "ok" uses the challenge up. To be called once the node's signature was found to be right. */
  redeem(node: Address, challenge: Challenge): Redemption {
    const found = this.check(node, challenge);
    if (found !== "ok") return found;
    if (this.#used.size >= this.#options.capacity) this.#forgetExpired();
    if (this.#used.size >= this.#options.capacity) return "full";
    this.#used.set(challenge.challenge, challenge.expiresAt);
    return "ok";
  }

  #forgetExpired(): void {
    const now = this.#clock.now();
    for (const [challenge, expiresAt] of this.#used) if (expiresAt * 1_000 <= now) this.#used.delete(challenge);
  }

  #make(node: Address, expiresAt: number, nonce: Uint8Array): Hash {
    const bound = new ByteWriter().raw(this.#secret).address(node).u64(expiresAt).raw(nonce).toBytes();
    return bytesToHex(concatBytes(nonce, keccak(bound).subarray(0, NONCE_BYTES)));
  }
}
