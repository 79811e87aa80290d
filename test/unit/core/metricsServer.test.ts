import { expect } from "chai";
import { MetricsServer } from "../../../keepers/core/metricsServer.js";

describe("MetricsServer", () => {
  const servers: MetricsServer[] = [];

  async function start(text: () => Promise<string>, port = 0): Promise<MetricsServer> {
    const server = await MetricsServer.start(
      { host: "127.0.0.1", port },
      { metrics: { contentType: "text/plain; version=0.0.4", text } },
    );
    servers.push(server);
    return server;
  }

  afterEach(async () => {
    await Promise.all(servers.splice(0).map((server) => server.close()));
  });

  it("answers a scrape, and nothing else", async () => {
    const { url } = await start(() => Promise.resolve("r1_level 4\n"));
    const response = await fetch(url);
    expect(response.status).to.equal(200);
    expect(response.headers.get("content-type")).to.equal("text/plain; version=0.0.4");
    expect(await response.text()).to.equal("r1_level 4\n");
    expect((await fetch(url.replace("/metrics", "/"))).status).to.equal(404);
    expect((await fetch(url, { method: "POST", body: "x" })).status).to.equal(404);
  });

  it("says 500 when the metrics cannot be told, and goes on", async () => {
    const { url } = await start(() => Promise.reject(new Error("no")));
    expect((await fetch(url)).status).to.equal(500);
    expect((await fetch(url)).status).to.equal(500);
  });

  it("says which port is taken, and closes twice", async () => {
    const first = await start(() => Promise.resolve(""));
    const port = Number(new URL(first.url).port);
    const error = await start(() => Promise.resolve(""), port).catch((reason: unknown) => reason);
    expect(error).to.include({ code: "METRICS_LISTEN_FAILED" });
    expect((error as Error).message).to.include(String(port));
    await first.close();
    await first.close();
  });
});
