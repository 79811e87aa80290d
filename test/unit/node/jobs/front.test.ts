import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { expect } from "chai";
import { KeeperError } from "../../../../keepers/core/errors.js";
import { type LogEntry, memoryLogger } from "../../../../keepers/core/memoryLogger.js";
import { SeededRandom } from "../../../../keepers/core/random.js";
import { VirtualClock } from "../../../../keepers/core/virtualClock.js";
import type { Tunnel } from "../../../../keepers/ingress/tunnel.js";
import { Front, type FrontOptions } from "../../../../keepers/node/jobs/front.js";
import { gatewayOptions } from "../../ingress/gatewayWorld.js";

/** Fails as often as it is told to, then is at `url`. */
class ScriptedTunnel implements Tunnel {
  readonly led: string[] = [];
  failures = 0;
  closed = 0;
  onUrl: (url: string) => void = () => undefined;

  async start(localUrl: string): Promise<string> {
    this.led.push(localUrl);
    if (this.failures-- > 0) throw new KeeperError("TUNNEL_FAILED", "there is no program cloudflared");
    return "https://first.example";
  }

  async close(): Promise<void> {
    this.closed += 1;
  }
}

describe("a node's front", () => {
  let clock: VirtualClock;
  let entries: LogEntry[];
  let front: Front;
  let container: Server;
  let changes: number;

  beforeEach(async () => {
    clock = new VirtualClock();
    changes = 0;
    container = createServer((request, response) => response.end(`container at ${request.url}`));
    await new Promise<void>((resolve) => container.listen(0, "127.0.0.1", resolve));
  });

  afterEach(async () => {
    await front.close();
    await new Promise((resolve) => container.close(resolve));
  });

  async function open(options: Partial<FrontOptions> = {}, tunnel?: ScriptedTunnel): Promise<void> {
    const { logger, entries: noted } = memoryLogger(clock);
    entries = noted;
    const openTunnel = (onUrl: (url: string) => void): Tunnel => Object.assign(tunnel!, { onUrl });
    front = new Front(
      { gateway: gatewayOptions, backoff: { baseMs: 10_000, maximumMs: 10_000, jitter: 0 }, ...options },
      { clock, random: new SeededRandom(1), logger, openTunnel: tunnel && openTunnel },
    );
    await front.start(() => (changes += 1));
    await clock.advance(0);
  }

  it("leads to what is published, and to nothing else", async () => {
    await open();
    const { port } = container.address() as AddressInfo;
    const ask = async (): Promise<unknown[]> => {
      const answer = await fetch(`${front.url}/jobs/7/page`);
      return [answer.status, await answer.text()];
    };
    expect((await ask())[0]).to.equal(404);
    await front.publish(7n, "shop", undefined);
    expect((await ask())[0]).to.equal(503);
    await front.publish(7n, "shop", { host: "127.0.0.1", port });
    expect(await ask()).to.deep.equal([200, "container at /page"]);
    await front.withdraw(7n);
    expect((await ask())[0]).to.equal(404);
  });

  it("is where the operator says, and where it listens when nobody says; nowhere when that is no address", async () => {
    await open();
    expect(front.url).to.match(/^http:\/\/127\.0\.0\.1:\d+$/u);
    expect(entries.some(({ msg }) => msg.startsWith("NODE_GATEWAY_URL is empty"))).to.equal(true);
    await front.close();
    await open({ gateway: { ...gatewayOptions, host: "0.0.0.0" } });
    expect(front.url).to.equal("");
    await front.close();
    await open({ publicUrl: "https://node.example" }, new ScriptedTunnel());
    expect(front.url).to.equal("https://node.example");
  });

  it("works without a tunnel that does not start, and tries it again", async () => {
    const tunnel = new ScriptedTunnel();
    tunnel.failures = 2;
    await open({}, tunnel);
    expect(front.url).to.equal("");
    expect(entries.map(({ msg }) => msg)).to.include("the tunnel did not start; jobs are not reached through it");
    await clock.advance(20_000);
    expect(front.url).to.equal("https://first.example");
    expect(new Set(tunnel.led).size).to.equal(1);
    expect(tunnel.led[0]).to.match(/^http:\/\/127\.0\.0\.1:\d+$/u);
    expect(changes).to.equal(1);
  });

  it("tells when its tunnel is elsewhere, and ends with it, without a timer", async () => {
    const tunnel = new ScriptedTunnel();
    await open({}, tunnel);
    tunnel.onUrl("https://first.example");
    expect(changes).to.equal(1);
    tunnel.onUrl("https://second.example");
    expect([changes, front.url]).to.deep.equal([2, "https://second.example"]);
    await front.close();
    await front.close();
    expect(tunnel.closed).to.be.at.least(1);
    tunnel.onUrl("https://third.example");
    expect(changes).to.equal(2);
    expect(clock.pending).to.equal(0);
  });
});
