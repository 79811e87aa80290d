import { expect } from "chai";
import { existsSync, readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { SystemClock } from "../../../keepers/core/clock.js";
import { describeError } from "../../../keepers/core/errors.js";
import { type LogEntry, memoryLogger } from "../../../keepers/core/memoryLogger.js";
import { SeededRandom } from "../../../keepers/core/random.js";
import { Secret } from "../../../keepers/core/secret.js";
import { CloudflaredTunnel, type CloudflaredOptions } from "../../../keepers/ingress/cloudflaredTunnel.js";
import { codeOf, temporaryDirectory } from "../storage/temporaryDirectory.js";

const clock = new SystemClock();
const LOOK_MS = 5;

/** Notes how it was started, then does what the test wrote down for it. */
const MOCK_CLOUDFLARED = `#!/bin/sh
echo "$*" >> "$HOME/arguments"
env > "$HOME/environment"
echo $$ >> "$HOME/processes"
. "$HOME/behaviour"
`;
const BOX = `echo "2026-05-13T07:00:00Z INF |  https://gentle-river-1234.trycloudflare.com   |" >&2\n`;
const CONNECTED = `echo "2026-05-13T07:00:01Z INF Registered tunnel connection connIndex=0 protocol=quic" >&2\n`;
const STAY = "exec sleep 1000\n";

describe("CloudflaredTunnel, with a mock of cloudflared", function () {
  this.timeout(20_000);
  let folder: ReturnType<typeof temporaryDirectory>;
  let tunnel: CloudflaredTunnel;
  let entries: LogEntry[];
  let urls: string[];

  beforeEach(async () => {
    folder = temporaryDirectory();
    urls = [];
    await writeFile(join(folder.path, "mock-cloudflared"), MOCK_CLOUDFLARED, { mode: 0o755 });
  });

  afterEach(async () => {
    await tunnel.close();
    folder.remove();
  });

  function make(changes: Partial<CloudflaredOptions> = {}): CloudflaredTunnel {
    const memory = memoryLogger(clock);
    entries = memory.entries;
    tunnel = new CloudflaredTunnel(
      {
        ...{ program: join(folder.path, "mock-cloudflared"), startMs: 10_000, closeMs: 5_000 },
        ...{ backoff: { baseMs: 1, maximumMs: 5 }, ...changes },
      },
      {
        ...{ clock, random: new SeededRandom(1), logger: memory.logger, onUrl: (url) => urls.push(url) },
        environment: { PATH: "/usr/bin:/bin", HOME: folder.path, NODE_PRIVATE_KEY: "0xsecret" },
      },
    );
    return tunnel;
  }

  const behave = (script: string): Promise<void> => writeFile(join(folder.path, "behaviour"), script);
  const noted = (name: string): string => {
    const path = join(folder.path, name);
    return existsSync(path) ? readFileSync(path, "utf8") : "";
  };
  const processes = (): number[] => noted("processes").trim().split("\n").filter(Boolean).map(Number);
  const lives = (pid: number): boolean => {
    try {
      return process.kill(pid, 0);
    } catch {
      return false;
    }
  };

  it("gives the URL of a quick tunnel once it is connected, and ends it", async () => {
    await behave(BOX + CONNECTED + STAY);
    const url = await make().start("http://127.0.0.1:1234");
    expect(url).to.equal("https://gentle-river-1234.trycloudflare.com");
    expect(noted("arguments")).to.equal("tunnel --no-autoupdate --url http://127.0.0.1:1234\n");
    expect(noted("environment")).to.not.contain("0xsecret");
    const [pid] = processes();
    expect(lives(pid!)).to.equal(true);
    await Promise.all([tunnel.close(), tunnel.close()]);
    expect(lives(pid!)).to.equal(false);
  });

  it("hands the token of a named tunnel over where nobody sees it", async () => {
    await behave(
      `echo "x ERR bad $TUNNEL_TOKEN" >&2\n${CONNECTED}if [ ! -e "$HOME/again" ]; then touch "$HOME/again"; exit 1; fi\n${STAY}`,
    );
    const named = { token: new Secret("t0ken"), publicUrl: "https://jobs.example.com" };
    expect(await make({ named }).start("http://127.0.0.1:1")).to.equal("https://jobs.example.com");
    while (urls.length < 2) await clock.sleep(LOOK_MS);
    expect(noted("arguments")).to.equal("tunnel --no-autoupdate run\n".repeat(2));
    expect(noted("environment")).to.contain("TUNNEL_TOKEN=t0ken");
    expect(JSON.stringify(entries)).to.contain("bad [secret]").and.not.contain("t0ken");
  });

  it("builds a tunnel anew that breaks, and tells its new URL", async () => {
    const count = `n=$(wc -l < "$HOME/processes" | tr -d ' ')\n`;
    const box = `echo "INF | https://try-$n.trycloudflare.com |"\n`;
    await behave(`${count}${box}${CONNECTED}if [ "$n" -lt 3 ]; then exit 1; fi\n${STAY}`);
    expect(await make().start("http://127.0.0.1:1")).to.equal("https://try-1.trycloudflare.com");
    while (urls.length < 3) await clock.sleep(LOOK_MS);
    expect(urls).to.deep.equal([1, 2, 3].map((n) => `https://try-${n}.trycloudflare.com`));
    expect(processes().map(lives)).to.deep.equal([false, false, true]);
  });

  it("fails when it is not ready in time, says why, and leaves nothing running", async () => {
    await behave(`echo "2026 ERR Failed to dial the edge" >&2\n${STAY}`);
    const error = await make({ startMs: 300 })
      .start("http://127.0.0.1:1")
      .catch((reason: unknown) => reason);
    expect(describeError(error)).to.match(/was not ready in 300 ms: Failed to dial the edge \(TUNNEL_FAILED\)/);
    expect(processes().filter(lives)).to.deep.equal([]);
  });

  it("fails at once when there is no such program", async () => {
    const error = await make({ program: join(folder.path, "nothing") })
      .start("http://127.0.0.1:1")
      .catch((reason: unknown) => reason);
    expect(describeError(error)).to.match(/there is no program .*nothing; install cloudflared/);
  });

  it("kills one that does not heed", async () => {
    await behave(`trap '' TERM\n${BOX}${CONNECTED}${STAY}`);
    await make({ closeMs: 30 }).start("http://127.0.0.1:1");
    await tunnel.close();
    expect(processes().filter(lives)).to.deep.equal([]);
  });

  it("closes without having been started", async () => {
    await make().close();
    expect(await codeOf(tunnel.close())).to.equal("no error");
  });
});
