import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";

import { expect } from "chai";

import { VirtualClock } from "../../../keepers/core/virtualClock.js";
import type { RpcMode } from "../../../soak/plan.js";
import { RpcProxy } from "../../../soak/world/rpcProxy.js";

const ANSWER = { jsonrpc: "2.0", id: 1, result: "0x1" };

describe("the path from a keeper to the chain in a soak", () => {
  let chain: Server;
  let asked: number;
  let clock: VirtualClock;
  let proxy: RpcProxy;

  beforeEach(async () => {
    asked = 0;
    chain = createServer((question, answer) => {
      question.resume().once("end", () => {
        asked += 1;
        answer.end(JSON.stringify(ANSWER));
      });
    });
    await new Promise<void>((resolve) => chain.listen(0, "127.0.0.1", resolve));
    clock = new VirtualClock();
    proxy = await RpcProxy.start(`http://127.0.0.1:${(chain.address() as AddressInfo).port}`, { clock });
  });

  afterEach(async () => {
    await proxy.close();
    chain.closeAllConnections();
    await new Promise((resolve) => chain.close(resolve));
  });

  const ask = (signal?: AbortSignal): Promise<Response> =>
    fetch(proxy.url, { method: "POST", body: JSON.stringify({ id: 1, method: "x" }), ...(signal ? { signal } : {}) });
  /** How the first question under that mode ends. */
  const outcome = async (mode: RpcMode): Promise<string> => {
    await proxy.set(mode);
    return ask().then(
      async (answer) => `${answer.status} ${await answer.text()}`,
      () => "none",
    );
  };

  it("passes questions and answers on", async () => {
    expect(await (await ask()).json()).to.deep.equal(ANSWER);
  });

  it("is not there, and is there again at the same place", async () => {
    const { url } = proxy;
    expect(await outcome("away")).to.equal("none");
    await proxy.set(undefined);
    expect(proxy.url).to.equal(url);
    expect((await ask()).status).to.equal(200);
  });

  it("fails, or refuses as a provider does, without asking the chain", async () => {
    expect(await outcome("failing")).to.equal("503 no");
    expect(await outcome("refusing")).to.equal(
      '200 {"jsonrpc":"2.0","id":1,"error":{"code":-32005,"message":"limit exceeded"}}',
    );
    expect(asked).to.equal(0);
  });

  it("has the chain do what was asked, and loses the answer or half of it", async () => {
    expect(await outcome("lossy")).to.equal("none");
    expect(asked).to.equal(1);
    expect(await outcome("garbled")).to.equal(`200 ${JSON.stringify(ANSWER).slice(0, 19)}`);
    expect(asked).to.equal(2);
  });

  it("lets a question through now and then", async () => {
    await proxy.set("failing");
    const states = [];
    for (let turn = 0; turn < 7; turn += 1) states.push((await ask()).status);
    expect(states).to.deep.equal([503, 503, 503, 503, 503, 503, 200]);
  });

  it("never answers, until it works again and the connection ends", async () => {
    await proxy.set("silent");
    const first = ask().catch(() => "ended");
    // The question is there once the next one, on a connection of its own, was given up.
    const controller = new AbortController();
    const second = ask(controller.signal).catch(() => "given up");
    controller.abort();
    expect(await second).to.equal("given up");
    await proxy.set(undefined);
    await first;
    expect((await ask()).status).to.equal(200);
  });

  it("answers late", async () => {
    await proxy.set("slow");
    const answer = ask();
    const waiting = Promise.withResolvers<undefined>();
    const look = (): void => {
      if (clock.pending > 0) waiting.resolve(undefined);
      else setImmediate(look);
    };
    look();
    await waiting.promise;
    expect(asked).to.equal(0);
    await clock.advance(2_500);
    expect((await answer).status).to.equal(200);
  });
});
