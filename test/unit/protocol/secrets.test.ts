import { expect } from "chai";
import fc from "fast-check";
import secp256k1 from "secp256k1";
import { bytesToHex, EncodingError, hexToBytes } from "../../../keepers/protocol/bytes.js";
import { parseJobSpec } from "../../../keepers/protocol/jobSpec.js";
import { keccak } from "../../../keepers/protocol/keccak.js";
import {
  decodeSecrets,
  encodeSecrets,
  hashSecrets,
  type JobSecrets,
  MAX_SECRETS_BYTES,
  openWith,
  SEAL_OVERHEAD_BYTES,
  sealTo,
  secretNames,
  secretsRequestData,
} from "../../../keepers/protocol/secrets.js";
import { recoverPublicKey, SigningKey } from "../../../keepers/protocol/signing.js";
import { typedDataDigest } from "../../../keepers/protocol/typedData.js";

const privateKey = hexToBytes(`0x${"42".repeat(32)}`);
const publicKey = secp256k1.publicKeyCreate(privateKey, true);
const salt = `0x${"5a".repeat(32)}`;
const secrets: JobSecrets = { salt, values: { TOKEN: "hunter2", API_KEY: "swordfish" } };

function messageOf(operation: () => unknown): string {
  try {
    operation();
  } catch (error) {
    expect(error).to.be.instanceOf(EncodingError);
    return (error as Error).message;
  }
  throw new Error("nothing was thrown");
}

describe("secrets of a job", () => {
  it("are sealed to one key, anew each time, and opened by it alone", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 500 }), (bytes) => {
        const sealed = sealTo(publicKey, bytes);
        expect(sealed.length).to.equal(bytes.length + SEAL_OVERHEAD_BYTES);
        expect(openWith(privateKey, sealed)).to.deep.equal(bytes);
        expect(sealTo(publicKey, bytes)).to.not.deep.equal(sealed);
      }),
      { numRuns: 10 },
    );
    const sealed = sealTo(secp256k1.publicKeyCreate(privateKey, false), encodeSecrets(secrets));
    expect(decodeSecrets(new SigningKey(privateKey).open(sealed))).to.deep.equal(secrets);
    expect(() => new SigningKey(`0x${"43".repeat(32)}`).open(sealed)).to.throw(EncodingError);
  });

  it("can be sealed to whoever signed a request", () => {
    const key = new SigningKey(privateKey);
    const domain = { chainId: 31_337n, verifyingContract: `0x${"11".repeat(20)}` };
    const request = { jobId: 7n, specHash: salt, node: key.address, expiresAt: 1_700_000_000n };
    const digest = typedDataDigest(secretsRequestData(domain, request));
    const recovered = recoverPublicKey(digest, key.sign(digest))!;
    expect(key.open(sealTo(recovered, new Uint8Array([1, 2, 3])))).to.deep.equal(new Uint8Array([1, 2, 3]));
    const other = typedDataDigest(secretsRequestData(domain, { ...request, jobId: 8n }));
    expect(bytesToHex(other)).to.not.equal(bytesToHex(digest));
  });

  it("cannot be opened when a bit was changed or bytes are missing; the error is always the same and says nothing", () => {
    const sealed = sealTo(publicKey, encodeSecrets(secrets));
    const messages = new Set<string>();
    fc.assert(
      fc.property(fc.nat(sealed.length - 1), fc.integer({ min: 0, max: 7 }), (at, bit) => {
        const changed = sealed.slice();
        changed[at]! ^= 1 << bit;
        messages.add(messageOf(() => openWith(privateKey, changed)));
        messages.add(messageOf(() => openWith(privateKey, sealed.subarray(0, at))));
      }),
      { numRuns: 50 },
    );
    messages.add(messageOf(() => openWith(hexToBytes(`0x${"01".repeat(32)}`), sealed)));
    messages.add(messageOf(() => openWith(privateKey, new Uint8Array())));
    expect(messages.size).to.equal(1);
  });

  it("are not sealed to what is no public key", () => {
    for (const bad of [new Uint8Array(33), new Uint8Array(32).fill(2), new Uint8Array(65).fill(4), new Uint8Array()]) {
      expect(messageOf(() => sealTo(bad, encodeSecrets(secrets)))).to.match(/^public key: /u);
    }
  });

  it("have one encoding, and a hash that the salt makes unguessable", () => {
    const turned = { values: { API_KEY: "swordfish", TOKEN: "hunter2" }, salt };
    expect(hashSecrets(turned)).to.equal(hashSecrets(secrets));
    expect(hashSecrets(secrets)).to.equal(bytesToHex(keccak(encodeSecrets(secrets))));
    expect(hashSecrets({ ...secrets, salt: `0x${"5b".repeat(32)}` })).to.not.equal(hashSecrets(secrets));
    fc.assert(
      fc.property(fc.dictionary(fc.stringMatching(/^[A-Za-z_]\w{0,10}$/u), fc.string()), (values) => {
        expect(decodeSecrets(encodeSecrets({ salt, values })).values).to.deep.equal({ ...values });
      }),
      { numRuns: 50 },
    );
  });

  it("are refused in any other shape, and no error repeats them", () => {
    const texts = [
      "swordfish",
      '{"salt":"swordfish","values":{}}',
      `{"salt":"${salt}","values":{"A":1}}`,
      `{"salt":"${salt}","values":{"9":"swordfish"}}`,
      `{"salt":"${salt}","values":{},"more":"swordfish"}`,
      `{"values":{"A":"swordfish"},"salt":"${salt}"}`,
      `{"salt":"${salt}", "values":{"A":"swordfish"}}`,
    ];
    for (const text of texts) {
      const message = messageOf(() => decodeSecrets(new TextEncoder().encode(text)));
      expect(message).to.not.contain("swordfish");
    }
    const large = Object.fromEntries(["A", "B", "C"].map((name) => [name, "x".repeat(30_000)]));
    expect(messageOf(() => encodeSecrets({ salt, values: large }))).to.contain(`at most ${MAX_SECRETS_BYTES}`);
    expect(messageOf(() => decodeSecrets(new Uint8Array(MAX_SECRETS_BYTES + 1)))).to.contain("at most");
  });

  it("are known by the names that containers and registries ask for", () => {
    const container = { image: "app", milliCpu: 100, memoryMiB: 64 };
    const spec = parseJobSpec({
      version: 1,
      name: "job",
      containers: [
        { ...container, name: "a", secrets: ["TOKEN", "KEY"] },
        { ...container, name: "b", secrets: ["TOKEN"] },
      ],
      registries: [{ server: "registry.example", username: "me", password: "PASSWORD" }],
      secretsHash: salt,
    });
    expect(secretNames(spec)).to.deep.equal(["KEY", "PASSWORD", "TOKEN"]);
  });
});
