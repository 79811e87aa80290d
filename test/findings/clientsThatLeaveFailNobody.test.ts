/**
 * Finding: a client that went away between its request's first bytes and the first hook made both APIs log "a request failed" as an
 * error of their own, for such a request has no address any more and the limits by address read one. Anybody could fill an operator's
 * log, and wake whoever is called for errors.
 */
import { once } from "node:events";
import { type AddressInfo, connect } from "node:net";
import { expect } from "chai";
import fastify from "fastify";
import { SystemClock } from "../../keepers/core/clock.js";
import { installFailureHandlers } from "../../keepers/core/http/failures.js";
import { memoryLogger } from "../../keepers/core/memoryLogger.js";

describe("finding: requests of clients that are gone", () => {
  it("reach no hook that needs an address, and are nobody's failure", async () => {
    const { logger, entries } = memoryLogger(new SystemClock());
    const app = fastify();
    const passed: string[] = [];
    app.addHook("onRequest", (request, _reply, done) => {
      request.raw.socket.destroy();
      done();
    });
    installFailureHandlers(app, { logger });
    app.addHook("onRequest", (request, _reply, done) => {
      passed.push(request.ip.toLowerCase());
      done();
    });
    app.get("/", () => "here");
    await app.listen({ host: "127.0.0.1", port: 0 });
    const { port } = app.server.address() as AddressInfo;
    const socket = connect(port, "127.0.0.1");
    socket.on("error", () => undefined);
    socket.write("GET / HTTP/1.1\r\nhost: x\r\n\r\n");
    await once(socket, "close");
    await app.close();
    expect([passed, entries]).to.deep.equal([[], []]);
  });
});
