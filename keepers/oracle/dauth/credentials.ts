import { type Address, ByteReader, ByteWriter, concatBytes, isAddress } from "../../protocol/bytes.js";
import { keccak, recoverAddress, SIGNATURE_BYTES, type SigningKey } from "../../protocol/signing.js";
import type { SigningDomain } from "../../protocol/typedData.js";

/** What a client shows to the broker. */
export interface Credentials {
  readonly username: string;
  readonly password: string;
}

/** What a password says, once its signature was found to be somebody's. */
export interface Credential {
  readonly node: Address;
  /** Whoever signed it: the caller decides whether that is an oracle. */
  readonly issuer: Address;
  /** Unix seconds; worth nothing from then on. */
  readonly expiresAt: number;
}

const EXPIRY_BYTES = 8;
const DOMAIN = new ByteWriter().ascii("R1/credential/1").toBytes();
const PASSWORD_LENGTH = Math.ceil(((EXPIRY_BYTES + SIGNATURE_BYTES) * 4) / 3);

/**
 * Credentials that any oracle's broker can check without asking: the username is the node, the password a token
 * `base64url(expiry u64 ‖ signature 65 bytes)` over `keccak256("R1/credential/1" ‖ chainId u64 ‖ nodeRegistry ‖ node ‖
 * expiry u64)`, signed by the key of the oracle that issues it.
 */
export function issueCredentials(
  domain: SigningDomain,
  issuer: SigningKey,
  { node, expiresAt }: Pick<Credential, "node" | "expiresAt">,
): Credentials {
  const expiry = new ByteWriter().u64(expiresAt).toBytes();
  const token = concatBytes(expiry, issuer.sign(digestOf(domain, node, expiresAt)));
  return { username: node, password: Buffer.from(token).toString("base64url") };
}

/** Undefined for everything that `issueCredentials` does not make; never throws. Whether it is still valid is not looked at. */
export function readCredential(
  domain: SigningDomain,
  username: string | undefined,
  password: string | undefined,
): Credential | undefined {
  if (username === undefined || !isAddress(username) || password?.length !== PASSWORD_LENGTH) return undefined;
  const token = Buffer.from(password, "base64url");
  if (token.length !== EXPIRY_BYTES + SIGNATURE_BYTES || token.toString("base64url") !== password) return undefined;
  const reader = new ByteReader(new Uint8Array(token));
  const expiresAt = Number(reader.u64());
  if (!Number.isSafeInteger(expiresAt)) return undefined;
  const issuer = recoverAddress(digestOf(domain, username, expiresAt), reader.raw(SIGNATURE_BYTES));
  return issuer === undefined ? undefined : { node: username, issuer, expiresAt };
}

function digestOf({ chainId, verifyingContract }: SigningDomain, node: Address, expiresAt: number): Uint8Array {
  const bound = new ByteWriter().raw(DOMAIN).u64(chainId).address(verifyingContract).address(node).u64(expiresAt);
  return keccak(bound.toBytes());
}
