import { mkdir, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { decryptKeystoreJson, encryptKeystoreJson, isKeystoreJson } from "ethers";
import { describeError, errorCode, KeeperError } from "../core/errors.js";
import { readPrivateFile } from "../core/privateFile.js";
import type { Random } from "../core/random.js";
import type { Secret } from "../core/secret.js";
import { type Address, bytesToHex } from "../protocol/bytes.js";
import { SigningKey } from "../protocol/signing.js";

export interface KeystoreOptions {
  readonly path: string;
  readonly password: Secret;
  /** Cost of guessing the password (scrypt's N, a power of two); default 131,072. */
  readonly scryptCost?: number;
}

const shortestPassword = 8;
const ownerOnly = 0o600;
const ownerOnlyFolder = 0o700;
const defaultCost = 131_072;

/**
 * The key in an encrypted file (Web3 Secret Storage, version 3) that only its owner can read. Rejects with `KEYSTORE_UNREADABLE`,
 * `KEYSTORE_EXPOSED` (others can read or change it), `KEYSTORE_INVALID` (another kind of file, or a damaged one) or
 * `KEYSTORE_LOCKED`.
 */
export async function openKeystore({ path, password }: KeystoreOptions): Promise<SigningKey> {
  const json = readKeystore(path);
  if (!isKeystoreJson(json)) {
    const message = `${path} is no whole keystore: want a Web3 Secret Storage file of version 3; restore it from your copy`;
    throw new KeeperError("KEYSTORE_INVALID", message);
  }
  try {
    const { privateKey } = await decryptKeystoreJson(json, password.reveal());
    return new SigningKey(privateKey);
  } catch {
    // The failure underneath is left out: it may quote the file.
    const message = `cannot open the keystore ${path}: the password is wrong, or the file was changed`;
    throw new KeeperError("KEYSTORE_LOCKED", message);
  }
}

function readKeystore(path: string): string {
  try {
    return readPrivateFile(path);
  } catch (error) {
    const code = errorCode(error) === "FILE_EXPOSED" ? "KEYSTORE_EXPOSED" : "KEYSTORE_UNREADABLE";
    throw new KeeperError(code, `the keystore cannot be used: ${describeError(error)}`);
  }
}

/**
 * Writes a new key to an encrypted file that only its owner can read, and gives its address. Rejects with `KEYSTORE_EXISTS`
 * (nothing is ever overwritten), `PASSWORD_SHORT` or `KEYSTORE_UNWRITABLE`.
 */
export async function createKeystore(
  options: KeystoreOptions,
  dependencies: { readonly random: Random },
): Promise<Address> {
  const { path, password, scryptCost = defaultCost } = options;
  if (password.reveal().length < shortestPassword) {
    throw new KeeperError("PASSWORD_SHORT", `a password of at least ${shortestPassword} characters is needed`);
  }
  const privateKey = dependencies.random.bytes(32);
  const { address } = new SigningKey(privateKey);
  const account = { address, privateKey: bytesToHex(privateKey) };
  const scrypt = { N: scryptCost, r: 8, p: 1 };
  const json = await encryptKeystoreJson(account, password.reveal(), { scrypt });
  await writeNew(path, `${json}\n`);
  return address;
}

async function writeNew(path: string, content: string): Promise<void> {
  try {
    await mkdir(dirname(path), { recursive: true, mode: ownerOnlyFolder });
    await writeFile(path, content, { flag: "wx", mode: ownerOnly, flush: true });
  } catch (error) {
    if (errorCode(error) === "EEXIST") {
      throw new KeeperError("KEYSTORE_EXISTS", `${path} exists already and is not overwritten: choose another name`);
    }
    throw new KeeperError("KEYSTORE_UNWRITABLE", `cannot write the keystore ${path}: ${describeError(error)}`);
  }
}
