import { expect } from "chai";
import { AbiCoder, getAddress, getBytes, hexlify, keccak256, type Result } from "ethers";
import { IJobEscrow__factory } from "../../../typechain-types/factories/contracts/interfaces/IJobEscrow__factory.js";
import { IR1__factory } from "../../../typechain-types/factories/contracts/interfaces/IR1__factory.js";
import { bytesToHex } from "../../../keepers/protocol/bytes.js";
import { ContainerState } from "../../../keepers/protocol/heartbeat.js";
import { hashJobSpec, type JobSpecInput, parseJobSpec } from "../../../keepers/protocol/jobSpec.js";
import {
  decodeSecrets,
  encodeSecrets,
  hashSecrets,
  sealTo,
  secretsRequestData,
} from "../../../keepers/protocol/secrets.js";
import type { SigningKey } from "../../../keepers/protocol/signing.js";
import { typedDataDigest } from "../../../keepers/protocol/typedData.js";
import {
  addressOf,
  DeeployWorld,
  delegate,
  domain,
  hash,
  nodeKey,
  otherNodeKey,
  owner,
  sampleJob,
  sampleSpec,
  seat,
  stranger,
  token,
} from "./world.js";

const escrowInterface = IJobEscrow__factory.createInterface();
const terms = { classId: 1, nodes: 2, epochs: 30 };
const secrets = { salt: hash("5a"), values: { TOKEN: "very secret" } };

/** A specification with one secret. */
function secretSpec(): JobSpecInput {
  const { containers, ...rest } = sampleSpec();
  return { ...rest, containers: [{ ...containers[0]!, secrets: ["TOKEN"] }], secretsHash: hashSecrets(secrets) };
}

describe("Deeploy's jobs", () => {
  let world: DeeployWorld;

  beforeEach(async () => {
    world = new DeeployWorld();
    await world.start();
  });

  afterEach(() => world.close());

  const post = (path: string, body: unknown, wallet = owner) =>
    world.outcome(world.signed(wallet, "POST", path, { body }));
  const get = (path: string) => world.outcome(fetch(world.url + path));
  const sealed = (value = secrets) => hexlify(sealTo(world.encryption.publicKey, encodeSecrets(value)));

  describe("being made", () => {
    it("are stored and priced, and their transactions are the wallet's to send", async () => {
      const spec = sampleSpec();
      const specHash = hashJobSpec(parseJobSpec(spec));
      const [status, body] = await post("/jobs", { spec, ...terms });
      expect(status).to.equal(200);
      const { transactions, ...rest } = body as { transactions: { to: string; data: string; value: string }[] };
      const quote = { classId: 1, gpu: 0, nodes: 2, epochs: 30, rate: "1000", deposit: "60000", maxDeposit: "61200" };
      expect(rest).to.deep.equal({ specHash, quote });
      const [approve, create] = transactions;
      expect([approve!.to, approve!.value, create!.to]).to.deep.equal([token, "0", domain.verifyingContract]);
      const allowance = IR1__factory.createInterface().decodeFunctionData("approve", approve!.data);
      expect([...allowance]).to.deep.equal([getAddress(domain.verifyingContract), 61_200n]);
      const [request] = escrowInterface.decodeFunctionData("create", create!.data) as unknown as [Result];
      const { deadline: _deadline, ...asked } = request.toObject();
      expect(asked).to.deep.equal({ specHash, class: 1n, gpu: 0n, nodes: 2n, epochs: 30n, maxDeposit: 61_200n });
      const stored = await fetch(`${world.url}/jobs/specs/${specHash}`);
      expect(keccak256(new Uint8Array(await stored.arrayBuffer()))).to.equal(specHash);
    });

    it("are refused when they cannot run", async () => {
      const spec = sampleSpec();
      expect(await post("/jobs", { spec: { ...spec, version: 2 }, ...terms })).to.deep.equal([400, "SPEC_INVALID"]);
      expect(await post("/jobs", { spec, ...terms, classId: 9 })).to.deep.equal([400, "CLASS_UNKNOWN"]);
      expect(await post("/jobs", { spec, ...terms, classId: 101 })).to.deep.equal([400, "CLASS_UNKNOWN"]);
      expect(await post("/jobs", { spec, ...terms, gpu: 1 })).to.deep.equal([400, "CLASS_UNKNOWN"]);
      const hungry = sampleSpec({ containers: [{ ...spec.containers[0]!, memoryMiB: 513 }] });
      expect(await post("/jobs", { spec: hungry, ...terms })).to.deep.equal([400, "CLASS_EXCEEDED"]);
      const seeing = sampleSpec({ containers: [{ ...spec.containers[0]!, gpus: 1 }] });
      expect(await post("/jobs", { spec: seeing, ...terms })).to.deep.equal([400, "CLASS_EXCEEDED"]);
      expect((await post("/jobs", { spec: seeing, ...terms, gpu: 101 }))[0]).to.equal(200);
      world.chain.rate = undefined;
      expect(await post("/jobs", { spec, ...terms })).to.deep.equal([409, "CLASS_NOT_OFFERED"]);
    });

    it("keep what running jobs need when there are too many, and drop the oldest other ones", async () => {
      const specs = ["a", "b", "c", "d"].map((name) => sampleSpec({ name }));
      const hashes = specs.map((spec) => hashJobSpec(parseJobSpec(spec)));
      world.chain.jobs.set(1n, sampleJob({ jobId: 1n, specHash: hashes[0]! }));
      for (const spec of specs) expect((await post("/jobs", { spec, ...terms }))[0]).to.equal(200);
      const there = await Promise.all(
        hashes.map(async (each) => (await fetch(`${world.url}/jobs/specs/${each}`)).status),
      );
      expect(there).to.deep.equal([200, 404, 200, 200]);
      for (const [index, specHash] of hashes.entries()) {
        world.chain.jobs.set(BigInt(index + 1), sampleJob({ jobId: BigInt(index + 1), specHash }));
      }
      const last = { spec: sampleSpec({ name: "e" }), ...terms };
      expect(await post("/jobs", last)).to.deep.equal([507, "STORE_FULL"]);
    });
  });

  describe("secrets", () => {
    const specHash = hashJobSpec(parseJobSpec(secretSpec()));

    beforeEach(() => {
      world.chain.jobs.set(7n, sampleJob({ specHash }));
    });

    it("are checked against the specification", async () => {
      const spec = secretSpec();
      expect(await post("/jobs", { spec, ...terms })).to.deep.equal([400, "SECRETS_MISSING"]);
      const unwanted = { spec: sampleSpec(), ...terms, secrets: sealed() };
      expect(await post("/jobs", unwanted)).to.deep.equal([400, "SECRETS_UNWANTED"]);
      expect(await post("/jobs", { spec, ...terms, secrets: `0x${"00".repeat(200)}` })).to.deep.equal([
        400,
        "SECRETS_UNREADABLE",
      ]);
      const others = sealed({ ...secrets, values: { TOKEN: "another" } });
      expect(await post("/jobs", { spec, ...terms, secrets: others })).to.deep.equal([400, "SECRETS_MISMATCH"]);
      const [container] = spec.containers;
      const misnamed = { ...spec, containers: [{ ...container!, secrets: ["OTHER"] }] };
      expect(await post("/jobs", { spec: misnamed, ...terms, secrets: sealed() })).to.deep.equal([
        400,
        "SECRETS_MISMATCH",
      ]);
    });

    it("go to assigned nodes, sealed to each one's key, and are nowhere else", async () => {
      expect((await post("/jobs", { spec: secretSpec(), ...terms, secrets: sealed() }))[0]).to.equal(200);
      const [status, body] = await ask(nodeKey);
      expect(status).to.equal(200);
      const opened = nodeKey.open(getBytes((body as { sealed: string }).sealed));
      expect(decodeSecrets(opened)).to.deep.equal(secrets);
      expect(() => otherNodeKey.open(getBytes((body as { sealed: string }).sealed))).to.throw();
      const files = await Promise.all(
        ["data/secrets", "data/specs"].map(async (folder) => {
          const names = await world.disk.list(folder);
          return Promise.all(names.map((name) => world.disk.readFile(`${folder}/${name}`)));
        }),
      );
      const text = files
        .flat()
        .map((bytes) => Buffer.from(bytes!).toString("latin1"))
        .join();
      expect(text + JSON.stringify(world.log.entries)).not.to.include("very secret");
    });

    it("are not for nodes that are not assigned, nor for who only says to be one", async () => {
      await post("/jobs", { spec: secretSpec(), ...terms, secrets: sealed() });
      world.chain.jobs.set(7n, sampleJob({ specHash, seats: [seat(7n, 12)] }));
      expect(await ask(nodeKey)).to.deep.equal([403, "NOT_ASSIGNED"]);
      expect(await ask(nodeKey, { node: otherNodeKey.address })).to.deep.equal([401, "SIGNATURE_INVALID"]);
      expect(await ask(otherNodeKey, { expiresAt: 1 })).to.deep.equal([401, "REQUEST_EXPIRED"]);
      expect(await ask(otherNodeKey, { expiresAt: 2 ** 40 })).to.deep.equal([401, "EXPIRY_TOO_FAR"]);
      expect(await ask(otherNodeKey, { specHash: hash("ee") })).to.deep.equal([409, "SPEC_REPLACED"]);
      world.chain.jobs.set(7n, sampleJob({ specHash: hash("ee") }));
      expect(await ask(otherNodeKey, { specHash: hash("ee") })).to.deep.equal([404, "NO_SECRETS"]);
    });

    function ask(key: SigningKey, changes: { node?: string; specHash?: string; expiresAt?: number } = {}) {
      const expiresAt = Math.floor(world.clock.now() / 1_000) + 60;
      const request = { node: key.address, specHash, expiresAt, ...changes };
      const data = secretsRequestData(domain, { ...request, jobId: 7n, expiresAt: BigInt(request.expiresAt) });
      const body = JSON.stringify({ ...request, signature: bytesToHex(key.sign(typedDataDigest(data))) });
      const init = { method: "POST", headers: { "content-type": "application/json" }, body };
      return world.outcome(fetch(`${world.url}/jobs/7/secrets`, init));
    }
  });

  describe("being looked at", () => {
    it("are told with their nodes", async () => {
      world.chain.jobs.set(7n, sampleJob());
      world.chain.nodes.delete(12);
      const [first] = sampleJob().seats;
      world.nodes.states.set(nodeKey.address + first!.assignment, { state: ContainerState.RUNNING, heardAt: 9.5 });
      const capacity = { milliCpu: 1, memoryMiB: 2, diskMiB: 3, gpus: 0 };
      const offer = { node: nodeKey.address, tokenId: 11, country: "RO", tags: [], capacity, load: 4, heardAt: 5 };
      world.nodes.offers.push({ ...offer, gateway: "https://gw.example/" });
      const job = {
        ...{ jobId: 7, owner: addressOf(owner), specHash: hash("a1"), classId: 1, gpu: 0, nodes: 2, epochs: 30 },
        ...{ sequence: 1, start: 3, end: 33, rate: "1000", deposit: "60000", phase: "assigned" },
        seats: [
          {
            ...{ tokenId: 11, from: 3, node: nodeKey.address, state: "running", heardAt: 9 },
            endpoint: "https://gw.example/jobs/7/",
          },
          { tokenId: 12, from: 3, state: "unknown" },
        ],
      };
      expect(await get("/jobs/7")).to.deep.equal([200, job]);
      expect(await get(`/jobs?owner=${owner.address}`)).to.deep.equal([200, { jobs: [job] }]);
      expect(await get(`/jobs?owner=${owner.address}&after=7`)).to.deep.equal([200, { jobs: [] }]);
      expect(await get("/jobs/8")).to.deep.equal([404, "JOB_UNKNOWN"]);
      expect(await get("/nodes")).to.deep.equal([200, { total: 1, nodes: world.nodes.offers }]);
      expect(await get("/nodes?after=11")).to.deep.equal([200, { total: 1, nodes: [] }]);
    });

    it("have prices, classes and a network", async () => {
      const quote = { classId: 1, gpu: 101, nodes: 1, epochs: 3, rate: "1000", deposit: "3000", maxDeposit: "3060" };
      expect(await get("/quote?class=1&gpu=101&nodes=1&epochs=3")).to.deep.equal([200, quote]);
      expect(await get("/quote?class=101&nodes=1&epochs=3")).to.deep.equal([400, "CLASS_UNKNOWN"]);
      const [, classes] = await get("/classes");
      expect((classes as { classes: object[] }).classes[0]).to.include({ name: "MICRO", price: "10000000" });
      const [, network] = await get("/network");
      expect(network).to.include({ chainId: 31_337, escrow: domain.verifyingContract, epoch: 5 });
      expect(await get("/health")).to.deep.equal([200, { status: "ok", problems: [] }]);
      expect((await get("/nothing"))[1]).to.equal("NOT_FOUND");
    });
  });

  describe("being changed", () => {
    beforeEach(() => {
      world.chain.jobs.set(7n, sampleJob());
    });

    const calls = async (answer: Promise<[number, unknown]>) => {
      const [status, body] = await answer;
      expect(status).to.equal(200);
      return (body as { transactions: { to: string; data: string }[] }).transactions;
    };
    const amountOf = (data: string) =>
      AbiCoder.defaultAbiCoder().decode(["address", "uint256"], `0x${data.slice(10)}`)[1] as bigint;
    const parsed = (data: string) => {
      const { name, args } = escrowInterface.parseTransaction({ data })!;
      return [name, ...(args.toArray(true) as unknown[])];
    };

    it("grow at their own rate for what is left of them", async () => {
      const [approve, scale] = await calls(post("/jobs/7/scale", { nodes: 3 }));
      // It began with epoch 3 and epoch 5 runs: 27 of 30 epochs are left.
      expect([amountOf(approve!.data), parsed(scale!.data)]).to.deep.equal([27_000n, ["scaleUp", 7n, 1n]]);
      const [allow, extend] = await calls(post("/jobs/7/extend", { epochs: 4 }));
      expect([amountOf(allow!.data), parsed(extend!.data)]).to.deep.equal([8_000n, ["extend", 7n, 4n]]);
      world.chain.epoch = 32n;
      expect(await post("/jobs/7/scale", { nodes: 3 })).to.deep.equal([409, "JOB_OVER"]);
      expect(await post("/jobs/7/scale", { nodes: 2 })).to.deep.equal([409, "NOTHING_TO_DO"]);
      expect(await post("/jobs/7/extend", { epochs: 3_650 })).to.deep.equal([400, "TOO_MANY_EPOCHS"]);
    });

    it("shrink by those that came last, or those that are named", async () => {
      const seats = [seat(7n, 12, 9n), seat(7n, 11, 3n), seat(7n, 13, 3n, 6n)];
      world.chain.jobs.set(7n, sampleJob({ seats }));
      const [last] = await calls(post("/jobs/7/scale", { nodes: 1 }));
      expect(parsed(last!.data)).to.deep.equal(["scaleDown", 7n, 1n, [12n]]);
      const [named] = await calls(post("/jobs/7/scale", { nodes: 1, leaving: [11] }));
      expect(parsed(named!.data)).to.deep.equal(["scaleDown", 7n, 1n, [11n]]);
      world.chain.jobs.set(7n, sampleJob({ nodes: 3 }));
      const [free] = await calls(post("/jobs/7/scale", { nodes: 2 }));
      expect(parsed(free!.data)).to.deep.equal(["scaleDown", 7n, 1n, []]);
    });

    it("get another specification, and end", async () => {
      const spec = sampleSpec({ name: "next" });
      const change = world.outcome(world.signed(owner, "PUT", "/jobs/7/spec", { body: { spec } }));
      const specHash = hashJobSpec(parseJobSpec(spec));
      expect(parsed((await calls(change))[0]!.data)).to.deep.equal(["changeSpec", 7n, specHash]);
      expect((await fetch(`${world.url}/jobs/specs/${specHash}`)).status).to.equal(200);
      const end = () => world.outcome(world.signed(owner, "DELETE", "/jobs/7"));
      expect(parsed((await calls(end()))[0]!.data)).to.deep.equal(["close", 7n]);
      world.chain.jobs.set(7n, sampleJob({ isOver: true }));
      expect(await end()).to.deep.equal([409, "JOB_OVER"]);
    });

    it("need the right for just that", async () => {
      const rights = { extend: 1, scale: 2, close: 4, spec: 8 };
      for (const [name, right] of Object.entries(rights)) {
        world.chain.rights.set(addressOf(delegate), right);
        const outcomes = {
          extend: (await post("/jobs/7/extend", { epochs: 1 }, delegate))[0],
          scale: (await post("/jobs/7/scale", { nodes: 3 }, delegate))[0],
          close: (await world.signed(delegate, "DELETE", "/jobs/7")).status,
          spec: (await world.signed(delegate, "PUT", "/jobs/7/spec", { body: { spec: sampleSpec() } })).status,
        };
        const wanted = Object.fromEntries(Object.keys(rights).map((each) => [each, each === name ? 200 : 403]));
        expect(outcomes).to.deep.equal(wanted);
      }
      expect((await post("/jobs/7/extend", { epochs: 1 }, stranger))[0]).to.equal(403);
    });

    it("are sent by the service when it is a delegate, unless they cost R1", async () => {
      world.chain.rights.set(world.delegate.address, 1 + 2 + 4);
      const [, body] = await world.outcome(world.signed(owner, "DELETE", "/jobs/7"));
      expect(body).to.deep.equal({ transactions: [], txHash: hash("77") });
      expect(world.delegate.sent.map(({ data }) => parsed(data))).to.deep.equal([["close", 7n]]);
      expect(await calls(post("/jobs/7/extend", { epochs: 1 }))).to.have.length(2);
      expect((await world.signed(stranger, "DELETE", "/jobs/7")).status).to.equal(403);
      expect(world.delegate.sent).to.have.length(1);
    });
  });
});
