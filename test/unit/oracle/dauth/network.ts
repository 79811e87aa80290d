import type { Standing, StandingFailure } from "../../../../keepers/chain/selectors.js";
import type { OracleDirectory, StandingSource } from "../../../../keepers/oracle/dauth/chainViews.js";
import type { Address } from "../../../../keepers/protocol/bytes.js";
import { DeedKind, deedId } from "../../../../keepers/protocol/deedId.js";
import {
  type Credentials,
  type CredentialTerms,
  prepareCredentials,
} from "../../../../keepers/oracle/dauth/credentials.js";
import { keccak, SigningKey } from "../../../../keepers/protocol/signing.js";
import type { SigningDomain } from "../../../../keepers/protocol/typedData.js";

export const domain: SigningDomain = {
  chainId: 31_337n,
  verifyingContract: "0x00000000000000000000000000000000000000aa",
};

export const owner = "0x00000000000000000000000000000000000000ee";

/** Private keys 1, 2, 3 … */
export function keyOf(number: number): SigningKey {
  return new SigningKey(`0x${number.toString(16).padStart(64, "0")}`);
}

/** Credentials signed on the spot. */
export function issue(where: SigningDomain, issuer: SigningKey, terms: CredentialTerms): Credentials {
  const { bytes, complete } = prepareCredentials(where, issuer.address, terms);
  return complete(issuer.sign(keccak(bytes)));
}

/** What the chain says, as a test sets it. */
export class FakeChain implements StandingSource, OracleDirectory {
  followed = true;
  members: Address[] = [];
  readonly refused = new Map<Address, StandingFailure>();
  readonly active = new Set<Address>();

  standingOf(node: Address, operator?: Address): Standing | undefined {
    if (!this.followed) return undefined;
    const reason = this.refused.get(node);
    if (reason !== undefined) return { ok: false, reason };
    if (!this.active.has(node)) return { ok: false, reason: "NODE_NOT_ASSOCIATED" };
    if (operator !== undefined && operator !== owner) return { ok: false, reason: "DEED_NOT_OWNED" };
    return { ok: true, deed: deedId(DeedKind.NODE, 5n), link: { node, owner, associatedAt: 1n, epoch: 0n } };
  }

  oracles(): readonly Address[] {
    return this.members;
  }
}
