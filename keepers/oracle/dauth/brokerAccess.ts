import type { Clock } from "../../core/clock.js";
import type { Address } from "../../protocol/bytes.js";
import { advertisementTopic } from "../../protocol/advertisement.js";
import { assignmentTopic } from "../../protocol/assignment.js";
import { heartbeatTopic } from "../../protocol/heartbeat.js";
import { answerTopic, commandTopic } from "../../protocol/nodeCommand.js";
import { oracleTopic } from "../../protocol/oracleMessages.js";
import type { SigningDomain } from "../../protocol/typedData.js";
import { sharedFilter } from "../../transport/topics.js";
import type { OracleDirectory, StandingSource } from "./chainViews.js";
import { type Credential, type Credentials, readCredential } from "./credentials.js";

export interface BrokerAccessOptions {
  readonly domain: SigningDomain;
  /** No credential that expires later than this from now is believed, whoever signed it; seconds. */
  readonly maximumSeconds: number;
}

export interface BrokerAccessDependencies {
  readonly standing: StandingSource;
  readonly oracles: OracleDirectory;
  readonly clock: Pick<Clock, "now">;
}

/**
 * What a client may do at a broker, whichever it is: filters, of which only those that end with `#` stand for more than
 * themselves.
 */
export interface BrokerRights {
  /** What the topics have to match. */
  readonly publish: readonly string[];
  /** These, and for one that ends with `#` everything narrower. */
  readonly subscribe: readonly string[];
}

/** Nobody issues credentials for longer: a day. */
export const MAXIMUM_CREDENTIAL_SECONDS = 86_400;

/** Clocks of oracles may be so far apart; seconds. */
const SKEW_SECONDS = 60;

/**
 * Who may connect to a broker and what they may do there, as the chain is now: a node publishes its heartbeats, what it offers
 * and its answers under topics of its own, and hears the commands for it; an oracle publishes under its own three topics and
 * commands for nodes, which carry the signature of whoever gives them, and hears everything of its network. An oracle signs its own credentials, and nobody else's signature lets anybody in as an oracle. What the brokers have in common is here; how
 * each is made to do it is in `BrokerGate` and `MosquittoAdmin`.
 */
export class BrokerAccess {
  readonly #options: BrokerAccessOptions;
  readonly #dependencies: BrokerAccessDependencies;

  constructor(options: BrokerAccessOptions, dependencies: BrokerAccessDependencies) {
    this.#options = options;
    this.#dependencies = dependencies;
  }

  get chainId(): bigint {
    return this.#options.domain.chainId;
  }

  /** What the credentials say when they let their bearer in now; undefined when not, also while the chain is not followed. */
  admit({ username, password }: Partial<Credentials>): Credential | undefined {
    const credential = readCredential(this.#options.domain, username, password);
    return credential !== undefined && this.#isCurrent(credential) && this.#isTrusted(credential)
      ? credential
      : undefined;
  }

  /** Whether somebody that was let in may stay. While the chain is not followed nobody loses a right but by time. */
  isWelcome({ node, issuer, expiresAt }: Pick<Credential, "node" | "issuer" | "expiresAt">): boolean {
    if (expiresAt * 1_000 <= this.#dependencies.clock.now()) return false;
    const standing = this.#dependencies.standing.standingOf(node);
    if (standing === undefined) return true;
    return this.#isOracle(issuer) && (issuer === node || (standing.ok && !this.#isOracle(node)));
  }

  rightsOf({ node, issuer }: Pick<Credential, "node" | "issuer">): BrokerRights {
    const { chainId } = this;
    const beats = heartbeatTopic(chainId, node);
    if (issuer !== node) {
      const offers = [advertisementTopic(chainId, node), answerTopic(chainId, node, "#")];
      return { publish: [beats, ...offers], subscribe: [commandTopic(chainId, node)] };
    }
    const network = `r1/${chainId}/#`;
    return {
      publish: [beats, oracleTopic(chainId, node), assignmentTopic(chainId, node), commandTopic(chainId, "#")],
      // A group of ingest workers is named after its oracle: a member of somebody else's would take messages from it.
      subscribe: [network, sharedFilter(node, network)],
    };
  }

  #isCurrent({ issuedAt, expiresAt }: Credential): boolean {
    const now = this.#dependencies.clock.now() / 1_000;
    return issuedAt <= now + SKEW_SECONDS && expiresAt > now && expiresAt <= now + this.#options.maximumSeconds;
  }

  #isTrusted({ node, issuer }: Credential): boolean {
    const standing = this.#dependencies.standing.standingOf(node);
    if (standing === undefined || !this.#isOracle(issuer)) return false;
    return issuer === node || (standing.ok && !this.#isOracle(node));
  }

  #isOracle(address: Address): boolean {
    return this.#dependencies.oracles.oracles().includes(address);
  }
}
