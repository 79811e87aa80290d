import { expect } from "chai";
import { ApiServer } from "../../../../keepers/oracle/api/server.js";
import { createOracleMetrics, type OracleMetrics } from "../../../../keepers/oracle/metrics/oracleMetrics.js";
import { World } from "./world.js";

describe("GET /metrics", () => {
  let metrics: OracleMetrics;
  let server: ApiServer;
  let url: string;

  beforeEach(async () => {
    metrics = createOracleMetrics();
    const { dependencies } = new World();
    const options = { host: "127.0.0.1", port: 0, trustProxy: false };
    server = await ApiServer.create(options, { ...dependencies, monitor: { ...dependencies.monitor, metrics } });
    url = await server.listen();
  });

  afterEach(async () => {
    await server.close();
  });

  async function requests(): Promise<string[]> {
    const response = await fetch(`${url}/metrics`);
    expect(response.status).to.equal(200);
    expect(response.headers.get("content-type")).to.include("text/plain");
    return (await response.text()).split("\n").filter((line) => line.startsWith("r1_api_requests_total{"));
  }

  it("counts requests by route and status, and itself afterwards", async () => {
    await fetch(`${url}/status`);
    await fetch(`${url}/status`);
    await fetch(`${url}/epochs/none`);
    expect(await requests()).to.include('r1_api_requests_total{route="/status",status="200"} 2');
    expect(await requests()).to.include('r1_api_requests_total{route="/metrics",status="200"} 1');
  });

  it("has one series for all that is asked for and is not there", async () => {
    for (let i = 0; i < 100; i += 1) await fetch(`${url}/no/such/thing/${i}`);
    for (let i = 0; i < 20; i += 1) await fetch(`${url}/epochs/${i}`);
    const series = await requests();
    expect(series).to.include('r1_api_requests_total{route="none",status="404"} 100');
    expect(series.length).to.be.at.most(3);
  });

  it("is not there without metrics", async () => {
    const world = new World();
    await world.start();
    expect((await world.get("/metrics")).status).to.equal(404);
    await world.close();
  });
});
