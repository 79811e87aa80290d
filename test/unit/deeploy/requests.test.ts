import { expect } from "chai";
import { KeeperError } from "../../../keepers/core/errors.js";
import { MemoryDisk } from "../../../keepers/core/memoryDisk.js";
import { VirtualClock } from "../../../keepers/core/virtualClock.js";
import { NonceStore } from "../../../keepers/deeploy/requests/nonceStore.js";
import { addressOf, DeeployWorld, delegate, hash, owner, sampleJob, stranger } from "./world.js";

const path = "/jobs/7/extend";
const body = { epochs: 2 };

describe("signed requests", () => {
  let world: DeeployWorld;

  beforeEach(async () => {
    world = new DeeployWorld();
    world.chain.jobs.set(7n, sampleJob());
    await world.start();
  });

  afterEach(() => world.close());

  const attempt = (...args: Parameters<DeeployWorld["signed"]>) => world.outcome(world.signed(...args));
  const now = () => Math.floor(world.clock.now() / 1_000);

  it("are taken from the owner", async () => {
    const [status] = await attempt(owner, "POST", path, { body });
    expect(status).to.equal(200);
  });

  it("are taken once, and not again after a restart", async () => {
    const nonce = hash("5e");
    expect((await attempt(owner, "POST", path, { body, nonce }))[0]).to.equal(200);
    expect(await attempt(owner, "POST", path, { body, nonce })).to.deep.equal([401, "NONCE_USED"]);
    await world.close();
    world.disk.crash();
    await world.start();
    expect(await attempt(owner, "POST", path, { body, nonce })).to.deep.equal([401, "NONCE_USED"]);
    // Another account's nonce is another nonce.
    world.chain.rights.set(addressOf(delegate), 1);
    expect((await attempt(delegate, "POST", path, { body, nonce }))[0]).to.equal(200);
  });

  it("expire, and cannot be made for later", async () => {
    expect(await attempt(owner, "POST", path, { body, expiresAt: now() - 1 })).to.deep.equal([401, "REQUEST_EXPIRED"]);
    expect(await attempt(owner, "POST", path, { body, expiresAt: now() + 310 })).to.deep.equal([401, "EXPIRY_TOO_FAR"]);
  });

  it("do not hold for anything but what was signed", async () => {
    const invalid = [401, "SIGNATURE_INVALID"];
    const signed = await signedHeaders();
    const send = (to: string, init: RequestInit) => world.outcome(fetch(world.url + to, init));
    const json = { ...signed, "content-type": "application/json" };
    const text = JSON.stringify(body);
    expect(await send(path, { method: "POST", headers: json, body: JSON.stringify({ epochs: 3 }) })).to.deep.equal(
      invalid,
    );
    expect(await send(`${path}?a=1`, { method: "POST", headers: json, body: text })).to.deep.equal(invalid);
    expect(await send("/jobs/7/scale", { method: "POST", headers: json, body: text })).to.deep.equal(invalid);
    expect(await send("/jobs/7", { method: "DELETE", headers: signed })).to.deep.equal(invalid);
    const later = { ...json, "r1-expires": (now() + 120).toString() };
    expect(await send(path, { method: "POST", headers: later, body: text })).to.deep.equal(invalid);
    const other = { ...json, "r1-account": addressOf(stranger) };
    expect(await send(path, { method: "POST", headers: other, body: text })).to.deep.equal(invalid);
    // Nothing of this used the request up.
    expect((await send(path, { method: "POST", headers: json, body: text }))[0]).to.equal(200);
  });

  it("are refused without a signature, or with half of one", async () => {
    expect(await world.outcome(fetch(`${world.url}/jobs/7`, { method: "DELETE" }))).to.deep.equal([
      401,
      "SIGNATURE_MISSING",
    ]);
    const headers = { "r1-nonce": "0x12" };
    expect(await attempt(owner, "POST", path, { body, headers })).to.deep.equal([401, "SIGNATURE_MALFORMED"]);
  });

  it("of strangers, and of delegates without the right or no longer with it, are refused", async () => {
    expect(await attempt(stranger, "POST", path, { body })).to.deep.equal([403, "NOT_ALLOWED"]);
    world.chain.rights.set(addressOf(delegate), 2 + 4 + 8 + 16 + 32);
    expect(await attempt(delegate, "POST", path, { body })).to.deep.equal([403, "NOT_ALLOWED"]);
    world.chain.rights.set(addressOf(delegate), 1);
    expect((await attempt(delegate, "POST", path, { body }))[0]).to.equal(200);
    world.chain.rights.delete(addressOf(delegate));
    expect(await attempt(delegate, "POST", path, { body })).to.deep.equal([403, "NOT_ALLOWED"]);
  });

  it("are to be tried again while the chain is away", async () => {
    world.chain.rightsOf = async () => {
      throw new KeeperError("RPC_FAILED", "asking for a delegate's rights failed", { retriable: true });
    };
    expect(await attempt(delegate, "POST", path, { body })).to.deep.equal([503, "RPC_FAILED"]);
  });

  it("are vouched for by contract wallets (ERC-1271)", async () => {
    const account = `0x${"cc".repeat(20)}`;
    const signature = "0xabcdef";
    const headers = { "r1-signature": signature };
    world.chain.jobs.set(7n, sampleJob({ owner: account }));
    expect(await attempt(owner, "POST", path, { body, account, headers })).to.deep.equal([401, "SIGNATURE_INVALID"]);
    world.chain.contractWallets.set(account, signature);
    expect((await attempt(owner, "POST", path, { body, account, headers }))[0]).to.equal(200);
  });

  it("are counted by account, and everything by address", async () => {
    await world.close();
    await world.start({ perAccount: 2 });
    for (const expected of [200, 200]) expect((await attempt(owner, "POST", path, { body }))[0]).to.equal(expected);
    expect(await attempt(owner, "POST", path, { body })).to.deep.equal([429, "TOO_MANY_REQUESTS"]);
    expect((await attempt(stranger, "POST", path, { body }))[0]).to.equal(403);
    await world.close();
    await world.start({ perAddress: 2 });
    for (const expected of [200, 200]) expect((await fetch(`${world.url}/network`)).status).to.equal(expected);
    const refused = await fetch(`${world.url}/network`);
    expect([refused.status, refused.headers.get("retry-after")]).to.deep.equal([429, "1"]);
  });

  it("have bodies of bounded length, and of JSON", async () => {
    const long = { epochs: 2, more: "x".repeat(20_000) };
    expect(await attempt(owner, "POST", path, { body: long })).to.deep.equal([413, "BODY_TOO_LARGE"]);
    const init = { method: "POST", headers: { "content-type": "application/json" }, body: "{" };
    expect(await world.outcome(fetch(world.url + path, init))).to.deep.equal([400, "BAD_REQUEST"]);
    const text = { ...init, headers: { "content-type": "text/plain" } };
    expect(await world.outcome(fetch(world.url + path, text))).to.deep.equal([415, "UNSUPPORTED_MEDIA_TYPE"]);
    expect(await attempt(owner, "POST", path, { body: { epochs: 0 } })).to.deep.equal([400, "BAD_REQUEST"]);
  });

  it("may come from web pages of any origin", async () => {
    const { status, headers } = await fetch(world.url + path, { method: "OPTIONS" });
    expect([status, headers.get("access-control-allow-origin")]).to.deep.equal([204, "*"]);
    expect(headers.get("access-control-allow-headers")).to.include("r1-signature");
  });

  /** The headers of a request that was caught before it arrived. */
  async function signedHeaders(): Promise<Record<string, string>> {
    const caught: Record<string, string>[] = [];
    const real = globalThis.fetch;
    globalThis.fetch = async (_url, init) => {
      caught.push(init?.headers as Record<string, string>);
      return new Response();
    };
    await world.signed(owner, "POST", path, { body }).finally(() => {
      globalThis.fetch = real;
    });
    const { "content-type": _type, ...headers } = caught[0]!;
    return headers;
  }
});

describe("used nonces", () => {
  const account = addressOf(owner);

  it("are forgotten once their requests have expired, and make room", async () => {
    const clock = new VirtualClock();
    const disk = new MemoryDisk();
    const seconds = () => Math.floor(clock.now() / 1_000);
    const store = await NonceStore.open({ path: "data/nonces", capacity: 2 }, { disk, clock });
    await store.take(account, hash("01"), seconds() + 10);
    await store.take(account, hash("02"), seconds() + 100);
    const full = await store.take(account, hash("03"), seconds() + 10).catch((error: unknown) => error);
    expect(full).to.include({ code: "NONCES_FULL", retriable: true });
    await clock.advance(11_000);
    await store.take(account, hash("03"), seconds() + 10);
    expect(store.size).to.equal(2);
    await store.close();
    const again = await NonceStore.open({ path: "data/nonces", capacity: 2 }, { disk, clock });
    expect(again.size).to.equal(2);
    await again.close();
  });

  it("do not fill the disk", async () => {
    const clock = new VirtualClock();
    const disk = new MemoryDisk();
    const store = await NonceStore.open({ path: "data/nonces", capacity: 10_000 }, { disk, clock });
    for (let round = 0; round < 5; round += 1) {
      for (let index = 0; index < 1_000; index += 1) {
        const nonce = `0x${(round * 1_000 + index).toString(16).padStart(64, "0")}`;
        await store.take(account, nonce, Math.floor(clock.now() / 1_000) + 10);
      }
      await clock.advance(20_000);
    }
    await store.close();
    const file = await disk.open("data/nonces");
    expect(await file.size()).to.be.below(2_500 * 60);
  });
});
