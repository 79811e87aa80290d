import { recoverAddress, SigningKey } from "ethers";
import type { Clock } from "../../core/clock.js";
import { KeeperError } from "../../core/errors.js";
import { ApiError } from "../../core/http/apiError.js";
import { type Address, type Hash, hexToBytes, isAddress } from "../../protocol/bytes.js";
import {
  type DeeployRequest,
  deeployRequestDigest,
  MAX_REQUEST_SECONDS,
  REQUEST_HEADERS,
  requestBodyHash,
} from "../../protocol/deeployRequest.js";
import type { SigningDomain } from "../../protocol/typedData.js";
import type { NonceStore } from "./nonceStore.js";

/** What came over HTTP, before anybody believes it. */
export interface IncomingRequest {
  readonly method: string;
  /** With the query, as it was sent. */
  readonly url: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Uint8Array;
}

/** Who asks, proven, and what it signed: a node checks the same signature again. */
export interface Caller {
  readonly account: Address;
  readonly request: DeeployRequest;
  /** 0x and hex digits; 65 bytes unless the account is a contract. */
  readonly signature: string;
  /** Of the key that signed, uncompressed; undefined when a contract vouches for the signature. */
  readonly publicKey: Uint8Array | undefined;
}

export interface AuthenticatorDependencies {
  readonly nonces: Pick<NonceStore, "take">;
  readonly wallets: ContractWallets;
  readonly clock: Pick<Clock, "now">;
}

/** Accounts that are contracts. */
export interface ContractWallets {
  /** Whether the account has code that says so (ERC-1271); false for an account without code. Rejects when the chain is away. */
  isValidSignature(account: Address, digest: Hash, signature: string): Promise<boolean>;
}

/** Longest signature of a contract wallet. Bytes. */
const MAX_SIGNATURE_BYTES = 2_048;
const HASH = /^0x[0-9a-f]{64}$/u;
const SIGNATURE = /^0x(?:[0-9a-f]{2}){1,2048}$/u;
const EOA_SIGNATURE_LENGTH = 2 + 2 * 65;

/** Says who made a request. All refusals are ApiErrors with status 401. */
export class Authenticator {
  readonly #domain: SigningDomain;
  readonly #dependencies: AuthenticatorDependencies;

  constructor(options: { readonly domain: SigningDomain }, dependencies: AuthenticatorDependencies) {
    this.#domain = options.domain;
    this.#dependencies = dependencies;
  }

  /**
   * The proven caller; nothing is written yet.
   * @throws ApiError `SIGNATURE_MISSING`, `SIGNATURE_MALFORMED`, `REQUEST_EXPIRED`, `EXPIRY_TOO_FAR`, `SIGNATURE_INVALID`
   */
  async identify(incoming: IncomingRequest): Promise<Caller> {
    const { request, signature } = readRequest(incoming);
    this.#checkExpiry(request);
    const digest = deeployRequestDigest(this.#domain, request);
    const publicKey = recoverKey(digest, signature, request.account);
    if (publicKey === undefined) await this.#askContract(request.account, digest, signature);
    return { account: request.account, request, signature, publicKey };
  }

  /** Uses the request up. @throws ApiError 401 `NONCE_USED`, 503 `NONCES_FULL` */
  async accept({ account, request }: Caller): Promise<void> {
    try {
      await this.#dependencies.nonces.take(account, request.nonce, request.expiresAt);
    } catch (error) {
      if (!(error instanceof KeeperError)) throw error;
      if (error.code === "NONCE_USED") throw refused("NONCE_USED", error.message);
      throw new ApiError(503, error.code, error.message);
    }
  }

  async #askContract(account: Address, digest: Hash, signature: string): Promise<void> {
    if (await this.#dependencies.wallets.isValidSignature(account, digest, signature)) return;
    throw refused(
      "SIGNATURE_INVALID",
      `the signature is not ${account}'s for this request: method, path with query, body, nonce and expiry have to be as signed, and the domain this chain's`,
    );
  }

  #checkExpiry({ expiresAt }: DeeployRequest): void {
    const now = Math.floor(this.#dependencies.clock.now() / 1_000);
    if (expiresAt < now) throw refused("REQUEST_EXPIRED", `the request expired at ${expiresAt}, and it is ${now}`);
    if (expiresAt > now + MAX_REQUEST_SECONDS) {
      const message = `the request expires at ${expiresAt}, more than ${MAX_REQUEST_SECONDS} seconds after ${now}`;
      throw refused("EXPIRY_TOO_FAR", message);
    }
  }
}

function readRequest(incoming: IncomingRequest): { readonly request: DeeployRequest; readonly signature: string } {
  const [account, nonce, expiresAt, signature] = [
    headerOf(incoming, REQUEST_HEADERS.account),
    headerOf(incoming, REQUEST_HEADERS.nonce),
    headerOf(incoming, REQUEST_HEADERS.expiresAt),
    headerOf(incoming, REQUEST_HEADERS.signature),
  ];
  check(isAddress(account), REQUEST_HEADERS.account, "an address");
  check(HASH.test(nonce), REQUEST_HEADERS.nonce, "0x and 64 hex digits");
  check(/^\d{1,12}$/u.test(expiresAt), REQUEST_HEADERS.expiresAt, "Unix seconds");
  check(SIGNATURE.test(signature), REQUEST_HEADERS.signature, `1 to ${MAX_SIGNATURE_BYTES} bytes in hex`);
  const { method, url: path, body } = incoming;
  const bodyHash = requestBodyHash(body);
  return { request: { account, method, path, bodyHash, nonce, expiresAt: Number(expiresAt) }, signature };
}

function headerOf({ headers }: IncomingRequest, name: string): string {
  const value = headers[name];
  if (typeof value === "string" && value !== "") return value.toLowerCase();
  const names = Object.values(REQUEST_HEADERS).join(", ");
  throw refused("SIGNATURE_MISSING", `header ${name} is missing: this request has to be signed by a wallet (${names})`);
}

function check(holds: boolean, name: string, wants: string): void {
  if (!holds) throw refused("SIGNATURE_MALFORMED", `header ${name}: want ${wants}`);
}

function refused(code: string, message: string): ApiError {
  return new ApiError(401, code, message);
}

/** The key that signed, when it is the account's own. */
function recoverKey(digest: Hash, signature: string, account: Address): Uint8Array | undefined {
  if (signature.length !== EOA_SIGNATURE_LENGTH) return undefined;
  try {
    if (recoverAddress(digest, signature).toLowerCase() !== account) return undefined;
    return hexToBytes(SigningKey.recoverPublicKey(digest, signature));
  } catch {
    return undefined; // no such point, high s, or another recovery id
  }
}
