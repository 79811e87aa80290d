import { expect } from "chai";
import { once } from "node:events";
import { connect } from "node:net";
import { Metrics } from "../../../keepers/core/metrics.js";
import { GATEWAY_METRICS } from "../../../keepers/ingress/metrics.js";
import { codeOf } from "../storage/temporaryDirectory.js";
import { GatewayWorld, shoutBack } from "./gatewayWorld.js";

describe("Gateway", function () {
  this.timeout(20_000);
  let world: GatewayWorld;

  beforeEach(() => {
    world = new GatewayWorld();
  });

  afterEach(() => world.stop());

  /** A job that tells what it was asked. */
  async function tell(jobId = 7n, name = "web"): Promise<void> {
    const target = await world.container((request, response) => {
      const chunks: Buffer[] = [];
      request.on("data", (chunk: Buffer) => chunks.push(chunk));
      request.on("end", () => {
        const { method, url, rawHeaders } = request;
        const body = Buffer.concat(chunks).toString();
        response.setHeader("set-cookie", ["a=1", "b=2"]);
        response.setHeader("connection", "close, x-internal");
        response.setHeader("x-internal", "1");
        response.end(JSON.stringify({ jobId: jobId.toString(), method, url, rawHeaders, body }));
      });
    });
    await world.gateway.setRoute(jobId, { name, target });
  }

  function told(body: string): {
    jobId: string;
    method: string;
    url: string;
    body: string;
    headers: Record<string, string>;
  } {
    const { rawHeaders, ...rest } = JSON.parse(body) as { rawHeaders: string[] } & ReturnType<typeof told>;
    const headers: Record<string, string> = {};
    for (let index = 0; index < rawHeaders.length; index += 2) {
      const name = rawHeaders[index]!.toLowerCase();
      headers[name] = name in headers ? `${headers[name]!} AND ${rawHeaders[index + 1]!}` : rawHeaders[index + 1]!;
    }
    return { ...rest, headers };
  }

  it("leads to a job by its name and by its path", async () => {
    await world.start();
    await tell(7n, "web");
    await tell(12n, "my-api-2");
    const cases: [host: string, path: string, job: string, url: string][] = [
      ["web-7.node.test", "/jobs/12/x?q=1", "7", "/jobs/12/x?q=1"],
      ["WEB-7.NODE.TEST:8443", "/", "7", "/"],
      ["my-api-2-12.node.test.", "/%2e%2e/..//", "12", "/%2e%2e/..//"],
      ["127.0.0.1", "/jobs/12", "12", "/"],
      ["node.test", "/jobs/7?a=b", "7", "/?a=b"],
      ["anything", "/jobs/7/a/../../12/", "7", "/a/../../12/"],
    ];
    for (const [host, path, job, url] of cases) {
      const answer = await world.ask(path, { headers: { host } });
      expect(told(answer.body), `${host}${path}`).to.include({ jobId: job, url });
    }
  });

  it("leads to nothing else", async () => {
    await world.start();
    await tell();
    const cases: [host: string, path: string, status: number, code: string][] = [
      ["web-8.node.test", "/", 404, "JOB_NOT_HERE"],
      ["other-7.node.test", "/", 404, "JOB_NOT_HERE"],
      ["web-07.node.test", "/", 404, "JOB_NOT_HERE"],
      ["x.web-7.node.test", "/.well-known/r1", 404, "JOB_NOT_HERE"],
      ["web-7.node.test.evil", "/", 404, "NOT_FOUND"],
      ["web-7node.test", "/", 404, "NOT_FOUND"],
      ["x", "/jobs/8/", 404, "JOB_NOT_HERE"],
      ["x", "/jobs/7x", 404, "NOT_FOUND"],
      ["x", "/jobs/-7/", 404, "NOT_FOUND"],
      ["x", "/jobs/0007/", 404, "NOT_FOUND"],
      ["x", "/", 404, "NOT_FOUND"],
    ];
    for (const [host, path, status, code] of cases) {
      const answer = await world.ask(path, { headers: { host } });
      expect([answer.status, (JSON.parse(answer.body) as { code: string }).code], host + path).to.deep.equal([
        status,
        code,
      ]);
    }
    for (const host of ["10.0.0.1", "example.com", "169.254.169.254", "127.0.0.1.evil", "0.0.0.0", ""]) {
      const set = world.gateway.setRoute(9n, { name: "x", target: { host, port: 80 } });
      expect(await codeOf(set), host).to.equal("ROUTE_INVALID");
    }
  });

  it("tells who serves what", async () => {
    await world.start();
    await tell();
    await world.gateway.setRoute(3n, { name: "soon" });
    const answer = await world.ask("/.well-known/r1?x");
    expect(JSON.parse(answer.body)).to.deep.equal({
      ...{ version: 1, node: `0x${"aa".repeat(20)}`, chainId: 31_337 },
      jobs: [
        { jobId: "3", name: "soon", ready: false },
        { jobId: "7", name: "web", ready: true },
      ],
    });
  });

  it("says who asks, whatever the client claims, and keeps what is meant for itself", async () => {
    await world.start();
    await tell();
    const headers = {
      ...{ host: "x", "x-forwarded-for": "6.6.6.6", "x-forwarded-proto": "https", forwarded: "for=6.6.6.6" },
      ...{
        connection: "x-secret, content-length, host",
        "x-secret": "1",
        te: "trailers",
        "proxy-authorization": "Basic x",
      },
      ...{ "X-Real-Ip": "6.6.6.6", accept: "text/plain", "content-length": "2" },
    };
    const answer = await world.ask("/jobs/7/a", { method: "POST", headers, body: "hi" });
    const seen = told(answer.body);
    expect(seen.body).to.equal("hi");
    const { connection, ...others } = seen.headers;
    expect(connection?.toLowerCase()).to.be.oneOf(["close", "keep-alive"]);
    expect(others).to.deep.equal({
      ...{ host: "x", accept: "text/plain", "content-length": "2", "x-forwarded-for": "127.0.0.1" },
      ...{ "x-forwarded-proto": "http", "x-forwarded-host": "x", "x-forwarded-prefix": "/jobs/7" },
    });
    expect(answer.headers["set-cookie"]).to.deep.equal(["a=1", "b=2"]);
    expect(answer.headers).to.not.have.any.keys("x-internal");
  });

  it("believes its own tunnel", async () => {
    await world.start({ trustProxy: true });
    await tell();
    const headers = { host: "x", "x-forwarded-for": "6.6.6.6", "x-forwarded-proto": "https" };
    const seen = told((await world.ask("/jobs/7/", { headers })).body);
    expect(seen.headers).to.include({ "x-forwarded-for": "6.6.6.6, 127.0.0.1", "x-forwarded-proto": "https" });
  });

  it("streams large bodies both ways without keeping them", async () => {
    await world.start();
    const target = await world.container((request, response) => request.pipe(response));
    await world.gateway.setRoute(7n, { name: "echo", target });
    const body = Buffer.alloc(20_000_000, "abcdefgh");
    const known = await world.ask("/jobs/7/", { method: "POST", body });
    expect(known.body === body.toString()).to.equal(true);
    const chunked = { method: "DELETE", body: "some", headers: { "transfer-encoding": "chunked" } };
    expect((await world.ask("/jobs/7/", chunked)).body).to.equal("some");
    const before = process.memoryUsage().arrayBuffers;
    const socket = connect(world.port, "127.0.0.1");
    socket.write(`POST /jobs/7/ HTTP/1.1\r\nhost: x\r\ncontent-length: 1000000000\r\n\r\n`);
    // Nobody reads the answer, so that at some point nothing more is taken.
    let written = 0;
    while (socket.write(Buffer.alloc(65_536)) || socket.writableLength < 4e6) {
      written += 65_536;
      await new Promise(setImmediate);
    }
    expect(written).to.be.below(2e8);
    expect(process.memoryUsage().arrayBuffers - before).to.be.below(1e8);
    socket.destroy();
  });

  it("streams an answer while it is being made", async () => {
    await world.start();
    const gate = Promise.withResolvers<undefined>();
    const target = await world.container((_, response) => {
      response.write("first");
      void gate.promise.then(() => response.end("last"));
    });
    await world.gateway.setRoute(7n, { name: "x", target });
    const socket = connect(world.port, "127.0.0.1");
    socket.write("GET /jobs/7/ HTTP/1.1\r\nhost: x\r\n\r\n");
    let got = "";
    while (!got.includes("first")) got += String((await once(socket, "data"))[0]);
    expect(got).to.not.contain("last");
    gate.resolve(undefined);
    while (!got.includes("last")) got += String((await once(socket, "data"))[0]);
    socket.destroy();
  });

  it("refuses what two machines could read as two requests", async () => {
    await world.start({ headersMs: 300 });
    let asked = 0;
    const target = await world.container(({ headers }, response) => {
      asked += 1;
      response.end(`inside, upgrade ${String(headers.upgrade)}`);
    });
    await world.gateway.setRoute(7n, { name: "x", target });
    const line = "GET /jobs/7/ HTTP/1.1\r\n";
    const host = "host: x\r\n";
    const bad: [text: string, status: RegExp][] = [
      [
        `POST /jobs/7/ HTTP/1.1\r\n${host}content-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\nX`,
        /^HTTP\/1.1 400/,
      ],
      [`${line}${host}content-length: 1\r\ncontent-length: 2\r\n\r\nab`, /^HTTP\/1.1 400/],
      [`${line}${host}transfer-encoding: gzip, chunked\r\n\r\n0\r\n\r\n`, /^HTTP\/1.1 501/],
      [`${line}${host}transfer-encoding: xchunked\r\n\r\n0\r\n\r\n`, /^HTTP\/1.1 (400|501)/],
      [`GET /jobs/7/ HTTP/1.0\r\n${host}transfer-encoding: chunked\r\n\r\n0\r\n\r\n`, /^HTTP\/1.1 400/],
      [`${line}${host}host: y\r\n\r\n`, /^HTTP\/1.1 400/],
      [`${line}\r\n`, /^HTTP\/1.1 400/],
      [`${line}host: a b\r\n\r\n`, /^HTTP\/1.1 400/],
      [`GET http://127.0.0.1:1/jobs/7/ HTTP/1.1\r\n${host}\r\n`, /^HTTP\/1.1 400/],
      [`OPTIONS * HTTP/1.1\r\n${host}\r\n`, /^HTTP\/1.1 400/],
      [`${line}${host}x : y\r\n\r\n`, /^HTTP\/1.1 400/],
      [`${line}${host}x: y\n z\r\n\r\n`, /^HTTP\/1.1 400/],
      [`${line}${host}x: ${"y".repeat(17_000)}\r\n\r\n`, /^HTTP\/1.1 431/],
      [`CONNECT 127.0.0.1:22 HTTP/1.1\r\n${host}\r\n`, /^$/],
      // Slow loris: never ends its headers.
      [`${line}${host}x: `, /^HTTP\/1.1 408/],
    ];
    for (const [text, wanted] of bad) expect(await world.raw(text), text.slice(0, 200)).to.match(wanted);
    expect(asked).to.equal(0);
    // An upgrade to anything else than a WebSocket is an ordinary request.
    const answer = await world.raw(`${line}${host}connection: upgrade, close\r\nupgrade: h2c\r\n\r\n`);
    expect(answer).to.match(/^HTTP\/1.1 200/);
    expect(answer).to.contain("inside, upgrade undefined");
  });

  it("says what is wrong with a job: not ready, gone, mute, broken off", async () => {
    await world.start({ responseMs: 100 });
    const code = async (path: string): Promise<unknown[]> => {
      const { status, body } = await world.ask(path);
      return [status, (JSON.parse(body) as { code: string }).code];
    };
    await world.gateway.setRoute(1n, { name: "soon" });
    expect(await code("/jobs/1/")).to.deep.equal([503, "JOB_NOT_READY"]);
    await world.gateway.setRoute(2n, { name: "gone", target: { host: "127.0.0.1", port: 1 } });
    expect(await code("/jobs/2/")).to.deep.equal([502, "JOB_UNREACHABLE"]);
    const mute = await world.container(() => undefined);
    await world.gateway.setRoute(3n, { name: "mute", target: mute });
    expect(await code("/jobs/3/")).to.deep.equal([504, "JOB_TIMEOUT"]);
    const breaks = await world.container((_, response) => {
      response.writeHead(200, { "content-length": "100" });
      response.write("half", () => response.destroy());
    });
    await world.gateway.setRoute(4n, { name: "breaks", target: breaks });
    expect(await codeOf(world.ask("/jobs/4/"))).to.equal("ECONNRESET");
    const early = await world.container((_, response) => response.writeHead(413).end("too much"));
    await world.gateway.setRoute(5n, { name: "early", target: early });
    const refused = await world.raw(
      `POST /jobs/5/ HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: 100000\r\n\r\nbegin`,
    );
    expect(refused).to.match(/^HTTP\/1.1 413/);
  });

  it("serves a request again that met a connection which was just being closed", async () => {
    await world.start();
    let first = true;
    const target = await world.container((request, response) => {
      if (!first && request.socket.bytesRead > 0 && "used" in request.socket) return request.socket.destroy();
      Object.assign(request.socket, { used: true });
      first = false;
      response.end("ok");
    });
    await world.gateway.setRoute(7n, { name: "x", target });
    for (let index = 0; index < 5; index += 1) expect((await world.ask("/jobs/7/")).body).to.equal("ok");
  });

  it("lets old requests end on the old container while new ones go to the new", async () => {
    await world.start();
    const gate = Promise.withResolvers<undefined>();
    const arrived = Promise.withResolvers<undefined>();
    const old = await world.container((_, response) => {
      arrived.resolve(undefined);
      void gate.promise.then(() => response.end("old"));
    });
    const young = await world.container((_, response) => response.end("new"));
    await world.gateway.setRoute(7n, { name: "x", target: old });
    const asked = world.ask("/jobs/7/");
    await arrived.promise;
    // Nothing has to end for what stays where it was.
    await world.gateway.setRoute(7n, { name: "renamed", target: old });
    let drained = false;
    const draining = world.gateway.setRoute(7n, { name: "x", target: young }).then(() => {
      drained = true;
    });
    expect((await world.ask("/jobs/7/")).body).to.equal("new");
    expect(drained).to.equal(false);
    gate.resolve(undefined);
    expect((await asked).body).to.equal("old");
    await draining;
    expect(world.gateway.open).to.equal(0);
  });

  it("cuts off what does not end, when a route goes and when it closes", async () => {
    await world.start({ drainMs: 30 });
    let arrived = 0;
    const mute = await world.container(() => {
      arrived += 1;
    });
    await world.gateway.setRoute(7n, { name: "x", target: mute });
    const first = codeOf(world.ask("/jobs/7/"));
    while (arrived < 1) await new Promise(setImmediate);
    await world.gateway.removeRoute(7n);
    expect(await first).to.equal("ECONNRESET");
    expect((await world.ask("/jobs/7/")).status).to.equal(404);
    await world.gateway.setRoute(8n, { name: "x", target: mute });
    const second = codeOf(world.ask("/jobs/8/"));
    while (arrived < 2) await new Promise(setImmediate);
    await Promise.all([world.gateway.close(), world.gateway.close()]);
    expect(await second).to.equal("ECONNRESET");
    expect(await codeOf(world.ask("/"))).to.equal("ECONNREFUSED");
  });

  it("lets no job have more requests at once than it may", async () => {
    await world.start({ maximumPerJob: 2 });
    const gate = Promise.withResolvers<undefined>();
    let arrived = 0;
    const slow = await world.container((_, response) => {
      arrived += 1;
      void gate.promise.then(() => response.end("ok"));
    });
    await world.gateway.setRoute(7n, { name: "x", target: slow });
    await tell(8n);
    const asked = [world.ask("/jobs/7/"), world.ask("/jobs/7/")];
    while (arrived < 2) await new Promise(setImmediate);
    const busy = await world.ask("/jobs/7/");
    expect([busy.status, busy.headers["retry-after"]]).to.deep.equal([503, "1"]);
    expect((await world.ask("/jobs/8/")).status).to.equal(200);
    gate.resolve(undefined);
    expect((await Promise.all(asked)).map(({ body }) => body)).to.deep.equal(["ok", "ok"]);
    expect((await world.ask("/jobs/7/")).status).to.equal(200);
  });

  it("carries WebSockets, counts them among a job's, and cuts them off with its route", async () => {
    await world.start({ drainMs: 30 });
    const target = await world.container((_, response) => response.end(), shoutBack);
    await world.gateway.setRoute(7n, { name: "x", target });
    const socket = new WebSocket(`ws://127.0.0.1:${world.port}/jobs/7/chat`);
    const closed = new Promise((resolve) => socket.addEventListener("close", resolve));
    await new Promise((resolve) => socket.addEventListener("open", resolve));
    for (const text of ["hello", "again"]) {
      const answered = new Promise((resolve) => socket.addEventListener("message", ({ data }) => resolve(data)));
      socket.send(text);
      expect(await answered).to.equal(text.toUpperCase());
    }
    expect(world.gateway.open).to.equal(1);
    await world.gateway.removeRoute(7n);
    await closed;
    while (world.gateway.open > 0) await new Promise(setImmediate);
  });

  it("passes on that a job wants no WebSocket, and says that it is not here", async () => {
    await world.start();
    const target = await world.container(
      () => undefined,
      (_, socket) => socket.end("HTTP/1.1 403 Forbidden\r\ncontent-length: 2\r\n\r\nno"),
    );
    await world.gateway.setRoute(7n, { name: "x", target });
    await world.gateway.setRoute(9n, { name: "gone", target: { host: "127.0.0.1", port: 1 } });
    const ask = (job: number): Promise<string> =>
      world.raw(`GET /jobs/${job}/ HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n`);
    expect(await ask(7)).to.match(/^HTTP\/1.1 403 Forbidden\r\n(.+\r\n)*\r\nno$/);
    expect(await ask(8)).to.match(/^HTTP\/1.1 404 .*JOB_NOT_HERE/s);
    expect(await ask(9)).to.match(/^HTTP\/1.1 502 .*JOB_UNREACHABLE/s);
  });

  it("closes a connection on which nothing moves", async () => {
    await world.start({ idleMs: 50 });
    const target = await world.container((_, response) => response.write("then nothing"), shoutBack);
    await world.gateway.setRoute(7n, { name: "x", target });
    expect(await world.raw("GET /jobs/7/ HTTP/1.1\r\nhost: x\r\n\r\n")).to.contain("then nothing");
    const quiet = `GET /jobs/7/ HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n`;
    expect(await world.raw(quiet)).to.match(/^HTTP\/1.1 101/);
  });

  it("counts what it did", async () => {
    const meter = new Metrics(GATEWAY_METRICS);
    await world.start({}, { meter });
    await tell();
    await world.ask("/jobs/7/");
    await world.ask("/jobs/8/");
    await world.ask("/.well-known/r1");
    const text = await meter.text();
    expect(text).to.contain('r1_gateway_requests_total{outcome="answered"} 1');
    expect(text).to.contain('r1_gateway_requests_total{outcome="JOB_NOT_HERE"} 1');
    expect(text).to.contain('r1_gateway_requests_total{outcome="served"} 1');
    expect(text).to.contain("r1_gateway_request_seconds_count 1");
  });

  it("says that its port is taken", async () => {
    await world.start();
    const other = new GatewayWorld();
    expect(await codeOf(other.start({ port: world.port }))).to.equal("GATEWAY_LISTEN_FAILED");
  });
});
