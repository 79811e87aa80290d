import { randomBytes } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { encryptKeystoreJsonSync, type HDNodeWallet } from "ethers";
import type { Variables } from "./oracleProcess.js";

/** Guessing passwords is not what these tests are about. */
const CHEAP = { N: 2, r: 8, p: 1 };

/** Keys and passwords as a careful operator keeps them: encrypted files, and files for passwords, all of them in one folder. */
export class KeyFiles {
  readonly #folder: string;
  readonly #secrets: Record<string, string> = {};

  constructor(folder: string) {
    this.#folder = folder;
    mkdirSync(folder, { mode: 0o700 });
  }

  /** What was put into files, by name. */
  get secrets(): Readonly<Record<string, string>> {
    return this.#secrets;
  }

  /** Variables of a process with that key, in production. @param prefix `ORACLE` or `NODE` */
  keystore(prefix: string, { address, privateKey }: HDNodeWallet): Variables {
    const password = randomBytes(12).toString("hex");
    const path = join(this.#folder, `${address}.json`);
    writeFileSync(path, encryptKeystoreJsonSync({ address, privateKey }, password, { scrypt: CHEAP }), { mode: 0o600 });
    this.#secrets[`key of ${address}`] = privateKey;
    return {
      R1_ENV: "production",
      [`${prefix}_KEYSTORE`]: path,
      ...this.secret(`${prefix}_KEYSTORE_PASSWORD`, password, address),
    };
  }

  /** The variable that names a file with a secret. */
  secret(name: string, value: string, whose = ""): Variables {
    const path = join(this.#folder, `${name}${whose}`);
    writeFileSync(path, `${value}\n`, { mode: 0o600 });
    this.#secrets[`${name} ${whose}`] = value;
    return { [`${name}_FILE`]: path };
  }
}
