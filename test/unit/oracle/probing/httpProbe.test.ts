import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";

import { expect } from "chai";

import { VirtualClock } from "../../../../keepers/core/virtualClock.js";
import { httpProbe } from "../../../../keepers/oracle/probing/httpProbe.js";
import { isPublicAddress } from "../../../../keepers/oracle/probing/publicAddress.js";

/**
 * given a URL that a node published
 * ├── when it answers with a status from 200 to 399   OK, without following or reading on
 * ├── when with another, or none, or not in time      it failed
 * └── when it leads to an address that is not public  it is not visited, unless that is allowed
 */
describe("httpProbe", () => {
  const clock = new VirtualClock();
  const probe = httpProbe({ timeoutMs: 5_000, allowPrivate: true }, { clock });
  const publicOnly = httpProbe({ timeoutMs: 5_000, allowPrivate: false }, { clock });
  let server: Server;
  let seen: string[];
  let answer: RequestListener;

  beforeEach(async () => {
    seen = [];
    server = createServer((request, response) => {
      seen.push(`${request.method} ${request.url}`);
      answer(request, response);
    });
    await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  });

  afterEach(async () => {
    server.closeAllConnections();
    await new Promise((closed) => server.close(closed));
  });

  const urlOf = (path: string, host = "127.0.0.1") => `http://${host}:${(server.address() as AddressInfo).port}${path}`;

  for (const [status, verdict] of [
    [200, "OK"],
    [204, "OK"],
    [302, "OK"],
    [404, "BAD_STATUS"],
    [502, "BAD_STATUS"],
  ] as const) {
    it(`says ${verdict} of status ${status}, after one request`, async () => {
      answer = (_, response) => response.writeHead(status, { location: urlOf("/elsewhere") }).end();
      expect(await probe(urlOf("/health?x=1"))).to.equal(verdict);
      expect(seen).to.deep.equal(["GET /health?x=1"]);
    });
  }

  it("does not read a body that never ends", async () => {
    const gone = Promise.withResolvers<undefined>();
    answer = (_, response) => {
      response.on("close", () => gone.resolve(undefined));
      const more = () => {
        while (!response.destroyed && response.write(Buffer.alloc(65_536)));
      };
      response.on("drain", more);
      response.writeHead(200);
      more();
    };
    expect(await probe(urlOf("/"))).to.equal("OK");
    await gone.promise;
  });

  it("gives up on who takes too long, and on who is not there", async () => {
    const asked = Promise.withResolvers<undefined>();
    answer = () => asked.resolve(undefined);
    const verdict = probe(urlOf("/"));
    await asked.promise;
    await clock.advance(5_000);
    expect(await verdict).to.equal("TIMEOUT");
    answer = (request) => request.socket.destroy();
    expect(await probe(urlOf("/"))).to.equal("UNREACHABLE");
    expect(clock.pending).to.equal(0);
  });

  it("refuses an answer whose header is without end", async () => {
    answer = (_, response) => response.writeHead(200, { "x-long": "x".repeat(20_000) }).end();
    expect(await probe(urlOf("/"))).to.equal("UNREACHABLE");
  });

  for (const host of ["127.0.0.1", "localhost", "0x7f000001", "2130706433", "0.0.0.0", "[::1]", "[::ffff:127.0.0.1]"]) {
    it(`does not visit ${host}`, async () => {
      answer = (_, response) => response.end();
      expect(await publicOnly(urlOf("/", host))).to.equal("FORBIDDEN");
      expect(seen).to.deep.equal([]);
    });
  }

  for (const url of [
    "file:///etc/passwd",
    "ftp://127.0.0.1/",
    "http://a:b@127.0.0.1/",
    "nonsense",
    `http://h/${"x".repeat(3_000)}`,
  ]) {
    it(`does not visit ${url.slice(0, 40)}`, async () => {
      expect(await probe(url)).to.equal("FORBIDDEN");
    });
  }

  it("tells addresses of the public internet from all others", () => {
    const others = ["10.1.2.3", "172.31.0.1", "192.168.1.1", "100.64.0.1", "169.254.169.254", "224.0.0.1", "fe80::1"];
    const more = ["fc00::1", "::", "::ffff:8.8.8.8", "64:ff9b::808:808", "2002:7f00:1::", "2001:db8::1", "name", ""];
    expect([...others, ...more].filter(isPublicAddress)).to.deep.equal([]);
    const open = ["8.8.8.8", "1.1.1.1", "172.32.0.1", "2606:4700::1111", "2a00:1450:4001::1"];
    expect(open.filter(isPublicAddress)).to.deep.equal(open);
  });
});
