import { globSync, readFileSync } from "node:fs";
import { expect } from "chai";
import secp256k1 from "secp256k1";
import { EncodingError } from "../../keepers/protocol/bytes.js";
import { encodeSecrets, hashSecrets, sealTo } from "../../keepers/protocol/secrets.js";
import { SigningKey } from "../../keepers/protocol/signing.js";
import { encodeJobSpec, parseJobSpec } from "../../keepers/protocol/jobSpec.js";
import { container } from "../unit/containers/agent/world.js";

/**
 * Found elsewhere: job specifications encrypted under a public default key with a fixed nonce; secrets readable out of a store that
 * all share; one password for all.
 */
describe("finding: secrets stay shut", () => {
  const node = new SigningKey(`0x${"42".repeat(32)}`);
  const other = new SigningKey(`0x${"43".repeat(32)}`);
  const publicKey = secp256k1.publicKeyCreate(Buffer.from("42".repeat(32), "hex"));
  const secrets = { salt: `0x${"5a".repeat(32)}`, values: { TOKEN: "hunter2" } };

  it("are sealed to one key, which alone opens them", () => {
    const sealed = sealTo(publicKey, encodeSecrets(secrets));
    expect(node.open(sealed)).to.deep.equal(encodeSecrets(secrets));
    expect(() => other.open(sealed)).to.throw(EncodingError);
  });

  it("never twice with one nonce or one key: no two sealings share a part", () => {
    const seen = new Set<string>();
    for (let time = 0; time < 20; time += 1) {
      const sealed = Buffer.from(sealTo(publicKey, encodeSecrets(secrets)));
      // ephemeral public key 65 bytes, nonce 16, tag 16, ciphertext
      for (const part of [sealed.subarray(0, 65), sealed.subarray(65, 81), sealed.subarray(97)]) {
        seen.add(part.toString("hex"));
      }
    }
    expect(seen.size).to.equal(60);
  });

  it("are not in the specification that everybody may read, which has their salted hash", () => {
    const spec = { version: 1, name: "job", containers: [container("web", { secrets: ["TOKEN"] })] } as const;
    const open = encodeJobSpec(parseJobSpec({ ...spec, secretsHash: hashSecrets(secrets) }));
    expect(Buffer.from(open).toString()).to.not.contain("hunter2");
    const guessed = hashSecrets({ ...secrets, salt: `0x${"00".repeat(32)}` });
    expect(guessed).to.not.equal(hashSecrets(secrets));
  });

  it("no key or password has a default in what operators configure", () => {
    const files = globSync("keepers/**/*.ts");
    const declared = /(?<how>\w+)\(["`](?<name>(?:\$\{prefix\})?[A-Z_]*(?:PRIVATE_KEY|PASSWORD|TOKEN|MNEMONIC))["`],/gu;
    const found = files.flatMap((path) =>
      [...readFileSync(path, "utf8").matchAll(declared)].map(({ groups }) => groups!),
    );
    expect(found.length).to.be.greaterThan(3);
    for (const { name, how } of found) expect(how, name).to.match(/^(?:required|optional)$/u);
  });
});
