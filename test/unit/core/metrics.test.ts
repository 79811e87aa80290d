import { expect } from "chai";
import { type MetricDefinitions, Metrics } from "../../../keepers/core/metrics.js";

const DEFINITIONS = {
  r1_things_total: { type: "counter", help: "Things", labels: { kind: ["a", "b"] } },
  r1_ages: { type: "gauge", help: "Ages", labels: { who: 3 } },
  r1_level: { type: "gauge", help: "Level" },
  r1_seconds: { type: "histogram", help: "Seconds", labels: { kind: ["a"] }, buckets: [1, 10] },
} as const satisfies MetricDefinitions;

function lines(text: string, name: string): string[] {
  return text.split("\n").filter((line) => line.startsWith(name));
}

describe("Metrics", () => {
  it("counts and measures in Prometheus' text format", async () => {
    const metrics = new Metrics(DEFINITIONS);
    metrics.add("r1_things_total", { kind: "a" });
    metrics.add("r1_things_total", { kind: "a" }, 2);
    metrics.add("r1_things_total", { kind: "b" });
    for (const seconds of [0.5, 5, 50]) metrics.observe("r1_seconds", seconds, { kind: "a" });
    const text = await metrics.text();
    expect(lines(text, "r1_things_total")).to.deep.equal([
      'r1_things_total{kind="a"} 3',
      'r1_things_total{kind="b"} 1',
    ]);
    expect(lines(text, "r1_seconds_bucket")).to.deep.equal([
      'r1_seconds_bucket{le="1",kind="a"} 1',
      'r1_seconds_bucket{le="10",kind="a"} 2',
      'r1_seconds_bucket{le="+Inf",kind="a"} 3',
    ]);
    expect(text).to.include("# HELP r1_things_total Things\n# TYPE r1_things_total counter\n");
    expect(metrics.contentType).to.include("text/plain");
  });

  it("reads what is known elsewhere anew for each answer, and forgets what is gone", async () => {
    const metrics = new Metrics(DEFINITIONS);
    let ages = new Map([["eve", 7]]);
    let things = 1;
    metrics.read("r1_ages", () => [...ages].map(([who, value]) => ({ value, labels: { who } })));
    metrics.read("r1_things_total", () => [{ value: things, labels: { kind: "a" } }]);
    metrics.read("r1_level", () => [{ value: 4 }]);
    expect(lines(await metrics.text(), "r1_ages")).to.deep.equal(['r1_ages{who="eve"} 7']);
    ages = new Map([["bob", 8]]);
    things = 5;
    const text = await metrics.text();
    expect(lines(text, "r1_ages")).to.deep.equal(['r1_ages{who="bob"} 8']);
    expect(lines(text, "r1_things_total")).to.deep.equal(['r1_things_total{kind="a"} 5']);
    expect(lines(text, "r1_level")).to.deep.equal(["r1_level 4"]);
    expect(text).to.include("# TYPE r1_things_total counter");
  });

  it("never has more series than its definitions allow, whatever it is told", async () => {
    const metrics = new Metrics(DEFINITIONS);
    metrics.read("r1_ages", () =>
      Array.from({ length: 1_000 }, (_, i) => ({ value: 1, labels: { who: `oracle ${i}`, more: `${i}` } })),
    );
    for (let i = 0; i < 1_000; i += 1) {
      metrics.add("r1_things_total", { kind: `kind ${i}`, more: `${i}` });
      metrics.observe("r1_seconds", i, { kind: `kind ${i}` });
    }
    const text = await metrics.text();
    expect(lines(text, "r1_things_total")).to.deep.equal(['r1_things_total{kind="other"} 1000']);
    expect(lines(text, "r1_seconds_count")).to.deep.equal(['r1_seconds_count{kind="other"} 1000']);
    expect(lines(text, "r1_ages")).to.deep.equal([
      'r1_ages{who="oracle 0"} 1',
      'r1_ages{who="oracle 1"} 1',
      'r1_ages{who="oracle 2"} 1',
      'r1_ages{who="other"} 997',
    ]);
  });

  it("tells of the process when it is asked to", () => {
    expect(new Metrics(DEFINITIONS).names).to.have.members(Object.keys(DEFINITIONS));
    const names = new Metrics(DEFINITIONS, { process: true }).names;
    expect(names).to.include.members(["process_cpu_seconds_total", "nodejs_eventloop_lag_seconds"]);
  });
});
