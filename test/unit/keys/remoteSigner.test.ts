import { join } from "node:path";
import { expect } from "chai";
import { Transaction, TypedDataEncoder, verifyTypedData, Wallet } from "ethers";
import fc from "fast-check";
import { SystemClock } from "../../../keepers/core/clock.js";
import { VirtualClock } from "../../../keepers/core/virtualClock.js";
import { RemoteSigner } from "../../../keepers/keys/remoteSigner.js";
import { transactionSigner } from "../../../keepers/keys/transactionSigner.js";
import { bytesToHex } from "../../../keepers/protocol/bytes.js";
import { keccak, recoverAddress, SigningKey } from "../../../keepers/protocol/signing.js";
import { answerData, typedDataBytes } from "../../../keepers/protocol/typedData.js";
import { Folder } from "./folder.js";
import { SignerService } from "./signerService.js";

const privateKey = `0x${"5c".repeat(32)}`;
const timeoutMs = 2_000;
const bytes = new TextEncoder().encode("R1/anything");

const failure = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => expect.fail("it resolved"),
    (error: unknown) => error,
  );

describe("remote signer", () => {
  let service: SignerService;
  let url: string;

  beforeEach(async () => {
    service = new SignerService(privateKey);
    url = await service.listen();
  });

  afterEach(() => service.close());

  const open = (at = url, clock: SystemClock | VirtualClock = new SystemClock()): Promise<RemoteSigner> =>
    RemoteSigner.open({ url: at, address: service.address, timeoutMs }, { clock });

  it("gives the signatures that the key itself would give", async () => {
    const signer = await open();
    const key = new SigningKey(privateKey);
    expect(signer.address).to.equal(key.address);
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 2_000 }), async (any) => {
        expect(bytesToHex(await signer.signBytes(any))).to.equal(bytesToHex(await key.signBytes(any)));
      }),
      { numRuns: 30 },
    );
  });

  it("signs EIP-712 messages and transactions that ethers takes for the account's", async () => {
    const signer = await open();
    const data = answerData(
      { chainId: 5n, verifyingContract: service.address },
      { oracle: service.address, deadline: 9n },
    );
    const signature = await signer.signBytes(typedDataBytes(data));
    expect(TypedDataEncoder.hash(data.domain, data.types, data.value)).to.equal(
      bytesToHex(keccak(typedDataBytes(data))),
    );
    const wallets = `${bytesToHex(signature.subarray(0, 64))}${signature[64] === 0 ? "1b" : "1c"}`;
    expect(verifyTypedData(data.domain, data.types, data.value, wallets).toLowerCase()).to.equal(service.address);

    const fields = {
      ...{ type: 2, chainId: 8_453, to: `0x${"22".repeat(20)}`, data: "0x1234", value: 7n, nonce: 3 },
      ...{ gasLimit: 21_000n, maxFeePerGas: 9n, maxPriorityFeePerGas: 2n },
    };
    const raw = await transactionSigner(signer).signTransaction(fields);
    expect(raw).to.equal(await new Wallet(privateKey).signTransaction(fields));
    expect(Transaction.from(raw).from?.toLowerCase()).to.equal(service.address);
  });

  it("asks over a Unix socket, and below a path", async () => {
    const folder = await Folder.make();
    const other = new SignerService(privateKey);
    try {
      const signer = await open(await other.listen(join(folder.path, "signer.sock")));
      expect(recoverAddress(keccak(bytes), await signer.signBytes(bytes))).to.equal(service.address);
      await (await open(`${url}/behind/a/proxy/`)).signBytes(bytes).catch(() => undefined);
      expect(service.asked).to.include("/behind/a/proxy/api/v1/eth1/publicKeys");
    } finally {
      await other.close();
      await folder.remove();
    }
  });

  it("does not start with a service that is down, or has no such key, or lists none", async () => {
    service.listed = [`0x${"11".repeat(64)}`];
    expect(await failure(open())).to.include({ code: "SIGNER_KEY_UNKNOWN" });
    service.listed = ["no key"];
    expect(await failure(open())).to.include({ code: "SIGNER_WRONG" });
    await service.close();
    expect(await failure(open())).to.include({ code: "SIGNER_UNREACHABLE", retriable: true });
  });

  it("takes no signature of another key, of other bytes, or of another shape", async () => {
    const signer = await open();
    const other = new SigningKey(`0x${"07".repeat(32)}`);
    const withId = (signature: Uint8Array): string =>
      bytesToHex(signature.slice(0, 64)) + `1${"bc"[signature[64] as number]}`;
    const lies = [
      withId(other.sign(keccak(bytes))),
      withId(new SigningKey(privateKey).sign(keccak(Uint8Array.of(1)))),
      `0x${"00".repeat(65)}`,
      `0x${"ff".repeat(65)}`,
      withId(other.sign(keccak(bytes))).slice(0, -2),
      "",
      "null",
      "<html>",
    ];
    for (const text of lies) {
      service.answer = () => ({ text });
      expect(await failure(signer.signBytes(bytes)), text).to.include({ code: "SIGNER_WRONG" });
    }
    service.answer = (signature) => ({ text: `"${signature.toUpperCase().replace("0X", "0x")}"\n` });
    expect(recoverAddress(keccak(bytes), await signer.signBytes(bytes))).to.equal(service.address);
  });

  it("passes on that the service refuses, without its words", async () => {
    const signer = await open();
    service.answer = () => ({ status: 412, text: "hunter2" });
    const refused = await failure(signer.signBytes(bytes));
    expect(refused).to.include({ code: "SIGNER_REFUSED", retriable: false });
    expect(String(refused)).to.not.contain("hunter2");
    service.answer = () => ({ status: 503, text: "" });
    expect(await failure(signer.signBytes(bytes))).to.include({ code: "SIGNER_REFUSED", retriable: true });
  });

  it("reads no endless answer", async () => {
    const signer = await open();
    service.answer = () => ({ text: "0".repeat(3_000_000) });
    expect(await failure(signer.signBytes(bytes))).to.include({ code: "SIGNER_UNREACHABLE" });
  });

  it("waits no longer than it may, and works again afterwards", async () => {
    const clock = new VirtualClock();
    const signer = await open(url, clock);
    const asked = Promise.withResolvers<undefined>();
    service.answer = () => {
      asked.resolve(undefined);
      return undefined;
    };
    const late = failure(signer.signBytes(bytes));
    await asked.promise;
    await clock.advance(timeoutMs);
    expect(await late).to.include({ code: "SIGNER_TIMEOUT", retriable: true });
    service.answer = undefined;
    expect(await signer.signBytes(bytes)).to.have.length(65);
  });

  it("asks once more when the connection it kept was closed meanwhile", async () => {
    const signer = await open();
    for (let round = 0; round < 5; round += 1) {
      expect(await signer.signBytes(bytes)).to.have.length(65);
      service.dropIdle();
    }
  });
});
