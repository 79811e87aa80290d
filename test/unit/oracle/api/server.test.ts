import { expect } from "chai";
import { connect } from "node:net";
import { ApiServer } from "../../../../keepers/oracle/api/server.js";
import { bytesToHex } from "../../../../keepers/protocol/bytes.js";
import { availabilityCredit } from "../../../../keepers/protocol/leafFile.js";
import { sessionDigest } from "../../../../keepers/protocol/typedData.js";
import { domain, keyOf, owner } from "../dauth/network.js";
import { nd, World } from "./world.js";

const node = keyOf(1).address;

describe("the oracle's API", () => {
  let world: World;

  beforeEach(async () => {
    world = new World();
    await world.commit(3n, [availabilityCredit(nd(1), 255)]);
    await world.commit(5n, [availabilityCredit(nd(1), 0), availabilityCredit(nd(2), 9)]);
    await world.commit(6n, [availabilityCredit(nd(1), 100)]);
    world.links.replace([
      { deed: nd(1), node, associatedAt: 5n },
      { deed: nd(2), node: keyOf(2).address, associatedAt: 6n },
    ]);
    await world.start();
  });

  afterEach(() => world.close());

  it("says how it is", async () => {
    expect(await world.json("/health")).to.deep.equal({ status: 200, body: { status: "ok", problems: [] } });
    world.problems.push("the voting log cannot be written");
    const body = { status: "degraded", problems: ["the voting log cannot be written"] };
    expect(await world.json("/health")).to.deep.equal({ status: 503, body });
  });

  it("says what it is doing, wide numbers as digits", async () => {
    const body = { epoch: 7, phase: "propose", round: 1, lag: 0, nested: { wide: (2n ** 64n).toString() } };
    expect(await world.json("/status")).to.deep.equal({ status: 200, body });
  });

  describe("nodes", () => {
    it("are listed with what was heard of them in the running epoch", async () => {
      world.slots.mark(100n, 7, node);
      world.slots.mark(100n, 9, node);
      world.slots.mark(99n, 9, node);
      world.heard.set(node, { node, epoch: 100n, slot: 9, sequence: 1n, heardAt: 1_234.5, load: 42, services: [] });
      const nodes = [
        { node, deed: nd(1).toString(), name: "ND:1", associatedAt: 5, slots: 2, lastHeardAt: 1_234, load: 42 },
        { node: keyOf(2).address, deed: nd(2).toString(), name: "ND:2", associatedAt: 6, slots: 0 },
      ];
      const all = { epoch: 100, slotsPerEpoch: 4_320, total: 2, nodes };
      expect(await world.json("/nodes")).to.deep.equal({ status: 200, body: all });
      const second = { ...all, nodes: nodes.slice(1) };
      expect(await world.json("/nodes?offset=1&limit=1")).to.deep.equal({ status: 200, body: second });
    });

    it("have a history, by node or by deed, in pages", async () => {
      const epochs = [
        { epoch: 6, bytes: 100, cumulative: "355" },
        { epoch: 5, bytes: 0, cumulative: "255" },
        { epoch: 3, bytes: 255, cumulative: "255" },
      ];
      const body = { deed: nd(1).toString(), name: "ND:1", epochs };
      for (const name of [node, `0x${node.slice(2).toUpperCase()}`, "ND:1", nd(1).toString()]) {
        expect(await world.json(`/nodes/${name}/history`)).to.deep.equal({ status: 200, body });
      }
      const page = { ...body, epochs: epochs.slice(1, 2) };
      expect(await world.json("/nodes/ND:1/history?limit=1&before=6")).to.deep.equal({ status: 200, body: page });
    });

    it("that serve no deed have none", async () => {
      expect(await world.failure(`/nodes/${keyOf(3).address}/history`)).to.deep.equal([404, "NODE_NOT_ACTIVE"]);
      expect(await world.failure("/nodes/nonsense/history")).to.deep.equal([400, "DEED_INVALID"]);
      expect(await world.failure("/nodes/ND:1/history?limit=61")).to.deep.equal([400, "BAD_REQUEST"]);
    });
  });

  describe("dAuth", () => {
    async function handshake(changes: object = {}): Promise<{ status: number; body: unknown }> {
      const { body } = await world.json("/dauth/challenge", { node });
      const { challenge, expiresAt } = body as { challenge: string; expiresAt: number };
      const digest = sessionDigest(domain, { node, challenge, expiresAt: BigInt(expiresAt) });
      const signature = bytesToHex(keyOf(1).sign(digest));
      return world.json("/dauth/session", { node, challenge, expiresAt, signature, ...changes });
    }

    it("lets an active node in", async () => {
      world.chain.active.add(node);
      const { status, body } = await handshake({ node: `0x${node.slice(2).toUpperCase()}`, operator: owner });
      expect(status).to.equal(200);
      const session = body as Record<string, unknown>;
      const username = `${node}/${keyOf(10).address}`;
      expect(session).to.include({ node, deed: "ND:5", owner, brokerUrl: "mqtt://127.0.0.1:1883", username });
      expect(session["epoch"]).to.include({ duration: 86_400, slotSeconds: 20 });
      expect(session["heartbeat"]).to.deep.equal({ intervalMs: 10_000, freshBlocks: 64 });
      expect(session["password"]).to.have.length(108);
    });

    it("refuses with the reason, and wrong proofs with 401", async () => {
      const refused = await handshake();
      expect([refused.status, refused.body]).to.deep.equal([
        403,
        { code: "NODE_NOT_ASSOCIATED", message: "the node is not associated with any deed" },
      ]);
      const unsigned = await handshake({ signature: `0x${"11".repeat(65)}` });
      expect([unsigned.status, (unsigned.body as { code: string }).code]).to.deep.equal([401, "SIGNATURE_WRONG"]);
    });

    const malformed: object[] = [
      { node: "0x1" },
      { challenge: "0x12" },
      { expiresAt: "5" },
      { expiresAt: -1 },
      { expiresAt: 1.5 },
      { expiresAt: 2 ** 53 },
      { signature: "0x" },
      { operator: "me" },
      { surprise: 1 },
    ];
    for (const changes of malformed) {
      it(`calls ${JSON.stringify(changes)} malformed`, async () => {
        const { status, body } = await handshake(changes);
        expect([status, (body as { code: string }).code]).to.deep.equal([400, "BAD_REQUEST"]);
      });
    }
  });

  it("describes itself in OpenAPI 3.1, every route of it", async () => {
    const { body } = await world.json("/openapi.json");
    const { openapi, paths } = body as { openapi: string; paths: Record<string, object> };
    expect(openapi).to.equal("3.1.0");
    expect(Object.keys(paths).sort()).to.deep.equal([
      "/dauth/broker",
      "/dauth/challenge",
      "/dauth/session",
      "/epochs",
      "/epochs/{epoch}",
      "/epochs/{epoch}/leaves",
      "/epochs/{epoch}/multiproof",
      "/epochs/{epoch}/proofs/{deed}",
      "/epochs/{epoch}/services/{jobId}/multiproof",
      "/epochs/{epoch}/services/{jobId}/{deed}/proof",
      "/health",
      "/nodes",
      "/nodes/{node}/history",
      "/status",
    ]);
  });

  it("answers what it does not know, cannot read or will not read with code and message", async () => {
    expect(await world.failure("/nothing")).to.deep.equal([404, "NOT_FOUND"]);
    const post = async (body: string, type = "application/json"): Promise<[number, string]> => {
      const response = await world.get("/dauth/challenge", { method: "POST", headers: { "content-type": type }, body });
      return [response.status, ((await response.json()) as { code: string }).code];
    };
    expect(await post("{")).to.deep.equal([400, "BAD_REQUEST"]);
    expect(await post("x", "text/html")).to.deep.equal([415, "UNSUPPORTED_MEDIA_TYPE"]);
    expect(await post(JSON.stringify({ node: "0".repeat(70_000) }))).to.deep.equal([413, "BODY_TOO_LARGE"]);
  });

  it("tells nobody about its own failures, and logs them", async () => {
    world.archive.get = () => Promise.reject(new Error("secret path /data/oracle"));
    const { status, body } = await world.json("/epochs/5/leaves");
    expect([status, (body as { code: string }).code]).to.deep.equal([500, "INTERNAL"]);
    expect(JSON.stringify(body)).not.to.include("secret");
    expect(world.log.entries.map(({ msg, error }) => `${msg}: ${String(error)}`)).to.deep.equal([
      "a request failed: secret path /data/oracle",
    ]);
  });

  it("slows down who asks too much", async () => {
    const strict = new World({ burst: 3 });
    await strict.start();
    const statuses: number[] = [];
    for (let i = 0; i < 5; i += 1) statuses.push((await strict.get("/status")).status);
    expect(statuses).to.deep.equal([200, 200, 200, 429, 429]);
    expect(await strict.failure("/nothing")).to.deep.equal([429, "TOO_MANY_REQUESTS"]);
    await strict.close();
  });

  it("closes twice, and does not wait for clients that stay or that never finish their request", async () => {
    const { port } = new URL(world.url);
    const ends = ["GET /status HTTP/1.1\r\nhost: x\r\n\r\n", "GET /status HTTP/1.1\r\nhost: x\r\n"].map(
      async (request) => {
        const socket = connect(Number(port), "127.0.0.1")
          .on("error", () => undefined)
          .resume();
        const ended = new Promise((resolve) => socket.once("close", resolve));
        await new Promise((resolve) => socket.write(request, resolve));
        return { ended };
      },
    );
    const sockets = await Promise.all(ends);
    await world.json("/status"); // the server has seen both by now
    await Promise.all([world.close(), world.close()]);
    await Promise.all(sockets.map(({ ended }) => ended));
  }).timeout(5_000); // a server that waits does so for ten seconds

  it("names the place when it cannot listen", async () => {
    const { port } = new URL(world.url);
    const other = await ApiServer.create(
      { host: "127.0.0.1", port: Number(port), trustProxy: false },
      world.dependencies,
    );
    const failure = await other.listen().catch((error: unknown) => error as { code: string; message: string });
    expect(failure).to.include({ code: "API_LISTEN_FAILED" });
    await other.close();
  });
});
