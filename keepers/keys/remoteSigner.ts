import { computeAddress } from "ethers";
import { z } from "zod";
import type { Clock } from "../core/clock.js";
import { KeeperError } from "../core/errors.js";
import { type Address, bytesToHex, hexToBytes } from "../protocol/bytes.js";
import { keccak, recoverAddress, type Signer } from "../protocol/signing.js";
import { SignerEndpoint } from "./signerEndpoint.js";

export interface RemoteSignerOptions {
  /** `https://…`, `http://…` or `unix:///path`. */
  readonly url: string;
  /** Of the account to sign for. */
  readonly address: Address;
  /** Milliseconds for one answer. */
  readonly timeoutMs: number;
}

const PUBLIC_KEYS = "/api/v1/eth1/publicKeys";
const SIGN = "/api/v1/eth1/sign/";
const publicKeysSchema = z.array(z.string().regex(/^0x(?:04)?[0-9a-f]{128}$/iu)).max(10_000);
const SIGNATURE = /^"?(?<signature>0x[0-9a-f]{130})"?$/iu;

/**
 * Has a service sign, which holds the key: Web3Signer, or whatever speaks the same two calls of its `eth1` API. It is believed
 * nothing: each signature is checked to be this account's over exactly these bytes.
 */
export class RemoteSigner implements Signer {
  readonly address: Address;
  readonly #path: string;
  readonly #endpoint: SignerEndpoint;

  private constructor(address: Address, publicKey: string, endpoint: SignerEndpoint) {
    this.address = address;
    this.#path = `${SIGN}${publicKey}`;
    this.#endpoint = endpoint;
  }

  /** Rejects with `SIGNER_KEY_UNKNOWN` when the service has no key of this account, or as `SignerEndpoint.ask` does. */
  static async open(options: RemoteSignerOptions, dependencies: { readonly clock: Clock }): Promise<RemoteSigner> {
    const { address } = options;
    const endpoint = new SignerEndpoint(options, dependencies);
    const publicKey = readPublicKeys(await endpoint.ask(PUBLIC_KEYS)).find((key) => accountOf(key) === address);
    if (publicKey !== undefined) return new RemoteSigner(address, publicKey, endpoint);
    throw new KeeperError("SIGNER_KEY_UNKNOWN", `the remote signer holds no key of ${address}`);
  }

  /** Rejects with `SIGNER_WRONG` when what comes is not this account's signature of these bytes, or as `SignerEndpoint.ask` does. */
  async signBytes(bytes: Uint8Array): Promise<Uint8Array> {
    const answer = await this.#endpoint.ask(this.#path, { data: bytesToHex(bytes) });
    const signature = readSignature(answer);
    if (signature !== undefined && recoverAddress(keccak(bytes), signature) === this.address) return signature;
    const message = `what the remote signer answered is no signature of ${this.address} over what it was asked to sign`;
    throw new KeeperError("SIGNER_WRONG", message);
  }

  toString(): string {
    return `RemoteSigner(${this.address})`;
  }
}

function readPublicKeys(answer: string): string[] {
  try {
    return publicKeysSchema.parse(JSON.parse(answer));
  } catch {
    throw new KeeperError("SIGNER_WRONG", "the remote signer does not list its public keys as Web3Signer does");
  }
}

/** Uncompressed keys, with or without the byte that says so. Undefined for what is no point of the curve. */
function accountOf(publicKey: string): Address | undefined {
  const digits = publicKey.slice(2);
  try {
    return computeAddress(digits.length === 130 ? publicKey : `0x04${digits}`).toLowerCase();
  } catch {
    return undefined;
  }
}

/** With the recovery id as 0 or 1, whichever way it was written. */
function readSignature(answer: string): Uint8Array | undefined {
  const text = SIGNATURE.exec(answer.trim())?.groups?.["signature"];
  if (text === undefined) return undefined;
  const signature = hexToBytes(text.toLowerCase());
  const last = signature.length - 1;
  const recovery = signature[last] as number;
  signature[last] = recovery >= 27 ? recovery - 27 : recovery;
  return signature;
}
