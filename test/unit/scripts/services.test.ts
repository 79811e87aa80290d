import { expect } from "chai";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { ensureServices, type Machine, SERVICES } from "../../../scripts/check/servicePackages.js";
import { forbidServices } from "../../../scripts/check/services.js";
import { findProgram, systemPath } from "../../../scripts/check/systemPath.js";

const ALL = SERVICES.flatMap(({ programs }) => programs);
const PACKAGES = SERVICES.map((service) => service.package).join(" ");
/** A machine that lacks Mosquitto alone. */
const BUT_MOSQUITTO = ALL.filter((program) => !program.startsWith("mosquitto"));

/** A machine on which installing a package brings its programs. */
class FakeMachine implements Machine {
  readonly done: string[] = [];
  readonly programs: Set<string>;
  isRoot = true;
  /** Statuses of the next commands; 0 afterwards. */
  statuses: number[] = [];
  forbidden = false;

  constructor(...programs: string[]) {
    this.programs = new Set(["apt-get", ...programs]);
  }

  has(program: string): boolean {
    return this.programs.has(program);
  }

  readonly run = (command: string, ...args: string[]): Promise<number> => {
    this.done.push(`${this.forbidden ? "" : "with services: "}${[command, ...args].join(" ")}`);
    const status = this.statuses.shift() ?? 0;
    if (status === 0 && args[0] === "install") {
      for (const service of SERVICES) {
        if (args.includes(service.package)) for (const program of service.programs) this.programs.add(program);
      }
    }
    return Promise.resolve(status);
  };

  forbidServices(): () => void {
    this.forbidden = true;
    return () => {
      this.forbidden = false;
    };
  }

  tell(): void {
    // What is said is of no account here.
  }
}

describe("scripts/check/services", () => {
  it("does nothing when everything is there", async () => {
    const machine = new FakeMachine(...ALL);
    machine.isRoot = false;
    expect(await ensureServices(machine)).to.equal(undefined);
    expect(machine.done).to.deep.equal([]);
  });

  it("installs what is missing, without letting anything start", async () => {
    const machine = new FakeMachine(...BUT_MOSQUITTO);
    expect(await ensureServices(machine)).to.equal(undefined);
    expect(machine.done).to.deep.equal(["apt-get install -y --no-install-recommends mosquitto"]);
    expect(machine.forbidden).to.equal(false);
  });

  it("fetches the package lists when the packages are not found, and tries once more", async () => {
    const machine = new FakeMachine();
    machine.statuses = [100];
    expect(await ensureServices(machine)).to.equal(undefined);
    const install = `apt-get install -y --no-install-recommends ${PACKAGES}`;
    expect(machine.done).to.deep.equal([install, "apt-get update", install]);
  });

  it("knows which packages Docker's tests need", async () => {
    const machine = new FakeMachine(...ALL);
    for (const program of ["dockerd", "busybox", "docker-registry"]) machine.programs.delete(program);
    expect(await ensureServices(machine)).to.equal(undefined);
    const install = "apt-get install -y --no-install-recommends docker.io docker-registry busybox-static";
    expect(machine.done).to.deep.equal([install]);
  });

  const failures: [string, FakeMachine, Partial<FakeMachine>, RegExp][] = [
    ["it is not root", new FakeMachine(), { isRoot: false }, /mosquitto redis-server .*: .*only root/u],
    ["the lists cannot be fetched", new FakeMachine(), { statuses: [100, 100] }, /apt-get could not install/u],
    [
      "apt-get fails twice",
      new FakeMachine(...BUT_MOSQUITTO),
      { statuses: [100, 0, 100] },
      /^mosquitto: apt-get could not/u,
    ],
  ];
  for (const [what, machine, changes, expected] of failures) {
    it(`says what to do when ${what}`, async () => {
      const problem = await ensureServices(Object.assign(machine, changes));
      expect(problem).to.match(expected).and.include("apt-get install --no-install-recommends mosquitto");
      expect(machine.forbidden).to.equal(false);
    });
  }

  it("says what to do on systems without apt-get", async () => {
    const machine = new FakeMachine();
    machine.programs.delete("apt-get");
    expect(await ensureServices(machine)).to.match(/no apt-get/u);
    expect(machine.done).to.deep.equal([]);
  });

  it("finds programs in the PATH, and servers where Debian puts them", () => {
    expect(systemPath("/usr/bin")).to.equal("/usr/bin:/usr/local/sbin:/usr/sbin:/sbin");
    expect(systemPath("/usr/sbin:/usr/bin")).to.equal("/usr/sbin:/usr/bin:/usr/local/sbin:/sbin");
    expect(findProgram("sh", "/nowhere:/bin")).to.equal("/bin/sh");
    expect(findProgram("no-such-program")).to.equal(undefined);
  });

  it("leaves a policy on services as it was", () => {
    const folder = mkdtempSync(join(tmpdir(), "policy-"));
    try {
      const policy = join(folder, "policy-rc.d");
      const allow = forbidServices(policy);
      expect(readFileSync(policy, "utf8")).to.include("exit 101");
      expect(statSync(policy).mode & 0o111).to.equal(0o111);
      allow();
      expect(findProgram("policy-rc.d", folder)).to.equal(undefined);
      writeFileSync(policy, "theirs");
      forbidServices(policy)();
      expect(readFileSync(policy, "utf8")).to.equal("theirs");
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
