import { type Address, ByteReader, ByteWriter, concatBytes, isAddress } from "../../protocol/bytes.js";
import { keccak, recoverAddress, SIGNATURE_BYTES, type Signer } from "../../protocol/signing.js";
import type { SigningDomain } from "../../protocol/typedData.js";

/** What a client shows to the broker; its client id there is the username. */
export interface Credentials {
  readonly username: string;
  readonly password: string;
}

/** What credentials say, their signature found to be the issuer's. */
export interface Credential {
  readonly username: string;
  /** Whom they are for: a node, or an oracle itself. */
  readonly node: Address;
  /** Who signed them; the node itself when it is an oracle's own. The caller decides whether that is an oracle. */
  readonly issuer: Address;
  /** Unix seconds. Of two for one username the one issued later counts. */
  readonly issuedAt: number;
  /** Unix seconds; worth nothing from then on. */
  readonly expiresAt: number;
}

export interface CredentialTerms extends Pick<Credential, "node" | "issuedAt" | "expiresAt"> {
  /** Number of a further process of an oracle, 1 … `MOST_WORKERS`; own credentials only. Each process needs a number of its own. */
  readonly worker?: number | undefined;
}

/** Numbers that further processes of an oracle can have. */
export const MOST_WORKERS = 999;

const DOMAIN = new ByteWriter().ascii("R1/credential/1").toBytes();
const TIMES_BYTES = 8 + 8;
const TOKEN_BYTES = TIMES_BYTES + SIGNATURE_BYTES;
const PASSWORD_LENGTH = Math.ceil((TOKEN_BYTES * 4) / 3);
const WORKER = /^[1-9]\d{0,2}$/u;

/** Credentials that lack the issuer's signature over keccak256 of `bytes`. */
export interface UnsignedCredentials {
  readonly bytes: Uint8Array;
  /** @param signature 65 bytes */
  readonly complete: (signature: Uint8Array) => Credentials;
}

/**
 * Credentials that any oracle's broker can check without asking. The username is `<node>/<issuer>`, so that an oracle
 * replaces nobody's credentials but those it issued itself; of an oracle's own `<oracle>` or `<oracle>/<worker>`. The password is
 * `base64url(issuedAt u64 ‖ expiresAt u64 ‖ signature 65 bytes)` over `keccak256("R1/credential/1" ‖ chainId u64 ‖
 * nodeRegistry ‖ issuedAt u64 ‖ expiresAt u64 ‖ username)`, signed by the issuing oracle.
 */
export function prepareCredentials(
  domain: SigningDomain,
  issuer: Address,
  terms: CredentialTerms,
): UnsignedCredentials {
  const { node, issuedAt, expiresAt, worker } = terms;
  const tail = issuer === node ? worker : issuer;
  const username = tail === undefined ? node : `${node}/${tail}`;
  const times = new ByteWriter().u64(issuedAt).u64(expiresAt).toBytes();
  const complete = (signature: Uint8Array) => {
    return { username, password: Buffer.from(concatBytes(times, signature)).toString("base64url") };
  };
  return { bytes: boundBytes(domain, times, username), complete };
}

/** Credentials that an oracle issues. Rejects as the signer does. */
export async function issueCredentials(
  domain: SigningDomain,
  issuer: Signer,
  terms: CredentialTerms,
): Promise<Credentials> {
  const { bytes, complete } = prepareCredentials(domain, issuer.address, terms);
  return complete(await issuer.signBytes(bytes));
}

/** Undefined for everything that `prepareCredentials` does not make; never throws. Whether it is still valid is not looked at. */
export function readCredential(
  domain: SigningDomain,
  username: string | undefined,
  password: string | undefined,
): Credential | undefined {
  if (username === undefined || password === undefined) return undefined;
  const parties = partiesOf(username);
  const token = tokenOf(password);
  if (parties === undefined || token === undefined) return undefined;
  const { times, signature, ...terms } = token;
  if (recoverAddress(keccak(boundBytes(domain, times, username)), signature) !== parties.issuer) return undefined;
  return { username, ...parties, ...terms };
}

/** Whom a username is of, and who has to have issued it; undefined when it is none of this protocol's. */
export function partiesOf(username: string): Pick<Credential, "node" | "issuer"> | undefined {
  const [node = "", tail, more] = username.split("/", 3);
  if (!isAddress(node) || more !== undefined) return undefined;
  if (tail === undefined || WORKER.test(tail)) return { node, issuer: node };
  return isAddress(tail) && tail !== node ? { node, issuer: tail } : undefined;
}

function tokenOf(password: string) {
  if (password.length !== PASSWORD_LENGTH) return undefined;
  const token = Buffer.from(password, "base64url");
  if (token.length !== TOKEN_BYTES || token.toString("base64url") !== password) return undefined;
  const reader = new ByteReader(new Uint8Array(token));
  const times = reader.raw(TIMES_BYTES);
  const signature = reader.raw(SIGNATURE_BYTES);
  const clock = new ByteReader(times);
  const [issuedAt, expiresAt] = [Number(clock.u64()), Number(clock.u64())];
  if (!Number.isSafeInteger(issuedAt) || !Number.isSafeInteger(expiresAt)) return undefined;
  return { times, signature, issuedAt, expiresAt };
}

function boundBytes({ chainId, verifyingContract }: SigningDomain, times: Uint8Array, username: string): Uint8Array {
  const bound = new ByteWriter().raw(DOMAIN).u64(chainId).address(verifyingContract).raw(times).ascii(username);
  return bound.toBytes();
}
