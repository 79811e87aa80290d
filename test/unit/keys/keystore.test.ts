import { chmod, readFile } from "node:fs/promises";
import { inspect } from "node:util";
import { join } from "node:path";
import { expect } from "chai";
import { SystemClock } from "../../../keepers/core/clock.js";
import { CryptoRandom } from "../../../keepers/core/random.js";
import { Secret } from "../../../keepers/core/secret.js";
import { memoryLogger } from "../../../keepers/core/memoryLogger.js";
import { createKeystore, openKeystore } from "../../../keepers/keys/keystore.js";
import { openSigner, warnOfPlainKey } from "../../../keepers/keys/openSigner.js";
import { Folder } from "./folder.js";

const password = new Secret("correct horse");

const failure = (promise: Promise<unknown>): Promise<Error> =>
  promise.then(
    () => expect.fail("it resolved"),
    (error: unknown) => error as Error,
  );

describe("keystore", () => {
  let folder: Folder;
  let path: string;
  let json: string;

  before(async () => {
    folder = await Folder.make();
    path = join(folder.path, "key.json");
    await createKeystore({ path, password, scryptCost: 2 }, { random: new CryptoRandom() });
    json = await readFile(path, "utf8");
  });

  after(() => folder.remove());

  it("opens with its password", async () => {
    const signer = await openSigner({ kind: "keystore", path, password }, { clock: new SystemClock() });
    expect(json).to.contain(signer.address.slice(2));
  });

  it("stays closed while others could read or change it", async () => {
    for (const mode of [0o604, 0o602, 0o620, 0o666, 0o644]) {
      await chmod(path, mode);
      const refused = await failure(openKeystore({ path, password }));
      expect(refused, mode.toString(8)).to.include({ code: "KEYSTORE_EXPOSED" });
      expect(refused.message).to.contain("chmod 600");
    }
    await chmod(path, 0o600);
    expect((await openKeystore({ path, password })).address).to.match(/^0x/u);
  });

  it("says whether the file or the password is wrong, and quotes neither", async () => {
    const wrong = await failure(openKeystore({ path, password: new Secret("battery staple") }));
    expect(wrong).to.include({ code: "KEYSTORE_LOCKED" });
    const { ciphertext } = (JSON.parse(json) as { Crypto: { ciphertext: string } }).Crypto;
    const changed = await folder.file("changed.json", json.replace(ciphertext, "00".repeat(ciphertext.length / 2)));
    const damaged = await failure(openKeystore({ path: changed, password }));
    expect(damaged).to.include({ code: "KEYSTORE_LOCKED" });
    for (const share of [0, 0.3, 0.9, 0.99]) {
      const cut = await folder.file("cut.json", json.slice(0, Math.floor(json.length * share)));
      const truncated = await failure(openKeystore({ path: cut, password }));
      expect(truncated, String(share)).to.include({ code: "KEYSTORE_INVALID" });
      expect(inspect(truncated)).to.not.contain(ciphertext.slice(0, 16));
    }
    for (const error of [wrong, damaged]) {
      expect(inspect(error, { depth: 9 }))
        .to.not.contain(ciphertext.slice(0, 16))
        .and.not.contain("staple");
    }
  });

  it("is a file", async () => {
    expect(await failure(openKeystore({ path: folder.path, password }))).to.include({ code: "KEYSTORE_UNREADABLE" });
    const huge = await folder.file("huge.json", "x".repeat(70_000));
    expect(await failure(openKeystore({ path: huge, password }))).to.include({ code: "KEYSTORE_UNREADABLE" });
  });
});

describe("a plain key", () => {
  it("is warned of, by name and not by value", () => {
    const { logger, entries } = memoryLogger(new SystemClock());
    const key = new Secret(`0x${"5c".repeat(32)}`);
    warnOfPlainKey({ kind: "plain", variable: "NODE_PRIVATE_KEY", key }, { logger });
    warnOfPlainKey({ kind: "keystore", path: "k", password }, { logger });
    warnOfPlainKey(undefined, { logger });
    const text = JSON.stringify(entries);
    expect(text.match(/NODE_PRIVATE_KEY/gu)).to.have.length(1);
    expect(text).to.not.contain("5c5c");
  });
});
