import { expect } from "chai";
import fc from "fast-check";
import { MetricsServer } from "../../../keepers/core/metricsServer.js";
import type { LogEntry } from "../../../keepers/core/memoryLogger.js";
import { availabilityCredit } from "../../../keepers/protocol/leafFile.js";
import { DeeployWorld, owner, sampleJob, serviceKey } from "../deeploy/world.js";
import { GatewayWorld } from "../ingress/gatewayWorld.js";
import { keyOf } from "../oracle/dauth/network.js";
import { nd, World } from "../oracle/api/world.js";
import { heapInUse } from "./collected.js";
import { type ApiRoute, routesOf } from "./openApi.js";
import { exchange, type RawAnswer } from "./rawHttp.js";
import { asText, fitting, wildJson, wildPath, wildRequest } from "./wildRequests.js";

/** For each route; `FUZZ_RUNS` makes it a deep run, and `FUZZ_SEED` repeats one. fast-check prints the seed of a failure. */
const RUNS = Number(process.env["FUZZ_RUNS"] ?? 12);
const SEED = process.env["FUZZ_SEED"] === undefined ? {} : { seed: Number(process.env["FUZZ_SEED"]) };
const MOST_GROWTH_BYTES = 48 * 1024 * 1024;
const LEAKS = /node_modules|\/work\/|file:\/\/|\.[jt]s:\d+|\n\s+at /u;
const INTERNAL = /"code":"INTERNAL"/u;

/** A server under fire. */
interface Target {
  readonly port: number;
  readonly routes: readonly ApiRoute[];
  /** Statuses from 500 on that the server is meant to give. */
  readonly declared: readonly number[];
  /** What must never be in an answer. */
  readonly secrets: readonly string[];
  /** A good request, answered well. */
  readonly isWell: () => Promise<boolean>;
  readonly entries: readonly LogEntry[];
}

function expectDecent({ status, text }: RawAnswer, { declared, secrets }: Target): void {
  expect(text).to.not.match(LEAKS);
  expect(text).to.not.match(INTERNAL);
  for (const secret of secrets) expect(text).to.not.contain(secret);
  if (status !== undefined && status >= 500) expect(declared).to.include(status, text);
}

async function bombard(target: Target, shoot: (route: ApiRoute) => Promise<void>): Promise<void> {
  for (const route of target.routes) {
    await shoot(route);
    expect(await target.isWell(), `after ${route.method} ${route.path}`).to.equal(true);
  }
  expect(target.entries.filter(({ level }) => level === "error" || level === "fatal")).to.deep.equal([]);
  expect(({} as { polluted?: unknown }).polluted).to.equal(undefined);
}

function shootRaw(target: Target, route: ApiRoute): Promise<void> {
  return fc.assert(
    fc.asyncProperty(wildRequest(route), async (request) => {
      expectDecent(await exchange(target.port, request), target);
    }),
    { numRuns: RUNS, ...SEED },
  );
}

async function expectBounded(work: () => Promise<void>): Promise<void> {
  await work();
  const before = heapInUse();
  await work();
  expect(heapInUse() - before).to.be.lessThan(MOST_GROWTH_BYTES);
}

const portOf = (url: string): number => Number(new URL(url).port);
const documentOf = async (url: string): Promise<unknown> => (await fetch(`${url}/openapi.json`)).json();

describe("HTTP surfaces under fuzz", function () {
  this.timeout(300_000);

  it("the oracle's API: every route of its description", async () => {
    const world = new World({ burst: 1_000_000 });
    await world.commit(3n, [availabilityCredit(nd(1), 255)]);
    await world.commit(5n, [availabilityCredit(nd(1), 7), availabilityCredit(nd(2), 9)]);
    world.chain.active.add(keyOf(1).address);
    world.links.replace([{ deed: nd(1), node: keyOf(1).address, associatedAt: 5n }]);
    await world.start();
    try {
      const routes = routesOf(await documentOf(world.url));
      expect(routes.length).to.be.greaterThan(12);
      const target: Target = {
        ...{ port: portOf(world.url), routes, declared: [503], entries: world.log.entries },
        secrets: [`${"0".repeat(63)}a`],
        isWell: async () => (await world.get("/epochs/5")).status === 200,
      };
      await expectBounded(() => bombard(target, (route) => shootRaw(target, route)));
    } finally {
      await world.close();
    }
  });

  describe("Deeploy", () => {
    let world: DeeployWorld;
    let target: Target;

    beforeEach(async () => {
      world = new DeeployWorld();
      world.chain.jobs.set(7n, sampleJob());
      await world.start({ perAddress: 1_000_000, perAccount: 1_000_000, firstAnswerMs: 1 });
      const routes = routesOf(await documentOf(world.url));
      target = {
        ...{ port: portOf(world.url), routes, declared: [503, 504], entries: world.log.entries },
        secrets: [serviceKey.slice(2)],
        isWell: async () => (await fetch(`${world.url}/health`)).status === 200,
      };
    });

    afterEach(() => world.close());

    it("by strangers: every route of its description", async () => {
      expect(target.routes.length).to.be.greaterThan(10);
      await expectBounded(() => bombard(target, (route) => shootRaw(target, route)));
    });

    /** Behind the signature stands what a stranger never reaches. */
    it("by an account that signs what it sends", async () => {
      const shoot = (route: ApiRoute): Promise<void> => {
        const paths =
          Object.keys(route.inPath).length === 0 ? wildPath(route) : fc.oneof(wildPath(route), seventh(route));
        const body = route.body === undefined ? fc.constant(undefined) : wildJson(route.body).map(parsed);
        return fc.assert(
          fc.asyncProperty(paths, body, async (path, sent) => {
            const { href, origin } = new URL(path, world.url);
            const init = sent === undefined ? {} : { body: sent };
            const response = await world.signed(owner, route.method, href.slice(origin.length), init);
            expectDecent({ status: response.status, text: await beginningOf(response) }, target);
          }),
          { numRuns: RUNS, ...SEED },
        );
      };
      await bombard(target, shoot);
    });
  });

  it("a node's gateway, and the container behind it", async () => {
    const world = new GatewayWorld();
    await world.start();
    const behind = await world.container((request, response) => {
      request.resume().on("end", () => response.end("hello"));
    });
    await world.gateway.setRoute(5n, { name: "web", target: behind });
    const paths = ["/.well-known/r1", "/jobs/5", "/jobs/5/{rest}", "/jobs/{job}/x", "/{any}"];
    const routes = paths.map((path) => ({ method: "GET", path, inPath: placesIn(path), inQuery: {}, body: {} }));
    try {
      const target: Target = {
        ...{ port: world.port, routes, declared: [501, 503], secrets: [], entries: [] },
        isWell: async () => (await world.ask("/jobs/5/")).body === "hello",
      };
      await expectBounded(() => bombard(target, (route) => shootRaw(target, route)));
    } finally {
      await world.stop();
    }
  });

  it("the server of metrics", async () => {
    const server = await MetricsServer.start(
      { host: "127.0.0.1", port: 0 },
      { metrics: { contentType: "text/plain", text: () => Promise.resolve("r1_level 4\n") } },
    );
    const routes = ["/metrics", "/{any}"].map((path) => ({
      method: "GET",
      path,
      inPath: placesIn(path),
      inQuery: {},
      body: {},
    }));
    try {
      const target: Target = {
        ...{ port: portOf(server.url), routes, declared: [], secrets: [], entries: [] },
        isWell: async () => (await fetch(server.url)).status === 200,
      };
      await expectBounded(() => bombard(target, (route) => shootRaw(target, route)));
    } finally {
      await server.close();
    }
  });
});

function placesIn(path: string): Record<string, { type: string }> {
  return Object.fromEntries([...path.matchAll(/\{(\w+)\}/gu)].map(([, name]) => [name!, { type: "string" }]));
}

/** The route for the job that there is. */
function seventh({ path, inPath }: ApiRoute): fc.Arbitrary<string> {
  const places = Object.entries(inPath).map(([name, schema]) =>
    /job/iu.test(name)
      ? fc.constant([name, "7"] as const)
      : fitting(schema).map((value) => [name, asText(value)] as const),
  );
  return fc
    .tuple(...places)
    .map((filled) =>
      filled.reduce((text, [name, value]) => text.replace(`{${name}}`, () => encodeURIComponent(value)), path),
    );
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text.toWellFormed();
  }
}

/** Streams go on for ever. */
async function beginningOf(response: Response): Promise<string> {
  const type = response.headers.get("content-type") ?? "";
  if (type.includes("json") && !/ndjson|seq/u.test(type)) return response.text();
  await response.body?.cancel();
  return "";
}
