import type { Standing, StandingFailure } from "../../chain/selectors.js";
import type { Clock } from "../../core/clock.js";
import { describeError } from "../../core/errors.js";
import type { Logger } from "../../core/logger.js";
import { type Address, type Hash, hexToBytes } from "../../protocol/bytes.js";
import { formatDeed } from "../../protocol/deedId.js";
import { recoverAddress, type Signer } from "../../protocol/signing.js";
import { sessionDigest, type SigningDomain } from "../../protocol/typedData.js";
import { ApiError } from "../../core/http/apiError.js";
import { type BrokerAdmin, noAdmin } from "./brokerAdmin.js";
import type { StandingSource } from "./chainViews.js";
import type { Challenge, Challenges, Redemption } from "./challenges.js";
import { type Credentials, type CredentialTerms, issueCredentials } from "./credentials.js";

/** What a node is told about the network it joins. */
export interface SessionTerms {
  readonly brokerUrl: string;
  /** All in seconds. */
  readonly epoch: { readonly genesis: number; readonly duration: number; readonly slotSeconds: number };
  /** Milliseconds between heartbeats, and how many blocks old the named block may be. */
  readonly heartbeat: { readonly intervalMs: number; readonly freshBlocks: number };
  /** URLs of the oracles' APIs. */
  readonly oracles: readonly string[];
}

export interface SessionsOptions {
  readonly domain: SigningDomain;
  readonly credentialSeconds: number;
  readonly terms: SessionTerms;
}

export interface SessionsDependencies {
  readonly challenges: Challenges;
  readonly standing: StandingSource;
  /** This oracle's key: it signs the credentials. */
  readonly key: Signer;
  readonly clock: Pick<Clock, "now">;
  readonly logger: Logger;
  /** Who makes credentials known to the broker; default: the broker checks them by itself. */
  readonly admin?: Pick<BrokerAdmin, "grant"> | undefined;
}

export interface SessionRequest extends Challenge {
  readonly node: Address;
  /** 65 bytes as hex: the node's over the EIP-712 `Session`; recovery id 0, 1, 27 or 28. */
  readonly signature: Hash;
  readonly operator?: Address | undefined;
}

export interface SessionAnswer extends SessionTerms {
  readonly node: Address;
  /** As people write it, such as "ND:5". */
  readonly deed: string;
  readonly owner: Address;
  readonly username: string;
  readonly password: string;
  /** Unix seconds. */
  readonly expiresAt: number;
}

const refusals: Readonly<Record<StandingFailure, string>> = {
  NODE_NOT_ASSOCIATED: "the node is not associated with any deed",
  DEED_NOT_OWNED: "the node's deed belongs to another operator than the one named",
  OPERATOR_NOT_APPROVED: "the deed's owner is not an approved operator, or the approval has expired",
  OPERATOR_BANNED: "the deed's owner is banned",
  DEED_BANNED: "the deed is banned",
};

const unredeemed: Readonly<Record<Exclude<Redemption, "ok" | "full">, string>> = {
  unknown: "this challenge was not given to this node by this oracle; ask for a new one",
  expired: "the challenge has expired; ask for a new one",
  used: "the challenge was used already; ask for a new one",
};

/**
 * dAuth: lets in the nodes that prove their key and whose licence is in order on chain, as this oracle sees the chain.
 * Refusals are ApiErrors: 401 for the proof of the key, 403 for the licence, with the first condition that fails as the code.
 */
export class Sessions {
  readonly #options: SessionsOptions;
  readonly #dependencies: SessionsDependencies;

  constructor(options: SessionsOptions, dependencies: SessionsDependencies) {
    this.#options = options;
    this.#dependencies = dependencies;
  }

  challenge(node: Address): Challenge {
    return this.#dependencies.challenges.issue(node);
  }

  /** Resolves when the broker will let the node in. */
  async open(request: SessionRequest): Promise<SessionAnswer> {
    this.#checkKey(request);
    const { node, operator } = request;
    const standing = this.#dependencies.standing.standingOf(node, operator);
    if (standing === undefined)
      throw new ApiError(503, "CHAIN_NOT_FOLLOWED", "this oracle has not caught up with the chain");
    if (!standing.ok) throw this.#refused(node, standing.reason);
    return this.#grant(node, standing);
  }

  /** The signature first, so that only the node itself can use its challenge up. */
  #checkKey(request: SessionRequest): void {
    const { challenges } = this.#dependencies;
    const { node, challenge, expiresAt, signature } = request;
    expectOk(challenges.check(node, request));
    const digest = sessionDigest(this.#options.domain, { node, challenge, expiresAt: BigInt(expiresAt) });
    if (recoverAddress(digest, normalise(hexToBytes(signature))) !== node) {
      throw new ApiError(401, "SIGNATURE_WRONG", `the challenge was not signed by the key of ${node} for this network`);
    }
    expectOk(challenges.redeem(node, request));
  }

  async #grant(node: Address, { deed, link }: Extract<Standing, { ok: true }>): Promise<SessionAnswer> {
    const { credentialSeconds, terms } = this.#options;
    const { clock, logger } = this.#dependencies;
    const issuedAt = Math.floor(clock.now() / 1_000);
    const expiresAt = issuedAt + credentialSeconds;
    const credentials = await this.#issue({ node, issuedAt, expiresAt });
    await this.#tellBroker(credentials);
    logger.info("a node was let in", { node, deed: formatDeed(deed) });
    const identity = { node, deed: formatDeed(deed).replace(" #", ":"), owner: link.owner };
    return { ...identity, ...credentials, expiresAt, ...terms };
  }

  async #issue(terms: CredentialTerms): Promise<Credentials> {
    const { key, logger } = this.#dependencies;
    try {
      return await issueCredentials(this.#options.domain, key, terms);
    } catch (error) {
      logger.warn("credentials for a node could not be signed", { node: terms.node, error: describeError(error) });
      throw new ApiError(503, "SIGNER_NOT_READY", "this oracle cannot sign credentials now; ask another one");
    }
  }

  /** A node that is told so asks another oracle, whose broker or administrator may be there. */
  async #tellBroker(credentials: Credentials): Promise<void> {
    const { admin = noAdmin, logger } = this.#dependencies;
    try {
      await admin.grant(credentials);
    } catch (error) {
      logger.warn("the broker could not be told of a node", {
        username: credentials.username,
        error: describeError(error),
      });
      throw new ApiError(
        503,
        "BROKER_NOT_READY",
        "the broker cannot be told of this session now; try again in a minute",
      );
    }
  }

  #refused(node: Address, reason: StandingFailure): ApiError {
    this.#dependencies.logger.info("a node was refused", { node, reason });
    return new ApiError(403, reason, refusals[reason]);
  }
}

function expectOk(redemption: Redemption): void {
  if (redemption === "ok") return;
  if (redemption === "full")
    throw new ApiError(503, "BUSY", "too many sessions are being opened; try again in a minute");
  throw new ApiError(401, "CHALLENGE_INVALID", unredeemed[redemption]);
}

/** Wallets write the recovery id as 27 or 28. */
function normalise(signature: Uint8Array): Uint8Array {
  const last = signature.length - 1;
  const recovery = signature[last] ?? 0;
  if (recovery === 27 || recovery === 28) signature[last] = recovery - 27;
  return signature;
}
