import { expect } from "chai";
import fc from "fast-check";
import { excessOver, resourcesOf } from "../../../keepers/protocol/jobResources.js";
import {
  canonicalJson,
  decodeJobSpec,
  encodeJobSpec,
  hashJobSpec,
  type JobSpecInput,
  JobSpecError,
  MAX_SPEC_BYTES,
  parseJobSpec,
} from "../../../keepers/protocol/jobSpec.js";

type ContainerInput = JobSpecInput["containers"][number];

const web: ContainerInput = { name: "web", image: "registry.example:5000/web:1", milliCpu: 100, memoryMiB: 64 };
const secretsHash = `0x${"5e".repeat(32)}`;

function spec(changes: Partial<JobSpecInput> = {}): JobSpecInput {
  return { version: 1, name: "hello", containers: [web], ...changes };
}

function problemsOf(input: unknown): readonly string[] {
  try {
    parseJobSpec(input);
    return [];
  } catch (error) {
    if (error instanceof JobSpecError) return error.problems;
    throw error;
  }
}

describe("job specifications", () => {
  it("have one hash, in whatever order they are written and whether defaults are written out or not", () => {
    const parsed = parseJobSpec(spec());
    const reversed = Object.fromEntries(Object.entries(parsed).reverse());
    expect(hashJobSpec(parseJobSpec(reversed))).to.equal(hashJobSpec(parsed));
    expect(hashJobSpec(parsed)).to.equal("0x1452792aaed4ad1611fbae23756f09784dec77cee34ea440efed5d49be9365ca");
    expect(hashJobSpec(parseJobSpec(spec({ name: "other" })))).not.to.equal(hashJobSpec(parsed));
  });

  it("come back from their bytes, which have one form", () => {
    const parsed = parseJobSpec(spec({ volumes: [{ name: "data", sizeMiB: 5 }] }));
    const bytes = encodeJobSpec(parsed);
    expect(decodeJobSpec(bytes)).to.deep.equal(parsed);
    const refused = [
      new TextEncoder().encode(JSON.stringify(parsed)),
      new TextEncoder().encode(` ${new TextDecoder().decode(bytes)}`),
      new TextEncoder().encode(canonicalJson(spec())),
      bytes.subarray(1),
      Uint8Array.of(0xff, 0xfe),
    ];
    for (const each of refused) expect(() => decodeJobSpec(each)).to.throw(JobSpecError);
  });

  it("are of bounded length", () => {
    const environment = Object.fromEntries(Array.from({ length: 17 }, (_, index) => [`V${index}`, "x".repeat(4_000)]));
    const long = parseJobSpec(spec({ containers: [{ ...web, environment }] }));
    expect(() => encodeJobSpec(long)).to.throw(JobSpecError, `of ${MAX_SPEC_BYTES} bytes`);
    expect(() => decodeJobSpec(new Uint8Array(MAX_SPEC_BYTES + 1))).to.throw(
      JobSpecError,
      `of ${MAX_SPEC_BYTES} bytes`,
    );
  });

  const contradictory: Record<string, [Partial<JobSpecInput>, string]> = {
    "two containers of one name": [{ containers: [web, web] }, "containers: two have web"],
    "two volumes of one name": [
      { volumes: [1, 2].map((sizeMiB) => ({ name: "data", sizeMiB })) },
      "volumes: two have data",
    ],
    "a container that waits for a later one": [
      {
        containers: [
          { ...web, after: ["db"] },
          { ...web, name: "db" },
        ],
      },
      "containers.0.after: db is not a container before it",
    ],
    "a container that waits for itself": [
      { containers: [{ ...web, after: ["web"] }] },
      "containers.0.after: web is not a container before it",
    ],
    "a volume that is not there": [
      { containers: [{ ...web, volumes: [{ name: "data", path: "/data" }] }] },
      "containers.0.volumes: there is no volume data",
    ],
    "two volumes in one place": [
      {
        containers: [{ ...web, volumes: ["a", "b"].map((name) => ({ name, path: "/data" })) }],
        volumes: ["a", "b"].map((name) => ({ name, sizeMiB: 1 })),
      },
      "containers.0.volumes: two have /data",
    ],
    "an ingress of no container": [
      { ingress: { container: "api", port: 80 } },
      "ingress.container: there is no container api",
    ],
    "secrets without their hash": [
      { containers: [{ ...web, secrets: ["TOKEN"] }] },
      "secretsHash: wanted with secrets, and only then",
    ],
    "a hash without secrets": [{ secretsHash }, "secretsHash: wanted with secrets, and only then"],
    "a variable that is a secret too": [
      { containers: [{ ...web, environment: { A: "1" }, secrets: ["A"] }], secretsHash },
      "containers.0.environment and containers.0.secrets: two have A",
    ],
    "two credentials for one registry": [
      { registries: ["a", "b"].map((username) => ({ server: "r", username, password: "P" })), secretsHash },
      "registries: two have r",
    ],
  };
  for (const [name, [changes, problem]] of Object.entries(contradictory)) {
    it(`cannot have ${name}`, () => {
      expect(problemsOf(spec(changes))).to.deep.equal([problem]);
    });
  }

  it("cannot name what leads out of the container, or is no image", () => {
    const bad: Partial<ContainerInput>[] = [
      { image: "--privileged" },
      { image: "UPPER/case" },
      { name: "../web" },
      { volumes: [{ name: "data", path: "/data/../../etc" }] },
      { volumes: [{ name: "data", path: "data" }] },
      { environment: { "A=B": "1" } },
      { milliCpu: 0 },
      { memoryMiB: Number.NaN },
      { publish: [0] },
    ];
    for (const each of bad) {
      const volumes = [{ name: "data", sizeMiB: 1 }];
      expect(problemsOf(spec({ containers: [{ ...web, ...each }], volumes })), JSON.stringify(each)).not.to.deep.equal(
        [],
      );
    }
    expect(problemsOf({ ...spec(), privileged: true })).to.have.length(1);
  });

  it("are read without crashing, whatever they are", () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        expect(() => decodeJobSpec(new TextEncoder().encode(text))).to.throw(JobSpecError);
      }),
      { numRuns: 200 },
    );
  });

  it("take the sum of what their containers and volumes take", () => {
    const containers = [
      { ...web, diskMiB: 10 },
      { ...web, name: "db", milliCpu: 50, memoryMiB: 36, diskMiB: 20, gpus: 1 },
    ];
    const parsed = parseJobSpec(spec({ containers, volumes: [{ name: "data", sizeMiB: 70 }] }));
    expect(resourcesOf(parsed)).to.deep.equal({ milliCpu: 150, memoryMiB: 100, diskMiB: 100, gpus: 1 });
    expect(excessOver(parsed, { milliCpu: 150, memoryMiB: 100, diskMiB: 100 }, true)).to.deep.equal([]);
    expect(excessOver(parsed, { milliCpu: 149, memoryMiB: 99, diskMiB: 99 }, false)).to.deep.equal([
      "milliCpu: the containers take 150, the class gives 149",
      "memoryMiB: the containers take 100, the class gives 99",
      "diskMiB: the containers take 100, the class gives 99",
      "gpus: the containers take 1, the job pays for no GPU add-on",
    ]);
  });
});
