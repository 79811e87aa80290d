import { globSync, readFileSync } from "node:fs";
import { basename } from "node:path";
import { expect } from "chai";
import { keyVariableNames } from "../../../keepers/keys/keySource.js";

const FILES = globSync("deploy/systemd/*.service").sort();
const WITH_DOCKER = "r1-node-jobs.service";

/** What every shipped unit must say, and how; lists are spelt as in the file. */
const REQUIRED: Readonly<Record<string, string | RegExp>> = {
  NoNewPrivileges: "yes",
  ProtectSystem: "strict",
  ProtectHome: "yes",
  PrivateTmp: "yes",
  PrivateDevices: "yes",
  ProtectKernelTunables: "yes",
  ProtectKernelModules: "yes",
  ProtectKernelLogs: "yes",
  ProtectControlGroups: "yes",
  ProtectClock: "yes",
  ProtectHostname: "yes",
  ProtectProc: "invisible",
  RestrictNamespaces: "yes",
  RestrictRealtime: "yes",
  RestrictSUIDSGID: "yes",
  LockPersonality: "yes",
  KeyringMode: "private",
  UMask: "0077",
  StateDirectoryMode: "0700",
  RestrictAddressFamilies: "AF_INET AF_INET6 AF_UNIX AF_NETLINK",
  SystemCallArchitectures: "native",
  SystemCallErrorNumber: "EPERM",
  IPAddressDeny: "link-local multicast",
  LimitCORE: "0",
  MemorySwapMax: "0",
  MemoryMax: /^\d+G$/u,
  TasksMax: /^\d+$/u,
  Restart: "on-failure",
  RestartPreventExitStatus: "2 3",
};

/** Every value of every directive of the section `[Service]`. */
function serviceOf(path: string): Map<string, string[]> {
  const [, section = ""] = /^\[Service\]\n(.*?)(?=^\[)/msu.exec(readFileSync(path, "utf8")) ?? [];
  const directives = new Map<string, string[]>();
  for (const line of section.split("\n")) {
    const [, name, value] = /^(\w+)=(.*)$/u.exec(line) ?? [];
    if (name !== undefined && value !== undefined) directives.set(name, [...(directives.get(name) ?? []), value]);
  }
  return directives;
}

describe("the shipped unit files", () => {
  it("are there for every process", () => {
    const programs = FILES.map((path) => /keepers\/(\w+)\/main\.ts( ingest)?/u.exec(readFileSync(path, "utf8"))?.[0]);
    const all = ["deeploy/main.ts", "oracle/main.ts ingest", "node/main.ts", "node/main.ts", "oracle/main.ts"];
    expect(programs).to.deep.equal(all.map((name) => `keepers/${name}`));
  });

  for (const path of FILES) {
    const name = basename(path);

    describe(name, () => {
      const service = serviceOf(path);
      const only = (directive: string): string | undefined => {
        const values = service.get(directive) ?? [];
        expect(values.length, directive).to.be.at.most(1);
        return values[0];
      };

      it("gives no rights that the process does not need", () => {
        for (const [directive, wanted] of Object.entries(REQUIRED)) {
          if (typeof wanted === "string") expect(only(directive), directive).to.equal(wanted);
          else expect(only(directive), directive).to.match(wanted);
        }
        expect(service.get("SystemCallFilter")).to.deep.equal([
          "@system-service",
          "~@privileged @resources @mount @swap @reboot",
        ]);
      });

      it("has a user without a name, and no capability; with Docker what iptables takes", () => {
        const capabilities = [only("CapabilityBoundingSet"), only("AmbientCapabilities")];
        const user = [only("DynamicUser"), only("User"), only("SupplementaryGroups")];
        if (name === WITH_DOCKER) {
          expect(capabilities).to.deep.equal(Array(2).fill("CAP_NET_ADMIN CAP_NET_RAW"));
          expect(user).to.deep.equal([undefined, "r1-node", "docker"]);
          return;
        }
        expect(capabilities).to.deep.equal(["", ""]);
        expect(user).to.deep.equal(["yes", undefined, undefined]);
        expect([service.has("ReadWritePaths"), service.has("BindPaths")]).to.deep.equal([false, false]);
      });

      it("runs in production, and takes keys from credentials alone", () => {
        const environment = (service.get("Environment") ?? []).join(" ");
        expect(environment).to.match(/\bR1_ENV=production\b/u);
        expect(environment).to.not.match(/PRIVATE_KEY|PASSWORD=|SECRET|TOKEN=/u);
        const keys = [...environment.matchAll(/\b([A-Z_]+)=%d\/([\w.]+)/gu)];
        const known = ["NODE", "ORACLE", "DEEPLOY"].flatMap(keyVariableNames);
        const loaded = (service.get("LoadCredential") ?? []).map((line) => line.split(":")[0]);
        for (const [, variable, credential] of keys) {
          expect(known).to.include(variable);
          expect(loaded).to.include(credential);
        }
        expect(keys).to.have.length(name.startsWith("r1-ingest") ? 0 : 2);
        expect(loaded).to.have.length(keys.length);
      });
    });
  }
});
