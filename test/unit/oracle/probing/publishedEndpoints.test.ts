import { expect } from "chai";

import type { EventBody } from "../../../../keepers/chain/chainEvent.js";
import { applyEvents, emptyState } from "../../../../keepers/chain/protocolState.js";
import { memoryLogger } from "../../../../keepers/core/memoryLogger.js";
import { VirtualClock } from "../../../../keepers/core/virtualClock.js";
import { PublishedEndpoints } from "../../../../keepers/oracle/probing/publishedEndpoints.js";
import type { Hash } from "../../../../keepers/protocol/bytes.js";
import { DeedKind, deedId } from "../../../../keepers/protocol/deedId.js";
import { encodeJobSpec, hashJobSpec, type JobSpecInput, parseJobSpec } from "../../../../keepers/protocol/jobSpec.js";
import { serviceId } from "../../../../keepers/protocol/serviceId.js";
import { eventAt } from "../../chain/events.js";
import { address } from "../../chain/fakeChain.js";

const deed = deedId(DeedKind.NODE, 7n);
const node = address(0xa1);
const container = { name: "web", image: "busybox", milliCpu: 100, memoryMiB: 64 };
const quiet = parseJobSpec({ version: 1, name: "quiet", containers: [container] } satisfies JobSpecInput);
const published = parseJobSpec({ ...quiet, ingress: { container: "web", port: 80, probePath: "/health?deep=1" } });
const seat = (jobId: bigint) => ({ jobId, deed, assignment: serviceId(jobId, deed) });

describe("PublishedEndpoints", () => {
  const clock = new VirtualClock();
  let adverts: Map<string, { gateway: string }>;
  let specs: Map<Hash, Uint8Array>;
  let asked: Hash[];
  let endpoints: PublishedEndpoints;

  beforeEach(() => {
    adverts = new Map([[node, { gateway: "https://node.example/gate/" }]]);
    specs = new Map([quiet, published].map((spec) => [hashJobSpec(spec), encodeJobSpec(spec)]));
    asked = [];
    const terms = { classId: 1, gpu: 0, nodes: 1, epochs: 5, rate: 1n, deposit: 5n, owner: node };
    const bodies: EventBody[] = [
      { type: "NodeAssociated", deed, node, owner: node, epoch: 0n },
      { type: "JobCreated", jobId: 1n, specHash: hashJobSpec(published), ...terms },
      { type: "JobCreated", jobId: 2n, specHash: hashJobSpec(quiet), ...terms },
    ];
    const state = applyEvents(
      emptyState,
      bodies.map((body) => eventAt(1, body)),
    );
    endpoints = new PublishedEndpoints(
      { retryMs: 30_000, capacity: 2 },
      {
        state: () => state,
        adverts: { lastOf: (of) => adverts.get(of) },
        fetchSpec: (hash) => {
          asked.push(hash);
          return Promise.resolve(specs.get(hash));
        },
        clock,
        logger: memoryLogger(clock).logger,
      },
    );
  });

  it("are the probe path at the node's gateway, once the specification is known", async () => {
    expect(endpoints.endpointOf(seat(1n))).to.equal(undefined);
    await clock.advance(0);
    expect(endpoints.endpointOf(seat(1n))).to.deep.equal({ url: "https://node.example/gate/jobs/1/health?deep=1" });
    adverts.set(node, { gateway: "" });
    expect(endpoints.endpointOf(seat(1n))).to.deep.equal({ url: undefined });
    adverts.clear();
    expect(endpoints.endpointOf(seat(1n))).to.equal(undefined);
    expect(asked).to.have.length(1);
  });

  it("are none of a job that publishes nothing, or does not exist, or whose node is gone", async () => {
    for (const jobId of [2n, 3n]) {
      endpoints.endpointOf(seat(jobId));
      await clock.advance(0);
      expect(endpoints.endpointOf(seat(jobId))).to.equal(undefined);
    }
    endpoints.endpointOf(seat(1n));
    await clock.advance(0);
    expect(endpoints.endpointOf({ ...seat(1n), deed: deed + 1n })).to.equal(undefined);
  });

  it("are asked for again, not at once, when there was no specification or a wrong one", async () => {
    const hash = hashJobSpec(published);
    specs.set(hash, encodeJobSpec(quiet));
    for (let second = 0; second < 60; second += 10) {
      expect(endpoints.endpointOf(seat(1n))).to.equal(undefined);
      await clock.advance(10_000);
    }
    expect(asked).to.have.length(2);
    specs.set(hash, encodeJobSpec(published));
    endpoints.endpointOf(seat(1n));
    await clock.advance(0);
    expect(endpoints.endpointOf(seat(1n))?.url).to.include("/jobs/1/");
  });
});
